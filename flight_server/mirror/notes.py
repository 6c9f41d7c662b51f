"""What is covered, in SQLite beside the Delta tables: stretches of periods, keys, and what each table cost.

Knows no rows. One connection, one lock; what a Delta commit has made durable is noted right after it, so that a server
that is killed between the two reads that part once more, and replaces it.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flight_server.errors import SettingError
from flight_server.mirror.coverage import Stretch
from flight_server.mirror.faults import MirrorFault

FILE = "mirror.sqlite"
_VERSION = 1
_NEVER = 1e12  # later than any reading
_SCHEMA = """
CREATE TABLE stretches (
    account TEXT NOT NULL, "table" TEXT NOT NULL, scope TEXT NOT NULL, lower REAL NOT NULL, upper REAL NOT NULL,
    fetched_at REAL NOT NULL, reaches_now INTEGER NOT NULL, is_settled INTEGER NOT NULL,
    PRIMARY KEY (account, "table", scope, lower)
);
CREATE TABLE keys (
    account TEXT NOT NULL, "table" TEXT NOT NULL, scope TEXT NOT NULL, key TEXT NOT NULL, fetched_at REAL NOT NULL,
    PRIMARY KEY (account, "table", scope, key)
);
CREATE TABLE tables (
    account TEXT NOT NULL, "table" TEXT NOT NULL, calls INTEGER NOT NULL, error TEXT NOT NULL,
    PRIMARY KEY (account, "table")
);
"""


@dataclass(frozen=True)
class Place:
    """Where rows are kept: whose they are, of which table, and how else the calls were narrowed."""

    account: str
    table: str
    scope: str


@dataclass(frozen=True)
class Covered:
    """What is noted of one table of one account."""

    account: str
    table: str
    stretches: Mapping[str, tuple[Stretch, ...]]  # scope -> what is covered of a period
    keys: int
    fresh_at: datetime | None
    calls: int
    error: str


class Notes:
    """What is covered, thread-safe."""

    def __init__(self, directory: Path) -> None:
        self._lock = threading.RLock()
        self._connection = _opened(directory)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def stretches(self, place: Place) -> list[Stretch]:
        """What is covered of a period."""
        rows = self._rows(
            'SELECT lower, upper, fetched_at, reaches_now, is_settled FROM stretches WHERE account = ? AND "table" = ? '
            "AND scope = ? ORDER BY lower",
            place.account,
            place.table,
            place.scope,
        )
        return [_stretch(*row) for row in rows]

    def put_stretches(self, place: Place, stretches: Iterable[Stretch]) -> None:
        """Note all that is covered of a period: what was noted before is forgotten."""
        where = (place.account, place.table, place.scope)
        with self._writing() as connection:
            connection.execute('DELETE FROM stretches WHERE account = ? AND "table" = ? AND scope = ?', where)
            connection.executemany(
                "INSERT INTO stretches VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        *where,
                        s.lower.timestamp(),
                        s.upper.timestamp(),
                        s.fetched_at.timestamp(),
                        s.reaches_now,
                        s.is_settled,
                    )
                    for s in stretches
                ],
            )

    def keys(self, place: Place) -> dict[str, datetime]:
        """The keys whose rows are kept, and when they were read."""
        rows = self._rows(
            'SELECT key, fetched_at FROM keys WHERE account = ? AND "table" = ? AND scope = ?',
            place.account,
            place.table,
            place.scope,
        )
        return {key: _time(fetched_at) for key, fetched_at in rows}

    def put_keys(self, place: Place, keys: Iterable[str], fetched_at: datetime) -> None:
        """Note that the rows of these keys were read."""
        where = (place.account, place.table, place.scope)
        with self._writing() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?, ?)",
                [(*where, key, fetched_at.timestamp()) for key in keys],
            )

    def scopes(self, account: str, table: str) -> list[str]:
        """The scopes of a table of which something is kept."""
        rows = self._rows(
            'SELECT scope FROM stretches WHERE account = ? AND "table" = ? UNION SELECT scope FROM keys '
            'WHERE account = ? AND "table" = ?',
            *(account, table) * 2,
        )
        return [scope for (scope,) in rows]

    def note(self, account: str, table: str, calls: int, error: str = "") -> None:
        """Count calls, and remember the last error; none takes away the one before."""
        with self._writing() as connection:
            connection.execute(
                'INSERT INTO tables VALUES (?, ?, ?, ?) ON CONFLICT (account, "table") DO UPDATE SET '
                "calls = calls + excluded.calls, error = excluded.error",
                (account, table, calls, error),
            )

    def covered(self) -> list[Covered]:
        """All that is kept, a table of an account each."""
        found = self._rows(
            'SELECT account, "table" FROM tables UNION SELECT account, "table" FROM stretches '
            'UNION SELECT account, "table" FROM keys ORDER BY 1, 2'
        )
        return [self._covered(account, table) for account, table in found]

    def forget_scope(self, place: Place, before: datetime | None = None) -> None:
        """Forget what is covered in one way; of keys only those that were read before an instant, if one is given."""
        where = (place.account, place.table, place.scope)
        with self._writing() as connection:
            if before is None:
                connection.execute('DELETE FROM stretches WHERE account = ? AND "table" = ? AND scope = ?', where)
            connection.execute(
                'DELETE FROM keys WHERE account = ? AND "table" = ? AND scope = ? AND fetched_at < ?',
                (*where, before.timestamp() if before is not None else _NEVER),
            )

    def forget(self, account: str, table: str) -> None:
        """Forget a table of an account."""
        with self._writing() as connection:
            for name in ("stretches", "keys", "tables"):
                connection.execute(f'DELETE FROM {name} WHERE account = ? AND "table" = ?', (account, table))

    def forget_table(self, table: str) -> None:
        """Forget a table of every account."""
        with self._writing() as connection:
            for name in ("stretches", "keys", "tables"):
                connection.execute(f'DELETE FROM {name} WHERE "table" = ?', (table,))

    def _covered(self, account: str, table: str) -> Covered:
        scopes = self.scopes(account, table)
        found = {scope: tuple(self.stretches(Place(account, table, scope))) for scope in scopes}
        ((keys, oldest),) = self._rows(
            'SELECT count(*), min(fetched_at) FROM keys WHERE account = ? AND "table" = ?', account, table
        )
        known = [each for stretches in found.values() for each in stretches]
        times = [each.fetched_at for each in known if not each.is_settled] + ([_time(oldest)] if oldest else [])
        fresh_at = min(times, default=None) or max((each.fetched_at for each in known), default=None)
        told = self._rows('SELECT calls, error FROM tables WHERE account = ? AND "table" = ?', account, table)
        calls, error = told[0] if told else (0, "")
        return Covered(account, table, {k: v for k, v in found.items() if v}, keys, fresh_at, calls, error)

    def _rows(self, sql: str, *values: object) -> list[Any]:
        with self._lock, _told():
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, _told():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")


def _opened(directory: Path) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(directory / FILE, timeout=1, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, _VERSION):
            raise SettingError("data", f"--data: its {FILE} was written by another version: give another directory")
        if version == 0:
            connection.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT")
    except sqlite3.DatabaseError as error:
        raise SettingError("data", f"--data: {FILE} cannot be opened: {error}") from None
    return connection


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise MirrorFault(f"what the mirror covers cannot be noted: {error}; its operator should look") from None


def _stretch(lower: float, upper: float, fetched_at: float, reaches_now: int, is_settled: int) -> Stretch:
    return Stretch(_time(lower), _time(upper), _time(fetched_at), bool(reaches_now), bool(is_settled))


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
