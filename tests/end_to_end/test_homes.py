"""Columns of a result tell their table and how long their text may be; `Schema=` is the session's schema."""

from typing import Any

import adbc_driver_manager
import pytest

from tests.server_fixtures import Stack

ORDERS = ("spapi", "orders", "orders")
KEY = "ARROW:FLIGHT:SQL:"


def described(stack: Stack, sql: str, **parameters: str) -> dict[str, dict[str, str]]:
    with stack.connected(**parameters) as connection, connection.cursor() as cursor:
        fields = cursor.adbc_execute_schema(sql)
    return {
        field.name: {key.decode().removeprefix(KEY): value.decode() for key, value in field.metadata.items()}
        for field in fields
    }


def homes(stack: Stack, sql: str) -> dict[str, tuple[str | None, ...]]:
    names = ("CATALOG_NAME", "SCHEMA_NAME", "TABLE_NAME")
    return {column: tuple(map(told.get, names)) for column, told in described(stack, sql).items()}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT amazon_order_id FROM orders.orders",
        "SELECT amazon_order_id FROM orders.orders WHERE order_status = 'Shipped' ORDER BY purchase_date LIMIT 3",
        "SELECT o.amazon_order_id FROM orders.orders o LEFT JOIN orders.order_items i USING (amazon_order_id)",
        "SELECT amazon_order_id FROM (SELECT * FROM orders.orders LIMIT 10) v LIMIT 1",
        "WITH v AS (SELECT * FROM orders.orders) SELECT v.amazon_order_id FROM v",
        "SELECT amazon_order_id, count(*) AS n FROM orders.orders GROUP BY 1",
        "SELECT amazon_order_id FROM orders.orders WHERE order_status = ?",
        "SELECT amazon_order_id FROM orders.orders WHERE purchase_date >= now() - INTERVAL 1 DAY",
    ],
)
def test_a_column_that_is_passed_on_names_its_table(stack: Stack, sql: str) -> None:
    assert homes(stack, sql)["amazon_order_id"] == ORDERS
    assert described(stack, sql)["amazon_order_id"]["PRECISION"] == "64"


def test_a_renamed_column_names_its_table_and_a_computed_one_none(stack: Stack) -> None:
    sql = "SELECT amazon_order_id AS id, upper(order_status) AS status, 1 AS one FROM orders.orders"
    assert homes(stack, sql) == {"id": ORDERS, "status": (None, None, None), "one": (None, None, None)}
    assert described(stack, sql)["status"]["PRECISION"] == "65535"


def test_every_column_of_a_star_names_its_table(stack: Stack) -> None:
    assert set(homes(stack, "SELECT * FROM orders.orders").values()) == {ORDERS}
    sql = "SELECT o.*, i.asin FROM orders.orders o JOIN orders.order_items i ON o.amazon_order_id = i.amazon_order_id"
    assert list(homes(stack, sql).values())[-2:] == [ORDERS, ("spapi", "orders", "order_items")]


def test_the_rows_come_under_the_announced_metadata(stack: Stack) -> None:
    with stack.connected() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT amazon_order_id FROM orders.orders LIMIT 1")
        field = cursor.fetch_arrow_table().schema.field(0)
    assert field.metadata[f"{KEY}TABLE_NAME".encode()] == b"orders"


def test_the_schema_property_of_a_driver_is_the_sessions_schema(stack: Stack) -> None:
    sql = "SELECT * FROM tables LIMIT 0"
    with pytest.raises(adbc_driver_manager.Error, match="there is no table nowhere"):
        stack.query("SELECT * FROM nowhere", schema="system")
    assert "table_name" in described(stack, sql, schema="System")
    with stack.connected(schema="orders_2026_01_01") as connection:
        assert schema_of_orders(connection) == connection.adbc_current_db_schema == "orders_2026_01_01"
        connection.adbc_current_db_schema = "orders"
        assert schema_of_orders(connection) == connection.adbc_current_db_schema == "orders"


def schema_of_orders(connection: Any) -> str:
    with connection.cursor() as cursor:
        field = cursor.adbc_execute_schema("SELECT * FROM orders").field(0)
    return str(field.metadata[f"{KEY}SCHEMA_NAME".encode()].decode())


def test_a_schema_property_that_names_none_is_an_error_that_names_the_nearest(stack: Stack) -> None:
    with pytest.raises(adbc_driver_manager.Error, match="Schema names no schema of the catalog; did you mean orders"):
        stack.query("SELECT 1", schema="ordrs")
