"""SQL Server's dates and conversions, as SQL Server reads them."""

from collections.abc import Iterator
from functools import partial

import duckdb
import pytest

import catalog
from flight_server import planner
from flight_server.connection.settings import Settings
from flight_server.engine import Engine, fold
from flight_server.plan import Plan
from flight_server.planner.reading.parse import parse
from tests.planner.test_plan import NOW, bound

READINGS = [
    ("CAST('20260612' AS date)", "DATE '2026-06-12'"),
    ("CAST('20260612 10:11:12.5' AS datetime2)", "TIMESTAMP '2026-06-12 10:11:12.5'"),
    ("CONVERT(datetime, '20260612')", "TIMESTAMP '2026-06-12'"),
    ("CONVERT(date, '2026-06-12')", "DATE '2026-06-12'"),
    ("CONVERT(datetime, '12/06/2026', 103)", "TIMESTAMP '2026-06-12'"),
    ("TRY_CONVERT(date, 'never')", "NULL"),
    ("TRY_CAST('20261312' AS date)", "NULL"),
    ("DATEADD(day, -7, '20260612')", "TIMESTAMP '2026-06-05'"),
    ("DATEADD(hour, 1, '20260612 10:30')", "TIMESTAMP '2026-06-12 11:30:00'"),
    ("DATEADD(hour, 1, '2026-06-12T10:30:00')", "TIMESTAMP '2026-06-12 11:30:00'"),
    ("DATEDIFF(day, '20260601', '20260612')", "11"),
    ("DATEPART(year, '20260612')", "2026"),
    ("YEAR('20260612')", "2026"),
    ("EOMONTH('20260612')", "DATE '2026-06-30'"),
    ("CONVERT(varchar(10), CAST('20260612 10:00' AS datetime), 120)", "'2026-06-12'"),
    ("CAST(CAST('Shipped' AS varchar(4)) AS varchar(2))", "'Sh'"),
    ("'20260612'", "'20260612'"),
    ("CONVERT(int, '20260612')", "20260612"),
]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


def planned(sql: str, dialect: str, engine: Engine) -> Plan:
    return planner.plan(planner.read(sql, catalog.load(), dialect), Settings(), partial(fold, engine), NOW)


@pytest.mark.parametrize(("theirs", "ours"), READINGS)
def test_an_expression_means_what_it_means_there(theirs: str, ours: str) -> None:
    sql = parse(f"SELECT {theirs} AS x", "tsql").nodes.tree.sql("duckdb")
    with duckdb.connect() as connection:
        assert connection.execute(f"SELECT x IS NOT DISTINCT FROM {ours} FROM ({sql})").fetchall() == [(True,)], sql


@pytest.mark.parametrize("theirs", ["CONVERT(datetime, 'never')", "CAST('20261312' AS date)"])
def test_what_is_no_date_is_an_error_and_not_null(theirs: str) -> None:
    sql = parse(f"SELECT {theirs} AS x", "tsql").nodes.tree.sql("duckdb")
    with duckdb.connect() as connection, pytest.raises(duckdb.ConversionException):
        connection.execute(sql).fetchall()


@pytest.mark.parametrize(
    ("condition", "period"),
    [
        ("purchase_date >= '20260612'", ("2026-06-12T00:00:00Z", "")),
        (
            "'20260612' <= purchase_date AND purchase_date < '20260613'",
            ("2026-06-12T00:00:00Z", "2026-06-13T00:00:00Z"),
        ),
        ("purchase_date BETWEEN '20260612' AND '20260612 10:00'", ("2026-06-12T00:00:00Z", "2026-06-12T10:00:00Z")),
        ("CONVERT(date, purchase_date) = '20260612'", ("2026-06-12T00:00:00Z", "2026-06-13T00:00:00Z")),
        ("CAST(purchase_date AS date) IN ('20260612')", ("2026-06-12T00:00:00Z", "2026-06-13T00:00:00Z")),
    ],
)
def test_compact_dates_bound_the_period(condition: str, period: tuple[str, str], engine: Engine) -> None:
    (scan,) = planned(f"SELECT * FROM orders.orders WHERE {condition}", "tsql", engine).scans
    assert bound(scan)["purchase_date"] == period


def test_a_date_is_told_from_a_text_by_the_column_through_derived_tables(engine: Engine) -> None:
    inner = "SELECT purchase_date AS d, seller_order_id AS s FROM orders.orders"
    found = planned(f"SELECT * FROM ({inner}) AS t WHERE t.d < '20260612' AND t.s = '20260613'", "tsql", engine)
    assert bound(found.scans[0])["seller_order_id"] == ("20260613",)
    assert "< '2026-06-12'" in found.residual
    assert "= '20260613'" in found.residual


def test_other_dialects_keep_their_literals(engine: Engine) -> None:
    sql = "SELECT * FROM orders.orders WHERE purchase_date >= '20260612'"
    assert "'20260612'" in planned(sql, "duckdb", engine).residual
