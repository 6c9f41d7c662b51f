"""Through ADBC: what Amazon refuses beside something else is not sent there, and what it wants beside it is."""

from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import parse_qs

import adbc_driver_manager
import pytest

from tests.scripted_amazon import ScriptedAmazon, scripted_amazon

ORDER = {
    "AmazonOrderId": "902-1845936-5435065",
    "OrderStatus": "Shipped",
    "PurchaseDate": "2026-06-02T00:00:00Z",
    "LastUpdateDate": "2026-06-03T00:00:00Z",
    "BuyerInfo": {"BuyerEmail": "a@example.com"},
}


@pytest.fixture(scope="module")
def amazon() -> Iterator[ScriptedAmazon]:
    with scripted_amazon() as scripted:
        yield scripted


def _asked(amazon: ScriptedAmazon) -> dict[str, list[str]]:
    return parse_qs(amazon.asked[-1].query_text)


@pytest.mark.parametrize(
    "condition",
    [
        "order_status = 'Shipped'",
        "last_update_date >= '2026-06-01'",
        "fulfillment_channel IS NULL AND order_status IN ('Shipped', 'Unshipped')",
    ],
)
def test_an_address_and_what_it_excludes_are_answered_without_the_excluded(
    amazon: ScriptedAmazon, condition: str
) -> None:
    other = {**ORDER, "AmazonOrderId": "902-0000000-0000000", "OrderStatus": "Canceled", "LastUpdateDate": "2026-05-01"}
    amazon.answer("/orders/v0/orders", {"payload": {"Orders": [ORDER, other]}})
    rows = amazon.query(
        f"SELECT amazon_order_id FROM orders.orders WHERE buyer_info_buyer_email = 'a@example.com' AND {condition} "
        "AND order_status <> 'Canceled'"
    )
    asked = _asked(amazon)
    assert rows == [{"amazon_order_id": ORDER["AmazonOrderId"]}], "the engine checks what is not sent"
    assert asked["BuyerEmail"] == ["a@example.com"] and "CreatedAfter" in asked
    assert not {"OrderStatuses", "FulfillmentChannels", "LastUpdatedAfter", "LastUpdatedBefore"} & asked.keys()


def test_labels_of_a_month_are_asked_for_by_the_week_and_up_to_now(amazon: ScriptedAmazon) -> None:
    path = "/vendor/directFulfillment/shipping/2021-12-28/shippingLabels"
    amazon.answer("/tokens/2021-03-01/restrictedDataToken", {"restrictedDataToken": "Atz.sprdt|x", "expiresIn": 3600})
    amazon.answer(path, {"shippingLabels": []})
    before = len(amazon.asked)
    sql = "SELECT purchase_order_number FROM vendor_direct_fulfillment_shipping.shipping_labels WHERE created_after = "
    amazon.query(f"{sql} now() - INTERVAL 30 DAY")
    periods = [parse_qs(call.query_text) for call in amazon.asked[before:] if call.path == path]
    assert len(periods) == 5
    ends = sorted((period["createdAfter"][0], period["createdBefore"][0]) for period in periods)
    assert all(end == start for (_, end), (start, _) in pairwise(ends))


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT * FROM replenishment.offers WHERE sort_key = 'ASIN'", "needs sort_order beside sort_key"),
        ("SELECT * FROM catalog_items.search WHERE identifier = '1'", "needs identifier_type beside identifier"),
        (
            "SELECT * FROM shipping_v2.collection_form_history WHERE requested_from_city = 'London'",
            "needs .*requested_from_name.* beside requested_from_city",
        ),
    ],
)
def test_what_amazon_would_refuse_is_refused_before_any_call(amazon: ScriptedAmazon, sql: str, message: str) -> None:
    before = len(amazon.asked)
    with pytest.raises(adbc_driver_manager.ProgrammingError, match=message):
        amazon.query(sql)
    assert len(amazon.asked) == before


def test_what_a_parameter_is_only_valid_with_is_asked_for_with_it(amazon: ScriptedAmazon) -> None:
    path = "/batches/products/pricing/2022-05-01/items/competitiveSummary"
    amazon.answer(path, {"responses": [{"status": {"statusCode": 200}, "body": {"asin": "B00ZIAODGE"}}]})
    inputs = '[{"itemCondition": "New", "offerType": "Consumer"}]'
    amazon.query(
        "SELECT asin, reference_prices FROM product_pricing_2022_05_01.competitive_summary WHERE asin = 'B00ZIAODGE' "
        f"AND lowest_priced_offers_inputs = '{inputs}'"
    )
    assert b'"lowestPricedOffers"' in amazon.asked[-1].body and b'"referencePrices"' in amazon.asked[-1].body
