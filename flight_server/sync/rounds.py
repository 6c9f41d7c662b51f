"""A table to be kept → queries, until all of it is there and fresh. State: the query that runs; one thread uses it."""

import math
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from catalog.catalog import Catalog
from flight_server.activity import RateLimit
from flight_server.connection.session import Caller
from flight_server.errors import Cancelled, Error
from flight_server.query import Queries, RunningQuery
from flight_server.sync.progress import Progress, left_seconds
from flight_server.sync.targets import Target, targets_of
from flight_server.sync.windows import windows

_LOOK_SECONDS = 0.5
_SLACK_SECONDS = 0.1  # what was read in this round is fresh, though clocks are read a moment apart

Tell = Callable[[Progress], None]


@dataclass(frozen=True)
class Asked:
    """What one query came to."""

    rows: int
    calls: int


class Stopping(Protocol):
    """Whether to stop: an event of threads, or a signal that was noted."""

    def set(self) -> None:
        """Stop."""

    def is_set(self) -> bool:
        """Whether to stop now."""

    def wait(self, timeout: float | None = None) -> bool:
        """Whether to stop within so many seconds."""


@dataclass(frozen=True)
class Filler:
    """Fills tables for one caller; raises Cancelled soon after `stop` is set."""

    queries: Queries
    catalog: Catalog
    caller: Caller
    utc: Callable[[], datetime]
    rate_limits: Callable[[], list[RateLimit]]
    stop: Stopping
    tell: Tell
    failed: Callable[[Target, str], None]  # told why a table could not be brought up to date

    def targets(self, names: Iterable[str]) -> list[Target]:
        """The tables of these names, parents before their children."""
        return targets_of(names, self.catalog)

    def rounds(self, targets: Sequence[Target], period: timedelta, every_seconds: float) -> int:
        """Bring all of them up to date, once or every so often until it shall stop; how many failed the last time."""
        while True:
            began, failures = self.utc(), 0
            for target in targets:
                try:
                    self.fill(target, period, began)
                except Cancelled:
                    return failures
                except Error as error:
                    failures += 1
                    self.failed(target, error.message)
            left = every_seconds - (self.utc() - began).total_seconds()
            if not every_seconds or self.stop.wait(max(0.0, left)):
                return failures

    def fill(self, target: Target, period: timedelta, began: datetime) -> Progress:
        """Bring one table up to date: no row that may still change is older than `began` afterwards."""
        progress = Progress(target.table.qualified_name)
        since = began - period
        if not target.by:
            asked = self._ask(target.sql(since, None), self._since(began), progress)
            progress = replace(progress, windows=1, rows=asked.rows, calls=asked.calls)
        else:
            progress = self._windows(target, since, began, progress)
        progress = replace(progress, is_done=True, left_seconds=0)
        self.tell(progress)
        return progress

    def _windows(self, target: Target, since: datetime, began: datetime, progress: Progress) -> Progress:
        parts = windows(since, began, of_dates=target.is_by_date)
        window = next(parts)
        while True:
            max_age = math.inf if target.is_brought_up_at_once else self._since(began)
            asked = self._ask(target.sql(window.lower, window.upper), max_age, progress)
            left = left_seconds(
                asked.calls, (window.upper or began) - window.lower, window.lower - since, self._rate(target)
            )
            progress = replace(
                progress,
                windows=progress.windows + 1,
                back_to=window.lower,
                rows=progress.rows + asked.rows,
                calls=progress.calls + asked.calls,
                left_seconds=left,
            )
            self.tell(progress)
            try:
                window = parts.send(asked.calls)
            except StopIteration:
                break
        if not target.is_brought_up_at_once:
            return progress
        asked = self._ask(target.sql(since, None), self._since(began), progress)
        return replace(progress, rows=asked.rows, calls=progress.calls + asked.calls)

    def _since(self, began: datetime) -> float:
        return max(0.0, (self.utc() - began).total_seconds()) + _SLACK_SECONDS

    def _rate(self, target: Target) -> float | None:
        operation = target.table.operation
        assert operation is not None
        learned = {
            limit.operation_id: limit.rate
            for limit in self.rate_limits()
            if limit.account == self.caller.settings.account
        }
        plan = operation.usage_plan
        return learned.get(operation.operation_id, plan.rate if plan is not None else None)

    def _ask(self, sql: str, max_age: float, progress: Progress) -> Asked:
        settings = replace(self.caller.settings, max_age_seconds=max_age)
        caller = replace(self.caller, settings=settings)
        running = self.queries.run(self.queries.prepare(sql, caller), None, caller)
        with self._watched(running, progress):
            (row,) = [row for batch in running for row in batch.to_pylist()]
        return Asked(row["n"], running.activity.api_calls)

    @contextmanager
    def _watched(self, running: RunningQuery, progress: Progress) -> Iterator[None]:
        """Tell of a query while it runs, and stop it when it shall."""
        done = threading.Event()

        def watch() -> None:
            while not done.wait(_LOOK_SECONDS):
                if self.stop.is_set():
                    running.cancel()
                    return
                activity = running.activity
                calls = progress.calls + activity.api_calls
                self.tell(replace(progress, calls=calls, waits_for=activity.waits_for))

        watcher = threading.Thread(target=watch, name="sync-watch", daemon=True)
        watcher.start()
        try:
            if self.stop.is_set():
                running.cancel()
            yield
        finally:
            done.set()
            watcher.join()
