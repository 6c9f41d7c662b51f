"""A first look through JDBC: connect with our parameters, read metadata, query, bind a parameter, be refused."""

from typing import Any

import pytest

from tests.drivers.jdbc_driver import VERSIONS, driver, objects, smoke
from tests.server_fixtures import CREDENTIALS, Stack

QUERY = """
SELECT amazon_order_id, purchase_date, order_total_amount, number_of_items_shipped, is_prime FROM orders.orders
WHERE purchase_date >= TIMESTAMP '2026-06-12' ORDER BY amazon_order_id
"""
PREPARED = "SELECT seller_sku, quantity_ordered, item_price_amount FROM orders.order_items WHERE amazon_order_id = ?"


EVERY_TYPE = """
SELECT TRUE AS a_bool, 1::TINYINT AS a_tinyint, 2::SMALLINT AS a_smallint, 3 AS an_integer, 4::BIGINT AS a_bigint,
    1.5::REAL AS a_real, 2.5::DOUBLE AS a_double, 12.50::DECIMAL(38, 6) AS a_decimal, 'text' AS a_text,
    '\\x01'::BLOB AS a_blob, DATE '2026-06-01' AS a_date, TIME '12:30:00' AS a_time,
    TIMESTAMP '2026-06-01 12:30:00' AS a_timestamp, TIMESTAMPTZ '2026-06-01 12:30:00+02' AS an_instant,
    INTERVAL 1 DAY AS an_interval, [1, 2] AS a_list, {'a': 1} AS a_struct, NULL AS a_null, 5::HUGEINT AS a_hugeint,
    uuid() IS NULL AS a_flag, purchase_date FROM orders.orders WHERE purchase_date >= TIMESTAMP '2026-06-12' LIMIT 1
"""

TIMESTAMP, WITH_ZONE = "93", "2014"


@pytest.fixture(scope="module", params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    driver(request.param)  # skips before anything is started
    return str(request.param)


@pytest.fixture(scope="module")
def order_id(stack: Stack) -> str:
    return str(stack.query(QUERY, Region="NA")[0]["amazon_order_id"])


@pytest.fixture(scope="module")
def told(stack: Stack, version: str, order_id: str) -> dict[str, Any]:
    return smoke(version, url(stack, "&RetryCountMax=3&region=na"), QUERY, PREPARED, order_id, properties(stack))


@pytest.fixture(scope="module")
def shown(stack: Stack, version: str) -> dict[str, str]:
    return objects(version, url(stack), EVERY_TYPE, "orders.orders", properties(stack))


def url(stack: Stack, more: str = "") -> str:
    return f"jdbc:arrow-flight-sql://127.0.0.1:{stack.server.port}/?useEncryption=false{more}"


def properties(stack: Stack) -> dict[str, str]:
    return {**CREDENTIALS, **stack.addresses()}


def test_a_grid_can_show_a_column_of_every_type(shown: dict[str, str]) -> None:
    assert len([name for name in shown if name.startswith("0.")]) == 21
    assert {name: text for name, text in shown.items() if text.startswith("FAILED")} == {}
    assert shown["0.an_instant"] == shown["0.a_timestamp"].replace("12:30", "10:30")
    assert shown["0.a_decimal"] == "BigDecimal 12.500000"
    assert shown["0.purchase_date"].startswith("Timestamp 2026-06-1")


def test_times_have_a_type_that_tools_know(shown: dict[str, str]) -> None:
    assert shown["type.purchase_date"] == TIMESTAMP
    assert WITH_ZONE not in {code for name, code in shown.items() if name.startswith("type.")}


def test_columns_have_sizes_and_a_home(shown: dict[str, str]) -> None:
    sizes = {
        column: shown[f"size.{column}"] for column in ("amazon_order_id", "buyer_info_buyer_name", "purchase_date")
    }
    assert sizes == {"amazon_order_id": "64", "buyer_info_buyer_name": "512", "purchase_date": "26"}
    assert (shown["home.purchase_date"], shown["home.a_text"]) == ("orders", "null")


def test_what_can_be_left_to_the_server_is_told(shown: dict[str, str]) -> None:
    assert {"CURDATE", "CURTIME", "TIMESTAMPADD", "TIMESTAMPDIFF"} <= set(shown["functions"].split(", "))
    assert shown["grammar"] == "true true"


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


def test_rows_that_warnings_follow_are_read_whole(stack: Stack, version: str, order_id: str) -> None:
    """Warnings come in the metadata of an empty batch, of which the driver knows nothing."""
    sql = (
        "SELECT seller_sku FROM fba_inventory.inventory_summaries "
        "WHERE marketplace_id IN ('ATVPDKIKX0DER', 'A2Q3Y263D00KWC') ORDER BY seller_sku"
    )
    told = smoke(version, url(stack), sql, PREPARED, order_id, properties(stack))
    assert [row["seller_sku"] for row in told["query"]] == [row["seller_sku"] for row in stack.query(sql)]
    noted = "SELECT warnings FROM system.queries WHERE sql = ? AND warnings IS NOT NULL"
    assert len(stack.query(noted, (sql,))) >= 2
