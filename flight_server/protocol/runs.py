"""The queries under way: let in, watched, stopped.

Knows how many may run at once, who waits for a place, and when a client has gone; knows no SQL. A place goes to the
account of those waiting that has the fewest runs, there to who waits longest: one account's dashboard does not keep out
the others. pyarrow starts a thread for every call without limit, tells of a cancelled call only to those who ask, and
keeps a call's context valid only while the call lasts: so one thread asks for all, under a lock that a run takes before
it ends.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from flight_server.errors import Cancelled, Error, ServerBusy, TimedOut
from flight_server.protocol.service import RunningQuery

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.1

QUEUED_FOR_EACH_PLACE = 10
"""How many queries may wait for every one that may run: a dashboard asks for more at once than may run."""

_CLOSING = "the server is shutting down; connect again in a while"


@dataclass(eq=False)
class Run:
    """One run of a statement: what it answers to, and why it must stop."""

    ticket: str
    session_id: str
    context: Any
    account: str = ""
    is_stopped: threading.Event = field(default_factory=threading.Event)
    has_place: threading.Event = field(default_factory=threading.Event)  # or will never have one
    running: RunningQuery | None = None
    reason: Error | None = None

    @property
    def query_id(self) -> str:
        """The id under which the run is listed; empty before it has begun."""
        return "" if self.running is None else self.running.query_id

    def stop(self, reason: Error) -> None:
        """Make the run end soon, from any thread."""
        self.reason = self.reason or reason
        self.is_stopped.set()
        self.has_place.set()
        if self.running is not None:
            try:
                self.running.cancel()
            except Exception:  # whoever stops this run has others to stop as well
                logger.exception("a query could not be cancelled")


class Runs:
    """All runs of a server."""

    def __init__(self, max_concurrent: int, max_waiting: int | None = None, poll_seconds: float = POLL_SECONDS) -> None:
        self._max_concurrent = max_concurrent
        self._max_waiting = max_concurrent * QUEUED_FOR_EACH_PLACE if max_waiting is None else max_waiting
        self._poll_seconds = poll_seconds
        self._changed = threading.Condition()
        self._runs: set[Run] = set()
        self._waiting: dict[Run, None] = {}  # in the order of their arrival
        self._is_closed = False
        self._watcher: threading.Thread | None = None

    def record_batches(self, run: Run, start: Callable[[], RunningQuery]) -> Iterator[pa.RecordBatch]:
        """The run's record batches; closing the iterator ends the run. It is listed from here on, queued at first."""
        running = run.running = start()
        with self._let_in(run, running):
            if run.is_stopped.is_set():
                running.cancel()
            batches = iter(running)
            try:
                yield from batches
            except Cancelled as error:
                raise run.reason or error from None
            finally:
                if isinstance(batches, Iterator) and hasattr(batches, "close"):
                    batches.close()

    def stop_ticket(self, ticket: str, reason: Error) -> bool:
        """Stop the runs of a ticket; whether there were any."""
        return self._stop(lambda run: run.ticket == ticket, reason)

    def stop_session(self, session_id: str, reason: Error) -> bool:
        """Stop the runs of a session; whether there were any."""
        return self._stop(lambda run: run.session_id == session_id, reason)

    def close(self, grace_seconds: float, reason: Error) -> bool:
        """Let no more in, wait for those that run, then stop them; whether all ended by themselves."""
        with self._changed:
            self._is_closed = True
            for run in self._waiting:
                run.has_place.set()
            self._changed.notify_all()
            are_done = self._changed.wait_for(lambda: not self._runs, timeout=grace_seconds)
        if not are_done:
            self._stop(lambda _: True, reason)
        return are_done

    def __len__(self) -> int:
        with self._changed:
            return len(self._runs)

    @property
    def is_closed(self) -> bool:
        """Whether no more are let in."""
        return self._is_closed

    @property
    def waiting_count(self) -> int:
        """How many wait for a place."""
        with self._changed:
            return len(self._waiting)

    @contextmanager
    def _let_in(self, run: Run, running: RunningQuery) -> Iterator[None]:
        try:
            self._queue(run)
            self._wait_for_place(run, running.timeout_seconds)
        except Error as error:
            running.refuse(error)
            raise
        try:
            yield
        finally:
            with self._changed:
                self._runs.discard(run)
                self._give_places()
                self._changed.notify_all()

    def _queue(self, run: Run) -> None:
        with self._changed:
            if self._is_closed:
                raise ServerBusy(_CLOSING)
            if len(self._waiting) >= self._max_waiting and not self._has_room():
                raise ServerBusy(
                    f"the server is busy: {len(self._runs)} queries are running and {len(self._waiting)} wait, "
                    "which is the most; try again in a while"
                )
            self._waiting[run] = None
            self._start_watcher()
            self._give_places()
            self._changed.notify_all()

    def _wait_for_place(self, run: Run, timeout_seconds: float) -> None:
        """Return when the run has its place; raise why it has none."""
        run.has_place.wait(timeout_seconds or None)
        with self._changed:
            if run in self._runs:
                return
            self._waiting.pop(run, None)
            self._changed.notify_all()
        if self._is_closed:
            raise ServerBusy(_CLOSING)
        raise run.reason or (Cancelled() if run.is_stopped.is_set() else TimedOut(timeout_seconds))

    def _give_places(self) -> None:
        """Let in who may: of those waiting longest, one of the account that has the fewest runs."""
        while self._waiting and self._has_room() and not self._is_closed:
            counts = Counter(run.account for run in self._runs)
            chosen = min(self._waiting, key=lambda run: counts[run.account])  # the first of the least
            del self._waiting[chosen]
            self._runs.add(chosen)
            chosen.has_place.set()

    def _has_room(self) -> bool:
        return len(self._runs) < self._max_concurrent

    def _stop(self, is_meant: Callable[[Run], bool], reason: Error) -> bool:
        with self._changed:
            meant = [run for run in self._known() if is_meant(run)]
        self._stop_all(meant, reason)
        return bool(meant)

    def _stop_all(self, meant: Iterable[Run], reason: Error) -> None:
        """Stop outside the lock: cancelling may take the locks of others."""
        for run in meant:
            run.stop(reason)
        with self._changed:
            self._changed.notify_all()

    def _known(self) -> list[Run]:
        return [*self._runs, *self._waiting]

    def _start_watcher(self) -> None:
        if self._watcher is None or not self._watcher.is_alive():
            self._watcher = threading.Thread(target=self._watch, name="flight-watcher", daemon=True)
            self._watcher.start()

    def _watch(self) -> None:
        """Look after the runs until the server closes and nothing runs."""
        while self._stop_abandoned():
            time.sleep(self._poll_seconds)

    def _stop_abandoned(self) -> bool:
        """Ask for every run whether its client is still there; whether there will be anything to watch.

        A function of its own, so that no finished run is held while the watcher sleeps.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._known() or self._is_closed)
            known = self._known()
            gone = [run for run in known if not run.is_stopped.is_set() and run.context.is_cancelled()]
        if gone:
            self._stop_all(gone, Cancelled())
        return bool(known)
