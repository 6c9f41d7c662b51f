"""What createReport refuses at once, and what it takes and finds wrong later."""

from typing import Any

import pytest

from flight_server.simulator import Simulator
from flight_server.simulator.reports.types import report_types
from tests.simulator.caller import DE, NO_ROLE, US, Caller, refusal
from tests.simulator.reports.asking import ORDERS, REPORTS, asked, created, fetched, link, plain, told

TRAFFIC = "GET_SALES_AND_TRAFFIC_REPORT"
TERMS = "GET_BRAND_ANALYTICS_SEARCH_TERMS_REPORT"
VENDOR = "GET_VENDOR_SALES_REPORT"
SETTLEMENT = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"
GOOD = asked(ORDERS, "2026-02-01", "2026-02-10")


@pytest.mark.parametrize(
    "wrong",
    [
        {"reportType": None},
        {"reportType": "GET_NOTHING"},
        {"reportType": "GET_FBA_SNS_FORECAST_DATA"},
        {"reportType": "GST_MTR_B2B"},
        {"marketplaceIds": []},
        {"marketplaceIds": [US] * 26},
        {"marketplaceIds": ["NOWHERE"]},
        {"marketplaceIds": US},
        {"dataStartTime": "yesterday"},
        {"dataEndTime": "2026-03-19T00:00:00Z"},
        {"dataStartTime": "2026-02-11T00:00:00Z"},
        {"reportOptions": ["a"]},
        {"reportOptions": {"a": 1}},
        {"reportOptions": {"preferredReportDocumentLocale": "de_DE"}},
        {"reportType": TRAFFIC, "reportOptions": {"dateGranularity": "HOUR"}},
        {"reportType": VENDOR, "reportOptions": {"reportPeriod": "DAY", "distributorView": "SOURCING"}},
    ],
    ids=str,
)
def test_broken_rules_are_refused(asker: Caller, wrong: dict[str, Any]) -> None:
    assert refusal(asker.post(REPORTS, {**GOOD, **wrong})) == (400, "InvalidInput")


def test_a_body_is_needed(asker: Caller) -> None:
    assert refusal(asker.post(REPORTS, [])) == (400, "InvalidInput")


def test_settlements_cannot_be_asked_for_and_say_so_as_a_quota(asker: Caller) -> None:
    assert refusal(asker.post(REPORTS, asked(SETTLEMENT))) == (429, "QuotaExceeded")


def test_marketplaces_without_the_seller_are_refused(asker: Caller) -> None:
    assert refusal(asker.post(REPORTS, asked(ORDERS, "", "", "A2NODRKZP88ZB9"))) == (403, "Unauthorized")


def test_types_without_the_role_are_refused(quick: Simulator) -> None:
    caller = Caller(quick.url, NO_ROLE)
    answer = caller.post(REPORTS, asked(TRAFFIC, "2026-02-01", "2026-02-10"))
    assert refusal(answer) == (403, "Unauthorized")
    assert answer.json()["errors"][0]["message"] == "Access to the resource is forbidden"
    assert caller.post(REPORTS, GOOD).status_code == 202
    caller.close()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (asked(TERMS, "2026-02-01", "2026-02-07", US, DE, reportPeriod="WEEK"), "one marketplaceId"),
        (asked(TERMS, "2026-02-02", "2026-02-08", reportPeriod="WEEK"), "reportPeriod WEEK"),
        (asked(TERMS, "2026-02-01", "2026-02-27", reportPeriod="MONTH"), "reportPeriod MONTH"),
        (asked(TERMS, "2026-02-01", "2026-02-14", reportPeriod="WEEK"), "Only one WEEK"),
        (asked("GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE", "2025-12-01", "2026-02-15"), "60 days"),
        (asked(TRAFFIC, "2023-01-01", "2023-02-01"), "last 730 days"),
        (asked("GET_PAN_EU_OFFER_STATUS"), "not available in US"),
        (asked("GET_FBA_FULFILLMENT_LONGTERM_STORAGE_FEE_CHARGES_DATA", "2026-01-02", "2026-02-01"), "one month"),
        (asked("GET_VENDOR_TRAFFIC_REPORT", "2026-03-17", "2026-03-17", reportPeriod="DAY"), "not available yet"),
        (asked("GET_FBA_ESTIMATED_FBA_FEES_TXT_DATA", "2026-03-17"), "72 hours"),
    ],
    ids=lambda part: part["reportType"] if isinstance(part, dict) else part,
)
def test_what_is_found_wrong_later_is_fatal_with_a_sentence(asker: Caller, body: dict[str, Any], says: str) -> None:
    report = told(asker, created(asker, body))
    assert report["processingStatus"] == "FATAL"
    assert says in plain(fetched(link(asker, report))).decode()
    assert plain(fetched(link(asker, report))).startswith(b'{"errorDetails":')


def test_a_report_without_data_is_cancelled_or_fatal_as_its_type_has_it(asker: Caller) -> None:
    nothing = told(asker, created(asker, asked(ORDERS, "2020-01-01", "2020-02-01")))
    assert nothing["processingStatus"] == "CANCELLED"
    assert "reportDocumentId" not in nothing
    both_now = told(asker, created(asker, asked(ORDERS)))
    assert both_now["processingStatus"] == "CANCELLED"
    assert both_now["dataStartTime"] == both_now["dataEndTime"] == both_now["createdTime"]
    body = asked("GET_BRAND_ANALYTICS_REPEAT_PURCHASE_REPORT", "2026-02-01", "2026-02-07", reportPeriod="WEEK")
    assert told(asker, created(asker, body))["processingStatus"] == "DONE"
    assert report_types()[TERMS].no_data_status == "FATAL"


def test_whole_periods_are_taken(asker: Caller) -> None:
    for bounds in (("2026-02-01", "2026-02-07", "WEEK"), ("2026-02-01", "2026-02-28", "MONTH")):
        body = asked(TERMS, *bounds[:2], reportPeriod=bounds[2])
        assert told(asker, created(asker, body))["processingStatus"] == "DONE"
