from typing import Any

import pytest

from flight_server.simulator import Simulator
from tests.simulator.caller import EVERYWHERE, LONG_AGO, NO_ROLE, Caller, refusal

ORDERS = "/orders/v0/orders"
TOKENS = "/tokens/2021-03-01/restrictedDataToken"


@pytest.fixture(scope="module")
def gift(simulator: Simulator) -> dict[str, Any]:
    """A shipped order with a gift message."""
    return next(
        record.order
        for record in simulator.story.by_placed
        if any("GiftMessageText" in str(item.get("BuyerInfo")) for item in record.items)
        and record.order["OrderStatus"] == "Shipped"
    )


def test_personal_data_is_withheld_without_a_restricted_token(caller: Caller, gift: dict[str, Any]) -> None:
    path = f"{ORDERS}/{gift['AmazonOrderId']}"
    order = caller.get(path).json()["payload"]
    assert set(order["BuyerInfo"]) == {"BuyerEmail"}
    assert set(order["ShippingAddress"]) <= {"City", "StateOrRegion", "PostalCode", "CountryCode"}
    items = caller.get(f"{path}/orderItems").json()["payload"]["OrderItems"]
    assert not any("BuyerInfo" in item for item in items)
    for part in ("buyerInfo", "address", "orderItems/buyerInfo"):
        assert refusal(caller.get(f"{path}/{part}")) == (403, "Unauthorized")


def test_each_data_element_opens_its_own_members(caller: Caller, gift: dict[str, Any]) -> None:
    path = f"{ORDERS}/{gift['AmazonOrderId']}"
    order = caller.get(path, caller.restricted_token(path, "buyerInfo")).json()["payload"]
    assert order["BuyerInfo"] == gift["BuyerInfo"]
    assert "Name" not in order["ShippingAddress"]
    order = caller.get(path, caller.restricted_token(f"{ORDERS}/{{orderId}}", "shippingAddress")).json()["payload"]
    assert order["ShippingAddress"] == gift["ShippingAddress"]
    assert "BuyerName" not in order["BuyerInfo"]


def test_restricted_operations_tell_the_same_story(simulator: Simulator, caller: Caller, gift: dict[str, Any]) -> None:
    order_id = gift["AmazonOrderId"]
    path = f"{ORDERS}/{order_id}"

    def told(part: str) -> Any:
        generic = caller.restricted_token(f"{ORDERS}/{{orderId}}/{part}")
        return caller.get(f"{path}/{part}", generic).json()["payload"]

    assert told("buyerInfo") == {"AmazonOrderId": order_id, **gift["BuyerInfo"]}
    assert told("address")["ShippingAddress"] == gift["ShippingAddress"]
    expected = [
        {"OrderItemId": item["OrderItemId"], **item.get("BuyerInfo", {})}  # type: ignore[dict-item]  # a dictionary
        for item in simulator.story.order_items(order_id)
    ]
    assert told("orderItems/buyerInfo")["OrderItems"] == expected


def test_a_restricted_token_opens_nothing_else(caller: Caller, gift: dict[str, Any]) -> None:
    token = caller.restricted_token(f"{ORDERS}/{gift['AmazonOrderId']}/address")
    assert refusal(caller.get(f"{ORDERS}/111-0000000-0000000/address", token)) == (403, "Unauthorized")
    assert refusal(caller.get(ORDERS, token, CreatedAfter=LONG_AGO, MarketplaceIds=EVERYWHERE))[0] == 403
    assert refusal(caller.get("/sellers/v1/account", token))[0] == 403


@pytest.mark.parametrize(
    "resource",
    [
        {"method": "GET", "path": ORDERS},
        {"method": "GET", "path": ORDERS, "dataElements": ["buyerName"]},
        {"method": "GET", "path": f"{ORDERS}/{{id}}/address"},
        {"method": "POST", "path": f"{ORDERS}/{{orderId}}/address"},
        {"method": "", "path": f"{ORDERS}/{{orderId}}/address"},
        {"method": "GET", "path": "/sellers/v1/account"},
        {"method": "GET", "path": "/orders/v1/orders"},
        {"path": ORDERS},
        {"method": "GET", "path": ORDERS, "elements": ["buyerInfo"]},
    ],
    ids=str,
)
def test_resources_that_are_not_restricted_are_refused(caller: Caller, resource: dict[str, object]) -> None:
    assert refusal(caller.post(TOKENS, {"restrictedResources": [resource]})) == (400, "InvalidRequest")


def test_fifty_resources_fit_and_no_more(caller: Caller) -> None:
    resource = {"method": "GET", "path": f"{ORDERS}/{{orderId}}/address"}
    assert caller.post(TOKENS, {"restrictedResources": [resource] * 50}).json()["expiresIn"] == 3600
    assert refusal(caller.post(TOKENS, {"restrictedResources": [resource] * 51}))[0] == 400


def test_an_application_without_the_role_sees_no_restricted_data(simulator: Simulator) -> None:
    caller = Caller(simulator.url, NO_ROLE)
    resource = {"method": "GET", "path": ORDERS, "dataElements": ["buyerInfo"]}
    assert refusal(caller.post(TOKENS, {"restrictedResources": [resource]})) == (403, "Unauthorized")
    assert caller.orders(CreatedAfter=LONG_AGO)
    stock = {"granularityType": "Marketplace", "granularityId": EVERYWHERE[:13], "marketplaceIds": EVERYWHERE[:13]}
    assert refusal(caller.get("/fba/inventory/v1/summaries", **stock)) == (403, "Unauthorized")
    caller.close()
