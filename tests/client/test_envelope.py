"""Answers in other envelopes, member by member: what is taken, what stays as it is, what is refused, by name."""

import json
from typing import Any

import msgspec
import pytest

import catalog
from catalog.table import AnswerLevel
from flight_server.client.answers.envelope import ROOT, NotUnderstood, in_form

CATALOG = catalog.load()


def level(table: str) -> AnswerLevel:
    db_schema, _, name = table.partition(".")
    operation = CATALOG.resolve(name, db_schema).operation
    assert operation is not None
    assert operation.answer is not None
    return operation.answer


def formed(table: str, body: object) -> Any:
    value = in_form(ROOT.decode(json.dumps(body).encode()), level(table))
    return json.loads(msgspec.json.encode(value))


ORDER = {"AmazonOrderId": "1"}
OFFERS = {"ASIN": "B1", "Offers": [{"SubCondition": "new"}], "Summary": {"TotalOfferCount": 1}}


@pytest.mark.parametrize(
    ("table", "answer", "in_models_form"),
    [
        ("orders.orders", {"Orders": [ORDER], "NextToken": "t"}, {"payload": {"Orders": [ORDER], "NextToken": "t"}}),
        (
            "orders.orders",
            {"payload": {"Orders": [ORDER]}, "NextToken": "t"},
            {"payload": {"Orders": [ORDER], "NextToken": "t"}},
        ),
        ("orders.orders", {"payload": {"payload": {"Orders": [ORDER]}}}, {"payload": {"Orders": [ORDER]}}),
        ("orders.orders", [ORDER], {"payload": {"Orders": [ORDER]}}),
        ("orders.orders", {"payload": [ORDER]}, {"payload": {"Orders": [ORDER]}}),
        ("orders.orders", {"payload": None, "Orders": [ORDER]}, {"payload": {"Orders": [ORDER]}}),
        ("orders.order", ORDER, {"payload": ORDER}),
        ("orders_2026_01_01.order", {"payload": {"order": {"orderId": "1"}}}, {"order": {"orderId": "1"}}),
        ("orders_2026_01_01.order", {"orderId": "1"}, {"order": {"orderId": "1"}}),
        ("orders_2026_01_01.order", {"payload": {"orderId": "1"}}, {"order": {"orderId": "1"}}),
        (
            "orders_2026_01_01.orders",
            {"payload": {"orders": [{"orderId": "1"}]}, "pagination": {"nextToken": "t"}},
            {"orders": [{"orderId": "1"}], "pagination": {"nextToken": "t"}},
        ),
        ("orders_2026_01_01.orders", {"payload": [{"orderId": "1"}]}, {"orders": [{"orderId": "1"}]}),
        (
            "fba_inventory.inventory_summaries",
            {"payload": {"inventorySummaries": [{"asin": "B1"}], "pagination": {"nextToken": "t"}}},
            {"payload": {"inventorySummaries": [{"asin": "B1"}]}, "pagination": {"nextToken": "t"}},
        ),
        (
            "fba_inventory.inventory_summaries",
            {"inventorySummaries": [{"asin": "B1"}], "pagination": {"nextToken": "t"}},
            {"payload": {"inventorySummaries": [{"asin": "B1"}]}, "pagination": {"nextToken": "t"}},
        ),
        (
            "vendor_orders.purchase_orders",
            {"payload": {"orders": [{"purchaseOrderNumber": "1"}]}, "pagination": {"nextToken": "t"}},
            {"payload": {"orders": [{"purchaseOrderNumber": "1"}], "pagination": {"nextToken": "t"}}},
        ),
        ("sellers.marketplace_participations", [{"storeName": "s"}], {"payload": [{"storeName": "s"}]}),
        ("sellers.marketplace_participations", {"list": [{"storeName": "s"}]}, {"payload": [{"storeName": "s"}]}),
        (
            "sellers.marketplace_participations",
            {"payload": {"list": [{"storeName": "s"}]}},
            {"payload": [{"storeName": "s"}]},
        ),
        ("product_fees.my_fees_estimates", {"payload": [{"Status": "Success"}]}, [{"Status": "Success"}]),
        ("product_fees.my_fees_estimates", {"FeesEstimates": [{"Status": "Success"}]}, [{"Status": "Success"}]),
        ("product_fees.my_fees_estimates", {"Status": "Success"}, [{"Status": "Success"}]),
        (
            "product_pricing.item_offers_batch",
            {"payload": {"responses": [{"status": {"statusCode": 200}, "body": {"payload": OFFERS}}]}},
            {"responses": [{"status": {"statusCode": 200}, "body": {"payload": OFFERS}}]},
        ),
        (
            "product_pricing.item_offers_batch",
            [{"status": {"statusCode": 200}, "body": OFFERS}],
            {"responses": [{"status": {"statusCode": 200}, "body": {"payload": OFFERS}}]},
        ),
        (
            "product_pricing_2022_05_01.competitive_summary",
            {"responses": [{"status": {"statusCode": 200}, "body": {"payload": {"asin": "B1"}}}]},
            {"responses": [{"status": {"statusCode": 200}, "body": {"asin": "B1"}}]},
        ),
        ("catalog_items.item", {"payload": {"asin": "B1"}}, {"asin": "B1"}),
        (
            "customer_feedback.item_positive_review_topics",
            {"asin": "B1", "positiveTopics": [{"topic": "t"}]},
            {"asin": "B1", "topics": {"positiveTopics": [{"topic": "t"}]}},
        ),
        (
            "shipping_v2.additional_inputs",
            {"$schema": "s", "required": []},
            {"payload": {"$schema": "s", "required": []}},
        ),
    ],
)
def test_the_other_form_is_taken(table: str, answer: object, in_models_form: object) -> None:
    assert formed(table, answer) == in_models_form


@pytest.mark.parametrize(
    ("table", "answer"),
    [
        ("orders.orders", {}),
        ("orders.orders", None),
        ("orders.orders", []),
        ("orders.orders", ""),
        ("orders.orders", {"payload": None}),
        ("orders.orders", {"payload": {}}),
        ("orders.orders", {"payload": []}),
        ("orders.orders", {"payload": {}, "somethingNew": ""}),
        ("orders.orders", {"payload": {"CreatedBefore": "2026-01-01T00:00:00Z"}}),
        ("orders.orders", {"payload": {"Orders": [], "NextToken": None}}),
        ("orders.orders", {"payload": {"Orders": [ORDER], "SomethingNew": {"a": 1}}, "somethingNew": [1]}),
        ("orders.orders", {"errors": []}),
        ("orders_2026_01_01.orders", {"pagination": {"nextToken": "t"}}),
        ("orders_2026_01_01.orders", {"lastUpdatedBefore": "2026-01-01T00:00:00Z", "somethingNew": 1}),
        ("orders_2026_01_01.orders", {"orders": [], "somethingNew": {"a": 1}}),
        ("orders_2026_01_01.orders", {"payload": {}}),
        ("orders_2026_01_01.orders", {"payload": None}),
        ("listings_items.items", {"numberOfResults": 0}),
        ("finances_v0.shipment_events", {"payload": {"FinancialEvents": {"SomeNewEventList": [{"a": 1}]}}}),
        ("fba_inventory.inventory_summaries", {"pagination": {}, "payload": {"granularity": {"granularityId": "A"}}}),
        ("sellers.marketplace_participations", {"payload": []}),
        ("sellers.marketplace_participations", {}),
        ("product_fees.my_fees_estimates", []),
        ("product_fees.my_fees_estimates", {}),
        ("catalog_items.item", {"asin": "B1", "somethingNew": {"a": 1}}),
        (
            "product_pricing.item_offers_batch",
            {"responses": [{"status": {"statusCode": 404}, "body": {"errors": [{}]}}]},
        ),
        ("product_pricing.item_offers_batch", {"responses": [{"status": {"statusCode": 200}, "headers": {"a": "b"}}]}),
    ],
)
def test_what_the_model_allows_stays_what_it_is(table: str, answer: object) -> None:
    assert formed(table, answer) in (answer, {}, [])


@pytest.mark.parametrize(
    ("table", "answer", "named"),
    [
        ("orders.orders", {"orders": [ORDER], "Unknown": 1}, ("payload", "Unknown", "orders")),
        ("orders.orders", {"payload": {"orders": [{"amazonOrderId": "1"}]}}, ("payload has no Orders", "orders")),
        ("orders.orders", {"payload": None, "result": {"a": 1}}, ("payload", "result")),
        ("orders.orders", {"payload": {}, "result": {"a": 1}}, ("payload", "result")),
        ("orders.orders", {"message": "Internal server error"}, ("message",)),
        ("orders.orders", [{"amazonOrderId": "1"}], ("list",)),
        ("orders.orders", {"payload": [{"amazonOrderId": "1"}]}, ("payload", "list")),
        ("orders.orders", 17, ("neither",)),
        ("orders.orders", {"payload": "text"}, ("payload", "neither")),
        ("orders_2026_01_01.orders", {"pagination": {}, "Orders": [{"OrderId": "1"}]}, ("no orders", "Orders")),
        ("orders_2026_01_01.orders", {"payload": {"Orders": [{"OrderId": "1"}]}}, ("no orders", "Orders")),
        ("orders_2026_01_01.orders", {"orders": None, "data": [{"orderId": "1"}]}, ("no orders", "data")),
        (
            "orders_2026_01_01.orders",
            {"payload": {"orders": [{"orderId": "1"}]}, "orders": [{"orderId": "2"}]},
            ("orders twice",),
        ),
        ("catalog_items.item", {"ASIN": "B1"}, ("ASIN",)),
        ("catalog_items.item", {"payload": {"ASIN": "B1"}}, ("ASIN",)),
        ("sellers.marketplace_participations", {"payload": {"a": [{"b": 1}]}}, ("payload", "a")),
        ("product_fees.my_fees_estimates", {"a": [{"b": 1}]}, ("a",)),
        ("product_fees.my_fees_estimates", [{"b": 1}], ("b",)),
        (
            "product_pricing.item_offers_batch",
            {"responses": [{"status": {"statusCode": 200}, "body": {"payload": {"offers": [{"a": 1}]}}}]},
            ("responses", "[0].body.payload", "offers"),
        ),
    ],
)
def test_what_is_not_understood_is_refused_by_the_names_it_has(
    table: str, answer: object, named: tuple[str, ...]
) -> None:
    with pytest.raises(NotUnderstood) as caught:
        formed(table, answer)
    assert [name for name in named if name not in str(caught.value)] == []


def test_an_answer_in_the_models_form_is_not_built_anew() -> None:
    root = ROOT.decode(json.dumps({"payload": {"Orders": [ORDER], "NextToken": "t"}, "new": 1}).encode())
    assert in_form(root, level("orders.orders")) is root
    batch = ROOT.decode(json.dumps({"responses": [{"status": {}, "body": {"payload": OFFERS}}]}).encode())
    assert in_form(batch, level("product_pricing.item_offers_batch")) is batch


def test_numbers_and_spelling_are_moved_as_they_are() -> None:
    text = b'{"Orders": [{"AmazonOrderId": "\\u00e9", "n": 1.10000000000000000000000000001e2}]}'
    moved = msgspec.json.encode(in_form(ROOT.decode(text), level("orders.orders")))
    assert moved == b'{"payload":' + text.replace(b'{"Orders": ', b'{"Orders":', 1) + b"}"


def test_a_name_that_is_very_long_is_cut() -> None:
    with pytest.raises(NotUnderstood) as caught:
        formed("orders.orders", {f"{number}{'x' * 500}": 1 for number in range(30)})
    assert "and 22 more" in str(caught.value)
    assert len(str(caught.value)) < 800
