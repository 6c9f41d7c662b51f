"""Lists of an account's reports that all its jobs share: one getReports answers every request of a type at once.

One getQueries answers those for Data Kiosk queries of every type.

Lives in memory, a minute at most. Two that need the same list at the same time make one call. Knows no state of a job.
"""

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from flight_server.client import Clock
from flight_server.jobs.amazon import Amazon
from flight_server.jobs.asking import Kind
from flight_server.jobs.told import Told

USABLE = frozenset({"DONE", "IN_QUEUE", "IN_PROGRESS"})
"""Statuses of reports that may answer a request, now or soon."""

ANY = USABLE | {"CANCELLED", "FATAL"}

_KEPT_SECONDS = 60.0
_LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class _Listed:
    since: datetime
    statuses: frozenset[str]
    begun: float
    reports: tuple[Told, ...]


class Listings:
    """The lists of a server, thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._listed: dict[tuple[str, str], _Listed] = {}
        self._busy: dict[Hashable, threading.Lock] = {}

    def get(
        self,
        account: str,
        kind: Kind,
        report_type: str,
        since: datetime,
        amazon: Amazon,
        statuses: frozenset[str] = USABLE,
        begun_after: float | None = None,
    ) -> tuple[Told, ...]:
        """What was made of a type since then, in a list that was begun within the last minute, or after an instant."""
        key = (account, kind.listing_of(report_type))
        with self._alone(key, amazon):
            now = self._clock.monotonic()
            known = self._listed.get(key)
            oldest = now - _KEPT_SECONDS if begun_after is None else begun_after
            if known and known.since <= since and known.statuses >= statuses and known.begun >= oldest:
                return known.reports
            reports = tuple(kind.listed(amazon, [report_type], since, statuses))
            with self._lock:
                fresh = {each: list_ for each, list_ in self._listed.items() if list_.begun > now - _KEPT_SECONDS}
                self._listed = {**fresh, key: _Listed(since, statuses, now, reports)}
            return reports

    @contextmanager
    def _alone(self, key: Hashable, amazon: Amazon) -> Iterator[None]:
        with self._lock:
            lock = self._busy.setdefault(key, threading.Lock())
        while not lock.acquire(timeout=_LOOK_SECONDS):
            amazon.query.check()
        try:
            yield
        finally:
            lock.release()
