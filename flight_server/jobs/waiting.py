"""One query that waits for reports, and takes the next step of whichever job is due.

Any number of queries may wait for the same job: one of them has it in hand, the others look again soon. A query that is
cancelled, or out of time, lets go in the middle of a step; what was noted before it is where the next one goes on.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import TracebackType

from flight_server.client import Clock
from flight_server.errors import AmazonDetail, ApiError, ApiUnavailable, Error, QuotaExhausted
from flight_server.jobs.amazon import Amazon
from flight_server.jobs.asking import kind_of
from flight_server.jobs.claims import Claims
from flight_server.jobs.flow import Flow, Full, Lost
from flight_server.jobs.job import Job, finished
from flight_server.jobs.polling import Polling
from flight_server.jobs.progress import progress_text
from flight_server.jobs.states import FINISHED, POLLED
from flight_server.jobs.store import Store
from flight_server.plan import FinishedReport, ReportRequest

_LONGEST_NAP = 1.0  # what the query shows is as old at most
_SHORTEST_NAP = 0.05
_NAP_BESIDE_ANOTHER = 0.2


class Waiting:
    """The jobs of one query; used by one thread, as a context."""

    def __init__(
        self,
        requests: Mapping[int, ReportRequest],  # by their jobs
        store: Store,
        flow: Flow,
        polling: Polling,
        claims: Claims,
        amazon: Amazon,
        clock: Clock,
    ) -> None:
        self._requests = requests
        self._store = store
        self._flow = flow
        self._polling = polling
        self._claims = claims
        self._amazon = amazon
        self._clock = clock
        self._losses: Counter[int] = Counter()
        self._refusals: Counter[int] = Counter()
        self._poll_faults = 0
        self._beside: set[int] = set()  # jobs of others that were looked at, too

    def __enter__(self) -> "Waiting":
        self._claims.wait_for(self._requests)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        left = self._claims.give_up(self._requests)
        self._polling.forget([*left, *self._beside.difference(self._claims.waited_for())])
        self._show("")

    def report(self, job_id: int) -> FinishedReport:
        """Wait for one of the reports; what can be done for the others is done meanwhile."""
        while True:
            jobs = self._jobs()
            for job in jobs:
                if job.state in ("failed", "gone"):
                    raise _failure(job)
            job = next(job for job in jobs if job.job_id == job_id)
            if job.state in FINISHED:
                self._show("")
                return finished(job, self._requests[job_id])
            self._show(progress_text(jobs, self._clock.utc()))
            seconds = self._go_on(jobs)
            if seconds > 0:
                self._amazon.query.wait(min(max(seconds, _SHORTEST_NAP), _LONGEST_NAP))

    def _jobs(self) -> list[Job]:
        found = (self._store.job(job_id) for job_id in self._requests)
        return [job for job in found if job is not None]

    def _go_on(self, jobs: list[Job]) -> float:
        """Take one step where one is due; else say how long there is nothing to do."""
        self._amazon.query.check()
        beside = self._in_the_way(jobs)
        waits = [self._poll([*jobs, *beside])]
        for job in (*beside, *jobs):
            if waits[-1] == 0:
                return 0.0
            if job.state not in FINISHED | POLLED:
                waits.append(self._step(job, is_alone=len(jobs) == 1))
        return min(waits)

    def _in_the_way(self, jobs: Iterable[Job]) -> list[Job]:
        """Jobs of others, who may have gone away, for whose end some of ours must wait."""
        wanted = {job.report_type: job for job in jobs if job.state in ("wanted", "cooling")}
        found = (other for job in wanted.values() for other in self._flow.in_the_way(job, self._requests[job.job_id]))
        beside = [other for other in found if other.job_id not in self._requests]
        self._beside.update(other.job_id for other in beside)
        return beside

    def _poll(self, jobs: list[Job]) -> float:
        """Look at all reports of the account that are due, if one of ours is; 0 where that was done."""
        polled = [job for job in jobs if job.state in POLLED]
        if not polled:
            return _LONGEST_NAP
        seconds = min(self._polling.seconds_until_due(job) for job in polled)
        if seconds > 0:
            return seconds
        ours = {job.job_id for job in polled}
        with self._claims.taking({*ours, *self._claims.waited_for()}) as mine:
            due = [job for job in map(self._store.job, mine) if job is not None and self._is_due(job, jobs[0].account)]
            if not any(job.job_id in ours for job in due):
                return _NAP_BESIDE_ANOTHER
            try:
                self._polling.poll(due, self._amazon)
                self._poll_faults = 0
            except (ApiUnavailable, QuotaExhausted) as error:
                self._forgive(error)
        return 0.0

    def _is_due(self, job: Job, account: str) -> bool:
        return job.account == account and job.state in POLLED and self._polling.seconds_until_due(job) <= 0

    def _step(self, job: Job, *, is_alone: bool) -> float:
        seconds = self._flow.seconds_until_due(job)
        request = self._request_of(job)
        if seconds <= 0 and not is_alone and job.state == "wanted":
            # Rather look after the others than stand in the queue for createReport.
            operation = kind_of(job.query).create_operation
            seconds = self._amazon.client.seconds_until(operation, self._amazon.settings)
        if seconds > 0:
            return seconds
        if self._flow.in_the_way(job, request):
            return _LONGEST_NAP
        with self._claims.taking([job.job_id]) as mine:
            now = self._store.job(job.job_id)
            if not mine or now is None or now.state != job.state:
                return _NAP_BESIDE_ANOTHER
            try:
                after = self._next(now, request)
            except Lost as loss:
                self._again(self._losses, job, loss.error)
            except Full as full:
                if full.error is not None:
                    self._again(self._refusals, job, full.error)
                return _LONGEST_NAP
            else:
                if after.state in POLLED:
                    self._polling.asked(after)
        return 0.0

    def _next(self, job: Job, request: ReportRequest) -> Job:
        if job.job_id in self._requests:
            return self._flow.step(job, request, self._amazon, self._since(request))
        return self._flow.settle(job, request, self._amazon) if job.state == "asking" else job

    def _again(self, counts: Counter[int], job: Job, error: Error) -> None:
        """A step that came to nothing is taken again, but not for ever."""
        counts[job.job_id] += 1
        retry = self._amazon.settings.retry
        if retry.mode == "None" or counts[job.job_id] > retry.count_max:
            raise error from None

    def _request_of(self, job: Job) -> ReportRequest:
        """What a job asks for; one of others that is in the way of ours is of the same type."""
        if job.job_id in self._requests:
            return self._requests[job.job_id]
        alike = next(each for each in self._requests.values() if each.report.report_type == job.report_type)
        return replace(
            alike,
            marketplace_ids=job.marketplace_ids,
            start=job.start,
            end=job.end,
            options=job.options,
            query=job.query,
            page_token=job.page_token,
        )

    def _since(self, request: ReportRequest) -> datetime:
        """How far back one list must go for all requests of the type."""
        max_age, now = self._amazon.settings.report_max_age_seconds, self._clock.utc()
        of_type = [each for each in self._requests.values() if each.report.report_type == request.report.report_type]
        return min(kind_of(each.query).listed_since(each, max_age, now) for each in of_type)

    def _forgive(self, error: Error) -> None:
        """A look that failed is no failure of the report: the next one may do better."""
        self._poll_faults += 1
        retry = self._amazon.settings.retry
        if retry.mode == "None" or self._poll_faults > retry.count_max:
            raise error

    def _show(self, text: str) -> None:
        query = self._amazon.query
        if query.elapsed_ms is not None:
            return
        if text:
            query.state, query.waits_for = "waiting for reports", text
        elif query.state == "waiting for reports":
            query.state, query.waits_for = "running", ""


def _failure(job: Job) -> ApiError:
    period = f" from {job.start:%Y-%m-%d %H:%M} to {job.end:%Y-%m-%d %H:%M} UTC" if job.start and job.end else ""
    said = f". Amazon said: {job.error}" if job.error and job.next_try else f": {job.error}" if job.error else ""
    later = f"; a next try makes sense after {job.next_try:%Y-%m-%d %H:%M} UTC" if job.next_try else ""
    kind = kind_of(job.query)
    words = f"Amazon could not make {job.report_type}{period} ({kind.word} {job.report_id or 'without an id'})"
    if not said and job.next_try:
        said = " and does not say why"
    return ApiError(f"{words}{said}{later}", AmazonDetail(kind.get_operation.operation_id, 200, "FATAL", job.error))
