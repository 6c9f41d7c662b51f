"""How many calls a query makes, seen at the simulator."""

from typing import Any

import pytest

from catalog import load
from catalog.table import KeyColumn, Table
from tests.server_fixtures import Stack

DAY = "purchase_date >= '2026-06-14' AND purchase_date < '2026-06-15'"


def orders(stack: Stack) -> list[dict[str, Any]]:
    return list(stack.simulator.story.orders())


def order_ids_of_the_day(stack: Stack) -> set[str]:
    return {order["AmazonOrderId"] for order in orders(stack) if order["PurchaseDate"].startswith("2026-06-14")}


def paths(stack: Stack, operation: str) -> list[str]:
    return [call["path"].split("/")[4] for call in stack.calls(operation) if "NextToken" not in call["query"]]


def test_a_join_asks_for_the_items_of_each_order_of_the_day_once(stack: Stack) -> None:
    expected = order_ids_of_the_day(stack)
    assert expected
    for join in ("JOIN", "LEFT JOIN"):
        for order in ("", " ORDER BY o.amazon_order_id"):
            stack.simulator.clear_calls()
            sql = f"SELECT o.amazon_order_id, seller_sku FROM orders.orders o {join} orders.order_items i"
            rows = stack.query(f"{sql} ON i.amazon_order_id = o.amazon_order_id WHERE {DAY}{order}")
            assert sorted(paths(stack, "getOrderItems")) == sorted(expected)
            assert {row["amazon_order_id"] for row in rows} == expected


def test_an_order_outside_the_day_by_less_than_amazons_precision_is_not_looked_up(stack: Stack) -> None:
    """Amazon's bound is inclusive, so the page may hold an order that the query does not want."""
    times = [order["PurchaseDate"] for order in orders(stack)]
    first = min(time for time in times if time > "2026-06-14")
    stack.simulator.clear_calls()
    stack.query(
        "SELECT count(*) FROM orders.orders o JOIN orders.order_items i USING (amazon_order_id) "
        f"WHERE purchase_date >= '2026-06-14' AND purchase_date < TIMESTAMPTZ '{first}'"
    )
    assert len(stack.calls("getOrders")) == 1
    assert paths(stack, "getOrderItems") == []


def test_a_limited_join_stops_asking(stack: Stack) -> None:
    stack.settle()
    rows = stack.query(
        "SELECT * EXCLUDE (title) FROM orders.orders JOIN orders.order_items USING (amazon_order_id) LIMIT 3"
    )
    assert len(rows) == 3
    assert len(stack.calls("getOrders")) == 1
    assert len(paths(stack, "getOrderItems")) <= 3


def test_a_subquery_supplies_keys(stack: Stack) -> None:
    stack.simulator.clear_calls()
    stack.query(
        "SELECT count(*) FROM orders.order_items WHERE amazon_order_id IN "
        f"(SELECT amazon_order_id FROM orders.orders WHERE {DAY})"
    )
    assert sorted(paths(stack, "getOrderItems")) == sorted(order_ids_of_the_day(stack))


def test_an_exists_supplies_keys(stack: Stack) -> None:
    stack.simulator.clear_calls()
    stack.query(
        f"SELECT count(*) FROM orders.orders o WHERE {DAY} AND EXISTS "
        "(SELECT 1 FROM orders.order_items i WHERE i.amazon_order_id = o.amazon_order_id AND i.quantity_ordered > 1)"
    )
    assert sorted(paths(stack, "getOrderItems")) == sorted(order_ids_of_the_day(stack))


def test_a_child_without_a_key_walks_its_declared_parent_no_further_than_needed(stack: Stack) -> None:
    stack.simulator.clear_calls()
    assert len(stack.query("SELECT amazon_order_id, seller_sku FROM orders.order_items LIMIT 2")) == 2
    assert len(stack.calls("getOrders")) == 1
    assert len(paths(stack, "getOrderItems")) <= 2


def test_keys_are_batched_to_the_operations_maximum(stack: Stack) -> None:
    """Catalog items come in twenties, prices too, whatever supplies the identifiers."""
    skus = {
        item["SellerSKU"] for order in order_ids_of_the_day(stack) for item in stack.simulator.story.order_items(order)
    }
    stack.simulator.clear_calls()
    stack.query(
        "SELECT p.seller_sku, p.status FROM orders.orders o JOIN orders.order_items i USING (amazon_order_id) "
        "JOIN product_pricing.pricing p ON p.seller_sku = i.seller_sku AND p.marketplace_id = 'ATVPDKIKX0DER' "
        f"WHERE {DAY}"
    )
    calls = stack.calls("getPricing")
    assert len(calls) == -(-len(skus) // 20)
    assert {sku for call in calls for sku in call["query"]["Skus"].split(",")} == skus


def test_a_parent_and_its_child_table_come_from_the_same_calls(stack: Stack) -> None:
    stack.simulator.clear_calls()
    rows = stack.query(
        "SELECT s.asin, s.product_types, m.brand FROM catalog_items.search s "
        "JOIN catalog_items.search__summaries m ON m.asin = s.asin AND m.marketplace_id = s.marketplace_id "
        "WHERE s.keywords = 'mug' AND m.keywords = 'mug' "
        "AND s.marketplace_id = 'ATVPDKIKX0DER' AND m.marketplace_id = 'ATVPDKIKX0DER'"
    )
    first_pages = [call for call in stack.calls("searchCatalogItems") if "pageToken" not in call["query"]]
    assert rows
    assert len(first_pages) == 1
    assert first_pages[0]["query"]["includedData"] == "productTypes,summaries"


def test_a_restricted_token_is_asked_for_only_where_a_withheld_column_is_named(stack: Stack) -> None:
    stack.simulator.clear_calls()
    plain = stack.query("SELECT shipping_address_city FROM orders.orders WHERE amazon_order_id <> '' LIMIT 5")
    assert stack.calls("createRestrictedDataToken") == []
    named = stack.query("SELECT shipping_address_name, amazon_order_id FROM orders.orders")
    assert any(row["shipping_address_name"] for row in named)
    assert len(plain) == 5


def test_never_asking_for_restricted_data_gives_nulls(stack: Stack) -> None:
    stack.simulator.clear_calls()
    rows = stack.query("SELECT shipping_address_name FROM orders.orders", RestrictedData="Never")
    assert rows
    assert all(row["shipping_address_name"] is None for row in rows)
    assert stack.calls("createRestrictedDataToken") == []


def test_explain_makes_no_call(stack: Stack) -> None:
    stack.simulator.clear_calls()
    rows = stack.query(
        f"EXPLAIN SELECT * FROM orders.orders o JOIN orders.order_items i USING (amazon_order_id) WHERE {DAY}",
        Marketplaces="ATVPDKIKX0DER",
    )
    assert [row["operation_id"] for row in rows] == ["getOrders", "getOrderItems"]
    assert rows[0]["calls_min"] == 1
    assert rows[1]["depends_on"] == "1"
    assert '"CreatedAfter": "2026-06-14T00:00:00Z"' in rows[0]["parameters"]
    assert "JOIN" in rows[1]["residual"]
    assert stack.calls() == []


def test_explain_shows_what_it_knows_where_the_run_must_tell_the_rest(stack: Stack) -> None:
    rows = stack.query("EXPLAIN SELECT * FROM orders.orders o JOIN orders.order_items i USING (amazon_order_id)")
    assert rows[0]["calls_min"] == 1
    assert '"MarketplaceIds": "…"' in rows[0]["parameters"]
    assert rows[1]["parameters"] == '{"orderId": "… amazon_order_id"}'
    assert rows[1]["calls_max"] is None


def test_explain_analyze_runs_the_query_and_tells_what_each_scan_took(stack: Stack) -> None:
    join = (
        "SELECT count(*) FROM orders.orders o JOIN orders.order_items i USING (amazon_order_id) "
        "WHERE purchase_date >= '2026-06-14'"
    )
    (row,) = stack.query(join)
    stack.simulator.clear_calls()
    orders, items = stack.query("EXPLAIN ANALYZE " + join)
    assert (orders["operation_id"], items["operation_id"]) == ("getOrders", "getOrderItems")
    assert orders["calls"] == len(stack.calls("getOrders"))
    assert items["calls"] == len(stack.calls("getOrderItems")) >= orders["rows"] > 0
    assert items["rows"] == row["count_star()"]
    assert items["bytes"] > 0
    assert items["seconds_called"] > 0
    assert items["retries"] == 0


def test_explain_analyze_tells_the_calls_of_parents_apart(stack: Stack) -> None:
    parent, items = stack.query("EXPLAIN ANALYZE SELECT order_item_id FROM orders.order_items LIMIT 3")
    assert (parent["operation_id"], parent["rows"]) == ("getOrders", None)
    assert parent["calls"] == 1
    assert 1 <= items["calls"] <= 3
    assert items["rows"] >= 3


def lagging_columns() -> list[tuple[Table, KeyColumn]]:
    """The columns whose lower bound Amazon refuses when it is young, one table an operation."""
    found = {
        (table.operation.operation_id, key.column): (table, key)
        for table in load().tables
        if table.kind == "operation" and table.operation is not None
        for key in table.key_columns
        if key.lag_minutes and (key.ge or key.gt)
    }
    return list(found.values())


@pytest.mark.parametrize("bound", ["now()", "now() - INTERVAL 1 MINUTE", "now() + INTERVAL 2 DAY", "'2099-01-01'"])
def test_what_is_younger_than_amazon_tells_is_not_asked_for(stack: Stack, bound: str) -> None:
    lagging = lagging_columns()
    assert len(lagging) >= 8
    for table, key in lagging:
        required = [f"{one.column} = 'G1'" for one in table.key_columns if one.required]
        conditions = [f"{key.column} >= {bound}", *(one for one in required if not one.startswith(key.column))]
        stack.simulator.clear_calls()
        assert stack.query(f"SELECT * FROM {table.qualified_name} WHERE {' AND '.join(conditions)}") == []
        assert stack.calls() == [], conditions
