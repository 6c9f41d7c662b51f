import re
from datetime import UTC, datetime, timedelta

import pytest

from flight_server.simulator import Simulator
from tests.simulator.caller import DE, EVERYWHERE, LONG_AGO, US, Caller, refusal
from tests.simulator.conftest import NOW

ORDERS = "/orders/v0/orders"


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def stripped(order: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in order.items() if name not in {"BuyerInfo", "ShippingAddress"}}


def test_all_pages_are_the_whole_story(simulator: Simulator, caller: Caller) -> None:
    token = caller.restricted_token(ORDERS, "buyerInfo", "shippingAddress")
    told = caller.orders(token, CreatedAfter=LONG_AGO, MaxResultsPerPage=37)
    assert told == simulator.story.orders()
    assert len(told) > 850


def test_orders_over_two_years_old_are_found_by_id_only(simulator: Simulator, caller: Caller) -> None:
    aged = simulator.story.aged_orders()[0]
    assert aged["AmazonOrderId"] not in {order["AmazonOrderId"] for order in caller.orders(CreatedAfter=LONG_AGO)}
    assert caller.get(f"{ORDERS}/{aged['AmazonOrderId']}").status_code == 200


def test_both_bounds_are_within_the_period(simulator: Simulator, caller: Caller) -> None:
    order = simulator.story.orders()[500]
    at = str(order["PurchaseDate"])
    assert order["AmazonOrderId"] in {
        found["AmazonOrderId"] for found in caller.orders(CreatedAfter=at, CreatedBefore=at)
    }
    later = iso(datetime.fromisoformat(at) + timedelta(seconds=1))
    assert order["AmazonOrderId"] not in {found["AmazonOrderId"] for found in caller.orders(CreatedAfter=later)}


def test_updates_are_found_and_sorted_by_update(simulator: Simulator, caller: Caller) -> None:
    start = iso(NOW - timedelta(days=20))
    told = caller.orders(LastUpdatedAfter=start, MaxResultsPerPage=7)
    expected = [order for order in simulator.story.orders() if str(order["LastUpdateDate"]) >= start]
    assert [order["LastUpdateDate"] for order in told] == sorted(str(order["LastUpdateDate"]) for order in expected)
    assert len(told) == len({order["AmazonOrderId"] for order in told}) == len(expected)


@pytest.mark.parametrize(
    ("parameter", "text", "member"),
    [
        ("OrderStatuses", "Canceled", "OrderStatus"),
        ("OrderStatuses", "Unshipped,PartiallyShipped,Pending", "OrderStatus"),
        ("FulfillmentChannels", "MFN", "FulfillmentChannel"),
        ("PaymentMethods", "COD", "PaymentMethod"),
        ("MarketplaceIds", DE, "MarketplaceId"),
        ("ElectronicInvoiceStatuses", "Accepted", "ElectronicInvoiceStatus"),
    ],
)
def test_lists_filter_by_their_member(
    simulator: Simulator, caller: Caller, parameter: str, text: str, member: str
) -> None:
    told = caller.orders(CreatedAfter=LONG_AGO, **{parameter: text})
    expected = [order for order in simulator.story.orders() if order.get(member) in text.split(",")]
    assert [stripped(order) for order in told] == [stripped(order) for order in expected]
    assert told


def test_single_orders_are_found_without_a_period(simulator: Simulator, caller: Caller) -> None:
    wanted = [str(order["AmazonOrderId"]) for order in simulator.story.orders()[40:90]]
    told = caller.orders(AmazonOrderIds=",".join(wanted))
    assert [order["AmazonOrderId"] for order in told] == wanted
    own = next(order for order in simulator.story.orders() if "WEB/" in str(order.get("SellerOrderId")))
    assert [order["AmazonOrderId"] for order in caller.orders(SellerOrderId=str(own["SellerOrderId"]))] == [
        own["AmazonOrderId"]
    ]


def test_delivery_dates_pickup_and_mail_filter(simulator: Simulator, caller: Caller) -> None:
    orders = simulator.story.orders()
    bound = str(next(order for order in orders[300:] if "LatestDeliveryDate" in order)["LatestDeliveryDate"])
    told = caller.orders(CreatedAfter=LONG_AGO, LatestDeliveryDateBefore=bound)
    assert len(told) == sum("LatestDeliveryDate" in o and str(o["LatestDeliveryDate"]) <= bound for o in orders) > 0
    told = caller.orders(CreatedAfter=LONG_AGO, IsISPU="true")
    assert [order["AmazonOrderId"] for order in told] == [o["AmazonOrderId"] for o in orders if o["IsISPU"]]
    mail = told[0]["BuyerInfo"]["BuyerEmail"]
    assert {o["BuyerInfo"]["BuyerEmail"] for o in caller.orders(CreatedAfter=LONG_AGO, BuyerEmail=mail)} == {mail}


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"CreatedBefore": LONG_AGO},
        {"CreatedAfter": LONG_AGO, "LastUpdatedAfter": LONG_AGO},
        {"CreatedAfter": LONG_AGO, "LastUpdatedBefore": LONG_AGO},
        {"CreatedAfter": "yesterday"},
        {"CreatedAfter": "2026-01-01T00:00:00"},
        {"CreatedAfter": "2026-01-02T00:00:00Z", "CreatedBefore": "2026-01-01T00:00:00Z"},
        {"CreatedAfter": LONG_AGO, "CreatedBefore": iso(NOW - timedelta(seconds=60))},
        {"LastUpdatedAfter": LONG_AGO, "LastUpdatedBefore": iso(NOW + timedelta(days=1))},
        {"CreatedAfter": LONG_AGO, "OrderStatuses": "Unshipped"},
        {"CreatedAfter": LONG_AGO, "OrderStatuses": "Sent"},
        {"CreatedAfter": LONG_AGO, "OrderStatuses": "Shipped,"},
        {"CreatedAfter": LONG_AGO, "MaxResultsPerPage": "0"},
        {"CreatedAfter": LONG_AGO, "MaxResultsPerPage": "101"},
        {"CreatedAfter": LONG_AGO, "MaxResultsPerPage": "ten"},
        {"CreatedAfter": LONG_AGO, "IsISPU": "yes"},
        {"CreatedAfter": LONG_AGO, "MarketplaceIds": "NOWHERE"},
        {"CreatedAfter": LONG_AGO, "MarketplaceIds": ",".join([US] * 51)},
        {"CreatedAfter": LONG_AGO, "NextToken": ""},
        {"CreatedAfter": iso(NOW - timedelta(seconds=60))},
        {"CreatedAfter": iso(NOW + timedelta(days=1))},
        {"LastUpdatedAfter": iso(NOW - timedelta(seconds=60))},
        {"CreatedAfter": LONG_AGO, "EarliestDeliveryDateAfter": iso(NOW), "EarliestDeliveryDateBefore": LONG_AGO},
        {"CreatedAfter": LONG_AGO, "BuyerEmail": "a@example.com", "OrderStatuses": "Shipped"},
        {"LastUpdatedAfter": LONG_AGO, "BuyerEmail": "a@example.com"},
        {"AmazonOrderIds": "1,2"},
        {"AmazonOrderIds": ",".join(["111-0000000-0000000"] * 51)},
        {"SellerOrderId": "1", "OrderStatuses": "Shipped"},
    ],
    ids=str,
)
def test_broken_rules_are_refused(caller: Caller, parameters: dict[str, str]) -> None:
    answer = caller.get(ORDERS, **{"MarketplaceIds": EVERYWHERE, **parameters})
    assert refusal(answer) == (400, "InvalidInput")
    assert answer.headers["x-amzn-ErrorType"] == "InvalidInput"


def test_marketplaces_must_be_named_and_be_the_sellers(caller: Caller) -> None:
    assert refusal(caller.get(ORDERS, CreatedAfter=LONG_AGO)) == (400, "InvalidInput")
    brazil = caller.get(ORDERS, CreatedAfter=LONG_AGO, MarketplaceIds="A2Q3Y263D00KWC")
    assert refusal(brazil) == (403, "Unauthorized")


def test_page_tokens_are_bound_to_their_filters(caller: Caller) -> None:
    asked = {"CreatedAfter": LONG_AGO, "MarketplaceIds": EVERYWHERE, "OrderStatuses": "Shipped"}
    token = caller.get(ORDERS, **asked).json()["payload"]["NextToken"]
    alone = caller.get(ORDERS, MarketplaceIds=EVERYWHERE, NextToken=token).json()
    repeated = caller.get(ORDERS, **asked, NextToken=token).json()
    assert alone["payload"]["Orders"] == repeated["payload"]["Orders"]
    assert refusal(caller.get(ORDERS, NextToken=token)) == (400, "InvalidInput")
    assert refusal(caller.get(ORDERS, **{**asked, "OrderStatuses": "Canceled"}, NextToken=token))[0] == 400
    assert refusal(caller.get(ORDERS, MarketplaceIds=US, NextToken=token))[0] == 400
    for bad in ("nonsense", f"{token[:-8]}AAAAAAAA", "ä"):
        assert refusal(caller.get(ORDERS, MarketplaceIds=EVERYWHERE, NextToken=bad)) == (400, "InvalidInput")


def test_large_orders_have_several_pages_of_items(simulator: Simulator, caller: Caller) -> None:
    record = max(simulator.story.by_placed, key=lambda record: len(record.items))
    path = f"{ORDERS}/{record.order_id}/orderItems"
    told, sizes = [], []
    sent: dict[str, str] = {}
    while True:
        payload = caller.get(path, caller.restricted_token(path, "buyerInfo"), **sent).json()["payload"]
        assert payload["AmazonOrderId"] == record.order_id
        told += payload["OrderItems"]
        sizes.append(len(payload["OrderItems"]))
        if not payload.get("NextToken"):
            break
        sent = {"NextToken": payload["NextToken"]}
    assert told == simulator.story.order_items(record.order_id)
    assert sizes == [100, 100, 30]
    other = simulator.story.by_placed[0].order_id
    foreign = {"NextToken": caller.get(path).json()["payload"]["NextToken"]}
    assert refusal(caller.get(f"{ORDERS}/{other}/orderItems", **foreign)) == (400, "InvalidInput")


def test_pending_orders_have_no_prices(simulator: Simulator, caller: Caller) -> None:
    order = next(order for order in simulator.story.orders() if order["OrderStatus"] == "Pending")
    assert "OrderTotal" not in order
    assert "ShippingAddress" not in order
    items = caller.get(f"{ORDERS}/{order['AmazonOrderId']}/orderItems").json()["payload"]["OrderItems"]
    assert items
    assert not any("ItemPrice" in item or "IsGift" in item for item in items)


def test_totals_are_the_sum_of_the_items(simulator: Simulator) -> None:
    checked = 0
    for order in simulator.story.orders():
        total = order.get("OrderTotal")
        if not isinstance(total, dict) or order["MarketplaceId"] == US:
            continue
        cents = 0
        for item in simulator.story.order_items(str(order["AmazonOrderId"])):
            info = item.get("BuyerInfo", {})
            assert isinstance(info, dict)
            for member, sign in (("ItemPrice", 1), ("ShippingPrice", 1), ("PromotionDiscount", -1)):
                amount = item.get(member)
                cents += sign * int(str(amount["Amount"]).replace(".", "")) if isinstance(amount, dict) else 0
            cents += int(str(info.get("GiftWrapPrice", {"Amount": "0"})["Amount"]).replace(".", ""))
        if order["SalesChannel"] != "Amazon.ca":  # prices there come without tax
            checked += 1
            assert str(total["Amount"]).replace(".", "") == f"{cents:03d}"
    assert checked > 100


def test_unknown_orders_and_paths_are_told_apart(caller: Caller) -> None:
    assert refusal(caller.get(f"{ORDERS}/111-0000000-0000000")) == (404, "NotFound")
    assert refusal(caller.get(f"{ORDERS}/42")) == (400, "InvalidInput")
    assert refusal(caller.get("/orders/v9/orders")) == (403, "MissingAuthenticationToken")


def test_ids_have_amazons_form(simulator: Simulator) -> None:
    assert all(re.fullmatch(r"\d{3}-\d{7}-\d{7}", order_id) for order_id in simulator.story.record_by_id)
