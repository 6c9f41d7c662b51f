"""Report jobs, listings and kept documents in SQLite: in a directory, or in memory where there is none.

Knows no Amazon and no order of steps: it notes what it is told, so that a server that is killed goes on where it was.
One connection, one lock; whatever a step must not lose is on the disk before the step begins (`synchronous=FULL`). The
file is locked as long as it is open: two servers with one directory would ask for every report twice.
"""

import json
import logging
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flight_server.errors import Error, SettingError
from flight_server.events import note
from flight_server.jobs.job import Job
from flight_server.jobs.states import AT_AMAZON, FINISHED

FILE = "jobs.sqlite"
_VERSION = 2

_SCHEMA = """
CREATE TABLE secret (key BLOB NOT NULL);
CREATE TABLE jobs (
    job_id INTEGER PRIMARY KEY, account TEXT NOT NULL, request_key TEXT NOT NULL, report_type TEXT NOT NULL,
    begun_at REAL NOT NULL, state TEXT NOT NULL, marketplace_ids TEXT, start REAL, "end" REAL, options TEXT,
    query TEXT NOT NULL DEFAULT '', page_token TEXT NOT NULL DEFAULT '', next_token TEXT NOT NULL DEFAULT '',
    asked_at REAL, given_up_at REAL, report_id TEXT, created_at REAL, processing_at REAL, finished_at REAL,
    document_id TEXT,
    told_start REAL, told_end REAL, told_marketplace_ids TEXT, is_second_try INTEGER, cooldown_until REAL,
    next_try REAL, error TEXT, calls INTEGER, rows INTEGER, bytes INTEGER
);
CREATE INDEX jobs_by_request ON jobs (account, request_key);
CREATE INDEX jobs_by_type ON jobs (account, report_type);
CREATE UNIQUE INDEX one_at_a_time ON jobs (account, request_key)
    WHERE state NOT IN ('done', 'empty', 'failed', 'gone');
CREATE TABLE listings (
    account TEXT NOT NULL, report_type TEXT NOT NULL, since REAL NOT NULL, listed_at REAL NOT NULL,
    PRIMARY KEY (account, report_type)
);
CREATE TABLE documents (
    file TEXT PRIMARY KEY, content_type TEXT NOT NULL, size INTEGER NOT NULL, checksum INTEGER NOT NULL,
    used_at REAL NOT NULL
);
"""

_SINCE_VERSION_1 = """
ALTER TABLE jobs ADD COLUMN query TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN page_token TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN next_token TEXT NOT NULL DEFAULT '';
"""

_STEPS = {0: _SCHEMA, 1: _SINCE_VERSION_1}
"""Version of a file → what brings it to the present one."""

_TIMES = {each.name for each in fields(Job) if "datetime" in str(each.type)}
_LISTS = {each.name for each in fields(Job) if "tuple" in str(each.type) or each.name == "options"}
_NAMES = tuple(each.name for each in fields(Job))


@dataclass(frozen=True)
class Listing:
    """All reports of a type that were made between these instants are known."""

    since: datetime
    until: datetime


@dataclass(frozen=True)
class KeptDocument:
    """A document in the cache; `checksum` is the CRC of the file."""

    file: str
    content_type: str
    size: int
    checksum: int


class Store:
    """What is known, thread-safe."""

    def __init__(self, directory: Path | None = None) -> None:
        self._lock = threading.RLock()
        self._connection = _opened(directory)
        with self._writing() as connection:
            if connection.execute("SELECT count(*) FROM secret").fetchone()[0] == 0:
                connection.execute("INSERT INTO secret VALUES (?)", (secrets.token_bytes(32),))
            self.key: bytes = connection.execute("SELECT key FROM secret").fetchone()[0]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def job(self, job_id: int) -> Job | None:
        """One job."""
        return next(self._jobs("job_id = ?", job_id), None)

    def jobs(self, account: str = "", report_type: str = "") -> list[Job]:
        """All jobs, or those of an account, or of a type of report; oldest first."""
        return list(
            self._jobs("(? = '' OR account = ?) AND (? = '' OR report_type = ?)", *_twice(account, report_type))
        )

    def of_request(self, account: str, request_key: str) -> list[Job]:
        """The jobs of one request, newest first."""
        found = self._jobs("account = ? AND request_key = ?", account, request_key)
        return sorted(found, key=lambda job: (job.created_at or job.begun_at, job.job_id), reverse=True)

    def known(self, account: str, report_type: str) -> dict[str, Job]:
        """Amazon's id → the job that has it, of a type."""
        return {job.report_id: job for job in self.jobs(account, report_type) if job.report_id}

    def unfinished(self, job: Job) -> list[Job]:
        """Other jobs of the account and type that Amazon has, or may have, at work."""
        marks = ", ".join("?" * len(AT_AMAZON))
        condition = f"account = ? AND report_type = ? AND job_id <> ? AND state IN ({marks})"
        return list(self._jobs(condition, job.account, job.report_type, job.job_id, *sorted(AT_AMAZON)))

    def begin(self, job: Job, most_unfinished: int, **changes: Any) -> Job | None:
        """Note that a job is about to be asked for, unless too many are under way (0: any number): one decision."""
        with self._writing():
            if most_unfinished and len(self.unfinished(job)) >= most_unfinished:
                return None
            return self.update(job, state="asking", **changes)

    def find_or_add(self, job: Job, find: Callable[[Iterable[Job]], Job | None]) -> Job:
        """The job of the same request that `find` chooses, newest first, or the given one, added: one decision."""
        with self._writing():
            found = find(self.of_request(job.account, job.request_key))
            return found if found is not None else self.add(job)

    def add(self, job: Job) -> Job:
        """Note a new job; its number is given here."""
        values = {name: value for name, value in _row(vars(job)).items() if name != "job_id"}
        names = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join("?" * len(values))
        with self._writing() as connection:
            cursor = connection.execute(f"INSERT INTO jobs ({names}) VALUES ({marks})", tuple(values.values()))
            return next(self._jobs("job_id = ?", cursor.lastrowid))

    def update(self, job: Job, **changes: Any) -> Job:
        """Note what has become of a job."""
        values = _row(changes)
        names = ", ".join(f'"{name}" = ?' for name in values)
        with self._writing() as connection:
            connection.execute(f"UPDATE jobs SET {names} WHERE job_id = ?", (*values.values(), job.job_id))
            noted = next(self._jobs("job_id = ?", job.job_id))
        if noted.state != job.state:
            _note_state(noted)
        return noted

    def prune(self, before: datetime) -> None:
        """Forget finished jobs that are older and that a newer one of the same request stands for, or of no use.

        Of no use are also further pages that no page leads to any more.
        """
        newer = (
            "SELECT 1 FROM jobs AS newer WHERE newer.account = jobs.account AND newer.request_key = jobs.request_key "
            "AND newer.job_id > jobs.job_id AND newer.state IN ('done', 'empty')"
        )
        before_it = "SELECT 1 FROM jobs AS it WHERE it.account = jobs.account AND it.next_token = jobs.page_token"
        is_useless = f"EXISTS ({newer}) OR (page_token <> '' AND NOT EXISTS ({before_it}))"
        with self._writing() as connection:
            connection.execute(
                "DELETE FROM jobs WHERE begun_at < ? AND (state IN ('failed', 'gone') "
                f"OR (state IN ('done', 'empty') AND ({is_useless})))",
                (before.timestamp(),),
            )

    def listing(self, account: str, report_type: str) -> Listing | None:
        """What has been listed of a type without a gap."""
        found = self._rows(
            "SELECT since, listed_at FROM listings WHERE account = ? AND report_type = ?", account, report_type
        )
        return next((Listing(_time(since), _time(until)) for since, until in found), None)

    def note_listing(self, account: str, report_type: str, listing: Listing) -> None:
        """Note that all reports of a type made since then are known; one that joins onto the last extends it."""
        with self._writing() as connection:
            before = self.listing(account, report_type)
            since = min(before.since, listing.since) if before and before.until >= listing.since else listing.since
            connection.execute(
                "INSERT OR REPLACE INTO listings VALUES (?, ?, ?, ?)",
                (account, report_type, since.timestamp(), listing.until.timestamp()),
            )

    def document(self, file: str) -> KeptDocument | None:
        """A document that is kept."""
        found = self._rows("SELECT file, content_type, size, checksum FROM documents WHERE file = ?", file)
        return next((KeptDocument(*row) for row in found), None)

    def documents(self) -> list[KeptDocument]:
        """Everything that is kept, what was used longest ago first."""
        return [
            KeptDocument(*row)
            for row in self._rows("SELECT file, content_type, size, checksum FROM documents ORDER BY used_at, file")
        ]

    def keep_document(self, document: KeptDocument, now: datetime) -> None:
        """Note a document that is kept."""
        row = (document.file, document.content_type, document.size, document.checksum, now.timestamp())
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?)", row)

    def use_document(self, file: str, now: datetime) -> None:
        """Note that a document was used."""
        with self._writing() as connection:
            connection.execute("UPDATE documents SET used_at = ? WHERE file = ?", (now.timestamp(), file))

    def drop_document(self, file: str) -> None:
        """Forget a document."""
        with self._writing() as connection:
            connection.execute("DELETE FROM documents WHERE file = ?", (file,))

    def _jobs(self, condition: str, *values: object) -> Iterator[Job]:
        names = ", ".join(f'"{name}"' for name in _NAMES)
        rows = self._rows(f"SELECT {names} FROM jobs WHERE {condition} ORDER BY job_id", *values)
        return (_job(row) for row in rows)

    def _rows(self, sql: str, *values: object) -> list[Any]:
        with self._lock, _told():
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One step: all of it is noted, or nothing."""
        with self._lock, _told():
            if self._connection.in_transaction:
                yield self._connection
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")


def _opened(directory: Path | None) -> sqlite3.Connection:
    where = ":memory:" if directory is None else str(directory / FILE)
    try:
        connection = sqlite3.connect(where, timeout=1, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN EXCLUSIVE")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (*_STEPS, _VERSION):
            raise SettingError("data", f"--data: its {FILE} was written by another version: give another directory")
        for statement in _STEPS.get(version, "").split(";\n"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {_VERSION}")
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise SettingError("data", "--data: another server uses this directory: give each its own") from None
        raise SettingError("data", f"--data: {FILE} cannot be opened: {error}") from None
    except sqlite3.DatabaseError as error:
        raise SettingError("data", f"--data: {FILE} cannot be read ({error}): remove it, or restore it") from None
    return connection


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise Error(f"the server cannot note the state of its reports: {error}; its operator should look") from None


def _twice(*values: str) -> Iterator[str]:
    for value in values:
        yield from (value, value)


def _row(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as SQLite keeps them."""
    return {name: _kept(name, value) for name, value in values.items()}


def _kept(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _TIMES:
        return value.timestamp()
    return json.dumps(value) if name in _LISTS else value


def _job(row: tuple[Any, ...]) -> Job:
    values = dict(zip(_NAMES, row, strict=True))
    for name in _TIMES:
        values[name] = None if values[name] is None else _time(values[name])
    for name in _LISTS:
        items = json.loads(values[name] or "[]")
        values[name] = tuple(tuple(item) if isinstance(item, list) else item for item in items)
    return Job(**values | {"is_second_try": bool(values["is_second_try"])})


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def is_finished(job: Job) -> bool:
    """Whether nothing more becomes of a job."""
    return job.state in FINISHED


def _note_state(job: Job) -> None:
    what = "report" if not job.query else "query of Data Kiosk"
    facts = {"report_type": job.report_type, "report_id": job.report_id, "calls": job.calls, "error": job.error}
    note(logging.INFO, f"{what} {job.state}", account=job.account, **facts)
