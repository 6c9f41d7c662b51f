"""What is and was going on: queries, API calls, waits. Others write, `system.*` reads.

Knows no HTTP, SQL or Flight. Thread-safe: a query is written by the threads that serve it and read by any.
Finished queries and calls are kept up to a bound, oldest first out.
"""

import copy
import logging
import threading
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from flight_server.errors import Cancelled, Error, LimitReached, TimedOut
from flight_server.events import note
from flight_server.totals import Totals

EXAMPLES_KEPT = 5
"""Unreadable values of a query that are shown, of however many."""

WARNINGS_KEPT = 20
"""Different warnings of a query that are kept."""

QueryState = Literal[
    "queued", "planning", "running", "waiting for quota", "waiting for reports", "finished", "failed", "cancelled"
]


@dataclass(frozen=True)
class ApiCall:
    """One HTTP request that was made, whatever its outcome."""

    query_id: str
    time: datetime
    operation_id: str
    method: str
    path: str
    status: int  # HTTP status; 0 where no answer came
    attempt: int  # 1 is the first try
    duration_ms: float
    waited_ms: float  # spent waiting for quota before it
    bytes: int
    request_id: str
    account: str = ""  # whose call it was


SCAN: ContextVar[str] = ContextVar("scan", default="")
"""The scan that a thread is working for, by the name of its relation: whose calls the journal counts."""


BRANCH: ContextVar[threading.Event | None] = ContextVar("branch", default=None)
"""Set in a thread that works for a part of a query which can be stopped alone: its waits end when the event is set."""


@dataclass
class ScanActivity:
    """What one operation was called for within one scan."""

    api_calls: int = 0
    retries: int = 0
    bytes: int = 0
    waited_ms: float = 0
    duration_ms: float = 0


@dataclass
class QueryActivity:
    """One query's life: its counters, its deadline and its cancel switch."""

    sql: str
    session: str
    account: str = ""  # whose query it is: nobody else is shown it
    query_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    state: QueryState = "queued"
    waits_for: str = ""  # the operation whose quota it waits for, with its rate; or how far the reports are
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    timeout_seconds: float = 0  # 0: none
    fills_mirror: bool = (
        False  # nobody waits for its rows: it comes after every other, and is of no use unless they stay
    )
    rows: int = 0
    bytes: int = 0
    pages: int = 0
    document_bytes: int = 0  # of reports, as storage sends them
    api_calls: int = 0
    retries: int = 0
    throttled_ms: float = 0
    error: str = ""
    warnings: list[str] = field(default_factory=list)  # what the user should know of an answer that is whole
    bad_values: int = 0  # values that became null because their columns could not hold them
    bad_value_examples: list[str] = field(default_factory=list)
    elapsed_ms: float | None = None  # set when it ends
    scans: dict[tuple[str, str], ScanActivity] = field(default_factory=dict)  # (scan, operation) -> its calls
    scanned_rows: Counter[str] = field(default_factory=Counter)  # scan -> rows that came out of it
    cache_hits: Counter[str] = field(default_factory=Counter)  # pages, documents -> how often they were there already
    ended: Callable[["QueryActivity"], None] | None = field(default=None, repr=False)  # called once, at the end
    _calls_taken: int = 0
    _rows_taken: int = 0
    _noting: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _started: float = field(default_factory=time.monotonic)
    _stop: threading.Event = field(default_factory=threading.Event)
    _reason: Error | None = None
    _on_cancel: list[Callable[[], None]] = field(default_factory=list)

    def cancel(self, reason: Error | None = None) -> None:
        """Stop the query: waits end at once, the next check raises `reason` (default: Cancelled)."""
        self._reason = self._reason or reason or Cancelled()
        self._stop.set()
        for callback in list(self._on_cancel):
            callback()

    @contextmanager
    def on_cancel(self, callback: Callable[[], None]) -> Iterator[None]:
        """While inside, have `callback` called, from the cancelling thread, when the query is stopped."""
        self._on_cancel.append(callback)
        try:
            if self._stop.is_set():
                callback()
            yield
        finally:
            self._on_cancel.remove(callback)

    def check(self) -> None:
        """Raise Cancelled, TimedOut or the given reason if the query must stop."""
        if self._stop.is_set():
            raise self._reason or Cancelled()
        if self.timeout_seconds and time.monotonic() - self._started > self.timeout_seconds:
            raise TimedOut(self.timeout_seconds)
        branch = BRANCH.get()
        if branch is not None and branch.is_set():
            raise Cancelled()

    def wait(self, seconds: float) -> None:
        """Sleep, but wake at once and raise when the query is cancelled or its time is over."""
        remaining = self.remaining_seconds()
        (BRANCH.get() or self._stop).wait(seconds if remaining is None else min(seconds, max(0.0, remaining) + 0.001))
        self.check()

    def remaining_seconds(self) -> float | None:
        """Seconds until QueryTimeout; None without one."""
        if not self.timeout_seconds:
            return None
        return self._started + self.timeout_seconds - time.monotonic()

    @property
    def began_at(self) -> float:
        """When it began, by the monotonic clock."""
        return self._started

    @property
    def is_stopped(self) -> bool:
        """Whether someone has cancelled it."""
        return self._stop.is_set()

    def warn(self, sentence: str) -> None:
        """Keep a warning, each once."""
        with self._noting:
            if sentence not in self.warnings and len(self.warnings) < WARNINGS_KEPT:
                self.warnings.append(sentence)

    def note_bad_value(self, example: str, count: int = 1) -> None:
        """Count values that became null; `example` shows one of them and where it stood."""
        with self._noting:
            self.bad_values += count
            if len(self.bad_value_examples) < EXAMPLES_KEPT:
                self.bad_value_examples.append(example)

    def hit(self, what: str) -> None:
        """Count something that was not asked for again."""
        with self._noting:
            self.cache_hits[what] += 1

    def take_call(self, most: int) -> None:
        """Count a page that is about to be asked for; raise LimitReached, before the call, if it is one too many."""
        with self._noting:
            if self._calls_taken >= most:
                raise LimitReached("MaxCalls", most)
            self._calls_taken += 1

    def take_rows(self, count: int, most: int) -> bool:
        """Count rows that were read; whether there are no more of them than `most`."""
        with self._noting:
            self._rows_taken += count
            return self._rows_taken <= most

    def finish(self, error: Error | None = None) -> None:
        """Close the record: state, error text and elapsed time."""
        if self.elapsed_ms is not None:
            return
        self.state = "finished" if error is None else "cancelled" if isinstance(error, Cancelled) else "failed"
        self.error = "" if error is None else error.message
        self.elapsed_ms = self.current_elapsed_ms()
        if self.ended is not None:
            self.ended(self)

    def current_elapsed_ms(self) -> float:
        """Milliseconds since the start, or in all once it has ended."""
        return self.elapsed_ms if self.elapsed_ms is not None else (time.monotonic() - self._started) * 1000


@dataclass(frozen=True)
class RateLimit:
    """The state of one bucket, for `system.rate_limits`."""

    account: str
    operation_id: str
    rate: float
    burst: int
    available: float
    waiting: int


class Journal:
    """The bounded record of a server: its queries and its API calls."""

    def __init__(self, queries_kept: int = 1000, calls_kept: int = 20_000) -> None:
        self._lock = threading.Lock()
        self._queries: deque[QueryActivity] = deque(maxlen=queries_kept)
        self._calls: deque[ApiCall] = deque(maxlen=calls_kept)
        self._totals = Totals()

    def begin(self, sql: str, session: str, account: str, timeout_seconds: float = 0) -> QueryActivity:
        """Open the record of a new query."""
        query = QueryActivity(sql, session, account, timeout_seconds=timeout_seconds, ended=self._note_end)
        with self._lock:
            self._queries.append(query)
        note(logging.DEBUG, "query began", query_id=query.query_id, session=session, account=account, sql=sql)
        return query

    def record(self, query: QueryActivity, call: ApiCall, *, is_counted: bool = True) -> None:
        """Note one request and add it to its query's counters; a login is noted only, it is no call of SP-API."""
        _note_call(call)
        with self._lock:
            self._calls.append(call)
            self._count(call)
            if not is_counted:
                return
            query.api_calls += 1
            query.retries += call.attempt > 1
            query.throttled_ms += call.waited_ms
            counted = query.scans.setdefault((SCAN.get(), call.operation_id), ScanActivity())
            counted.api_calls += 1
            counted.retries += call.attempt > 1
            counted.bytes += call.bytes
            counted.waited_ms += call.waited_ms
            counted.duration_ms += call.duration_ms

    def _count(self, call: ApiCall) -> None:
        totals, name = self._totals, call.operation_id
        totals.calls[name, call.status] += 1
        totals.retries[name] += call.attempt > 1
        totals.waited_seconds[name] += call.waited_ms / 1000
        totals.call_seconds[name] += call.duration_ms / 1000
        totals.received_bytes[name] += call.bytes

    def _note_end(self, query: QueryActivity) -> None:
        note(
            logging.INFO,
            f"query {query.state}",
            query_id=query.query_id,
            session=query.session,
            account=query.account,
            elapsed_ms=round(query.current_elapsed_ms()),
            rows=query.rows,
            bytes=query.bytes,
            api_calls=query.api_calls,
            retries=query.retries,
            throttled_ms=round(query.throttled_ms),
            warnings=len(query.warnings) or None,
            error=query.error,
        )
        with self._lock:
            self._totals.queries[query.state] += 1
            self._totals.query_seconds += query.current_elapsed_ms() / 1000
            self._totals.rows += query.rows
            self._totals.cache_hits.update(query.cache_hits)

    def totals(self) -> Totals:
        """What was counted since the start, as it is now."""
        with self._lock:
            return copy.deepcopy(self._totals)

    def queries(self) -> list[QueryActivity]:
        """All queries kept, oldest first."""
        with self._lock:
            return list(self._queries)

    def calls(self) -> Iterator[ApiCall]:
        """All API calls kept, oldest first."""
        with self._lock:
            return iter(list(self._calls))


def _note_call(call: ApiCall) -> None:
    note(
        logging.DEBUG if 0 < call.status < 400 else logging.INFO,
        "call of Amazon",
        query_id=call.query_id,
        account=call.account,
        operation_id=call.operation_id,
        method=call.method,
        path=call.path,
        status=call.status,
        attempt=call.attempt,
        duration_ms=round(call.duration_ms),
        waited_ms=round(call.waited_ms),
        bytes=call.bytes,
        request_id=call.request_id,
    )
