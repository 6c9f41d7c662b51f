"""Looking at reports that Amazon is at work on: in growing intervals, and many of an account by one call.

Whoever waits for any report of an account looks for all that are due. Knows no other step of a job.
"""

import threading
from collections.abc import Iterable, Sequence
from datetime import timedelta

from flight_server.client import Clock
from flight_server.jobs.amazon import Amazon
from flight_server.jobs.asking import Kind, kind_of
from flight_server.jobs.flow import Flow, Pace
from flight_server.jobs.job import Job
from flight_server.jobs.store import Store
from flight_server.jobs.told import Told

_TOGETHER_FROM = 3
"""So many are asked after by one getReports or getQueries, if one may be sent at once, for its quota is a hundredth."""

_EARLIER = timedelta(minutes=5)


class Polling:
    """When each report is looked at, thread-safe."""

    def __init__(self, store: Store, flow: Flow, clock: Clock, pace: Pace) -> None:
        self._store = store
        self._flow = flow
        self._clock = clock
        self._pace = pace
        self._lock = threading.Lock()
        self._next: dict[int, float] = {}

    def seconds_until_due(self, job: Job) -> float:
        """When a report is to be looked at again."""
        with self._lock:
            due = self._next.get(job.job_id)
        return 0.0 if due is None else due - self._clock.monotonic()

    def poll(self, jobs: Sequence[Job], amazon: Amazon) -> None:
        """Look at these reports of one account; nobody else does meanwhile."""
        try:
            for kind in {kind_of(job.query) for job in jobs}:
                self._look([job for job in jobs if kind_of(job.query) is kind], kind, amazon)
        finally:
            for job in jobs:
                self._put_off(job)

    def asked(self, job: Job) -> None:
        """A report was just asked for: it is not there yet."""
        self._put_off(job)

    def _look(self, jobs: Sequence[Job], kind: Kind, amazon: Amazon) -> None:
        listed = self._listed(jobs, kind, amazon) if len(jobs) >= _TOGETHER_FROM else {}
        for job in jobs:
            self._note(job, listed.get(job.report_id) or kind.one(amazon, job.report_id), kind)

    def _listed(self, jobs: Sequence[Job], kind: Kind, amazon: Amazon) -> dict[str, Told]:
        if amazon.client.seconds_until(kind.list_operation, amazon.settings) > 0:
            return {}
        since = min(job.created_at or job.begun_at for job in jobs) - _EARLIER
        return {told.report_id: told for told in kind.listed(amazon, {job.report_type for job in jobs}, since)}

    def _note(self, job: Job, told: Told | None, kind: Kind) -> None:
        if told is None:
            error = f"Amazon no longer knows the {kind.word} {job.report_id}"
            self._store.update(job, state="failed", error=error, finished_at=self._clock.utc(), calls=job.calls + 1)
            return
        self._flow.told(self._store.update(job, calls=job.calls + 1), told)

    def _put_off(self, job: Job) -> None:
        pace, created = self._pace, job.created_at or job.begun_at
        age = (self._clock.utc() - created).total_seconds()
        interval = min(max(pace.shortest_poll, pace.poll_share * age), pace.longest_poll)
        with self._lock:
            self._next[job.job_id] = self._clock.monotonic() + interval

    def forget(self, job_ids: Iterable[int]) -> None:
        """Nobody waits for these any more."""
        with self._lock:
            for job_id in job_ids:
                self._next.pop(job_id, None)
