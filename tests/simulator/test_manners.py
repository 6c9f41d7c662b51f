"""How Amazon really behaves, where a kinder or a stricter simulator would hide a client's faults."""

import gzip
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from flight_server.simulator.paging import PageTokens
from tests.simulator.caller import EVERYWHERE, LONG_AGO, US, Caller, refusal
from tests.simulator.conftest import NOW

ORDERS = "/orders/v0/orders"
EVENTS = "/finances/v0/financialEvents"
GROUPS = "/finances/v0/financialEventGroups"
TRANSACTIONS = "/finances/2024-06-19/transactions"
SEARCH = "/orders/2026-01-01/orders"
INBOUND = "/inbound/fba/2024-03-20/inboundPlans"


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def days_ago(days: float) -> str:
    return iso(NOW - timedelta(days=days))


def errors(answer: requests.Response) -> Any:
    return answer.json()["errors"]


@pytest.mark.parametrize("seed", range(3))
def test_page_tokens_hold_what_must_be_encoded(seed: int) -> None:
    tokens = PageTokens(seed)
    for position in range(100):
        token = tokens.issue("getOrders", {"MarketplaceIds": US}, position, 0.5)
        assert set("+/=") <= set(token)
        assert tokens.read(token, "getOrders", "NextToken").position == position


def test_a_page_token_sent_back_unencoded_is_refused(caller: Caller) -> None:
    asked = {"CreatedAfter": LONG_AGO, "MarketplaceIds": US}
    token = caller.get(ORDERS, **asked).json()["payload"]["NextToken"]
    assert caller.get(ORDERS, MarketplaceIds=US, NextToken=token).status_code == 200
    assert refusal(caller.get(f"{ORDERS}?MarketplaceIds={US}&NextToken={token}")) == (400, "InvalidInput")


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        (ORDERS, {"MarketplaceIds": US, "NextToken": "made up"}),
        ("/fba/inventory/v1/summaries", {
            "marketplaceIds": US, "granularityType": "Marketplace", "granularityId": US, "nextToken": "made+up="
        }),
        ("/reports/2021-06-30/reports", {"nextToken": "made+up="}),
    ],
)  # fmt: skip
def test_the_error_of_a_bad_page_token_has_no_message(caller: Caller, path: str, sent: dict[str, str]) -> None:
    answer = caller.get(path, **sent)
    assert answer.status_code == 400
    assert errors(answer) == [{"code": "InvalidInput", "message": None, "details": ""}]


def test_errors_name_no_parameter_unless_the_simulator_is_strict(caller: Caller, strict_caller: Caller) -> None:
    for path, sent in (
        (ORDERS, {"MarketplaceIds": US}),
        (ORDERS, {"MarketplaceIds": US, "CreatedAfter": "yesterday"}),
        ("/reports/2021-06-30/reports", {}),
        (f"{ORDERS}/111-0000000-0000000", {}),
    ):
        vague, told = caller.get(path, **sent), strict_caller.get(path, **sent)
        assert vague.status_code == told.status_code
        assert not any(name in vague.text for name in ("CreatedAfter", "yesterday", "reportTypes", "0000000"))
        assert errors(vague)[0]["details"] == ""
        assert any(name in told.text for name in ("CreatedAfter", "reportTypes", "0000000"))


def test_answers_are_packed_for_those_who_take_it(caller: Caller) -> None:
    headers = {"x-amz-access-token": caller.access_token}
    url = f"{caller.url}/sellers/v1/account"
    plain = caller.http.get(url, headers={**headers, "accept-encoding": "identity"}, timeout=10)
    assert "content-encoding" not in plain.headers
    packed = caller.http.get(url, headers={**headers, "accept-encoding": "br, gzip;q=0.8"}, stream=True, timeout=10)
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.raw.read(decode_content=False)) == plain.content


def test_unknown_parameters_are_passed_over_and_truth_is_written_in_any_case(
    caller: Caller, strict_caller: Caller
) -> None:
    stock = {"marketplaceIds": US, "granularityType": "Marketplace", "granularityId": US}
    for more in ({"details": "True"}, {"details": "true", "Nonsense": "1"}):
        answer = caller.get("/fba/inventory/v1/summaries", **stock, **more)
        assert answer.json()["payload"]["inventorySummaries"][0]["inventoryDetails"]
        assert refusal(strict_caller.get("/fba/inventory/v1/summaries", **stock, **more)) == (400, "InvalidInput")
    assert refusal(caller.get("/fba/inventory/v1/summaries", **stock, details="yes")) == (400, "InvalidInput")


def test_page_tokens_outlive_parameters_that_nobody_knows(caller: Caller) -> None:
    asked = {"MarketplaceIds": EVERYWHERE, "Nonsense": "1"}
    token = caller.get(ORDERS, CreatedAfter=LONG_AGO, **asked).json()["payload"]["NextToken"]
    assert caller.get(ORDERS, NextToken=token, **asked).status_code == 200


NEAR, SOON = iso(NOW - timedelta(seconds=90)), iso(NOW + timedelta(hours=1))


@pytest.mark.parametrize(
    ("path", "after", "before"),
    [
        (SEARCH, "createdAfter", "createdBefore"),
        (SEARCH, "lastUpdatedAfter", "lastUpdatedBefore"),
        (EVENTS, "PostedAfter", "PostedBefore"),
        (f"{GROUPS}/{{}}/financialEvents", "PostedAfter", "PostedBefore"),
        (GROUPS, "FinancialEventGroupStartedAfter", "FinancialEventGroupStartedBefore"),
        (TRANSACTIONS, "postedAfter", "postedBefore"),
    ],
)
def test_bounds_near_to_now_in_the_future_or_upside_down_are_refused(
    caller: Caller, path: str, after: str, before: str
) -> None:
    path = path.format(caller.get(GROUPS).json()["payload"]["FinancialEventGroupList"][0]["FinancialEventGroupId"])
    assert caller.get(path, **{after: days_ago(9), before: days_ago(2)}).status_code == 200
    for sent in (
        {after: NEAR},
        {after: SOON},
        {after: days_ago(9), before: NEAR},
        {after: days_ago(9), before: SOON},
        {after: days_ago(2), before: days_ago(9)},
    ):
        assert refusal(caller.get(path, **sent)) == (400, "InvalidInput"), sent


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/reports/2021-06-30/reports", {"reportTypes": "A", "createdSince": days_ago(2), "createdUntil": days_ago(9)}),
        ("/vendor/orders/v1/purchaseOrders", {"createdAfter": days_ago(2), "createdBefore": days_ago(9)}),
        ("/finances/transfers/2024-06-01/payouts", {"createdAfter": days_ago(2), "createdBefore": days_ago(9)}),
        (EVENTS, {"PostedAfter": days_ago(9), "PostedBefore": days_ago(9)}),
        (EVENTS, {"PostedBefore": days_ago(9)}),
        ("/finances/invoices/2026-06-25/invoices", {"fromIssueDate": days_ago(9)}),
        ("/finances/invoices/2026-06-25/invoices", {"fromIssueDate": days_ago(99), "toIssueDate": days_ago(1)}),
        (SEARCH, {"createdAfter": days_ago(9), "lastUpdatedAfter": days_ago(9)}),
        ("/service/v1/serviceJobs", {"marketplaceIds": US}),
        ("/fba/inbound/v0/prepInstructions", {"ShipToCountryCode": "US"}),
    ],
)  # fmt: skip
def test_what_the_prose_forbids_is_refused(caller: Caller, path: str, sent: dict[str, str]) -> None:
    assert refusal(caller.get(path, **sent)) == (400, "InvalidInput")


def test_transportation_options_want_a_placement_or_a_shipment(caller: Caller) -> None:
    plan = caller.get(INBOUND).json()["inboundPlans"][0]["inboundPlanId"]
    shipment = caller.get(f"{INBOUND}/{plan}").json()["shipments"][0]["shipmentId"]
    path = f"{INBOUND}/{plan}/transportationOptions"
    assert refusal(caller.get(path)) == (400, "InvalidInput")
    assert caller.get(path, shipmentId=shipment).status_code == 200


def events(caller: Caller, path: str, **period: str) -> list[tuple[str, str]]:
    """Every event of a period, with the list that tells it."""
    found, token = [], ""
    while True:
        payload = caller.get(path, **period, **({"NextToken": token} if token else {})).json()["payload"]
        found += [(name, str(event)) for name, told in payload["FinancialEvents"].items() for event in told]
        token = payload.get("NextToken", "")
        if not token:
            return sorted(found)


def test_events_are_one_stock_whatever_the_period(caller: Caller) -> None:
    group = caller.get(GROUPS).json()["payload"]["FinancialEventGroupList"][0]["FinancialEventGroupId"]
    for path in (EVENTS, f"{GROUPS}/{group}/financialEvents"):
        whole = events(caller, path, PostedAfter=days_ago(170), PostedBefore=days_ago(10))
        cut = (170, 121.3, 60, 10)
        parts = [
            events(caller, path, PostedAfter=days_ago(start), PostedBefore=days_ago(end))
            for start, end in itertools.pairwise(cut)
        ]
        assert len(whole) > 3
        assert sorted(event for part in parts for event in part) == whole


def test_periods_of_finances_beyond_180_days_are_empty(caller: Caller) -> None:
    for period in ({"PostedAfter": days_ago(181)}, {"PostedAfter": days_ago(400), "PostedBefore": days_ago(200)}):
        assert events(caller, EVENTS, **period) == []
    assert events(caller, EVENTS, PostedAfter=days_ago(179))
    started = {"FinancialEventGroupStartedAfter": days_ago(300), "FinancialEventGroupStartedBefore": days_ago(1)}
    assert caller.get(GROUPS, **started).json()["payload"]["FinancialEventGroupList"] == []
    assert caller.get(TRANSACTIONS, postedAfter=days_ago(181)).json()["payload"]["transactions"] == []
    assert caller.get(TRANSACTIONS, postedAfter=days_ago(170)).json()["payload"]["transactions"]


def test_unknown_and_null_members_of_a_body_are_passed_over(caller: Caller, strict_caller: Caller) -> None:
    price = {"ListingPrice": {"CurrencyCode": "USD", "Amount": 10}, "Shipping": None}
    plain = {"MarketplaceId": US, "Identifier": "1", "PriceToEstimateFees": price}
    asin = caller.get("/catalog/2022-04-01/items", marketplaceIds=US, keywords="a").json()["items"][0]["asin"]
    path = f"/products/fees/v0/items/{asin}/feesEstimate"
    for body in ({"FeesEstimateRequest": plain}, {"FeesEstimateRequest": plain, "marketplaceIds": [US]}):
        assert caller.post(path, body).status_code == 200
        assert refusal(strict_caller.post(path, body)) == (400, "InvalidInput")
    assert refusal(caller.post(path, {"FeesEstimateRequest": {**plain, "Identifier": None}})) == (400, "InvalidInput")
