"""Odd answers say what plain ones say: every oddity alone, and all of them over every read operation."""

import math
from collections.abc import Iterator
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from flight_server.simulator import SimulatedClock, Simulator, SimulatorOptions
from flight_server.simulator.generic.models import ModelOperation
from flight_server.simulator.oddities import ODDITIES
from tests.simulator.caller import DE, EVERYWHERE, LONG_AGO, US, Caller, refusal
from tests.simulator.conftest import NOW, Tick
from tests.simulator.samples import sample
from tests.simulator.test_generic_answers import ALL, GENERIC, AnyCaller, named

PARTICIPATIONS = "/sellers/v1/marketplaceParticipations"
ORDERS = "/orders/v0/orders"
OFFERS = "/batches/products/pricing/v0/itemOffers"
FOREIGN = {"A2ZV50J4W1RKNI", "A1MQXOICRS2Z7M", "A3H6HPSLHAK3XG", "AZXD3QD5B39HD"}


def options(*oddities: str) -> SimulatorOptions:
    return SimulatorOptions(port=0, orders=300, limits=False, now=NOW, odd=bool(oddities), oddities=oddities)


@pytest.fixture(scope="module")
def plain() -> Iterator[AnyCaller]:
    with Simulator(options(), SimulatedClock(NOW, Tick())) as simulator:
        caller = AnyCaller(simulator)
        yield caller
        caller.caller.close()


@pytest.fixture(scope="module")
def odd() -> Iterator[AnyCaller]:
    with Simulator(options(*ODDITIES), SimulatedClock(NOW, Tick())) as simulator:
        caller = AnyCaller(simulator)
        yield caller
        caller.caller.close()


@pytest.fixture
def only(request: pytest.FixtureRequest) -> Iterator[Caller]:
    """Asks a simulator with the one oddity that the test names."""
    with Simulator(options(request.param)) as simulator:
        caller = Caller(simulator.url)
        yield caller
        caller.close()


def with_only(oddity: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("only", [oddity], indirect=True)


def says_the_same(odd: Any, plain: Any) -> bool:
    """Whether an odd value is a plain one with a double's tail, or with empty texts and lists for absent objects."""
    match odd, plain:
        case dict(), dict():
            absent = {name for name, value in odd.items() if name not in plain and value in ("", [])}
            return odd.keys() - absent == plain.keys() and all(says_the_same(odd[name], plain[name]) for name in plain)
        case list(), list():
            return len(odd) == len(plain) and all(map(says_the_same, odd, plain))
        case float() | int(), str():
            return math.isclose(odd, float(plain), abs_tol=0.005)  # sales metrics: model and cents are for texts
        case float() | int(), float() | int():
            return math.isclose(odd, plain)
    return bool(odd == plain)


def in_its_envelope(odd: Any, plain: Any) -> Any:
    """An odd answer as its model has it."""
    if not isinstance(plain, dict) or "payload" not in plain:
        return odd["payload"]
    if not isinstance(plain["payload"], dict):
        return {"payload": odd}
    inner = {name: value for name, value in odd.items() if name not in plain}
    return {**{name: odd[name] for name in plain if name != "payload"}, "payload": inner}


TOLD_BY_HAND = {"getOrders", "getOrderItems", "searchCatalogItems", "getInventorySummaries", "getOrderMetrics"}
COMPARED = [one for one in ALL if one in GENERIC or one.operation_id in TOLD_BY_HAND]


@pytest.mark.parametrize("operation", COMPARED, ids=named)
def test_every_operation_says_the_same(plain: AnyCaller, odd: AnyCaller, operation: ModelOperation) -> None:
    asked = sample(operation, plain.story)
    expected, found = plain.send(asked), odd.send(asked)
    assert (found.status_code, expected.status_code) == (operation.status, operation.status), found.text
    told = _at_home(expected.json(), plain, odd)
    assert says_the_same(in_its_envelope(found.json(), told), told)
    assert odd.send(asked).content == found.content


def _at_home(told: Any, plain: AnyCaller, odd: AnyCaller) -> Any:
    """Links lead to the simulator that was asked."""
    if isinstance(told, dict):
        return {name: _at_home(value, plain, odd) for name, value in told.items()}
    if isinstance(told, list):
        return [_at_home(one, plain, odd) for one in told]
    return told.replace(plain.caller.url, odd.caller.url) if isinstance(told, str) else told


@with_only("numbers")
def test_amounts_have_the_tails_of_doubles(only: Caller) -> None:
    interval = "2026-01-01T00:00:00Z--2026-03-01T00:00:00Z"
    asked = {"marketplaceIds": US, "interval": interval, "granularity": "Total", "granularityTimeZone": "UTC"}
    (row,) = only.get("/sales/v1/orderMetrics", **asked).json()["payload"]
    assert row["averageUnitPrice"]["amount"] == row["totalSales"]["amount"] / row["unitCount"]
    assert len(str(row["averageUnitPrice"]["amount"])) > 12
    body = {
        "FeesEstimateRequest": {
            "MarketplaceId": US,
            "Identifier": "1",
            "PriceToEstimateFees": {"ListingPrice": {"CurrencyCode": "USD", "Amount": 10}},
        }
    }
    asin = _asin(only)
    answer = only.post(f"/products/fees/v0/items/{asin}/feesEstimate", body)
    fee = answer.json()["payload"]["FeesEstimateResult"]["FeesEstimate"]["TotalFeesEstimate"]["Amount"]
    assert len(str(fee)) > 12
    assert Decimal(str(fee)).quantize(Decimal("0.000001")) == Decimal(str(round(fee, 2)))


def _asin(caller: Caller) -> str:
    items = caller.get("/catalog/2022-04-01/items", marketplaceIds=US, keywords="a").json()["items"]
    return str(items[0]["asin"])


@with_only("participations")
def test_foreign_participations_are_listed_and_cannot_be_asked(only: Caller) -> None:
    listed = only.get(PARTICIPATIONS).json()["payload"]
    taken = {one["marketplace"]["id"] for one in listed if one["participation"]["isParticipating"]}
    assert taken > FOREIGN
    in_account = only.get("/sellers/v1/account").json()["payload"]["marketplaceParticipationList"]
    assert in_account == listed
    for marketplace in sorted(FOREIGN):
        answer = only.get(ORDERS, MarketplaceIds=f"{US},{marketplace}", CreatedAfter=LONG_AGO)
        assert refusal(answer) == (400, "InvalidInput")


@with_only("roles")
def test_data_of_vendors_is_refused_to_a_seller(only: Caller) -> None:
    asin, listings = _asin(only), "/listings/2021-08-01/items"
    asked = {"marketplaceIds": US, "includedData": "summaries,vendorDetails"}
    assert refusal(only.get(f"/catalog/2022-04-01/items/{asin}", **asked)) == (403, "Unauthorized")
    assert refusal(only.get("/catalog/2022-04-01/items", keywords="a", **asked)) == (403, "Unauthorized")
    assert refusal(only.get(f"/catalog/2020-12-01/items/{asin}", **asked)) == (400, "InvalidInput")
    seller = only.get(f"{listings}/A2EXAMPLESELLER", marketplaceIds=US, includedData="procurement")
    assert seller.status_code in (400, 404)
    assert only.get(f"/catalog/2022-04-01/items/{asin}", marketplaceIds=US, includedData="summaries").status_code == 200


@with_only("batches")
def test_one_bad_item_of_a_batch_is_refused_alone(only: Caller) -> None:
    asins = [_asin(only), "NOTANASIN"]
    requests = [
        {"uri": f"/products/pricing/v0/items/{asin}/offers", "method": "GET", "MarketplaceId": US} | condition
        for asin, condition in product(asins, [{"ItemCondition": "New"}])
    ]
    good, bad = only.post(OFFERS, {"requests": requests}).json()["responses"]
    assert (good["status"]["statusCode"], bad["status"]["statusCode"]) == (200, 400)
    assert bad["body"]["errors"][0]["code"] == "InvalidInput"
    assert "NOTANASIN" in bad["body"]["errors"][0]["message"]


@with_only("empties")
def test_absent_objects_are_empty_texts_and_lists(only: Caller) -> None:
    told = only.orders(CreatedAfter=LONG_AGO, OrderStatuses="Pending")
    assert told
    assert all(order["OrderTotal"] in ("", []) for order in told)
    kinds = [value for order in only.orders(CreatedAfter=LONG_AGO) for value in order.values()]
    assert "" in kinds
    assert [] in kinds
    shipped = only.orders(CreatedAfter=LONG_AGO, OrderStatuses="Shipped")
    assert all(order["OrderTotal"]["Amount"] for order in shipped)


@with_only("envelopes")
def test_payload_is_missing_where_it_was_and_there_where_it_was_not(only: Caller) -> None:
    asked = {"MarketplaceIds": EVERYWHERE, "CreatedAfter": LONG_AGO}
    assert {"Orders", "NextToken"} <= only.get(ORDERS, **asked).json().keys()
    stock = {"marketplaceIds": DE, "granularityType": "Marketplace", "granularityId": DE}
    assert "inventorySummaries" in only.get("/fba/inventory/v1/summaries", **stock).json()
    assert isinstance(only.get(PARTICIPATIONS).json(), list)
    assert only.get("/feeds/2021-06-30/feeds", feedTypes="JSON_LISTINGS_FEED").json()["payload"]["feeds"]
    assert only.restricted_token(ORDERS, "buyerInfo")


@with_only("escapes")
def test_texts_are_escaped_where_they_need_not_be(only: Caller) -> None:
    answer = only.get("/catalog/2022-04-01/items", marketplaceIds=US, keywords="a", includedData="summaries,images")
    assert "https:\\/\\/" in answer.text
    assert "/" not in answer.text.replace("\\/", "")
    assert "https://" in answer.json()["items"][0]["images"][0]["images"][0]["link"]
