"""A first look through JDBC: connect with our parameters, read metadata, query, bind a parameter, be refused."""

from typing import Any

import pytest

from tests.drivers.jdbc_driver import driver, smoke
from tests.server_fixtures import CREDENTIALS, Stack

QUERY = """
SELECT amazon_order_id, purchase_date, order_total_amount, number_of_items_shipped, is_prime FROM orders.orders
WHERE purchase_date >= TIMESTAMP '2026-06-12' ORDER BY amazon_order_id
"""
PREPARED = "SELECT seller_sku, quantity_ordered, item_price_amount FROM orders.order_items WHERE amazon_order_id = ?"


@pytest.fixture(scope="module")
def order_id(stack: Stack) -> str:
    driver()  # skips before anything is started
    return str(stack.query(QUERY, Region="NA")[0]["amazon_order_id"])


@pytest.fixture(scope="module")
def told(stack: Stack, order_id: str) -> dict[str, Any]:
    url = f"jdbc:arrow-flight-sql://127.0.0.1:{stack.server.port}/?useEncryption=false&RetryCountMax=3&region=na"
    return smoke(url, QUERY, PREPARED, order_id, {**CREDENTIALS, **stack.addresses()})


def test_schemas_and_tables_are_listed(told: dict[str, Any]) -> None:
    assert {"orders", "sellers"} <= {row["TABLE_SCHEM"] for row in told["schemas"]}
    assert {"orders", "order_items"} <= {row["TABLE_NAME"] for row in told["tables"]}


def test_columns_and_keys_are_listed(told: dict[str, Any]) -> None:
    assert {"amazon_order_id", "item_price_amount"} <= {row["COLUMN_NAME"] for row in told["columns"]}
    assert {row["COLUMN_NAME"] for row in told["primary_key"]} == {"amazon_order_id", "order_item_id"}


def test_a_query_gives_the_rows_that_adbc_gives(told: dict[str, Any], stack: Stack) -> None:
    rows = stack.query(QUERY, Region="NA")
    assert [row["amazon_order_id"] for row in told["query"]] == [row["amazon_order_id"] for row in rows]
    assert [row["order_total_amount"] for row in told["query"]] == [
        None if row["order_total_amount"] is None else f"{row['order_total_amount']:f}" for row in rows
    ]
    assert [row["number_of_items_shipped"] for row in told["query"]] == [
        None if row["number_of_items_shipped"] is None else str(row["number_of_items_shipped"]) for row in rows
    ]


def test_a_prepared_query_takes_its_parameter(told: dict[str, Any], stack: Stack, order_id: str) -> None:
    rows = stack.query(PREPARED.replace("?", f"'{order_id}'"))
    assert told["parameter_count"] == 1
    assert sorted(row["seller_sku"] for row in told["prepared"]) == sorted(row["seller_sku"] for row in rows)


def test_a_refusal_says_why_and_no_more(told: dict[str, Any]) -> None:
    assert "only reads" in told["refusal"]
    assert "Traceback" not in told["refusal"]
    assert "demo-secret" not in told["refusal"]


def test_rows_that_warnings_follow_are_read_whole(stack: Stack, order_id: str) -> None:
    """Warnings come in the metadata of an empty batch, of which the driver knows nothing."""
    sql = (
        "SELECT seller_sku FROM fba_inventory.inventory_summaries "
        "WHERE marketplace_id IN ('ATVPDKIKX0DER', 'A2Q3Y263D00KWC') ORDER BY seller_sku"
    )
    url = f"jdbc:arrow-flight-sql://127.0.0.1:{stack.server.port}/?useEncryption=false"
    told = smoke(url, sql, PREPARED, order_id, {**CREDENTIALS, **stack.addresses()})
    assert [row["seller_sku"] for row in told["query"]] == [row["seller_sku"] for row in stack.query(sql)]
    noted = "SELECT warnings FROM system.queries WHERE sql = ? AND warnings IS NOT NULL"
    assert len(stack.query(noted, (sql,))) == 2
