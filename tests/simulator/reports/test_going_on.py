"""How reports go on by the clock: queue, work, end; cancelled, too soon, expired; listed; made by schedules."""

from datetime import timedelta

import pytest

from flight_server.simulator import SimulatedClock, Simulator, SimulatorOptions
from tests.simulator.caller import DE, US, Caller, refusal
from tests.simulator.conftest import NOW, Tick
from tests.simulator.reports.asking import (
    DOCUMENTS,
    ORDERS,
    REPORTS,
    SCHEDULES,
    asked,
    created,
    fetched,
    link,
    told,
)

STOCK = "GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA"
SHIPPED = "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL"
SETTLEMENT = "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2"
BODY = asked(ORDERS, "2025-06-01", "2025-12-01")
DAY = 86_400.0


def deleted(caller: Caller, path: str) -> int:
    headers = {"x-amz-access-token": caller.access_token}
    return caller.http.delete(f"{caller.url}{path}", headers=headers, timeout=10).status_code


def test_a_report_waits_is_worked_on_and_is_done(slow: Caller, tick: Tick) -> None:
    report_id = created(slow, BODY)
    seen = []
    for _ in range(61):
        report = told(slow, report_id)
        seen.append((report["processingStatus"], "processingStartTime" in report, "processingEndTime" in report))
        assert ("reportDocumentId" in report) == (report["processingStatus"] == "DONE")
        tick.seconds += 0.5
    assert list(dict.fromkeys(seen)) == [("IN_QUEUE", False, False), ("IN_PROGRESS", True, False), ("DONE", True, True)]


def test_speed_makes_reports_quick(tick: Tick) -> None:
    with Simulator(SimulatorOptions(port=0, orders=200, speed=1000), SimulatedClock(NOW, tick)) as running:
        caller = Caller(running.url)
        report_id = created(caller, BODY)
        tick.seconds += 0.1
        assert told(caller, report_id)["processingStatus"] == "DONE"
        caller.close()


def test_only_a_waiting_report_can_be_cancelled(slow: Caller, tick: Tick) -> None:
    first, second = created(slow, BODY), created(slow, asked(ORDERS, "2025-06-01", "2025-11-01"))
    assert deleted(slow, f"{REPORTS}/{first}") == 200
    assert told(slow, first)["processingStatus"] == "CANCELLED"
    tick.seconds += 60
    assert deleted(slow, f"{REPORTS}/{second}") == 400
    assert told(slow, second)["processingStatus"] == "DONE"
    assert deleted(slow, f"{REPORTS}/1") == 404


@pytest.mark.parametrize(("report_type", "minutes"), [(STOCK, 30), ("GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA", 240)])
def test_asking_again_too_soon_is_cancelled(slow: Caller, tick: Tick, report_type: str, minutes: int) -> None:
    body = asked(report_type, "2025-06-01", "2026-03-01", US, DE)
    ends = []
    for _ in range(3):
        report_id = created(slow, body)
        tick.seconds += minutes * 30 + 31
        ends.append(told(slow, report_id)["processingStatus"])
    assert ends == ["DONE", "CANCELLED", "DONE"]


def test_orders_may_be_asked_for_again_at_once(slow: Caller, tick: Tick) -> None:
    reports = [created(slow, BODY), created(slow, BODY)]
    tick.seconds += 60
    assert {told(slow, one)["processingStatus"] for one in reports} == {"DONE"}


def test_a_type_may_have_a_quota_of_its_own(timed_caller: Caller, tick: Tick) -> None:
    bodies = [asked(SHIPPED, f"2025-0{month}-01", f"2025-0{month}-20") for month in range(1, 6)]
    answers = [timed_caller.post(REPORTS, body).status_code for body in bodies]
    assert answers == [202, 202, 202, 202, 429]
    tick.seconds += 1801
    assert timed_caller.post(REPORTS, bodies[4]).status_code == 202


def test_reports_and_documents_are_forgotten_after_their_retention(slow: Caller, tick: Tick) -> None:
    report_id = created(slow, BODY)
    tick.seconds += 29 * DAY
    report = told(slow, report_id)
    assert fetched(link(slow, report)).status_code == 200
    tick.seconds += 2 * DAY
    assert refusal(slow.get(f"{REPORTS}/{report_id}")) == (404, "NotFound")
    assert refusal(slow.get(f"{DOCUMENTS}/{report['reportDocumentId']}")) == (404, "NotFound")


def test_lists_are_newest_first_and_keep_their_filters(slow: Caller, tick: Tick) -> None:
    made = []
    for place in (US, DE, US):
        made.append(created(slow, asked(ORDERS, "2025-06-01", "2025-12-01", place)))
        tick.seconds += 60
    waiting = created(slow, asked(ORDERS, "2025-06-01", "2025-11-01"))
    own = {"reportTypes": ORDERS, "createdSince": NOW.isoformat()}

    def ids(**more: str) -> list[str]:
        return [one["reportId"] for one in slow.get(REPORTS, **own, **more).json()["reports"]]

    assert ids() == [waiting, *reversed(made)]
    assert ids(marketplaceIds=DE) == [made[1]]
    assert ids(processingStatuses="IN_QUEUE,IN_PROGRESS") == [waiting]
    assert ids(createdUntil=(NOW + timedelta(seconds=61)).isoformat()) == [made[1], made[0]]
    pages = [slow.get(REPORTS, pageSize="2", **own).json()]
    tick.seconds += 1
    created(slow, asked(ORDERS, "2025-06-01", "2025-10-01"))
    pages.append(slow.get(REPORTS, nextToken=pages[0]["nextToken"]).json())
    assert [one["reportId"] for page in pages for one in page["reports"]] == [waiting, *reversed(made)]
    for wrong in ({"pageSize": "101"}, {"processingStatuses": "LOST"}):
        assert slow.get(REPORTS, **own, **wrong).status_code == 400
    assert slow.get(REPORTS, reportTypes=",".join([ORDERS] * 11)).status_code == 400


def test_an_account_knows_its_own_reports_only(slow: Caller) -> None:
    other = Caller(slow.url, {"grant_type": "refresh_token", "client_id": "amzn1.application-oa2-client.demo",
                              "client_secret": "demo-secret", "refresh_token": "Atzr|demo-second"})  # fmt: skip
    assert refusal(other.get(f"{REPORTS}/{created(slow, BODY)}")) == (404, "NotFound")
    other.close()


def test_settlements_come_by_themselves_every_fourteen_days_in_several_forms(slow: Caller, tick: Tick) -> None:
    types = (SETTLEMENT, "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE", "GET_V2_SETTLEMENT_REPORT_DATA_XML")
    asked_for = {"reportTypes": ",".join(types), "marketplaceIds": US, "pageSize": "100"}
    before = slow.get(REPORTS, **asked_for).json()["reports"]
    assert {one["reportType"] for one in before} == set(types)
    starts = sorted({one["dataEndTime"] for one in before})
    assert len(starts) >= 6
    assert {one["processingStatus"] for one in before} == {"DONE"}
    tick.seconds += 14 * DAY
    after = slow.get(REPORTS, **asked_for).json()["reports"]
    assert {one["reportId"] for one in after} - {one["reportId"] for one in before}


def test_a_finished_report_of_somebody_else_is_there(asker: Caller) -> None:
    [report] = asker.get(REPORTS, reportTypes=ORDERS, createdUntil="2026-03-18T00:00:00Z").json()["reports"]
    assert report["processingStatus"] == "DONE"
    assert fetched(link(asker, report)).status_code == 200


def test_a_schedule_makes_reports_by_the_clock(slow: Caller, tick: Tick) -> None:
    kind = "GET_MERCHANTS_LISTINGS_FYP_REPORT"
    first = (NOW + timedelta(hours=1)).isoformat()
    body = {"reportType": kind, "marketplaceIds": [US], "period": "PT2H", "nextReportCreationTime": first}
    answer = slow.post(SCHEDULES, body)
    assert answer.status_code == 201, answer.text
    schedule_id = answer.json()["reportScheduleId"]
    assert slow.get(f"{SCHEDULES}/{schedule_id}").json()["nextReportCreationTime"] == first
    tick.seconds += 5 * 3600 + 60
    reports = slow.get(REPORTS, reportTypes=kind, marketplaceIds=US).json()["reports"]
    assert [one["createdTime"][11:16] for one in reports] == ["20:30", "18:30", "16:30"]
    assert {one["reportScheduleId"] for one in reports} == {schedule_id}
    replacing = slow.post(SCHEDULES, {**body, "period": "P1D"}).json()["reportScheduleId"]
    [only] = slow.get(SCHEDULES, reportTypes=kind).json()["reportSchedules"]
    assert only["reportScheduleId"] == replacing
    assert refusal(slow.get(f"{SCHEDULES}/{schedule_id}")) == (404, "NotFound")
    assert deleted(slow, f"{SCHEDULES}/{replacing}") == 200
    assert deleted(slow, f"{SCHEDULES}/{replacing}") == 404
    tick.seconds += 2 * DAY
    assert len(slow.get(REPORTS, reportTypes=kind, marketplaceIds=US).json()["reports"]) == 3


@pytest.mark.parametrize("wrong", [{"period": "PT7M"}, {"reportType": SETTLEMENT}, {"nextReportCreationTime": "soon"}])
def test_schedules_that_cannot_be_are_refused(asker: Caller, wrong: dict[str, str]) -> None:
    body = {"reportType": "GET_MERCHANTS_LISTINGS_FYP_REPORT", "marketplaceIds": [US], "period": "P1D", **wrong}
    assert refusal(asker.post(SCHEDULES, body)) == (400, "InvalidInput")


def test_order_reports_have_one_schedule_for_the_family(slow: Caller) -> None:
    for kind in ("GET_ORDER_REPORT_DATA_SHIPPING", "GET_FLAT_FILE_ORDER_REPORT_DATA_SHIPPING"):
        assert slow.post(SCHEDULES, {"reportType": kind, "marketplaceIds": [US], "period": "P1D"}).status_code == 201
    kinds = "GET_ORDER_REPORT_DATA_SHIPPING,GET_FLAT_FILE_ORDER_REPORT_DATA_SHIPPING"
    [only] = slow.get(SCHEDULES, reportTypes=kinds).json()["reportSchedules"]
    assert only["reportType"] == "GET_FLAT_FILE_ORDER_REPORT_DATA_SHIPPING"
