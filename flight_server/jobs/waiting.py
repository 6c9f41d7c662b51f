"""One query that waits for reports, and takes the next step of whichever job is due.

Any number of queries may wait for the same job: one of them has it in hand, the others look again soon. A query that is
cancelled, or out of time, lets go in the middle of a step; what was noted before it is where the next one goes on.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from types import TracebackType

from flight_server.client import Clock
from flight_server.errors import AmazonDetail, ApiError, ApiUnavailable, Error, QuotaExhausted
from flight_server.jobs.amazon import CREATE_REPORT, Amazon
from flight_server.jobs.claims import Claims
from flight_server.jobs.flow import Flow, Lost
from flight_server.jobs.job import Job, finished
from flight_server.jobs.judging import useful_since
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
        self._poll_faults = 0

    def __enter__(self) -> "Waiting":
        self._claims.wait_for(self._requests)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._polling.forget(self._claims.give_up(self._requests))
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
        waits = [self._poll(jobs)]
        for job in jobs:
            if waits[-1] == 0:
                return 0.0
            if job.state not in FINISHED | POLLED:
                waits.append(self._step(job, is_alone=len(jobs) == 1))
        return min(waits)

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
        if seconds <= 0 and not is_alone and job.state == "wanted":
            # Rather look after the others than stand in the queue for createReport.
            seconds = self._amazon.client.seconds_until(CREATE_REPORT, self._amazon.settings)
        if seconds > 0:
            return seconds
        with self._claims.taking([job.job_id]) as mine:
            now = self._store.job(job.job_id)
            if not mine or now is None or now.state != job.state:
                return _NAP_BESIDE_ANOTHER
            request = self._requests[job.job_id]
            try:
                after = self._flow.step(now, request, self._amazon, self._since(request))
            except Lost as loss:
                self._losses[job.job_id] += 1
                retry = self._amazon.settings.retry
                if retry.mode == "None" or self._losses[job.job_id] > retry.count_max:
                    raise loss.error from None
            else:
                if after.state in POLLED:
                    self._polling.asked(after)
        return 0.0

    def _since(self, request: ReportRequest) -> datetime:
        """How far back one list must go for all requests of the type."""
        max_age, now = self._amazon.settings.report_max_age_seconds, self._clock.utc()
        of_type = [each for each in self._requests.values() if each.report.report_type == request.report.report_type]
        return min(useful_since(each, max_age, now) for each in of_type)

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
    words = f"Amazon could not make {job.report_type}{period} (report {job.report_id or 'without an id'})"
    if not said and job.next_try:
        said = " and does not say why"
    return ApiError(f"{words}{said}{later}", AmazonDetail("getReport", 200, "FATAL", job.error))
