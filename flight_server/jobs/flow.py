"""One step of one job, from the state that is noted to the next: what `states` says in its table.

In this order: a finished report that covers the request, one that is running, whoever asked, else createReport, which
is not idempotent: what it is about to ask is noted before, and after a lost answer, or a server that was killed, the
list of reports tells whether there is one. The same goes for queries: what differs is in `asking`. Steps of one job
never run side by side; its owner sees to that. Knows no waiting.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flight_server.client import Clock
from flight_server.decode.documents import error_text
from flight_server.errors import AccessDenied, AmazonError, AnswerLost, ApiError, Error, QueryError, UnexpectedAnswer
from flight_server.jobs.amazon import Amazon
from flight_server.jobs.asking import kind_of
from flight_server.jobs.asking.reports import without_document
from flight_server.jobs.documents import Documents
from flight_server.jobs.job import Job
from flight_server.jobs.judging import NEXT_TRY, asked_before, is_fresh, tells_no_data
from flight_server.jobs.listings import ANY, Listings
from flight_server.jobs.states import FINISHED, OF_AMAZON
from flight_server.jobs.store import Store
from flight_server.jobs.told import Told
from flight_server.plan import ReportRequest

_SKEW = timedelta(minutes=2)
"""Amazon's clock may be behind ours by so much."""


@dataclass(frozen=True)
class Pace:
    """How long things are waited for."""

    settle_seconds: float = 3.0  # until a report shows in Amazon's list
    shortest_poll: float = 1.0
    poll_share: float = 0.25  # of a report's age: the next look at it
    longest_poll: float = 60.0
    full_seconds: float = 60.0  # until it is tried again where Amazon says that too many are under way


PACE = Pace()


class Lost(Exception):
    """Whether Amazon makes the report is unknown; the job's next step finds out."""

    def __init__(self, error: Error) -> None:
        super().__init__(str(error))
        self.error = error


class Full(Exception):
    """Too many of the type are under way; the job is wanted still. `error` is what Amazon said, if it was asked."""

    def __init__(self, error: ApiError | None = None) -> None:
        super().__init__()
        self.error = error


class Flow:
    """The steps, thread-safe; what they have come to is in the store."""

    def __init__(self, store: Store, documents: Documents, clock: Clock, pace: Pace) -> None:
        self._store = store
        self._documents = documents
        self._clock = clock
        self._pace = pace
        self._listings = Listings(clock)
        self._opened = clock.monotonic()
        self._lost_at: dict[int, float] = {}
        self._full_at: dict[int, float] = {}

    def seconds_until_due(self, job: Job) -> float:
        """When the next step of a job that is not polled makes sense."""
        if job.state == "asking":
            lost_at = self._lost_at.get(job.job_id, self._opened)
            return lost_at + self._pace.settle_seconds - self._clock.monotonic()
        if job.state == "cooling" and job.cooldown_until is not None:
            return (job.cooldown_until - self._clock.utc()).total_seconds()
        if job.job_id in self._full_at:
            return self._full_at[job.job_id] + self._pace.full_seconds - self._clock.monotonic()
        return 0.0

    def in_the_way(self, job: Job, request: ReportRequest) -> list[Job]:
        """Other jobs for whose end a job must wait before it may be asked for."""
        most = request.report.most_unfinished
        if not most or job.state not in ("wanted", "cooling"):
            return []
        unfinished = self._store.unfinished(job)
        return unfinished if len(unfinished) >= most else []

    def step(self, job: Job, request: ReportRequest, amazon: Amazon, since: datetime) -> Job:
        """Go on; raises Lost and Full. `since` is how far back a list must go to serve all that are waited for."""
        match job.state:
            case "wanted" | "cooling":
                found = self._found(job, request, amazon, since)
                return self.told(job, found) if found is not None else self._asked(job, request, amazon)
            case "asking":
                made = self._made(job, request, amazon)
                return self.told(job, made) if made is not None else self._asked(job, request, amazon)
            case "cancelled" if kind_of(job.query).is_cancelled_by_hand_only:
                return self._asked_once_more(job)
            case "cancelled":
                return self._judged(job, request, amazon)
            case "fatal":
                return self._explained(job, request, amazon)
        return job

    def settle(self, job: Job, request: ReportRequest, amazon: Amazon) -> Job:
        """Find out whether there is what somebody asked for who waits no longer; it is not asked for again."""
        made = self._made(job, request, amazon)
        return self.told(job, made) if made is not None else self._given_up(job)

    def _given_up(self, job: Job) -> Job:
        return self._store.update(job, state="wanted", given_up_at=self._clock.utc())

    def told(self, job: Job, told: Told) -> Job:
        """Note what Amazon tells of the job's report."""
        kind, state = kind_of(job.query), OF_AMAZON.get(told.status)
        if state is None:
            raise UnexpectedAnswer(f"Amazon tells of a {kind.word} in an unknown state: {told.status[:40]!a}")
        if state == "done" and not told.document_id:
            if not kind.is_empty_without_document:
                raise without_document(told)
            state = "empty"
        now = self._clock.utc()
        return self._store.update(
            job,
            state=state,
            report_id=told.report_id,
            created_at=told.created_at,
            document_id=told.document_id,
            told_start=told.start,
            told_end=told.end,
            told_marketplace_ids=told.marketplace_ids,
            next_token=told.next_token,
            processing_at=job.processing_at or (now if state == "processing" else None),
            finished_at=now if state in FINISHED else None,
        )

    def _found(self, job: Job, request: ReportRequest, amazon: Amazon, since: datetime) -> Told | None:
        """One that somebody else asked for: the newest that is done, else the newest that will be."""
        kind = kind_of(request.query)
        if not kind.can_be_told(request):
            return None
        max_age, now = amazon.settings.report_max_age_seconds, self._clock.utc()
        useful = kind.listed_since(request, max_age, now)
        listed = self._listings.get(job.account, kind, job.report_type, min(since, useful), amazon)
        ours = self._store.known(job.account, job.report_type)
        left_out = {job.report_id, *(report_id for report_id, each in ours.items() if each.state == "gone")}
        alike = [told for told in kind.alike(request, listed, ours, now) if told.report_id not in left_out]
        newest_first = sorted(alike, key=lambda told: told.created_at, reverse=True)
        done = (t for t in newest_first if t.status == "DONE" and is_fresh(request, t.created_at, max_age, now))
        running = (told for told in newest_first if OF_AMAZON.get(told.status) in ("queued", "processing"))
        return next(done, None) or next(running, None)

    def _asked(self, job: Job, request: ReportRequest, amazon: Amazon) -> Job:
        before, now = job.state, self._clock.utc()
        given_up_at = now if before == "asking" else job.given_up_at
        noted = {"asked_at": now, "given_up_at": given_up_at, "calls": job.calls + 1, "report_id": ""}
        begun = self._store.begin(job, request.report.most_unfinished, **noted)
        if begun is None:
            if before == "asking":
                self._given_up(job)
            raise Full
        job = begun
        try:
            report_id = kind_of(request.query).create(amazon, request)
        except (AnswerLost, UnexpectedAnswer) as error:
            self._lost_at[job.job_id] = self._clock.monotonic()
            raise Lost(error) from None
        except (ApiError, AccessDenied) as error:
            self._refused(job, request, error)
            raise
        except (AmazonError, QueryError):  # throttled, not even signed in, one call too many: nothing was made
            self._store.update(job, state="cooling" if before == "cooling" else "wanted")
            raise
        except BaseException:  # the query was stopped on the way
            self._lost_at[job.job_id] = self._clock.monotonic()
            raise
        self._lost_at.pop(job.job_id, None)
        self._full_at.pop(job.job_id, None)
        # Amazon tells when it was made at the first poll; the request counts from here until then.
        return self._store.update(job, state="queued", report_id=report_id, created_at=self._clock.utc())

    def _refused(self, job: Job, request: ReportRequest, error: ApiError | AccessDenied) -> None:
        """Amazon refuses it: for good, or, where it raises Full, until others have come to their end."""
        if isinstance(error, ApiError) and kind_of(request.query).is_full(error) and self._store.unfinished(job):
            self._full_at[job.job_id] = self._clock.monotonic()
            self._store.update(job, state="wanted")
            raise Full(error) from None
        self._store.update(job, state="failed", error=error.message, finished_at=self._clock.utc())
        if request.page_token and isinstance(error, ApiError):
            self._forget_earlier(job)

    def _forget_earlier(self, job: Job) -> None:
        """The page before is of no use without this one: whoever asks next begins with a first page anew."""
        for each in self._store.jobs(job.account, job.report_type):
            if each.next_token == job.page_token and each.state in ("done", "empty"):
                self._store.update(each, state="gone", error=f"Amazon refuses its further page: {job.error}")

    def _made(self, job: Job, request: ReportRequest, amazon: Amazon) -> Told | None:
        """The report that a createReport made whose answer is not known."""
        since = (job.asked_at or job.begun_at) - _SKEW
        if self._has_twin(job, since):
            return None  # a report too many is better than one with other options
        kind = kind_of(request.query)
        listed_since = kind.made_listed_since(request, since, self._clock.utc())
        settled = self._lost_at.get(job.job_id, self._opened) + self._pace.settle_seconds
        listed = self._listings.get(job.account, kind, job.report_type, listed_since, amazon, ANY, begun_after=settled)
        return kind.made(request, listed, self._store.known(job.account, job.report_type), since)

    def _has_twin(self, job: Job, since: datetime) -> bool:
        """Whether one may have been made since then that looks alike in a list, but is another."""
        return any(
            (each.state == "asking" or (each.given_up_at is not None and each.given_up_at >= since))
            and each.request_key != job.request_key
            and kind_of(job.query).are_twins(each, job)
            for each in self._store.jobs(job.account, job.report_type)
        )

    def _asked_once_more(self, job: Job) -> Job:
        """Cancelled by somebody: once that may be an accident."""
        if not job.is_second_try:
            return self._store.update(job, state="wanted", is_second_try=True)
        error = "somebody cancelled it twice: run the SQL again when it is left alone"
        return self._store.update(job, state="failed", error=error, finished_at=self._clock.utc())

    def _judged(self, job: Job, request: ReportRequest, amazon: Amazon) -> Job:
        """Cancelled: empty, or asked for too soon."""
        now = self._clock.utc()
        cooldown = timedelta(minutes=request.report.cooldown_minutes)
        created = job.created_at or now
        if cooldown and not job.is_second_try:
            since = created - cooldown
            made = self._clock.monotonic() - (now - created).total_seconds()
            kind = kind_of(job.query)
            listed = self._listings.get(job.account, kind, job.report_type, since, amazon, ANY, begun_after=made)
            own = Told(
                job.report_id,
                job.report_type,
                "CANCELLED",
                created,
                job.told_marketplace_ids or job.marketplace_ids,
                job.told_start or job.start,
                job.told_end or job.end,
            )
            earlier = asked_before(own, request, [*listed, *self._own_reports(job)])
            if earlier is not None:
                until = earlier.created_at + cooldown
                return self._store.update(job, state="cooling", is_second_try=True, cooldown_until=max(until, now))
        return self._store.update(job, state="empty", document_id="", finished_at=now)

    def _own_reports(self, job: Job) -> list[Told]:
        """What the store knows of the type, as Amazon would tell it: its list may leave out what is new."""
        statuses = {state: status for status, state in OF_AMAZON.items()}
        return [
            Told(
                each.report_id,
                each.report_type,
                statuses.get(each.state, ""),
                each.created_at,
                each.told_marketplace_ids or each.marketplace_ids,
                each.told_start or each.start,
                each.told_end or each.end,
                each.document_id,
            )
            for each in self._store.jobs(job.account, job.report_type)
            if each.report_id and each.created_at is not None
        ]

    def _explained(self, job: Job, request: ReportRequest, amazon: Amazon) -> Job:
        """Failed: for lack of data, or for a reason that the error tells."""
        sentence, now = self._sentence(job, request, amazon), self._clock.utc()
        if request.report.no_data_status == "FATAL" and tells_no_data(sentence):
            return self._store.update(job, state="empty", document_id="", finished_at=now)
        pause = max(NEXT_TRY, timedelta(minutes=request.report.cooldown_minutes))
        return self._store.update(
            job, state="failed", document_id="", error=sentence, finished_at=now, next_try=now + pause
        )

    def _sentence(self, job: Job, request: ReportRequest, amazon: Amazon) -> str:
        if not job.document_id:
            return ""
        kind, name = kind_of(job.query), f"the error of {job.report_type} {job.report_id}"
        is_restricted = request.report.is_restricted
        try:
            with self._documents.open(
                job.account, kind, job.document_id, name, amazon, is_restricted=is_restricted
            ) as document:
                return error_text(document.chunks)
        except AmazonError as error:
            amazon.query.warn(f"why Amazon failed on {job.report_type} cannot be told: {error.message}")
            return ""
