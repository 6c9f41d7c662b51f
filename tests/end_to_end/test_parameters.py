"""Parameters of every kind through the ADBC driver: a bound value answers what the same value written out answers."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import adbc_driver_manager
import pyarrow as pa
import pytest

from tests.server_fixtures import Stack

PERIOD = "purchase_date >= TIMESTAMP '2026-05-01'"


def batch(*columns: pa.Array) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(list(columns), names=[f"p{number}" for number in range(len(columns))])


def answer(stack: Stack, sql: str, parameters: Any = None) -> pa.Table:
    with stack.connected() as connection, connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetch_arrow_table()


def count(stack: Stack, condition: str, parameters: Any = None) -> int:
    sql = f"SELECT count(*) AS n FROM orders.orders WHERE {PERIOD} AND {condition}"
    return int(answer(stack, sql, parameters).column("n")[0].as_py())


INSTANT = datetime.fromisoformat("2026-06-01T12:30:15.250")

COMPARED = [
    ("number_of_items_shipped = ?", pa.array([0.5]), "0.5"),
    ("number_of_items_shipped > ?", pa.array([0.5]), "0.5"),
    ("number_of_items_shipped = ?", pa.array([Decimal("0.5")]), "0.5"),
    ("number_of_items_shipped >= ?", pa.array(["0.5"]), "0.5"),
    ("number_of_items_shipped = ?", pa.array(["0.5"]), "0.5"),
    ("number_of_items_shipped IN (?)", pa.array([0.5]), "0.5"),
    ("number_of_items_shipped BETWEEN ? AND 3", pa.array([0.5]), "0.5"),
    ("? < number_of_items_shipped", pa.array([0.5], pa.float32()), "0.5"),
    ("number_of_items_shipped = ?", pa.array([1], pa.int8()), "1"),
    ("number_of_items_shipped = ?", pa.array([1], pa.uint64()), "1"),
    ("number_of_items_shipped = ?", pa.array([1.0]), "1"),
    ("order_total_amount = ?", pa.array([Decimal("41.3000001")]), "41.3000001"),
    ("order_total_amount = ?", pa.array([41.3000001]), "41.3000001"),
    ("order_total_amount = ?", pa.array(["41.3000001"]), "41.3000001"),
    ("order_total_amount < ?", pa.array([Decimal("100.00000001")]), "100.00000001"),
    ("order_total_amount > ?", pa.array([50], pa.int32()), "50"),
    ("order_total_amount > ?", pa.array([50.25]), "50.25"),
    ("order_total_amount > ?", pa.array([Decimal("50")], pa.decimal128(5, -1)), "50"),
    ("order_status = ?", pa.array(["Shipped"]), "'Shipped'"),
    ("order_status = ?", pa.array(["Shipped"], pa.large_string()), "'Shipped'"),
    ("order_status = ?", pa.array(["Shipped"]).dictionary_encode(), "'Shipped'"),
    ("order_status IN (?, 'Pending')", pa.array(["Shipped"]), "'Shipped'"),
    ("order_status LIKE ?", pa.array(["S%"]), "'S%'"),
    ("is_prime = ?", pa.array([True]), "TRUE"),
    ("purchase_date >= ?", pa.array([INSTANT]), f"TIMESTAMP '{INSTANT}'"),
    (
        "purchase_date >= ?",
        pa.array([datetime.fromisoformat("2026-06-01")], pa.timestamp("s")),
        "TIMESTAMP '2026-06-01'",
    ),
    ("purchase_date >= ?", pa.array([INSTANT], pa.timestamp("ms")), f"TIMESTAMP '{INSTANT}'"),
    ("purchase_date >= ?", pa.array([INSTANT], pa.timestamp("ns")), f"TIMESTAMP '{INSTANT}'"),
    ("purchase_date >= ?", pa.array([INSTANT], pa.timestamp("us", "America/New_York")), f"TIMESTAMP '{INSTANT}'"),
    ("purchase_date >= ?", pa.array([INSTANT.replace(tzinfo=UTC)]), f"TIMESTAMP '{INSTANT}'"),
    ("purchase_date >= ?", pa.array([date(2026, 6, 1)]), "DATE '2026-06-01'"),
    ("purchase_date >= ?", pa.array([date(2026, 6, 1)], pa.date64()), "DATE '2026-06-01'"),
    ("purchase_date >= ?", pa.array(["2026-06-01"]), "'2026-06-01'"),
    ("CAST(purchase_date AS DATE) = ?", pa.array([date(2026, 6, 2)]), "DATE '2026-06-02'"),
    (
        "CAST(purchase_date AS DATE) = ?",
        pa.array([datetime.fromisoformat("2026-06-02T01:00")]),
        "TIMESTAMP '2026-06-02 01:00'",
    ),
    ("is_prime = (? < TIME '13:00')", pa.array([time(12)]), "TIME '12:00'"),
    ("purchase_date < ? + INTERVAL 1 DAY", pa.array([date(2026, 6, 2)]), "DATE '2026-06-02'"),
    ("purchase_date < ? + INTERVAL 1 DAY", pa.array(["2026-06-02"]), "TIMESTAMP '2026-06-02'"),
    ("purchase_date > TIMESTAMP '2026-06-10' - ?", pa.array([timedelta(days=2)]), "INTERVAL 2 DAY"),
    ("year(purchase_date) = year(?)", pa.array([INSTANT]), f"TIMESTAMP '{INSTANT}'"),
    ("month(purchase_date) = month(?)", pa.array(["2026-06-02"]), "DATE '2026-06-02'"),
    ("number_of_items_shipped = ?::INT", pa.array(["1"]), "1"),
    ("number_of_items_shipped = ?::INT", pa.array([1]), "1"),
    ("number_of_items_shipped = CAST(? AS BIGINT)", pa.array([1.0]), "1"),
    ("order_total_amount > round(?, 1)", pa.array([50.25]), "50.25"),
    ("order_total_amount > round(?, 1)", pa.array(["50.25"]), "50.25"),
    ("order_total_amount * ? > 100", pa.array([Decimal("1.5")]), "1.5"),
    ("coalesce(number_of_items_shipped, ?) = 0", pa.array([0]), "0"),
    ("upper(order_status) = ?", pa.array(["SHIPPED"]), "'SHIPPED'"),
    ("number_of_items_shipped = ?", pa.nulls(1), "NULL"),
    ("purchase_date < ? + INTERVAL 1 DAY", pa.nulls(1), "CAST(NULL AS TIMESTAMP)"),
    ("(? OR is_prime)", pa.array([False]), "FALSE"),
]


@pytest.mark.parametrize(("condition", "value", "written"), COMPARED)
def test_a_value_is_compared_as_what_it_is(stack: Stack, condition: str, value: pa.Array, written: str) -> None:
    expected = count(stack, condition.replace("?", written if "::" not in condition else f"({written})"))
    assert count(stack, condition, batch(value)) == expected


def test_half_an_item_is_no_item(stack: Stack) -> None:
    shipped = "SELECT number_of_items_shipped AS n FROM orders.orders WHERE " + PERIOD
    told = [n for n in answer(stack, shipped).column("n").to_pylist() if n is not None]
    assert count(stack, "number_of_items_shipped = ?", (0.5,)) == 0
    assert count(stack, "number_of_items_shipped > ?", (0.5,)) == len([n for n in told if n > 0]) > 0


PLACES = [
    ("SELECT quantile_cont(x, ?) AS v FROM range(10) t(x)", (0.5,)),
    ("SELECT quantile_cont(x, ?) AS v FROM range(10) t(x)", (Decimal("0.5"),)),
    ("SELECT quantile_cont(x, ?) AS v FROM range(10) t(x)", (1,)),
    ("SELECT quantile_disc(x, ?) AS v FROM range(10) t(x)", (0.5,)),
    ("SELECT approx_quantile(x, ?) AS v FROM range(10) t(x)", (0.5,)),
    ("SELECT percentile_cont(?) WITHIN GROUP (ORDER BY x) AS v FROM range(10) t(x)", (0.5,)),
    ("SELECT percentile_cont(?) WITHIN GROUP (ORDER BY x DESC) AS v FROM range(10) t(x)", (Decimal("0.25"),)),
    ("SELECT percentile_disc(?) WITHIN GROUP (ORDER BY x) AS v FROM range(10) t(x)", (1,)),
    ("SELECT quantile_cont(order_total_amount, ?) AS v FROM orders.orders WHERE {period}", (0.5,)),
    ("SELECT round(1.256, ?) AS v", (1,)),
    ("SELECT round(1.256, ?) AS v", (2,)),
    ("SELECT round(order_total_amount, ?) AS v FROM orders.orders WHERE {period} ORDER BY 1 LIMIT 3", (1,)),
    ("SELECT round(order_total_amount, ?) AS v FROM orders.orders WHERE {period} AND order_status = ? ORDER BY 1",
     (1, "Shipped")),
    ("SELECT ?||'x' AS v", ("a",)),
    ("SELECT 'x'||?||'y' AS v", ("a",)),
    ("SELECT ?|4 AS v", (1,)),
    ("SELECT [10, 20, 30][?] AS v", (2,)),
    ("SELECT [10, 20, 30][(?)] AS v", (2,)),
    ("SELECT [10, 20, 30][? + 1] AS v", (1,)),
    ("SELECT x[?] AS v FROM (SELECT [10, 20, 30] AS x) t", (3,)),
    ("SELECT x[y] AS v FROM (SELECT [10, 20, 30] AS x, ? AS y) t", (3,)),
    ("SELECT ('abc')[?] AS v", (2,)),
    ("SELECT [10, 20, 30][-?] AS v", (1,)),
    ("SELECT [10, 20, 30][?:?] AS v", (2, 3)),
    ("SELECT MAP {{'a': 1}}['a'] = ? AS v", (1,)),
    ("SELECT ? = ANY(ARRAY['a', 'b']) AS v", ("a",)),
    ("SELECT list_extract([10, 20, 30], ?) AS v", (2,)),
    ("SELECT substr('abcdef', ?, ?) AS v", (2, 3)),
    ("SELECT split_part('a-b', ?, ?) AS v", ("-", 2)),
    ("SELECT lag(x, ?) OVER (ORDER BY x) AS v FROM range(3) t(x)", (1,)),
    ("SELECT make_date(?, ?, ?) AS v", (2026, 1, 2)),
    ("SELECT INTERVAL (?) DAY AS v", (2,)),
    ("SELECT x AS v FROM range(?) t(x)", (3,)),
    ("SELECT CASE WHEN order_status = ? THEN ? END AS v FROM orders.orders WHERE {period} ORDER BY 1 LIMIT 30",
     ("Shipped", "yes")),
    ("SELECT CASE order_status WHEN ? THEN ? ELSE order_status END AS v FROM orders.orders WHERE {period} ORDER BY 1",
     ("Shipped", "yes")),
    ("SELECT date_trunc(?, purchase_date) AS v, count(*) FROM orders.orders WHERE {period} GROUP BY 1 ORDER BY 1",
     ("month",)),
    ("SELECT amazon_order_id AS v FROM orders.orders WHERE {period} ORDER BY 1 LIMIT ? OFFSET ?", (2, 3)),
    ("SELECT amazon_order_id AS v FROM orders.orders WHERE {period} ORDER BY 1 LIMIT ?", (2**63 - 1,)),
    ("SELECT count(*) AS v FROM orders.orders WHERE {period} AND (? IS NULL OR order_status = ?)", (None, None)),
    ("SELECT count(*) AS v FROM orders.orders WHERE {period} AND (? IS NULL OR order_status = ?)",
     ("Shipped", "Shipped")),
    ("SELECT count(*) AS v FROM orders.orders WHERE {period} AND (? IS NULL OR purchase_date >= ?)",
     (INSTANT, INSTANT)),
    ("SELECT count(*) AS v FROM orders.orders WHERE {period} AND number_of_items_shipped IN (?, ?)", (1, None)),
    ("SELECT count(*) AS v FROM orders.orders WHERE {period} AND order_total_amount BETWEEN ? AND ?",
     (10, Decimal("50.5"))),
    ("SELECT $2 || $1 AS v", ("a", "b")),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "values"), PLACES)
@pytest.mark.parametrize("dialect", ["auto", "postgres"])
def test_a_parameter_stands_wherever_a_constant_may(
    stack: Stack, sql: str, values: tuple[Any, ...], dialect: str
) -> None:
    asked = sql.format(period=PERIOD)
    rows = stack.query(asked, values, SqlDialect=dialect)
    assert rows == stack.query(written_out(asked, values), SqlDialect=dialect)
    assert rows


def written_out(sql: str, values: tuple[Any, ...]) -> str:
    for position, value in enumerate(values, 1):
        sql = sql.replace("?" if "?" in sql else f"${position}", written(value), 1)
    return sql


def written(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value}'"
    return f"'{value}'" if isinstance(value, str) else str(value)


def test_a_statement_is_described_with_the_value_where_that_decides_its_type(stack: Stack) -> None:
    with stack.connected() as connection, connection.cursor() as cursor:
        for places, told in ((1, Decimal("1.3")), (2, Decimal("1.26")), (0, Decimal("1"))):
            cursor.execute("SELECT round(1.256, ?) AS v", (places,))
            assert cursor.fetchall() == [(told,)]


@pytest.mark.parametrize(
    ("dialect", "sql", "told"),
    [
        ("auto", "SELECT x AS v FROM range(3) t(x) ORDER BY ?", r"ORDER BY \? does nothing"),
        ("auto", "SELECT :name AS v", "named parameter"),
        ("auto", "SELECT $name AS v", "named parameter name is not accepted"),
        ("auto", "SELECT 1 AS v LIMIT ?", "parameter 1 is the text 'YYYY'; LIMIT and OFFSET take a whole number"),
        ("tsql", "SELECT FORMAT(GETDATE(), ?) AS v", "parameter 1 stands where only a constant can"),
        ("tsql", "SELECT CONVERT(VARCHAR(10), GETDATE(), ?) AS v", "CONVERT with a style that is not written out"),
        ("postgres", "SELECT to_char(now(), ?) AS v", "to_char with a format that is not written out"),
        ("postgres", "SELECT to_date('2026', ?) AS v", "a format that is not written out"),
        ("postgres", "SELECT to_timestamp('2026', ?) AS v", "a format that is not written out"),
        ("mysql", "SELECT STR_TO_DATE('2026', ?) AS v", "a format that is not written out"),
        ("mysql", "SELECT DATE_FORMAT(NOW(), ?) AS v", "DATE_FORMAT with a format that is not written out"),
    ],
)
def test_a_parameter_that_cannot_be_one_is_told(stack: Stack, dialect: str, sql: str, told: str) -> None:
    with pytest.raises(adbc_driver_manager.Error, match=told):
        stack.query(sql, ("YYYY",), SqlDialect=dialect)


@pytest.mark.parametrize("value", [Decimal("1e50"), Decimal("1." + "1" * 38)])
def test_more_digits_than_decimals_have_are_told(stack: Stack, value: Decimal) -> None:
    column = pa.array([value], pa.decimal256(76, max(0, -int(value.as_tuple().exponent))))
    with pytest.raises(adbc_driver_manager.Error, match=r"a parameter has \d+ digits, more than the 38"):
        answer(stack, "SELECT ? AS v", batch(column))


TOLD = [
    pa.array([1, None]),
    pa.array([1.5]),
    pa.array([Decimal("20.50"), Decimal("1.00")]),
    pa.array(["text", None]),
    pa.array([True]),
    pa.array([date(2026, 6, 1)]),
    pa.array([datetime.fromisoformat("2026-06-01T01:02:03.000004")]),
    pa.array([datetime(2026, 6, 1, tzinfo=UTC)]),
    pa.array([b"\x00\xff"]),
]


@pytest.mark.parametrize("values", TOLD, ids=lambda values: str(values.type))
def test_a_selected_parameter_has_the_type_that_was_bound(stack: Stack, values: pa.Array) -> None:
    told = answer(stack, "SELECT ? AS v", batch(values))
    assert told.schema.field("v").type == values.type
    assert told.column("v").to_pylist() == values.to_pylist()


def test_a_statement_takes_values_of_one_type_after_the_other(stack: Stack) -> None:
    with stack.connected() as connection, connection.cursor() as cursor:
        for value in (1, "one", 1.5, Decimal("1.50"), date(2026, 6, 1)):
            cursor.execute("SELECT ? AS v", (value,))
            assert cursor.fetchall() == [(value,)]


def test_counts_are_compared(stack: Stack) -> None:
    sql = f"SELECT order_status FROM orders.orders WHERE {PERIOD} GROUP BY 1 HAVING count(*) > {{}} ORDER BY 1"
    written = answer(stack, sql.format("10")).to_pylist()
    for value in (10, 10.0, Decimal(10), "10"):
        assert answer(stack, sql.format("?"), (value,)).to_pylist() == written


@pytest.mark.parametrize("value", [2, 2.0, "2", Decimal(2)])
def test_a_limit_takes_a_whole_number_of_any_type(stack: Stack, value: Any) -> None:
    told = answer(stack, f"SELECT amazon_order_id FROM orders.orders WHERE {PERIOD} LIMIT ?", (value,))
    assert told.num_rows == 2


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (pa.array([["a", "b"]]), r"parameter 1 is a list.*IN \(\?, \?\)"),
        (pa.array([{"a": 1}]), "parameter 1 is a struct"),
        (pa.array([1], pa.timestamp("ns")), "parameter 1 .* microseconds"),
    ],
)
def test_what_is_no_single_value_is_told(stack: Stack, values: pa.Array, told: str) -> None:
    with pytest.raises(adbc_driver_manager.Error, match=told) as failure:
        answer(stack, "SELECT amazon_order_id FROM orders.orders WHERE order_status = ?", batch(values))
    assert "internal" not in str(failure.value).lower()


def test_a_run_whose_parameter_never_comes_has_failed(stack: Stack) -> None:
    sql = "SELECT ? AS never_comes"
    with pytest.raises(adbc_driver_manager.Error, match="none was bound"):
        answer(stack, sql)
    listed = stack.query("SELECT state, error FROM system.queries WHERE sql = ?", (sql,))
    assert [row["state"] for row in listed] == ["failed"]
    assert "none was bound" in listed[0]["error"]


@pytest.mark.parametrize(
    ("sql", "value", "told"),
    [
        ("SELECT lpad('x', ?, '0') AS v", 3, "00x"),
        ("SELECT time_bucket(INTERVAL '1 day', ?)::DATE AS v", INSTANT, date(2026, 6, 1)),
        ("SELECT date_add(?, INTERVAL 1 DAY)::DATE AS v", "2026-06-01", date(2026, 6, 2)),
        ("SELECT extract(year FROM ?) AS v", "2026-06-01", 2026),
        ("SELECT DATE '2026-06-03' - ? AS v", 2, date(2026, 6, 1)),
        ("SELECT ? + 1 AS v", 2, 3),
        ("SELECT repeat('x', ?) AS v", 3, "xxx"),
    ],
)
def test_a_function_takes_a_parameter(stack: Stack, sql: str, value: Any, told: Any) -> None:
    assert answer(stack, sql, (value,)).column("v").to_pylist() == [told]
