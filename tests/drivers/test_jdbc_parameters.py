"""Parameters of every kind through JDBC, which converts what is set to the type that it was told."""

import pytest

from tests.drivers.jdbc_driver import VERSIONS, bound, driver
from tests.drivers.test_jdbc import properties, url
from tests.server_fixtures import Stack

ORDERS = "SELECT count(*) AS n FROM orders.orders WHERE purchase_date >= TIMESTAMP '2026-05-01' AND "

COUNTED = [
    ("number_of_items_shipped = ?", "setInt", "1", "1"),
    ("number_of_items_shipped = ?", "setLong", "1", "1"),
    ("number_of_items_shipped = ?", "setShort", "1", "1"),
    ("number_of_items_shipped = ?", "setDouble", "0.5", "0.5"),
    ("number_of_items_shipped > ?", "setDouble", "0.5", "0.5"),
    ("number_of_items_shipped > ?", "setFloat", "0.5", "0.5"),
    ("number_of_items_shipped > ?", "setBigDecimal", "0.5", "0.5"),
    ("order_total_amount > ?", "setBigDecimal", "20.50", "20.50"),
    ("order_total_amount > ?", "setInt", "20", "20"),
    ("order_total_amount > ?", "setLong", "20", "20"),
    ("order_total_amount > ?", "setDouble", "20.5", "20.5"),
    ("order_total_amount = ?", "setBigDecimal", "41.3000001", "41.3000001"),
    ("order_total_amount > round(?, 1)", "setDouble", "50.25", "50.25"),
    ("order_total_amount > abs(?)", "setInt", "-50", "-50"),
    ("order_status = ?", "setString", "Shipped", "'Shipped'"),
    ("upper(order_status) LIKE ?", "setString", "S%", "'S%'"),
    ("is_prime = ?", "setBoolean", "true", "TRUE"),
    ("purchase_date >= ?", "setTimestamp", "2026-06-01 12:30:15.25", "TIMESTAMP '2026-06-01 12:30:15.25'"),
    ("CAST(purchase_date AS DATE) = ?", "setDate", "2026-06-02", "DATE '2026-06-02'"),
    ("purchase_date::DATE = ?", "setDate", "2026-06-02", "DATE '2026-06-02'"),
    ("purchase_date >= CAST(? AS DATE)", "setDate", "2026-06-02", "DATE '2026-06-02'"),
    ("purchase_date < ? + INTERVAL 1 DAY", "setTimestamp", "2026-06-02 00:00:00", "TIMESTAMP '2026-06-02'"),
    ("year(purchase_date) = year(?)", "setTimestamp", "2026-06-02 00:00:00", "TIMESTAMP '2026-06-02'"),
    ("number_of_items_shipped = ?::INT", "setInt", "1", "1"),
    ("number_of_items_shipped = CAST(? AS BIGINT)", "setLong", "1", "1"),
    ("order_total_amount > CAST(? AS DECIMAL(10, 2))", "setBigDecimal", "20.50", "20.50"),
    ("order_status = CAST(? AS VARCHAR)", "setString", "Shipped", "'Shipped'"),
    ("order_status = ?", "setNull", "12", "NULL"),
]

TOLD = [
    ("SELECT ?", "setString", "text", "text"),
    ("SELECT ?::BIGINT", "setLong", "9007199254740993", "9007199254740993"),
    ("SELECT ?::DOUBLE", "setDouble", "2.5", "2.5"),
    ("SELECT ?::BOOLEAN", "setBoolean", "true", "true"),
    ("SELECT ?::DATE", "setDate", "2026-06-02", "2026-06-02"),
    ("SELECT year(?)", "setTimestamp", "2026-06-02 00:00:00", "2026"),
    ("SELECT round(?, 1)", "setDouble", "1.26", "1.3"),
    ("SELECT ? + 1", "setInt", "1", "2.0"),
    ("SELECT count(*) FROM (SELECT order_status FROM orders.orders WHERE purchase_date >= TIMESTAMP '2026-05-01' "
     "GROUP BY 1 HAVING count(*) > ?) t", "setInt", "1000000", "0"),
    ("SELECT count(*) FROM (SELECT 1 FROM orders.orders WHERE purchase_date >= TIMESTAMP '2026-05-01' LIMIT ?) t",
     "setInt", "2", "2"),
]  # fmt: skip


@pytest.fixture(scope="module", params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    driver(request.param)  # skips before anything is started
    return str(request.param)


def test_a_value_that_was_set_is_compared_as_what_it_is(stack: Stack, version: str) -> None:
    told = bound(
        version, url(stack), [(ORDERS + sql, setter, value) for sql, setter, value, _ in COUNTED], properties(stack)
    )
    expected = [stack.query(ORDERS + sql.replace("?", f"({written})"))[0]["n"] for sql, _, _, written in COUNTED]
    asked = [(sql, setter, value) for sql, setter, value, _ in COUNTED]
    assert dict(zip(asked, told, strict=True)) == dict(zip(asked, map(str, expected), strict=True))


def test_a_value_that_was_set_comes_back(stack: Stack, version: str) -> None:
    told = bound(version, url(stack), [(sql, setter, value) for sql, setter, value, _ in TOLD], properties(stack))
    assert told == [expected for *_, expected in TOLD]
