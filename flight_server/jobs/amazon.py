"""The four operations of reports 2021-06-30 that jobs need: typed requests in, typed answers out.

Knows no state of a job. Facts: reports model 2021-06-30 (a page token comes alone; both ends of a period default to
now), behaviours of the API, section 8.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from catalog.load import known_operation
from catalog.table import Paging
from flight_server.activity import QueryActivity
from flight_server.client import SellingPartnerClient
from flight_server.connection.settings import Settings
from flight_server.errors import AmazonDetail, ApiUnavailable, UnexpectedAnswer
from flight_server.plan import Call, ReportRequest

T = TypeVar("T")

_MODEL = "reports_2021_06_30"
GET_REPORTS = known_operation(_MODEL, "getReports", "reports[]")
GET_REPORT = known_operation(_MODEL, "getReport")
CREATE_REPORT = known_operation(_MODEL, "createReport")
GET_DOCUMENT = known_operation(_MODEL, "getReportDocument")

_PAGING = Paging("nextToken", "nextToken", size="pageSize", size_max=100, repeat="none")
MOST_TYPES = 10
"""Report types that one getReports takes."""

MOST_STATUSES = 5


class _Told(msgspec.Struct, rename="camel"):
    report_id: str
    report_type: str = ""
    processing_status: str = ""
    created_time: str = ""
    marketplace_ids: list[str] | None = None
    data_start_time: str | None = None
    data_end_time: str | None = None
    report_document_id: str | None = None


class _Page(msgspec.Struct):
    reports: list[_Told] | None = None


class _Created(msgspec.Struct, rename="camel"):
    report_id: str


class _Document(msgspec.Struct):
    url: str


@dataclass(frozen=True)
class Told:
    """A report as Amazon tells it."""

    report_id: str
    report_type: str
    status: str
    created_at: datetime
    marketplace_ids: tuple[str, ...]
    start: datetime | None
    end: datetime | None
    document_id: str


@dataclass(frozen=True)
class Amazon:
    """The calls of one query."""

    client: SellingPartnerClient
    settings: Settings
    query: QueryActivity

    def reports(self, report_types: Collection[str], since: datetime, statuses: Collection[str] = ()) -> list[Told]:
        """All reports of these types made since then, newest first."""
        parameters: dict[str, str | tuple[str, ...]] = {
            "reportTypes": tuple(sorted(report_types)),
            "createdSince": instant_text(since),
        }
        if statuses and len(statuses) < MOST_STATUSES:
            parameters["processingStatuses"] = tuple(sorted(statuses))
        call = Call(GET_REPORTS, url_parameters=parameters, paging=_PAGING, page_size=100, is_shared=False)
        found: dict[str, Told] = {}
        for body in self._bodies(call):
            for told in _read(body, _Page, "getReports").reports or ():
                found.setdefault(told.report_id, _told(told, "getReports"))
        return list(found.values())

    def report(self, report_id: str) -> Told | None:
        """One report; None where Amazon knows none of that id."""
        parameters = {"reportId": report_id}
        call = Call(GET_REPORT, path_parameters=parameters, empty_statuses=(404,), is_shared=False)
        return next((_told(_read(body, _Told, "getReport"), "getReport") for body in self._bodies(call)), None)

    def create(self, request: ReportRequest) -> str:
        """Ask for a report; its id. Raises AnswerLost, or UnexpectedAnswer, where it may be made all the same."""
        call = Call(CREATE_REPORT, body=creation(request), is_repeatable=False, is_shared=False)
        return next(
            _read(page.body, _Created, "createReport").report_id
            for page in self.client.pages(call, self.settings, self.query)
        )

    def link(self, document_id: str, *, is_restricted: bool) -> str:
        """Where a document can be fetched, for five minutes."""
        call = Call(
            GET_DOCUMENT,
            path_parameters={"reportDocumentId": document_id},
            needs_restricted_token=is_restricted,
            is_shared=False,
        )
        for page in self.client.pages(call, self.settings, self.query):
            return _read(page.body, _Document, "getReportDocument").url
        raise ApiUnavailable("Amazon gave no link to the document", AmazonDetail("getReportDocument"))

    def _bodies(self, call: Call) -> list[bytes]:
        """The pages of a call that is made until it tells what is waited for: no limit of a query counts it."""
        settings = replace(self.settings, max_calls=0)
        return [page.body for page in self.client.pages(call, settings, self.query)]


def without_document(told: Told) -> UnexpectedAnswer:
    """What is wrong with a report that is done and has nothing to read: to take it for one without rows might lie."""
    return UnexpectedAnswer(
        f"Amazon says that the report {told.report_id} ({told.report_type}) is done, but not where its document is; "
        "ask again later",
        AmazonDetail("getReport"),
    )


def creation(request: ReportRequest) -> Mapping[str, object]:
    """The body of createReport.

    >>> from catalog.reports.report import Report
    >>> creation(ReportRequest(Report("GET_X", "fba", "delimited"), ("A1",), options=(("a", "b"),)))
    {'reportType': 'GET_X', 'marketplaceIds': ['A1'], 'reportOptions': {'a': 'b'}}
    """
    body: dict[str, object] = {
        "reportType": request.report.report_type,
        "marketplaceIds": list(request.marketplace_ids),
    }
    if request.start is not None:
        body["dataStartTime"] = instant_text(request.start)
    if request.end is not None:
        body["dataEndTime"] = instant_text(request.end)
    if request.options:
        body["reportOptions"] = dict(request.options)
    return body


def instant_text(instant: datetime) -> str:
    """An instant as Amazon reads it.

    >>> instant_text(datetime(2026, 1, 2, tzinfo=UTC))
    '2026-01-02T00:00:00Z'
    """
    plain = instant.astimezone(UTC)
    return plain.replace(tzinfo=None).isoformat(timespec="milliseconds" if plain.microsecond else "seconds") + "Z"


def _read(body: bytes, wanted: type[T], operation_id: str) -> T:
    try:
        return msgspec.json.decode(body, type=wanted)
    except msgspec.DecodeError as error:
        raise UnexpectedAnswer(
            f"an answer of {operation_id} cannot be read: {error}", AmazonDetail(operation_id)
        ) from None


def _told(told: _Told, operation_id: str) -> Told:
    return Told(
        report_id=told.report_id,
        report_type=told.report_type,
        status=told.processing_status,
        created_at=_instant(told.created_time, operation_id),
        marketplace_ids=tuple(told.marketplace_ids or ()),
        start=None if not told.data_start_time else _instant(told.data_start_time, operation_id),
        end=None if not told.data_end_time else _instant(told.data_end_time, operation_id),
        document_id=told.report_document_id or "",
    )


def _instant(text: str, operation_id: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UnexpectedAnswer(
            f"an answer of {operation_id} has a time that cannot be read: {text[:40]!a}", AmazonDetail(operation_id)
        ) from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
