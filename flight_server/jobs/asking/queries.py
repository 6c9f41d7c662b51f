"""The operations of Data Kiosk 2023-11-15 that jobs need: typed requests in, typed answers out.

A further page of a query is a query of its own, made with the same text and the page token of the one before; what
Amazon tells of it leaves the token out, so that in a list it looks just like the first page. So only where a text is
listed once in all the time that Amazon keeps queries is a stranger's known to be the first page. Knows no state of a
job. Facts: Data Kiosk model 2023-11-15; real answers (a query that is refused costs quota; a query that is done has a
document only if it has rows; CANCELLED is said of those that somebody cancelled, and of no others).
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec

from catalog.load import known_operation
from catalog.table import Paging
from flight_server.connection.settings import RetrySettings
from flight_server.errors import ApiError
from flight_server.jobs.amazon import Amazon
from flight_server.jobs.asking.kind import Ours
from flight_server.jobs.job import Job
from flight_server.jobs.query_text import stripped
from flight_server.jobs.told import Told, instant_text, read_answer, read_instant
from flight_server.plan import Call, ReportRequest

_MODEL = "data_kiosk_2023_11_15"
_PAGING = Paging("paginationToken", "pagination.nextToken", size="pageSize", size_max=100)
_MOST_STATUSES = 5
_BETWEEN_PAGES = timedelta(days=7)
"""So long after a page, at most, the next one is asked for: its first page is listed as long as it is this young."""

_FAILED = frozenset({"CANCELLED", "FATAL"})  # a query that ended so has no further page
_FULL = re.compile(
    r"\b(too many|concurren\w*|unfinished|maximum number|limit (of|on))\b.*\bquer(y|ies)\b"
    r"|\bquer(y|ies)\b.*\b(too many|concurren\w*|unfinished|maximum number|already (running|in progress))\b",
    re.IGNORECASE | re.DOTALL,
)


class _Next(msgspec.Struct, rename="camel"):
    next_token: str | None = None


class _Told(msgspec.Struct, rename="camel"):
    query_id: str
    query: str = ""
    processing_status: str = ""
    created_time: str = ""
    data_document_id: str | None = None
    error_document_id: str | None = None
    pagination: _Next | None = None


class _Page(msgspec.Struct):
    queries: list[_Told] | None = None


class _Created(msgspec.Struct, rename="camel"):
    query_id: str


class _Document(msgspec.Struct, rename="camel"):
    document_url: str


class Queries:
    """Data Kiosk queries, as a kind of job."""

    word, words = "query", "queries"
    create_operation = known_operation(_MODEL, "createQuery")
    list_operation = known_operation(_MODEL, "getQueries", "queries[]")
    get_operation = known_operation(_MODEL, "getQuery")
    document_operation = known_operation(_MODEL, "getDocument")
    is_empty_without_document = True
    is_listed_on = True
    is_cancelled_by_hand_only = True

    def create(self, amazon: Amazon, request: ReportRequest) -> str:
        """Send a query; a refusal costs as much quota as success, so that only a throttled one is sent again."""
        body = {"query": request.query} | ({"paginationToken": request.page_token} if request.page_token else {})
        call = Call(self.create_operation, body=body, is_repeatable=False, is_shared=False)
        settings = replace(amazon.settings, retry=_only_throttled(amazon.settings.retry))
        return read_answer(amazon.only_body(call, settings), _Created, "createQuery").query_id

    def one(self, amazon: Amazon, report_id: str) -> Told | None:
        """One query."""
        parameters = {"queryId": report_id}
        call = Call(self.get_operation, path_parameters=parameters, empty_statuses=(404,), is_shared=False)
        bodies = amazon.bodies(call)
        return next((_told(read_answer(body, _Told, "getQuery"), "getQuery") for body in bodies), None)

    def listed(
        self, amazon: Amazon, report_types: Collection[str], since: datetime, statuses: Collection[str] = ()
    ) -> list[Told]:
        """All queries of the account: no list can be had of some of them."""
        parameters: dict[str, str | tuple[str, ...]] = {"createdSince": instant_text(since)}
        if statuses and len(statuses) < _MOST_STATUSES:
            parameters["processingStatuses"] = tuple(sorted(statuses))
        call = Call(self.list_operation, url_parameters=parameters, paging=_PAGING, page_size=100, is_shared=False)
        pages = [read_answer(body, _Page, "getQueries").queries for body in amazon.bodies(call)]
        found = {told.query_id: _told(told, "getQueries") for page in pages for told in page or ()}
        return list(found.values())

    def link(self, amazon: Amazon, document_id: str, *, is_restricted: bool) -> str:
        """Where a document can be fetched."""
        call = Call(
            self.document_operation,
            path_parameters={"documentId": document_id},
            needs_restricted_token=is_restricted,
            is_shared=False,
        )
        return read_answer(amazon.only_body(call), _Document, "getDocument").document_url

    def listing_of(self, report_type: str) -> str:
        """One list tells of all."""
        return "Data Kiosk queries"

    def can_be_told(self, request: ReportRequest) -> bool:
        """Lists leave out the page token."""
        return not request.page_token

    def listed_since(self, request: ReportRequest, max_age_seconds: float, now: datetime) -> datetime:
        """All that there are: another one of the same text may be its further page."""
        return now - timedelta(days=request.report.retention_days)

    def alike(self, request: ReportRequest, listed: Sequence[Told], ours: Ours, now: datetime) -> list[Told]:
        """First pages of the same text: ours, which are known, or a stranger's that is listed once."""
        same = [told for told in _of_text(request.query, listed) if told.status not in _FAILED]
        first_is_listed = self.listed_since(request, 0, now) + _BETWEEN_PAGES
        return [
            told
            for told in same
            if (
                not ours[told.report_id].page_token
                if told.report_id in ours
                else len(same) == 1 and told.created_at >= first_is_listed
            )
        ]

    def made_listed_since(self, request: ReportRequest, asked_at: datetime, now: datetime) -> datetime:
        """All that there are, for the same reason."""
        return min(asked_at, self.listed_since(request, 0, now))

    def made(self, request: ReportRequest, listed: Sequence[Told], ours: Ours, asked_at: datetime) -> Told | None:
        """The only one of its text that nobody knows, if it was made then: a further page of a stranger is no other."""
        strangers = [
            told
            for told in _of_text(request.query, listed)
            if told.report_id not in ours and (told.created_at >= asked_at or told.status not in _FAILED)
        ]
        return strangers[0] if len(strangers) == 1 and strangers[0].created_at >= asked_at else None

    def are_twins(self, one: Job, other: Job) -> bool:
        """Pages of one query."""
        return stripped(one.query) == stripped(other.query)

    def is_full(self, error: ApiError) -> bool:
        """How many may be under way is not published, nor what is said where they are too many."""
        return error.detail.http_status == 400 and _FULL.search(error.detail.message) is not None

    def kept_as(self, document_id: str) -> str:
        """Nobody says that no report's document has the same id."""
        return f"query document {document_id}"


def _of_text(query: str, listed: Sequence[Told]) -> list[Told]:
    wanted = stripped(query)
    return [told for told in listed if told.query == query or stripped(told.query) == wanted]


def _only_throttled(retry: RetrySettings) -> RetrySettings:
    if retry.mode == "None":
        return retry
    return replace(retry, mode="RetryWhenStatusCodeMatch", status_codes=frozenset({429}))


def _told(told: _Told, operation_id: str) -> Told:
    return Told(
        report_id=told.query_id,
        report_type="",
        status=told.processing_status,
        created_at=read_instant(told.created_time, operation_id),
        document_id=(told.error_document_id if told.processing_status == "FATAL" else told.data_document_id) or "",
        query=told.query,
        next_token=(told.pagination.next_token if told.pagination else "") or "",
    )
