"""What createQuery refuses at once, and what it takes and finds wrong later."""

import json

import pytest
import requests
from graphql import strip_ignored_characters

from flight_server.simulator import Simulator
from tests.simulator.caller import DE, NO_ROLE, US, Caller, refusal
from tests.simulator.conftest import Tick
from tests.simulator.kiosk.asking import (
    DOCUMENTS,
    ECONOMICS,
    QUERIES,
    TRAFFIC,
    VENDORS,
    by_date,
    created,
    ended,
    lines,
    period,
    said,
    text,
)

GOOD = by_date("2026-02-01", "2026-02-07")
DAYS = 'startDate:"2026-02-01" endDate:"2026-02-07"'
WEEK = period("2026-02-01", "2026-02-07")
SEVERAL = "Versioned domain cannot select multiple query fields"
UNSEEN = "Introspection is not supported."
ROOT = "Query did not have a versioned domain field"
INVENTORY = "productAvailability{sellThroughRate}"
NOTHING = f'actionTypes:[AWD] products:[] marketplaceId:"{US}"'
INVALID = "The provided query is invalid"
BROKEN = "We encountered an internal error"


def trend(arguments: str = "asinAggregation:CHILD dateAggregation:DAY", **filters: list[str]) -> str:
    told = ",".join(f'{{marketplaceId:"{name}",asins:{json.dumps(asins)}}}' for name, asins in filters.items())
    return text(TRAFFIC, "salesAndTrafficTrends", f"{arguments} {DAYS} filters:[{told}]", "childAsin")


def economics(arguments: str, field: str = "economics") -> str:
    return text(ECONOMICS, field, arguments, "msku")


def preview(start: str, end: str) -> str:
    return economics(f"feeTypes:[REFERRAL_FEES] {period(start, end)}", "economicsPreview")


def sourcing(selection: str, by: str = "DAY", more: str = "") -> str:
    return text(VENDORS, "sourcingView", f"aggregateBy:{by} {DAYS}{more}", selection)


def refused(caller: Caller, query: str) -> tuple[int, str]:
    answer = caller.post(QUERIES, {"query": query})
    return answer.status_code, answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{salesAndTrafficByDate{startDate}}", ROOT),
        (GOOD.replace(TRAFFIC, "analytics_salesAndTraffic_2023_11_15"), ROOT),
        (GOOD[:-1] + f"{ECONOMICS}{{economics({WEEK}){{msku}}}}}}", ROOT),
        ("mutation{a}", ROOT),
        ("{...on Query{a}}", ROOT),
        (GOOD[:-2] + f"b:salesAndTrafficByDate(aggregateBy:DAY {WEEK}){{endDate}}}}}}", SEVERAL),
        (economics("").replace("()", ""), "Missing required fields '[endDate, marketplaceIds, startDate]'"),
        (trend(US=[]).replace("asins:[]", ""), "Missing required fields '[asins]'"),
        (economics(f"feeTypes:[REFERRAL_FEES] {WEEK}"), "Unknown field argument feeTypes"),
        (sourcing("startDate(aggregateBy:DAY)"), "Unknown field argument aggregateBy"),
        ("{__schema{types{name}}}", UNSEEN),
        (by_date("2026-02-01", "2026-02-07", select="__typename startDate"), UNSEEN),
        (by_date("2026-02-01", "2026-02-07", select="sales"), INVALID),
        (by_date("2026-02-01", "2026-02-07", select="startDate{day}"), INVALID),
        (by_date("2026-02-01", "2026-02-07", by="YEAR"), INVALID),
        (by_date("2026-02-01", "2026-02-30"), INVALID),
        (by_date("2026-02-01T00:00:00Z", "2026-02-07"), INVALID),
        (GOOD + "}", INVALID),
        (GOOD.replace("query", "query($a:Date)"), INVALID),
        (GOOD + GOOD, INVALID),
        (GOOD.replace(json.dumps([US]), "[]"), INVALID),
        (f"{{{TRAFFIC}}}", INVALID),
    ],
)  # fmt: skip
def test_what_the_rules_forbid_is_refused_in_amazons_words(asker: Caller, query: str, message: str) -> None:
    assert refused(asker, query) == (400, message)


@pytest.mark.parametrize(
    "query",
    [
        by_date("2026-02-01", "2026-02-07", select="startDate clicks"),
        by_date("2026-02-01", "2026-02-07", select="sales{unitsOrdered{amount}clicks}"),
        text(TRAFFIC, "salesAndTrafficByHour", f"aggregateBy:DAY {WEEK}", "startDate"),
        text(ECONOMICS, "salesAndTrafficByDate", f"aggregateBy:DAY {WEEK}", "startDate"),
    ],
)
def test_a_field_that_does_not_exist_looks_like_an_outage(asker: Caller, query: str) -> None:
    assert refused(asker, query) == (500, BROKEN)


def test_a_query_may_have_eight_thousand_characters_without_needless_ones(asker: Caller) -> None:
    def of(length: int) -> str:
        bare = len(strip_ignored_characters(by_date("2026-02-01", "2026-02-07", select="a")))
        query = by_date("2026-02-01", "2026-02-07", select="a" * (length - bare + 1))
        return query.replace("{", "{ ,\n  ") + "# comment\n" * 900

    assert refused(asker, of(8000)) == (500, BROKEN)
    assert refused(asker, of(8001)) == (400, INVALID)
    assert asker.post(QUERIES, {"query": GOOD.replace("{", "{" + " " * 9000)}).status_code == 202


@pytest.mark.parametrize(
    "body", [{}, {"query": ""}, {"query": 1}, {"query": None}, [], {"query": GOOD, "paginationToken": 1}]
)
def test_a_body_holds_a_text(asker: Caller, body: object) -> None:
    assert refusal(asker.post(QUERIES, body)) == (400, "InvalidInput")


def test_a_strict_simulator_refuses_members_that_there_are_not(asker: Caller, strict_caller: Caller) -> None:
    body = {"query": GOOD, "nonsense": 1}
    assert asker.post(QUERIES, body).status_code == 202
    answer = strict_caller.post(QUERIES, body)
    assert answer.status_code == 400
    assert "nonsense" in answer.text


def test_marketplaces_must_exist_and_have_the_seller(asker: Caller) -> None:
    assert refusal(asker.post(QUERIES, {"query": by_date("2026-02-01", "2026-02-07", "NOWHERE")}))[0] == 400
    assert refusal(asker.post(QUERIES, {"query": trend(A2NODRKZP88ZB9=["B000000000"])}))[0] == 403


def test_without_the_role_nothing_is_taken_whatever_it_says(quick: Simulator) -> None:
    caller = Caller(quick.url, NO_ROLE)
    assert refusal(caller.post(QUERIES, {"query": "nonsense"})) == (403, "Unauthorized")
    caller.close()


def test_parameters_that_there_are_not_are_unauthorized(asker: Caller) -> None:
    query_id = created(asker, GOOD)
    for path in (QUERIES, f"{QUERIES}/{query_id}", f"{DOCUMENTS}/1"):
        answer = asker.get(path, MarketplaceIds=US)
        assert refusal(answer) == (403, "Unauthorized")
        assert answer.json()["errors"][0]["message"] == "Unauthorized"
    headers = {"x-amz-access-token": asker.access_token}
    answer = requests.post(f"{asker.url}{QUERIES}?a=1", json={"query": GOOD}, headers=headers, timeout=10)
    assert refusal(answer) == (403, "Unauthorized")


def test_a_refused_query_costs_quota_and_an_empty_quota_has_empty_details(timed_caller: Caller, tick: Tick) -> None:
    assert [refused(timed_caller, "{a}")[0] for _ in range(15)] == [400] * 15
    answer = timed_caller.post(QUERIES, {"query": GOOD})
    assert refusal(answer) == (429, "QuotaExceeded")
    assert answer.json()["errors"][0]["details"] == ""
    tick.seconds += 60
    assert timed_caller.post(QUERIES, {"query": GOOD}).status_code == 202


def test_ten_queries_of_an_account_and_a_dataset_may_be_unfinished(timed_caller: Caller, tick: Tick) -> None:
    for _ in range(10):
        created(timed_caller, GOOD)
    answer = timed_caller.post(QUERIES, {"query": GOOD})
    assert refusal(answer) == (429, "QuotaExceeded")
    created(timed_caller, text(ECONOMICS, "economics", WEEK, "msku"))
    other = Caller(timed_caller.url, {"grant_type": "refresh_token", "client_id": "amzn1.application-oa2-client.demo",
                                      "client_secret": "demo-secret", "refresh_token": "Atzr|demo-other"})  # fmt: skip
    created(other, GOOD)
    other.close()
    tick.seconds += 40
    created(timed_caller, GOOD)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (
            sourcing(f"metrics{{metrics{{{INVENTORY}}}}}"),
            "The same start and end dates must be requested for Daily Inventory metrics",
        ),
        (sourcing(f"totals{{{INVENTORY}}}"), "must be requested for Daily Inventory metrics"),
        (sourcing("startDate", more=' currencyCode:"XXX"'), "currency XXX"),
        (by_date("2024-03-17", "2024-04-01"), "last two years"),
        (economics(period("2024-03-17", "2024-04-01")), "last two years"),
        (preview("2026-03-17", "2026-03-20"), "today or later"),
        (preview("2026-03-18", "2026-07-17"), "120 days"),
        (economics(f'{NOTHING} startDate:"2026-03-18" endDate:"2026-06-17"', "economicsSimulation"), "90 days"),
        (trend(ATVPDKIKX0DER=["B000000000"] * 31), "30 ASINs"),
        (trend("asinAggregation:SKU dateAggregation:DAY", ATVPDKIKX0DER=["B000000000"]), "must be CHILD"),
    ],
)
def test_what_is_found_wrong_later_is_fatal_and_says_why(asker: Caller, query: str, sentence: str) -> None:
    assert sentence in said(asker, query)


def test_a_marketplace_has_one_filter(asker: Caller) -> None:
    other = f'filters:[{{marketplaceId:"{US}",asins:["a"]}},'
    both = trend(ATVPDKIKX0DER=["B000000000"]).replace("filters:[", other)
    assert "one filter" in said(asker, both)


@pytest.mark.parametrize(
    "query",
    [
        by_date("2024-03-18", "2024-03-20"),
        sourcing("startDate"),
        sourcing(f"totals{{{INVENTORY}}}", by="WEEK"),
        preview("2026-03-18", "2026-07-16"),
    ],
)
def test_bounds_themselves_are_allowed(asker: Caller, query: str) -> None:
    assert ended(asker, query)["processingStatus"] == "DONE"


@pytest.mark.parametrize(
    "query",
    [
        by_date("2026-02-02", "2026-02-08", by="WEEK"),
        by_date("2026-02-02", "2026-02-28", by="MONTH"),
        by_date("2026-02-01", "2026-02-27", by="MONTH"),
        by_date("2026-02-03", "2026-02-01"),
        by_date("2026-04-01", "2026-04-03"),
        text(ECONOMICS, "economics", f"aggregateBy:{{date:WEEK}} {period('2026-02-02', '2026-02-08')}", "msku"),
        text(VENDORS, "sourcingView", 'aggregateBy:WEEK startDate:"2026-02-02" endDate:"2026-02-08"', "startDate"),
        trend(ATVPDKIKX0DER=["B000000000"]),
    ],
)
def test_where_nothing_is_left_a_query_is_done_without_a_document(asker: Caller, query: str) -> None:
    one = ended(asker, query)
    assert one["processingStatus"] == "DONE"
    assert not {"dataDocumentId", "errorDocumentId", "pagination"} & one.keys()


@pytest.mark.parametrize(
    ("by", "start", "end", "expected"),
    [
        ("WEEK", "2026-01-26", "2026-02-17", [("2026-02-01", "2026-02-07"), ("2026-02-08", "2026-02-14")]),
        ("WEEK", "2026-02-01", "2026-02-07", [("2026-02-01", "2026-02-07")]),
        ("MONTH", "2025-12-31", "2026-02-27", [("2026-01-01", "2026-01-31")]),
        ("DAY", "2026-02-27", "2026-03-01", [(day, day) for day in ("2026-02-27", "2026-02-28", "2026-03-01")]),
        ("DAY", "2026-03-17", "2026-03-20", [("2026-03-17", "2026-03-17"), ("2026-03-18", "2026-03-18")]),
    ],
)
def test_weeks_and_months_are_whole_and_days_have_begun(
    asker: Caller, by: str, start: str, end: str, expected: list[tuple[str, str]]
) -> None:
    found = lines(asker, by_date(start, end, US, DE, by=by, select="startDate endDate marketplaceId"))
    for place in (US, DE):
        assert [(one["startDate"], one["endDate"]) for one in found if one["marketplaceId"] == place] == expected
