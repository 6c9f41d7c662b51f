"""The mirror: rows that were asked once, and what they cover. Its door.

::

    scan/mirrored ── coverage   which part of a period is there, and fresh     pure
                  ── notes      that, in SQLite
                  ── tables     the rows, as Delta tables                      the only user of deltalake
    system.mirror ── told       what is kept, for people

Knows no SQL text, no HTTP and no plan. One server at a time has a directory.
"""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from flight_server.mirror.faults import MirrorFault, MirrorRests
from flight_server.mirror.forgetting import forget_restricted, forgetting
from flight_server.mirror.notes import FILE, Covered, Notes, Place
from flight_server.mirror.tables import DeltaTables
from flight_server.mirror.told import MirrorRecord, records

__all__ = ["Covered", "Mirror", "MirrorFault", "MirrorRecord", "MirrorRests", "Place", "kept_in", "open_mirror"]

FOLDER = "mirror"
"""Of the Delta tables in a server's directory."""

LEAST_FREE = 64 * 1024**2
"""Bytes of the disk that are left to others."""

_REST_SECONDS = 60.0
_LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Mirror:
    """Rows and notes of one directory, thread-safe."""

    directory: Path
    tables: DeltaTables
    notes: Notes
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _busy: dict[tuple[str, str], threading.Lock] = field(default_factory=dict)
    _rests_until: list[float] = field(default_factory=list)  # by the monotonic clock; at most one

    @contextmanager
    def alone(self, account: str, table: str, check: Callable[[], None]) -> Iterator[None]:
        """Only one asks for what is missing of a table; who waits calls `check`, which may raise."""
        with self._lock:
            lock = self._busy.setdefault((account, table), threading.Lock())
        while not lock.acquire(timeout=_LOOK_SECONDS):
            check()
        try:
            yield
        finally:
            lock.release()

    def check(self) -> None:
        """Raise MirrorRests where nothing can be kept now: what is asked for in vain costs calls."""
        if self._rests_until and time.monotonic() < self._rests_until[-1]:
            raise MirrorRests(f"nothing is kept for {_REST_SECONDS:g} seconds, since the mirror could not be written")
        if shutil.disk_usage(self.directory).free < LEAST_FREE:
            raise MirrorRests(f"nothing is kept: the disk of the mirror is full, with less than {LEAST_FREE:,} bytes")

    def rest(self) -> None:
        """Note that it could not be written: for a while nothing is tried."""
        self._rests_until[:] = [time.monotonic() + _REST_SECONDS]

    def records(self) -> list[MirrorRecord]:
        """What is kept, a table of an account each."""
        return list(records(self.notes, self.tables))

    def forget_restricted(self, before: datetime, is_read: bool) -> None:
        """Forget personal data that were read before an instant, while nobody writes."""

        def alone(account: str, table: str) -> AbstractContextManager[None]:
            return self.alone(account, table, lambda: None)

        forget_restricted(self.notes, self.tables, alone, before, is_read=is_read)

    def forget(self, account: str, table: str) -> None:
        """Delete what is kept of a table of an account, files and all."""
        with self.alone(account, table, lambda: None):
            self.notes.forget(account, table)
            self.tables.forget(table, account)


def kept_in(data: Path) -> list[MirrorRecord]:
    """What a server's directory keeps, whether a server runs on it or not."""
    if not (data / FILE).exists():
        return []
    notes = Notes(data)
    try:
        return list(records(notes, DeltaTables(data / FOLDER)))
    finally:
        notes.close()


@contextmanager
def open_mirror(
    data: Path | None, utc: Callable[[], datetime], forget_after: timedelta | None = None
) -> Iterator[Mirror | None]:
    """The mirror in a server's directory; none without one. `forget_after`: of personal data."""
    if data is None:
        yield None
        return
    directory = data / FOLDER
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    notes = Notes(data)
    try:
        tables = DeltaTables(directory)
        tables.tidy()
        mirror = Mirror(directory, tables, notes)
        with forgetting(mirror.forget_restricted, forget_after, utc):
            yield mirror
    finally:
        notes.close()
