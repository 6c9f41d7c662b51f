"""Prices, fees and replenishment through the driver: twenty items a call, each answer beside what was asked for."""

from decimal import Decimal
from typing import Any

from tests.server_fixtures import Stack

UNITED_STATES = {"Marketplaces": "ATVPDKIKX0DER"}


def query(stack: Stack, sql: str) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows, and the operations that were called for them."""
    before = len(stack.calls())
    rows = stack.query(sql, **UNITED_STATES)
    return rows, [call["operation"] for call in stack.calls()[before:]]


def listed(stack: Stack, column: str, count: int) -> str:
    """Some values of the seller's inventory, as they stand behind IN."""
    rows, _ = query(stack, f"SELECT DISTINCT {column} FROM fba_inventory.inventory_summaries ORDER BY 1 LIMIT {count}")
    values = [row[column].replace("'", "''") for row in rows]
    assert len(values) == count
    return "('" + "', '".join(values) + "')"


def test_offers_and_what_sums_them_up_come_in_one_call(stack: Stack) -> None:
    asins = listed(stack, "asin", 5)
    sql = f"""SELECT s.asin, s.total_offer_count, o.seller_id
        FROM product_pricing.item_offers_batch_summary s JOIN product_pricing.item_offers_batch o USING (asin)
        WHERE s.asin IN {asins} AND o.asin IN {asins}"""
    rows, called = query(stack, sql)
    assert rows
    assert called == ["getItemOffersBatch"]


def test_twenty_items_are_asked_for_in_a_call_and_unknown_ones_have_no_offers(stack: Stack) -> None:
    asins = listed(stack, "asin", 30)
    sql = f"SELECT asin FROM product_pricing.item_offers_batch WHERE asin IN {asins} OR asin = 'B000000000'"
    rows, called = query(stack, sql)
    assert called == ["getItemOffersBatch", "getItemOffersBatch"]
    assert "B000000000" not in {row["asin"] for row in rows}


def test_an_unknown_item_has_a_summary_that_says_so(stack: Stack) -> None:
    asins = listed(stack, "asin", 1)
    table = "product_pricing_2022_05_01.competitive_summary"
    sql = f"SELECT asin, errors FROM {table} WHERE asin IN {asins} OR asin = 'B000000000'"
    errors = {row["asin"]: row["errors"] for row in query(stack, sql)[0]}
    assert "NotFound" in errors.pop("B000000000")
    assert list(errors.values()) == [None]


def test_fees_are_estimated_for_the_price_of_each_listing(stack: Stack) -> None:
    skus = listed(stack, "seller_sku", 3)
    sql = f"""SELECT f.seller_sku, f.listing_price_amount, o.regular_price_amount, f.fees_estimate_identifier_id_value
        FROM product_pricing.pricing__product_offers o JOIN product_fees.my_fees_estimates f
        ON f.seller_sku = o.seller_sku AND f.listing_price_amount = o.regular_price_amount
        AND f.listing_price_currency_code = o.regular_price_currency_code WHERE o.parent_seller_sku IN {skus}"""
    rows, called = query(stack, sql)
    assert called == ["getPricing", "getMyFeesEstimates"]
    assert len({row["seller_sku"] for row in rows}) == 3
    assert all(row["listing_price_amount"] == row["regular_price_amount"] for row in rows)
    assert all(row["fees_estimate_identifier_id_value"] in (None, row["seller_sku"]) for row in rows)


def test_a_price_keeps_its_digits(stack: Stack) -> None:
    prices = ["0.000001", "12345678901234567890123456789.5", "99999999999999999999999999999999.999999", "100"]
    sql = f"""SELECT listing_price_amount FROM product_fees.my_fees_estimates WHERE seller_sku = 'A-1'
        AND listing_price_amount IN ({", ".join(prices)}) AND listing_price_currency_code = 'USD'"""
    rows, called = query(stack, sql)
    assert {row["listing_price_amount"] for row in rows} == set(map(Decimal, prices))
    assert called == ["getMyFeesEstimates"]


def test_only_measures_that_are_named_are_asked_for(stack: Stack) -> None:
    sql = """SELECT active_subscriptions, subscriber_average_revenue FROM replenishment.selling_partner_metrics
        WHERE requested_start_date = TIMESTAMP '2026-01-01' AND requested_end_date = TIMESTAMP '2026-01-31'"""
    rows, called = query(stack, sql)
    assert rows
    assert called == ["getSellingPartnerMetrics"]
    assert stack.calls()[-1]["body"]["metrics"] == ["ACTIVE_SUBSCRIPTIONS", "SUBSCRIBER_NON_SUBSCRIBER_AVERAGE_REVENUE"]


def test_the_items_of_an_order_as_json_bring_all_that_an_item_can_hold(stack: Stack) -> None:
    query(stack, "SELECT order_items FROM orders_2026_01_01.orders WHERE created_time >= TIMESTAMP '2026-06-10'")
    included = stack.calls("searchOrders")[-1]["query"]["includedData"]
    assert included == "CANCELLATION,EXPENSE,FULFILLMENT,PROCEEDS,PROMOTION,TAX"


def test_a_message_is_asked_for_in_the_marketplace_of_its_order(stack: Stack) -> None:
    (order,), _ = query(stack, "SELECT amazon_order_id, marketplace_id FROM orders.orders LIMIT 1")
    sql = f"SELECT marketplace_id FROM messaging.attributes WHERE amazon_order_id = '{order['amazon_order_id']}'"
    rows, called = query(stack, sql)
    assert rows == [{"marketplace_id": order["marketplace_id"]}]
    assert called == ["getOrders", "GetAttributes"]
