"""One step of one job, from the state that is noted to the next: what `states` says in its table.

In this order: a finished report that covers the request, one that is running, whoever asked, else createReport, which
is not idempotent: what it is about to ask is noted before, and after a lost answer, or a server that was killed, the
list of reports tells whether there is one. Steps of one job never run side by side; its owner sees to that. Knows no
waiting.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flight_server.client import Clock
from flight_server.decode.documents import error_text
from flight_server.errors import AccessDenied, AmazonError, AnswerLost, ApiError, Error, QueryError, UnexpectedAnswer
from flight_server.jobs.amazon import Amazon, Told, without_document
from flight_server.jobs.documents import Documents
from flight_server.jobs.job import Job
from flight_server.jobs.judging import NEXT_TRY, asked_before, can_be_told, is_fresh, is_of, tells_no_data, useful_since
from flight_server.jobs.listings import ANY, Listings
from flight_server.jobs.states import FINISHED, OF_AMAZON
from flight_server.jobs.store import Store
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


PACE = Pace()


class Lost(Exception):
    """Whether Amazon makes the report is unknown; the job's next step finds out."""

    def __init__(self, error: Error) -> None:
        super().__init__(str(error))
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

    def seconds_until_due(self, job: Job) -> float:
        """When the next step of a job that is not polled makes sense."""
        if job.state == "asking":
            lost_at = self._lost_at.get(job.job_id, self._opened)
            return lost_at + self._pace.settle_seconds - self._clock.monotonic()
        if job.state == "cooling" and job.cooldown_until is not None:
            return (job.cooldown_until - self._clock.utc()).total_seconds()
        return 0.0

    def step(self, job: Job, request: ReportRequest, amazon: Amazon, since: datetime) -> Job:
        """Go on; raises Lost. `since` is how far back a list must go to serve all that are waited for."""
        match job.state:
            case "wanted" | "cooling":
                found = self._found(job, request, amazon, since)
                return self.told(job, found) if found is not None else self._asked(job, request, amazon)
            case "asking":
                made = self._made(job, request, amazon)
                return self.told(job, made) if made is not None else self._asked(job, request, amazon)
            case "cancelled":
                return self._judged(job, request, amazon)
            case "fatal":
                return self._explained(job, request, amazon)
        return job

    def told(self, job: Job, told: Told) -> Job:
        """Note what Amazon tells of the job's report."""
        state = OF_AMAZON.get(told.status)
        if state is None:
            raise UnexpectedAnswer(f"Amazon tells of a report in an unknown state: {told.status[:40]!a}")
        if state == "done" and not told.document_id:
            raise without_document(told)
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
            processing_at=job.processing_at or (now if state == "processing" else None),
            finished_at=now if state in FINISHED else None,
        )

    def _found(self, job: Job, request: ReportRequest, amazon: Amazon, since: datetime) -> Told | None:
        """One that somebody else asked for: the newest that is done, else the newest that will be."""
        if not can_be_told(request):
            return None
        max_age, now = amazon.settings.report_max_age_seconds, self._clock.utc()
        useful = useful_since(request, max_age, now)
        listed = self._listings.get(job.account, job.report_type, min(since, useful), amazon)
        alike = [told for told in listed if is_of(told, request) and told.report_id != job.report_id]
        alike = [told for told in alike if told.document_id or told.status != "DONE"]
        newest_first = sorted(alike, key=lambda told: told.created_at, reverse=True)
        done = (t for t in newest_first if t.status == "DONE" and is_fresh(request, t.created_at, max_age, now))
        running = (told for told in newest_first if OF_AMAZON.get(told.status) in ("queued", "processing"))
        return next(done, None) or next(running, None)

    def _asked(self, job: Job, request: ReportRequest, amazon: Amazon) -> Job:
        before, now = job.state, self._clock.utc()
        given_up_at = now if before == "asking" else job.given_up_at
        calls = job.calls + 1
        job = self._store.update(job, state="asking", asked_at=now, given_up_at=given_up_at, calls=calls, report_id="")
        try:
            report_id = amazon.create(request)
        except (AnswerLost, UnexpectedAnswer) as error:
            self._lost_at[job.job_id] = self._clock.monotonic()
            raise Lost(error) from None
        except (ApiError, AccessDenied) as error:
            self._store.update(job, state="failed", error=error.message, finished_at=self._clock.utc())
            raise
        except (AmazonError, QueryError):  # throttled, not even signed in, one call too many: nothing was made
            self._store.update(job, state="cooling" if before == "cooling" else "wanted")
            raise
        except BaseException:  # the query was stopped on the way
            self._lost_at[job.job_id] = self._clock.monotonic()
            raise
        self._lost_at.pop(job.job_id, None)
        # Amazon tells when it was made at the first poll; the request counts from here until then.
        return self._store.update(job, state="queued", report_id=report_id, created_at=self._clock.utc())

    def _made(self, job: Job, request: ReportRequest, amazon: Amazon) -> Told | None:
        """The report that a createReport made whose answer is not known."""
        since = (job.asked_at or job.begun_at) - _SKEW
        if self._has_twin(job, since):
            return None  # a report too many is better than one with other options
        settled = self._lost_at.get(job.job_id, self._opened) + self._pace.settle_seconds
        listed = self._listings.get(job.account, job.report_type, since, amazon, ANY, begun_after=settled)
        return next(
            (
                told
                for told in sorted(listed, key=lambda told: told.created_at, reverse=True)
                if is_of(told, request)
                and told.created_at >= since
                and not self._store.knows(job.account, told.report_id)
            ),
            None,
        )

    def _has_twin(self, job: Job, since: datetime) -> bool:
        """Whether a report may have been made since then that looks alike in a list, but has other options."""
        return any(
            (each.state == "asking" or (each.given_up_at is not None and each.given_up_at >= since))
            and each.request_key != job.request_key
            and (each.start, each.end, set(each.marketplace_ids)) == (job.start, job.end, set(job.marketplace_ids))
            for each in self._store.jobs(job.account, job.report_type)
        )

    def _judged(self, job: Job, request: ReportRequest, amazon: Amazon) -> Job:
        """Cancelled: empty, or asked for too soon."""
        now = self._clock.utc()
        cooldown = timedelta(minutes=request.report.cooldown_minutes)
        created = job.created_at or now
        if cooldown and not job.is_second_try:
            since = created - cooldown
            made = self._clock.monotonic() - (now - created).total_seconds()
            listed = self._listings.get(job.account, job.report_type, since, amazon, ANY, begun_after=made)
            own = Told(
                job.report_id,
                job.report_type,
                "CANCELLED",
                created,
                job.told_marketplace_ids or job.marketplace_ids,
                job.told_start or job.start,
                job.told_end or job.end,
                "",
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
        name, is_restricted = f"the error of {job.report_type} {job.report_id}", request.report.is_restricted
        try:
            with self._documents.open(
                job.account, job.document_id, name, amazon, is_restricted=is_restricted
            ) as document:
                return error_text(document.chunks)
        except AmazonError as error:
            amazon.query.warn(f"why Amazon failed on {job.report_type} cannot be told: {error.message}")
            return ""
