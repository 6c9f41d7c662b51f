"""What is selected without the engine is what the engine would give: the same rows, in the same order."""

from collections.abc import Generator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import catalog
from catalog.arrow_types import arrow_schema
from flight_server import engine, planner
from flight_server.activity import QueryActivity
from flight_server.engine import Engine
from flight_server.plan import Keys, Plan, Scan
from flight_server.settings import Settings

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
TEXTS = ("Shipped", "Unshipped", "shipped", "", "Ä", "O'Hara", "Z\U0001f600", None)
INSTANTS = (*(NOW + timedelta(hours=hours, microseconds=hours % 2) for hours in (-48, -12, -1, 0, 1, 12)), None)


@pytest.fixture(scope="module")
def database() -> Iterator[Engine]:
    database = Engine("256MB")
    yield database
    database.close()


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def spelt(instant: datetime) -> st.SearchStrategy[str]:
    """One instant as queries write it."""
    text = instant.isoformat(sep=" ")
    forms = (f"'{text}'", f"TIMESTAMPTZ '{text}'", f"TIMESTAMP '{text[:26].removesuffix('+00:00')}'", "now()")
    return st.sampled_from((*forms, f"DATE '{text[:10]}'", f"'{text[:10]}'"))


texts = st.sampled_from([text for text in TEXTS if text is not None]).map(quoted)
instants = st.sampled_from([instant for instant in INSTANTS if instant is not None]).flatmap(spelt)
operators = st.sampled_from(("=", "<", "<=", ">", ">="))
exact = st.one_of(
    st.tuples(st.just("order_status"), operators, texts).map(" ".join),
    st.tuples(texts, operators, st.just("o.order_status")).map(" ".join),
    st.lists(texts, min_size=1, max_size=3).map(lambda several: f"order_status IN ({', '.join(several)})"),
    st.tuples(texts, texts).map(lambda ends: f"order_status BETWEEN {ends[0]} AND {ends[1]}"),
    st.tuples(st.just("purchase_date"), operators, instants).map(" ".join),
    st.tuples(instants, instants).map(lambda ends: f"purchase_date BETWEEN {ends[0]} AND {ends[1]}"),
)
wider = st.sampled_from(
    (
        "order_status <> 'Shipped'",
        "order_status LIKE 'Sh%'",
        "order_status IS NULL",
        "order_status = NULL",
        "order_status IN ('Shipped', NULL)",
        "NOT order_status = 'Shipped'",
        "(order_status = 'Shipped' OR purchase_date IS NULL)",
        "purchase_date BETWEEN '2026-06-14' AND last_update_date",
        "CAST(purchase_date AS DATE) = DATE '2026-06-15'",
        "purchase_date >= now() - INTERVAL 1 DAY",
        "order_status IS NOT DISTINCT FROM NULL",
        "lower(order_status) = 'shipped'",
        "order_status || '' = 'Shipped'",
    )
)
lists = st.sampled_from(
    (
        "amazon_order_id, order_status AS s",
        "o.order_status, o.order_status AS again, purchase_date",
        "purchase_date",
        "*",
    )
)
limits = st.sampled_from(("", " LIMIT 2", " LIMIT 3 OFFSET 2", " OFFSET 4"))
pages = st.lists(
    st.lists(st.tuples(st.sampled_from(TEXTS), st.sampled_from(INSTANTS)), max_size=6), min_size=1, max_size=3
)


def planned(database: Engine, sql: str) -> Plan:
    statement = planner.read(sql, catalog.load().for_versions({}))
    return planner.plan(statement, Settings(), lambda constants: engine.fold(database, constants), NOW)


def answer(database: Engine, plan: Plan, told: list[list[tuple[str | None, datetime | None]]]) -> list[list[Any]]:
    """The rows that the plan gives of these pages."""
    columns = arrow_schema(plan.scans[0].outputs[0].columns)

    def open_scan(scan: Scan, keys: Keys) -> Generator[tuple[pa.RecordBatch, ...], None, None]:
        for number, page in enumerate(told):
            rows = [
                {"amazon_order_id": f"{number}-{row}", "order_status": text, "purchase_date": instant}
                for row, (text, instant) in enumerate(page)
            ]
            yield (pa.RecordBatch.from_pylist([{**dict.fromkeys(columns.names), **row} for row in rows], columns),)

    batches = engine.run(database, plan, open_scan, QueryActivity("sql", "session"))
    return [
        list(row) for batch in batches for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
    ]


@given(lists, st.lists(exact, max_size=3), st.lists(wider, max_size=1), limits, pages)
def test_a_selection_gives_what_the_engine_gives(
    database: Engine, columns: str, conditions: list[str], others: list[str], limit: str, told: Any
) -> None:
    where = " AND ".join([*conditions, *others])
    plan = planned(database, f"SELECT {columns} FROM orders.orders AS o{where and ' WHERE ' + where}{limit}")
    assert (plan.selection is None) is bool(others)
    if not plan.scans[0].impossible:
        assert answer(database, plan, told) == answer(database, replace(plan, selection=None), told)


NAMED = (
    "*",
    "o.*",
    "* EXCLUDE (order_status)",
    "* REPLACE (order_status AS purchase_date)",
    "* RENAME (order_status AS purchase_date)",
    "purchase_date, *",
    'Order_Status, "ORDER_STATUS", O.order_status AS "Two words", order_status AS Order_Id',
    "is_prime: order_status",
)


@pytest.mark.parametrize("columns", NAMED)
def test_a_selection_has_the_schema_that_the_engine_tells(database: Engine, columns: str) -> None:
    statement = planner.read(f"SELECT {columns} FROM orders.orders o", catalog.load().for_versions({}))
    if statement.selected is None:
        assert columns in NAMED[2:6]
        return
    sql, references = planner.describable_sql(statement)
    told = engine.describe(database, sql, {name: reference.table.columns for name, reference in references.items()})
    selected = engine.selection_schema(statement.selected.names, statement.selected.columns)
    assert selected.equals(told, check_metadata=True)


def test_every_table_has_the_schema_that_the_engine_tells(database: Engine) -> None:
    for table in catalog.load().for_versions({}).tables:
        names = [column.name for column in table.columns]
        selected = engine.selection_schema(names, table.columns)
        assert selected.equals(engine.describe(database, "FROM r", {"r": table.columns}))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT upper(order_status) FROM orders.orders",
        "SELECT order_status || '' FROM orders.orders",
        "SELECT 1 FROM orders.orders",
        "SELECT purchase_date::date FROM orders.orders",
        "SELECT DISTINCT order_status FROM orders.orders",
        "SELECT order_status FROM orders.orders ORDER BY 1",
        "SELECT order_status FROM orders.orders USING SAMPLE 3",
        "SELECT a FROM orders.orders AS o(a)",
        "SELECT order_status FROM orders.orders WHERE is_prime",
        "SELECT order_status FROM orders.orders WHERE number_of_items_shipped = 1.5",
        "SELECT order_status FROM orders.orders WHERE order_total_amount = '1'",
        "SELECT order_status FROM orders.orders WHERE (order_status, sales_channel) IN (('a', 'b'))",
        "SELECT order_status FROM orders.orders, system.tables",
        "SELECT order_status FROM (SELECT * FROM orders.orders) AS o",
        "SELECT orders FROM orders.orders",
    ],
)
def test_whatever_does_more_than_select_is_the_engines(database: Engine, sql: str) -> None:
    assert planned(database, sql).selection is None


ODD_INSTANTS = (
    "'infinity'",
    "TIMESTAMP '-infinity'",
    "'290000-01-01'",
    "'0044-01-01 (BC)'",
    "'epoch'",
    "'2026-06-15 12:00:00.0000004'",
    "'2026-06-15 12:00:00.0000006'",
    "'2026-06-15T12:00:00Z'",
    "'2026-06-15 14:00:00 Europe/Berlin'",
    "'2026-06-14 24:00:00'",
    "DATE '9999-12-31'",
    "TIMESTAMP_S '2026-06-15 12:00:00.9'",
    "CAST('2026-06-15 13:00' AS DATE)",
    "TRY_CAST('garbage' AS TIMESTAMP)",
)


@pytest.mark.parametrize("operator", ["<", "<=", "=", ">"])
@pytest.mark.parametrize("instant", ODD_INSTANTS)
def test_odd_instants_are_what_the_engine_takes_them_for(database: Engine, instant: str, operator: str) -> None:
    told: list[list[tuple[str | None, datetime | None]]] = [
        [(None, odd) for odd in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), *INSTANTS)]
    ]
    plan = planned(database, f"SELECT purchase_date FROM orders.orders WHERE purchase_date {operator} {instant}")
    assert answer(database, plan, told) == answer(database, replace(plan, selection=None), told)


@pytest.mark.parametrize("limit", ["LIMIT -1", "LIMIT 'many'", "OFFSET -2", "LIMIT 5%"])
def test_the_engine_describes_what_it_may_refuse(limit: str) -> None:
    sql = f"SELECT order_status FROM orders.orders {limit}"
    assert planner.read(sql, catalog.load().for_versions({})).selected is None
