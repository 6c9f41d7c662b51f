"""A query service of a few lines: what it does is told by the words of the SQL."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from catalog.table import Column, Table
from flight_server.connection.session import Caller
from flight_server.errors import Cancelled, Error

RESULT = pa.schema([("number", pa.int64()), ("amount", pa.decimal128(20, 2)), ("word", pa.utf8())])


@dataclass(frozen=True)
class FakePrepared:
    sql: str
    arrow_schema: pa.Schema
    parameter_schema: pa.Schema
    homes: tuple[tuple[Table, Column] | None, ...] = ()
    is_for_session: bool = False
    new_schema: str | None = None


@dataclass
class FakeRun:
    """Gives one row for every row of parameters; `SELECT wait` gives one batch, then waits until it is cancelled."""

    prepared: FakePrepared
    parameters: pa.RecordBatch | None
    error: Exception | None
    query_id: str = "query"
    timeout_seconds: float = 0.0
    warnings: list[str] = field(default_factory=list)
    endless_count: int = 0
    is_waiting: threading.Event = field(default_factory=threading.Event)
    is_stopped: threading.Event = field(default_factory=threading.Event)
    is_closed: threading.Event = field(default_factory=threading.Event)

    def cancel(self) -> None:
        self.is_stopped.set()

    def refuse(self, error: Error) -> None:
        self.error = error

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        try:
            yield from self._record_batches()
        finally:
            self.is_closed.set()

    def _record_batches(self) -> Iterator[pa.RecordBatch]:
        if self.error is not None:
            raise self.error
        words = self.parameters.column(0).to_pylist() if self.parameters is not None else ["no parameter"]
        for number, word in enumerate(words):
            yield pa.RecordBatch.from_pylist([{"number": number, "word": str(word)}], self.prepared.arrow_schema)
        if "endless" in self.prepared.sql:
            while not self.is_stopped.is_set():
                self.endless_count += 1
                yield pa.RecordBatch.from_pylist([{"word": "x" * 2_000_000}], self.prepared.arrow_schema)
            raise Cancelled
        if "warn" in self.prepared.sql:
            self.warnings.append("wörd is null")
        if "wait" in self.prepared.sql:
            self.is_waiting.set()
            assert self.is_stopped.wait(30), "nobody cancelled the query"
            raise Cancelled


@dataclass
class FakeQueries:
    """Remembers who called; `run_errors` and `prepare_errors` are raised for the SQL that they are kept under."""

    prepare_errors: dict[str, Exception] = field(default_factory=dict)
    run_errors: dict[str, Exception] = field(default_factory=dict)
    callers: list[Caller] = field(default_factory=list)
    runs: list[FakeRun] = field(default_factory=list)
    has_run: threading.Condition = field(default_factory=threading.Condition)

    def prepare(self, sql: str, caller: Caller) -> FakePrepared:
        if sql in self.prepare_errors:
            raise self.prepare_errors[sql]
        return FakePrepared(sql, RESULT, pa.schema([("parameter", pa.utf8())] * sql.count("?")))

    def bind(self, prepared: FakePrepared, parameters: pa.RecordBatch, caller: Caller) -> FakePrepared:
        return prepared

    def run(self, prepared: FakePrepared, parameters: pa.RecordBatch | None, caller: Caller) -> FakeRun:
        run = FakeRun(prepared, parameters, self.run_errors.get(prepared.sql))
        with self.has_run:
            self.callers.append(caller)
            self.runs.append(run)
            self.has_run.notify_all()
        return run

    def wait_for_run(self) -> FakeRun:
        with self.has_run:
            assert self.has_run.wait_for(lambda: self.runs, timeout=30), "no query was run"
            return self.runs[-1]
