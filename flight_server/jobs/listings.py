"""Lists of an account's reports that all its jobs share: one getReports answers every request of a type at once.

One getQueries answers those for Data Kiosk queries of every type. It goes back a month, and its quota is a page in 45
seconds: of a list that is known, only what may have changed is fetched, what came since or was not at its end.

Lives in memory; what is given out is a minute old at most. Two that need the same list at the same time make one call.
Knows no state of a job.
"""

import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from flight_server.client import Clock
from flight_server.jobs.amazon import Amazon
from flight_server.jobs.asking import Kind
from flight_server.jobs.told import Told

USABLE = frozenset({"DONE", "IN_QUEUE", "IN_PROGRESS"})
"""Statuses of reports that may answer a request, now or soon."""

ANY = USABLE | {"CANCELLED", "FATAL"}
_ENDED = ANY - {"IN_QUEUE", "IN_PROGRESS"}

_KEPT_SECONDS = 60.0
_LOOK_SECONDS = 0.1
_MARGIN = timedelta(minutes=10)  # Amazon's clock is another one, and what is new may show late


@dataclass(frozen=True)
class _Listed:
    since: datetime
    statuses: frozenset[str]
    begun: float
    begun_at: datetime
    is_listed_on: bool
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
            begun_at, fetched_since = self._clock.utc(), since
            settled: tuple[Told, ...] = ()
            if known and kind.is_listed_on and known.since <= since and known.statuses >= statuses:
                fetched_since, statuses = max(since, _settled_until(known)), known.statuses
                settled = tuple(told for told in known.reports if since <= told.created_at < fetched_since)
            reports = (*kind.listed(amazon, [report_type], fetched_since, statuses), *settled)
            self._keep(key, _Listed(since, statuses, now, begun_at, kind.is_listed_on, reports))
            return reports

    def _keep(self, key: tuple[str, str], listed: _Listed) -> None:
        oldest = self._clock.monotonic() - _KEPT_SECONDS
        with self._lock:
            kept = {each: list_ for each, list_ in self._listed.items() if list_.is_listed_on or list_.begun > oldest}
            self._listed = {**kept, key: listed}

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


def _settled_until(listed: _Listed) -> datetime:
    """What a list tells of earlier times will not change."""
    at_work = (told.created_at for told in listed.reports if told.status not in _ENDED)
    return min([listed.begun_at - _MARGIN, *at_work])
