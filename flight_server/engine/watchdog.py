"""The process's memory, watched while queries run: the newest is stopped before the machine would stop all.

The engine counts what it keeps (tables, sorts, aggregates) and spills it, but not the values that an expression makes
nor the batches on their way out: facts, observed. What a query takes cannot be told apart from another's, so the one
that began last is stopped: memory that others have held for long is not what is growing. Freed memory may stay with the
process, so another follows only if memory has grown since.

What the engine does within one expression it can neither be stopped in nor counts: nested `replace` fills any machine
in a moment, observed. So a server in a process of its own also has the system refuse what would go beyond the bound
(RLIMIT_DATA, Linux): the engine turns a refused allocation into an error of the query that wanted it. Knows no SQL.
"""

import re
import resource
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flight_server.activity import QueryActivity
from flight_server.errors import OutOfMemory

CHECK_SECONDS = 0.02

TOLERANCE = 1.1
"""What may be resident, as a multiple of the engine's limit, beside what was there when it was opened."""

ALLOWANCE_BYTES = 150_000_000
"""What may be resident beyond the limit at least: pages, record batches, and holes between them."""

STEP = 0.03
"""What memory must have grown by, as a part of the engine's limit, until the next query is stopped."""

PATIENCE_SECONDS = 1.0
"""How long a stopped query may take to let go before the next is stopped, while memory grows."""

SPARE_BYTES = 128_000_000
"""What may always be allocated: small pieces for everybody else, when one query has taken the rest."""

_STACK_BYTES = 8 * 2**20  # what the system sets aside for a thread, hardly any of it resident

_STATM, _STAT = Path("/proc/self/statm"), Path("/proc/self/stat")
_PAGE_BYTES = resource.getpagesize()
_UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}


def resident_bytes() -> int:
    """The memory that the process holds; where the system does not tell, the most that it ever held."""
    try:
        return int(_STATM.read_text().split()[1]) * _PAGE_BYTES
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def allocated_bytes() -> int | None:
    """The private memory that the process may write to, resident or not; None where the system does not tell."""
    try:
        return int(_STATM.read_text().split()[5]) * _PAGE_BYTES
    except OSError:
        return None


def stack_bytes() -> int:
    """What is set aside for the stacks of the process's threads."""
    return int(_STAT.read_text().rpartition(")")[2].split()[17]) * _STACK_BYTES


def size_in_bytes(text: str) -> int:
    """A size as the engine takes it.

    >>> size_in_bytes("256MB"), size_in_bytes("1.5 GiB")
    (256000000, 1610612736)
    """
    number, unit = re.fullmatch(r"([\d.]+)\s*([A-Za-z]+)", text.strip()).groups()  # type: ignore[union-attr]  # ours
    return int(float(number) * _UNITS[unit.upper()])


@dataclass(eq=False)
class _Watched:
    """A query that the engine runs, and what interrupts it."""

    query: QueryActivity
    interrupt: Callable[[], None]


class Watchdog:
    """Watches one engine's queries, from a thread of its own while there are any."""

    def __init__(
        self, memory_limit: str, resident: Callable[[], int] = resident_bytes, *, is_alone: bool = False
    ) -> None:
        """`is_alone`: the process is this engine's, and may be bound as a whole."""
        self._limit_bytes = size_in_bytes(memory_limit)
        self._reason = f"the query needed more memory than the server has for queries ({memory_limit})"
        self._resident = resident
        most = max(TOLERANCE * self._limit_bytes, self._limit_bytes + ALLOWANCE_BYTES)
        self._most_bytes = resident() + most
        self._changed = threading.Condition()
        self._running: list[_Watched] = []  # in the order of their start
        self._is_closed = False
        self._thread: threading.Thread | None = None
        self._floor = 0.0  # what was resident when a query was stopped last
        self._patience = 0
        self._unbound = resource.getrlimit(resource.RLIMIT_DATA) if is_alone and allocated_bytes() else None
        self._computing = 0  # how many the engine works for
        self._set_aside = 0  # allocated but not resident when the first of them came, stacks apart

    @contextmanager
    def watching(self, query: QueryActivity, interrupt: Callable[[], None]) -> Iterator[None]:
        """While inside, the query may be stopped for its memory; and is, once stopped, interrupted until it ends."""
        watched = _Watched(query, interrupt)
        with self._changed:
            self._running.append(watched)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="memory-watchdog", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._running.remove(watched)

    @contextmanager
    def bounded(self) -> Iterator[None]:
        """While inside, the engine computes, and the process is bound."""
        if self._unbound is None:
            yield
            return
        with self._changed:
            self._computing += 1
            if self._computing == 1:
                self._set_aside = (allocated_bytes() or 0) - stack_bytes() - self._resident()
            self._bind_process()
        try:
            yield
        finally:
            with self._changed:
                self._computing -= 1
                if not self._computing:
                    resource.setrlimit(resource.RLIMIT_DATA, self._unbound)

    def out_of_memory(self) -> OutOfMemory:
        """What is said of a query that needs more than there is."""
        return OutOfMemory(f"{self._reason}; ask for fewer rows or columns at once, or aggregate in smaller steps")

    def close(self) -> None:
        """Let the thread end."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def check(self) -> None:
        """Look once: stop the newest query if there is too much, and interrupt again whatever is stopped already."""
        with self._changed:  # held, so that nobody closes a cursor that is about to be interrupted
            for watched in self._running:
                if watched.query.is_stopped:  # an interrupt between two statements is forgotten by the engine
                    watched.interrupt()
            self._bind_process()
            self._stop_newest_if_too_much(self._resident())

    def _bind_process(self) -> None:
        """Have the system refuse what would take the process beyond the bound."""
        allocated = allocated_bytes()
        if self._unbound is None or allocated is None:
            return
        most = max(allocated + SPARE_BYTES, self._set_aside + stack_bytes() + round(self._most_bytes))
        _, hard = self._unbound
        resource.setrlimit(resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))

    def _stop_newest_if_too_much(self, resident: int) -> None:
        if resident <= self._most_bytes:
            self._floor, self._patience = 0.0, 0
            return
        self._patience = max(0, self._patience - 1)
        left = [watched for watched in self._running if not watched.query.is_stopped]
        are_ending = len(left) < len(self._running) and self._patience > 0
        if left and not are_ending and resident > self._floor:
            self._floor = resident + STEP * self._limit_bytes
            self._patience = round(PATIENCE_SECONDS / CHECK_SECONDS)
            left[-1].query.cancel(self.out_of_memory())

    def _watch(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._running or self._is_closed)
                if self._is_closed:
                    return
            self.check()
            time.sleep(CHECK_SECONDS)
