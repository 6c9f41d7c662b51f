"""Reports and Data Kiosk queries as durable jobs: requests in, finished reports and their documents out.

Equal requests of an account, whoever makes them, are one job; what has become of it is noted step by step, so that it
outlives the query that gave up and the server that was killed. Nothing runs by itself: whoever waits for a report takes
its next step, one at a time, and the next who asks goes on from there. Knows no SQL, no rows and no HTTP.

::

    reports(requests) ─┬─ store, job, states     what is known
                       ├─ flow, judging          what comes next      ── listings, asking ── amazon ── client
                       ├─ polling                is it there yet
                       └─ found                  those that cannot be asked for
    document(report) ── documents ── cache, download
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from flight_server.activity import QueryActivity
from flight_server.client import Clock, SellingPartnerClient, real
from flight_server.connection.settings import Settings
from flight_server.errors import ApiError, SettingError
from flight_server.jobs.amazon import Amazon
from flight_server.jobs.asking import kind_of
from flight_server.jobs.claims import Claims
from flight_server.jobs.documents import Document, Documents
from flight_server.jobs.documents.cache import DEFAULT_BYTES, DocumentCache
from flight_server.jobs.documents.shelves import DirectoryShelf, MemoryShelf, Shelf
from flight_server.jobs.flow import PACE, Flow, Pace
from flight_server.jobs.found import found_reports
from flight_server.jobs.job import Job, JobRecord, account_of, record, request_key
from flight_server.jobs.judging import KEPT_DAYS, is_fresh
from flight_server.jobs.outlook import outlook
from flight_server.jobs.polling import Polling
from flight_server.jobs.states import FINISHED
from flight_server.jobs.store import Store
from flight_server.jobs.waiting import Waiting
from flight_server.plan import FinishedReport, Outlook, ReportRequest

__all__ = ["DEFAULT_BYTES", "PACE", "Document", "JobRecord", "Jobs", "Pace", "open_jobs"]

_BYTES_WITHOUT_DATA = 32 * 1000**2  # in memory, and packed
_NOT_FOUND = (400, 404, 410)


class Jobs:
    """All report jobs of a server, thread-safe."""

    def __init__(
        self, client: SellingPartnerClient, store: Store, documents: Documents, clock: Clock = real, pace: Pace = PACE
    ) -> None:
        self._client = client
        self._store = store
        self._documents = documents
        self._clock = clock
        self._flow = Flow(store, documents, clock, pace)
        self._polling = Polling(store, self._flow, clock, pace)
        self._claims = Claims()

    def reports(
        self, requests: Sequence[ReportRequest], settings: Settings, query: QueryActivity
    ) -> Iterator[tuple[ReportRequest, tuple[FinishedReport, ...]]]:
        """The reports that answer each request, in the order of the requests; all of them are under way at once."""
        account, amazon = self._account(settings), Amazon(self._client, settings, query)
        jobs = [
            self._job(request, account, settings) if request.report.is_requestable else None for request in requests
        ]
        wanted = {job.job_id: request for request, job in zip(requests, jobs, strict=True) if job is not None}
        waiting = Waiting(wanted, self._store, self._flow, self._polling, self._claims, amazon, self._clock)
        with waiting:
            for request, job in zip(requests, jobs, strict=True):
                if job is not None:
                    yield request, (waiting.report(job.job_id),)
                else:
                    found = found_reports(request, account, amazon, self._store, self._clock, self._is_there)
                    yield request, found

    @contextmanager
    def document(self, finished: FinishedReport, settings: Settings, query: QueryActivity) -> Iterator[Document]:
        """The document of a finished report, which has one, as long as the block runs."""
        account, amazon = self._account(settings), Amazon(self._client, settings, query)
        report = finished.request.report
        name = f"{report.report_type} {finished.report_id}"
        kind, is_restricted = kind_of(finished.request.query), report.is_restricted
        documents = self._documents.open(account, kind, finished.document_id, name, amazon, is_restricted=is_restricted)
        with ExitStack() as stack:
            try:
                document = stack.enter_context(documents)
            except ApiError as error:
                if error.detail.http_status in _NOT_FOUND:
                    self._forget(finished, account)
                raise
            yield document

    def _forget(self, finished: FinishedReport, account: str) -> None:
        """Amazon no longer has the document: the next query asks for the report anew."""
        for job in self._store.jobs(account, finished.request.report.report_type):
            if job.report_id == finished.report_id and job.state == "done":
                self._store.update(job, state="gone", error="Amazon no longer has its document")

    def note_read(self, finished: FinishedReport, settings: Settings, *, rows: int, bytes_: int) -> None:
        """Note how much a document holds, once it has been read to its end."""
        account = self._account(settings)
        for job in self._store.jobs(account, finished.request.report.report_type):
            if job.report_id == finished.report_id:
                self._store.update(job, rows=rows, bytes=bytes_)

    def known(self, request: ReportRequest, settings: Settings) -> JobRecord | None:
        """What is known of a request, without a call: the job that would answer it now, or is under way."""
        job = self._chosen(request, settings, self._store.of_request(self._account(settings), request_key(request)))
        return None if job is None else record(job, self._clock.utc())

    def outlook(self, request: ReportRequest, settings: Settings) -> Outlook:
        """What to expect of a request, without a call: its report is there, under way, or to be asked for."""
        if not request.report.is_requestable:
            return Outlook("made by Amazon alone: looked for", is_asked_for=False)
        return outlook(self.known(request, settings), self._clock.utc())

    def records(self, settings: Settings | None = None) -> list[JobRecord]:
        """All reports that are known, or those of one account, oldest first."""
        account = "" if settings is None else self._account(settings)
        now = self._clock.utc()
        return [record(job, now) for job in self._store.jobs(account)]

    def account_digest(self, settings: Settings) -> str:
        """Whose rows they are, from run to run: of no use to whoever reads the disk without the store's key."""
        return self._account(settings).rpartition("/")[2]

    def _account(self, settings: Settings) -> str:
        return account_of(settings, self._store.key)

    def _job(self, request: ReportRequest, account: str, settings: Settings) -> Job:
        new = Job(
            job_id=0,
            account=account,
            request_key=request_key(request),
            report_type=request.report.report_type,
            begun_at=self._clock.utc(),
            state="wanted",
            marketplace_ids=request.marketplace_ids,
            start=request.start,
            end=request.end,
            options=request.options,
            query=request.query,
            page_token=request.page_token,
        )
        return self._store.find_or_add(new, lambda known: self._chosen(request, settings, known))

    def _chosen(self, request: ReportRequest, settings: Settings, newest_first: Iterable[Job]) -> Job | None:
        """Of the jobs of a request the one that answers it: fresh, or under way, or failed a moment ago."""
        now, max_age = self._clock.utc(), settings.report_max_age_seconds
        newest_first = list(newest_first)
        answers = (
            job
            for job in newest_first
            if job.state in ("done", "empty")
            and is_fresh(request, job.created_at or job.begun_at, max_age, now)
            and self._is_there(job, request)
        )
        under_way = (job for job in newest_first if job.state not in FINISHED)
        failed = (job for job in newest_first if job.next_try is not None and job.next_try > now)
        return next(answers, None) or next(under_way, None) or next(failed, None)

    def _is_there(self, job: Job, request: ReportRequest) -> bool:
        """Whether a report's document can still be read, if it has one, and those of its further pages."""
        created = job.created_at or job.begun_at
        if self._clock.utc() - created < timedelta(days=min(request.report.retention_days, KEPT_DAYS)):
            return True
        if job.document_id and not self._documents.has(job.account, kind_of(job.query), job.document_id):
            return False
        return not job.next_token or self._is_next_there(job, request)

    def _is_next_there(self, job: Job, request: ReportRequest) -> bool:
        """Amazon forgets a page token with the query that it is of."""
        next_request = replace(request, page_token=job.next_token)
        pages = self._store.of_request(job.account, request_key(next_request))
        return any(page.state in ("done", "empty") and self._is_there(page, next_request) for page in pages)


@contextmanager
def open_jobs(
    data: Path | None,
    client: SellingPartnerClient,
    *,
    clock: Clock = real,
    allowed_hosts: frozenset[str] = frozenset(),
    most_bytes: int = DEFAULT_BYTES,
    pace: Pace = PACE,
) -> Iterator[Jobs]:
    """The jobs of a server; without a directory they and their documents are forgotten at the end."""
    with ExitStack() as stack:
        if data is None:
            shelf: Shelf = MemoryShelf()
            most_bytes = min(most_bytes, _BYTES_WITHOUT_DATA)
            store = Store()
        else:
            shelf = DirectoryShelf(_made(data) / "documents")
            store = Store(data)
        stack.callback(store.close)
        store.prune(clock.utc() - timedelta(days=KEPT_DAYS))
        cache = DocumentCache(shelf, store, clock, most_bytes)
        yield Jobs(client, store, Documents(client, cache, clock, allowed_hosts), clock, pace)


def _made(data: Path) -> Path:
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingError("data", f"--data cannot be made: {error.strerror or error}") from None
    return data
