"""Reports 2021-06-30: the operations of its model, answered from the account's desk.

Declares the operations as Amazon's model does; rates are those of the fact table of behaviours, section 4. A call knows
the reports of its own account only. Some types have a quota of their own beside the operation's.
"""

import threading
from datetime import datetime, timedelta
from typing import cast

from flight_server.simulator.answers import invalid, not_found, throttled, unauthorized
from flight_server.simulator.operations import OperationCall, operation
from flight_server.simulator.parameters import Parameter, Parameters, read
from flight_server.simulator.reports.desk import Desk
from flight_server.simulator.reports.report import Report
from flight_server.simulator.reports.requests import asked_report, asked_schedule, check_role
from flight_server.simulator.reports.schedules import Schedule
from flight_server.simulator.storage import link

_OPENING = threading.Lock()
_ROOT = "/reports/2021-06-30"
_STATUSES = ("CANCELLED", "DONE", "FATAL", "IN_PROGRESS", "IN_QUEUE")
_DEFAULT_AGE = timedelta(days=90)
_DEFAULT_PAGE = 10
_TYPES = Parameter("reportTypes", "texts", at_most=10)


@operation("POST", f"{_ROOT}/reports", "createReport", rate="0.0167", burst=15, status=202)
def create_report(call: OperationCall) -> object:
    """Take a report."""
    asked = asked_report(call)
    if call.has_limits and not desk_of(call).has_quota(asked.type.name, call.now):
        raise throttled()
    return {"reportId": desk_of(call).create(asked, call.now).report_id}


@operation("GET", f"{_ROOT}/reports/{{reportId}}", "getReport", rate="2", burst=15)
def get_report(call: OperationCall) -> object:
    """One report."""
    return _told(call, _report(call))


@operation("DELETE", f"{_ROOT}/reports/{{reportId}}", "cancelReport", rate="0.0222", burst=10)
def cancel_report(call: OperationCall) -> object:
    """Cancel a report that waits."""
    if not desk_of(call).cancel(_report(call), call.now):
        raise invalid("Only a report that is IN_QUEUE can be cancelled.")
    return {}


@operation(
    "GET",
    f"{_ROOT}/reports",
    "getReports",
    rate="0.0222",
    burst=10,
    parameters=(
        _TYPES,
        Parameter("processingStatuses", "texts", allowed=_STATUSES),
        Parameter("marketplaceIds", "texts", at_most=10, is_marketplace=False),
        Parameter("pageSize", "integer", minimum=1, maximum=100),
        Parameter("createdSince", "instant"),
        Parameter("createdUntil", "instant"),
        Parameter("nextToken"),
    ),
)
def get_reports(call: OperationCall) -> object:
    """The reports of some types, newest first."""
    asked, sent, position = call.parameters, dict(call.parameters.sent), 0
    if "nextToken" in asked:
        if len(sent) > 1:
            raise invalid("nextToken must be the only parameter.")
        token = call.page_tokens.read(asked.text("nextToken"), "getReports", "nextToken")
        sent, position = token.sent, token.position
    elif "reportTypes" not in asked:
        raise invalid("Either reportTypes or nextToken is required.")
    else:
        # Later pages are those of this moment: a list that grows at its head would tell rows twice.
        sent.setdefault("createdUntil", call.now.isoformat())
    found = _listed(call, read(call.operation.parameters, sent))
    size = int(sent.get("pageSize", _DEFAULT_PAGE))
    told: dict[str, object] = {"reports": [_told(call, one) for one in found[position : position + size]]}
    if position + size < len(found):
        told["nextToken"] = call.page_tokens.issue("getReports", sent, position + size, call.seconds)
    return told


@operation(
    "GET",
    f"{_ROOT}/documents/{{reportDocumentId}}",
    "getReportDocument",
    rate="0.0167",
    burst=15,
    parameters=(Parameter("enableContentEncodingUrlHeader", "flag"),),
    opens_restricted=True,
)
def get_report_document(call: OperationCall) -> object:
    """Where a document can be fetched for a while."""
    document_id = call.parameters.text("reportDocumentId")
    report = desk_of(call).by_document(document_id, call.now)
    if report is None:
        raise not_found(f"There is no report document {document_id}.")
    check_role(call, report.asked.type)
    if report.asked.type.restricted and not call.grant.is_restricted:
        raise unauthorized(reason="A restricted data token is needed for the documents of this report type.")
    made = desk_of(call).made(report)[1]
    assert made is not None, document_id
    encoding = "gzip" if call.parameters.flag("enableContentEncodingUrlHeader") and made.is_packed else "identity"
    url = call.origin + link(document_id, call.now, call.seconds, call.link_seconds, call.story.seed, encoding)
    told = {"reportDocumentId": document_id, "url": url}
    return told | {"compressionAlgorithm": made.algorithm} if made.algorithm else told


@operation("POST", f"{_ROOT}/schedules", "createReportSchedule", rate="0.0222", burst=10, status=201)
def create_report_schedule(call: OperationCall) -> object:
    """Take a schedule."""
    asked, period, first = asked_schedule(call)
    return {"reportScheduleId": desk_of(call).schedule(asked, period, first, call.now).schedule_id}


@operation(
    "GET",
    f"{_ROOT}/schedules",
    "getReportSchedules",
    rate="0.0222",
    burst=10,
    parameters=(Parameter("reportTypes", "texts", required=True, at_most=10),),
)
def get_report_schedules(call: OperationCall) -> object:
    """The schedules of some types."""
    types = set(call.parameters.texts("reportTypes"))
    found = (one for one in desk_of(call).schedules(call.now) if one.asked.type.name in types)
    return {"reportSchedules": [_told_schedule(call, one) for one in found]}


@operation("GET", f"{_ROOT}/schedules/{{reportScheduleId}}", "getReportSchedule", rate="0.0222", burst=10)
def get_report_schedule(call: OperationCall) -> object:
    """One schedule."""
    schedule_id = call.parameters.text("reportScheduleId")
    for one in desk_of(call).schedules(call.now):
        if one.schedule_id == schedule_id:
            return _told_schedule(call, one)
    raise not_found(f"There is no report schedule {schedule_id}.")


@operation("DELETE", f"{_ROOT}/schedules/{{reportScheduleId}}", "cancelReportSchedule", rate="0.0222", burst=10)
def cancel_report_schedule(call: OperationCall) -> object:
    """End a schedule."""
    schedule_id = call.parameters.text("reportScheduleId")
    if not desk_of(call).end_schedule(schedule_id, call.now):
        raise not_found(f"There is no report schedule {schedule_id}.")
    return {}


def desk_of(call: OperationCall) -> Desk:
    """The desk of the account that calls."""
    desks = desks_in(call.memory)
    account = call.grant.account
    with _OPENING:
        if account not in desks:
            desks[account] = Desk(
                account, call.world, call.report_seconds, call.speed, call.has_odd_documents, call.now
            )
        return desks[account]


def desks_in(memory: dict[str, object]) -> dict[str, Desk]:
    """All desks of a simulator, by account."""
    return cast(dict[str, Desk], memory.setdefault("reports", {}))


def _report(call: OperationCall) -> Report:
    report_id = call.parameters.text("reportId")
    found = desk_of(call).report(report_id, call.now)
    if found is None:
        raise not_found(f"There is no report {report_id}.")
    return found


def _listed(call: OperationCall, asked: Parameters) -> list[Report]:
    since = asked.instant("createdSince") or call.now - _DEFAULT_AGE
    until = asked.instant("createdUntil") or call.now
    if since > until:
        raise invalid("createdSince lies after createdUntil.")
    desk, types, places = desk_of(call), set(asked.texts("reportTypes")), set(asked.texts("marketplaceIds"))
    statuses = set(asked.texts("processingStatuses"))
    return [
        report
        for report in desk.reports(call.now)
        if report.asked.type.name in types
        and since <= report.created <= until
        and (not places or places & {one.marketplace_id for one in report.asked.places})
        and (not statuses or desk.status(report, call.now) in statuses)
    ]


def _told(call: OperationCall, report: Report) -> dict[str, object]:
    desk, now, asked = desk_of(call), call.now, report.asked
    status = desk.status(report, now)
    told: dict[str, object] = {
        "reportId": report.report_id,
        "reportType": asked.type.name,
        "dataStartTime": _iso(asked.start),
        "dataEndTime": _iso(asked.end),
        "marketplaceIds": [one.marketplace_id for one in asked.places],
        "createdTime": _iso(report.created),
        "processingStatus": status,
    }
    if report.schedule_id:
        told["reportScheduleId"] = report.schedule_id
    if status != "IN_QUEUE" and not report.cancelled:
        told["processingStartTime"] = _iso(report.started_at)
    if report.stage(now) == "ENDED":
        told["processingEndTime"] = _iso(report.ended_at)
    if desk.has_document(report, now):
        told["reportDocumentId"] = report.document_id
    return told


def _told_schedule(call: OperationCall, one: Schedule) -> dict[str, object]:
    told: dict[str, object] = {
        "reportScheduleId": one.schedule_id,
        "reportType": one.asked.type.name,
        "marketplaceIds": [place.marketplace_id for place in one.asked.places],
        "period": one.period,
        "nextReportCreationTime": _iso(one.next_after(call.now)),
    }
    return told | {"reportOptions": dict(one.asked.options)} if one.asked.options else told


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
