"""The operations of reports 2021-06-30 that jobs need: typed requests in, typed answers out.

Knows no state of a job. Facts: reports model 2021-06-30 (a page token comes alone; both ends of a period default to
now), behaviours of the API, section 8.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec

from catalog.load import known_operation
from catalog.table import Paging
from flight_server.errors import AmazonDetail, ApiError, UnexpectedAnswer
from flight_server.jobs.amazon import Amazon
from flight_server.jobs.asking.kind import Ours
from flight_server.jobs.job import Job
from flight_server.jobs.judging import can_be_told, is_of, useful_since
from flight_server.jobs.told import Told, instant_text, read_answer, read_instant
from flight_server.plan import Call, ReportRequest

_MODEL = "reports_2021_06_30"
_PAGING = Paging("nextToken", "nextToken", size="pageSize", size_max=100, repeat="none")
_MOST_TYPES = 10
"""Report types that one getReports takes."""

_MOST_STATUSES = 5


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


class Reports:
    """Reports, as a kind of job."""

    word, words = "report", "reports"
    create_operation = known_operation(_MODEL, "createReport")
    list_operation = known_operation(_MODEL, "getReports", "reports[]")
    get_operation = known_operation(_MODEL, "getReport")
    document_operation = known_operation(_MODEL, "getReportDocument")
    is_empty_without_document = False
    is_listed_on = False
    is_cancelled_by_hand_only = False

    def create(self, amazon: Amazon, request: ReportRequest) -> str:
        """Ask for a report."""
        call = Call(self.create_operation, body=creation(request), is_repeatable=False, is_shared=False)
        return read_answer(amazon.only_body(call), _Created, "createReport").report_id

    def one(self, amazon: Amazon, report_id: str) -> Told | None:
        """One report."""
        parameters = {"reportId": report_id}
        call = Call(self.get_operation, path_parameters=parameters, empty_statuses=(404,), is_shared=False)
        bodies = amazon.bodies(call)
        return next((_told(read_answer(body, _Told, "getReport"), "getReport") for body in bodies), None)

    def listed(
        self, amazon: Amazon, report_types: Collection[str], since: datetime, statuses: Collection[str] = ()
    ) -> list[Told]:
        """All reports of these types, in as many lists as it takes."""
        found: dict[str, Told] = {}
        types = sorted(report_types)
        for start in range(0, len(types), _MOST_TYPES):
            for told in self._listed(amazon, types[start : start + _MOST_TYPES], since, statuses):
                found.setdefault(told.report_id, told)
        return list(found.values())

    def _listed(
        self, amazon: Amazon, report_types: Sequence[str], since: datetime, statuses: Collection[str]
    ) -> list[Told]:
        parameters: dict[str, str | tuple[str, ...]] = {
            "reportTypes": tuple(report_types),
            "createdSince": instant_text(since),
        }
        if statuses and len(statuses) < _MOST_STATUSES:
            parameters["processingStatuses"] = tuple(sorted(statuses))
        call = Call(self.list_operation, url_parameters=parameters, paging=_PAGING, page_size=100, is_shared=False)
        pages = [read_answer(body, _Page, "getReports").reports for body in amazon.bodies(call)]
        return [_told(told, "getReports") for page in pages for told in page or ()]

    def link(self, amazon: Amazon, document_id: str, *, is_restricted: bool) -> str:
        """Where a document can be fetched."""
        call = Call(
            self.document_operation,
            path_parameters={"reportDocumentId": document_id},
            needs_restricted_token=is_restricted,
            is_shared=False,
        )
        return read_answer(amazon.only_body(call), _Document, "getReportDocument").url

    def listing_of(self, report_type: str) -> str:
        """Lists are had by type."""
        return report_type

    def can_be_told(self, request: ReportRequest) -> bool:
        """Lists leave out the options."""
        return can_be_told(request)

    def listed_since(self, request: ReportRequest, max_age_seconds: float, now: datetime) -> datetime:
        """What was made earlier is of no use."""
        return useful_since(request, max_age_seconds, now)

    def alike(self, request: ReportRequest, listed: Sequence[Told], ours: Ours, now: datetime) -> list[Told]:
        """Those of the same type, marketplaces and period."""
        return [told for told in listed if is_of(told, request) and (told.document_id or told.status != "DONE")]

    def made_listed_since(self, request: ReportRequest, asked_at: datetime, now: datetime) -> datetime:
        """What was made earlier was not made then."""
        return asked_at

    def made(self, request: ReportRequest, listed: Sequence[Told], ours: Ours, asked_at: datetime) -> Told | None:
        """The newest that is alike and nobody's."""
        newest_first = sorted(listed, key=lambda told: told.created_at, reverse=True)
        strangers = (told for told in newest_first if told.created_at >= asked_at and told.report_id not in ours)
        return next((told for told in strangers if is_of(told, request)), None)

    def are_twins(self, one: Job, other: Job) -> bool:
        """Those that differ in their options only."""
        return (one.start, one.end, set(one.marketplace_ids)) == (other.start, other.end, set(other.marketplace_ids))

    def is_full(self, error: ApiError) -> bool:
        """Amazon queues as many as are asked for."""
        return False

    def kept_as(self, document_id: str) -> str:
        """As Amazon calls it."""
        return document_id


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


def _told(told: _Told, operation_id: str) -> Told:
    return Told(
        report_id=told.report_id,
        report_type=told.report_type,
        status=told.processing_status,
        created_at=read_instant(told.created_time, operation_id),
        marketplace_ids=tuple(told.marketplace_ids or ()),
        start=None if not told.data_start_time else read_instant(told.data_start_time, operation_id),
        end=None if not told.data_end_time else read_instant(told.data_end_time, operation_id),
        document_id=told.report_document_id or "",
    )
