"""A plan → record batches: key suppliers first, relations in, the residual SQL's rows out.

Scans are opened through a function that is handed in. Three ways to run, decided by the plan: page by page, where the
residual runs once for each page of the first scan and rows leave at once; the same without the engine, where the
residual only selects; or as a whole, where relations that are read once are pulled while the query runs and the others
are laid down first in temporary tables, which spill to disk.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import duckdb
import pyarrow as pa

from catalog.arrow_types import arrow_schema
from flight_server.activity import QueryActivity
from flight_server.engine.connection import Engine, query_error
from flight_server.engine.kept import lay_out, make_way
from flight_server.engine.watchdog import Watchdog
from flight_server.errors import Error
from flight_server.plan import KeptRows, Keys, Plan, Scan

ROWS_PER_BATCH = 8192
"""Rows in a record batch of a result; what passes 4 MiB is cut later."""

_OUT_OF_MEMORY = "Out of Memory Error"

Pages = Generator[tuple[pa.RecordBatch, ...], None, None]
"""Page by page, one record batch an output; closing it stops the calls."""

RecordBatches = Generator[pa.RecordBatch, None, None]


@dataclass
class _CurrentPage:
    """A relation whose rows are those of the page that was put into it last: to register takes as long as to read."""

    record_batch: pa.RecordBatch

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.record_batch.__arrow_c_stream__(requested_schema)

    def __arrow_c_schema__(self) -> object:
        return self.record_batch.schema.__arrow_c_schema__()


class OpenScan(Protocol):
    """Opens one scan; yields, page by page, one record batch an output."""

    def __call__(self, scan: Scan, keys: Keys) -> Pages:
        """Open `scan`; `keys` are what the SQL of its supplies yields."""


class FindKept(Protocol):
    """Finds the rows of a scan that were read before."""

    def __call__(self, scan: Scan, keys: Keys) -> KeptRows | None:
        """The rows of `scan`; None where it is to be opened."""


def _nothing_kept(scan: Scan, keys: Keys) -> KeptRows | None:
    return None


def run(
    engine: Engine, plan: Plan, open_scan: OpenScan, query: QueryActivity, find_kept: FindKept = _nothing_kept
) -> RecordBatches:
    """Yield the result's record batches as the engine types them; closing the iterator releases everything."""
    if plan.row_limit == 0:
        return
    with engine.streaming_cursor() as cursor, _interrupted_by(query, cursor, engine.watchdog):
        run_ = _Run(cursor, open_scan, find_kept, query, engine.watchdog)
        yield from run_.paged(plan) if plan.paged else run_.whole(plan)


@dataclass
class _RowLimit:
    """LIMIT and OFFSET over record batches that come one after the other."""

    skip: int
    left: int | None

    def taken(self, record_batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """The part of the batch that is wanted, if any."""
        part = record_batch.slice(self.skip, self.left)
        self.skip = max(0, self.skip - record_batch.num_rows)
        if self.left is not None:
            self.left -= part.num_rows
        if part.num_rows:
            yield part


@contextmanager
def _interrupted_by(query: QueryActivity, cursor: duckdb.DuckDBPyConnection, watchdog: Watchdog) -> Iterator[None]:
    """Stop the engine's own work as soon as the query is cancelled; complain in the query's words."""
    with query.on_cancel(cursor.interrupt), watchdog.watching(query, cursor.interrupt):
        try:
            yield
        except (duckdb.Error, MemoryError) as error:
            raise _complaint(error, query, watchdog) from None


def _complaint(error: Exception, query: QueryActivity, watchdog: Watchdog) -> Error:
    """Why the query was stopped, or else what the engine says; of memory it gives advice that nobody can follow."""
    query.check()
    if isinstance(error, duckdb.OutOfMemoryException | MemoryError) or _OUT_OF_MEMORY in str(error):
        return watchdog.out_of_memory()
    return query_error(error)


class _Run:
    """One run of one plan on one cursor. Used by a single thread, but for the engine's own pulls."""

    def __init__(
        self,
        cursor: duckdb.DuckDBPyConnection,
        open_scan: OpenScan,
        find_kept: FindKept,
        query: QueryActivity,
        watchdog: Watchdog,
    ) -> None:
        self._cursor = cursor
        self._open_scan = open_scan
        self._find_kept = find_kept
        self._query = query
        self._watchdog = watchdog
        self._failure: BaseException | None = None

    def whole(self, plan: Plan) -> Iterator[pa.RecordBatch]:
        readers: list[RecordBatches] = []
        try:
            for scan in plan.scans:
                if self._lay_out(scan):
                    continue
                if scan.lazy:
                    readers.append(self._register_lazily(scan))
                else:
                    self._lay_down(scan)
            yield from self._rows(plan.residual)
        finally:
            for reader in readers:
                reader.close()

    def paged(self, plan: Plan) -> Iterator[pa.RecordBatch]:
        first, *others = plan.scans
        if self._lay_out(first):
            for scan in others:
                self._lay_down(scan)
            yield from self._rows(_with_limit(plan))
            return
        limit = _RowLimit(plan.row_offset, plan.row_limit)
        pages = self._open(first)
        current: _CurrentPage | None = None
        try:
            for (page,) in pages:
                for part in _parts(page, None if not others or limit.left is None else limit.left + limit.skip):
                    if current is None:
                        current = _CurrentPage(part)
                        self._cursor.register(first.outputs[0].relation, current)
                    current.record_batch = part
                    for scan in others:
                        self._lay_down(scan)
                    for record_batch in self._rows(plan.residual):
                        yield from limit.taken(record_batch)
                        if limit.left == 0:
                            return
        finally:
            pages.close()

    def _rows(self, sql: str) -> Iterator[pa.RecordBatch]:
        self._query.check()
        try:
            reader = self._cursor.sql(sql).to_arrow_reader(ROWS_PER_BATCH)
            while True:
                record_batch = reader.read_next_batch()
                self._query.check()
                yield record_batch
        except StopIteration:
            return
        except (duckdb.Error, pa.ArrowException, OSError, MemoryError) as error:
            if self._failure is not None:
                raise self._failure from None
            raise _complaint(error, self._query, self._watchdog) from None

    def _open(self, scan: Scan) -> Pages:
        return self._open_scan(scan, self._supplied(scan))

    def _supplied(self, scan: Scan) -> Keys:
        return {sql: self._keys(sql) for sql in _supplying_sql(scan)}

    def _lay_out(self, scan: Scan) -> bool:
        """Let the engine read the rows that are kept of a scan, if there are any."""
        kept = self._find_kept(scan, self._supplied(scan))
        if kept is None:
            return False
        lay_out(self._cursor, kept)
        return True

    def _keys(self, sql: str) -> list[tuple[object, ...]]:
        """Distinct keys, read before the scan opens: the cursor may be busy while the scan is pulled."""
        table = self._cursor.sql(sql).to_arrow_table()
        tuples = zip(*(column.to_pylist() for column in table.columns), strict=True)
        return [values for values in tuples if None not in values]

    def _lay_down(self, scan: Scan) -> None:
        """Write all of a scan into temporary tables, one an output, unless its rows are kept."""
        if self._lay_out(scan):
            return
        schemas = [arrow_schema(output.columns) for output in scan.outputs]
        for output, schema in zip(scan.outputs, schemas, strict=True):
            self._create_table(output.relation, schema)
        pages = self._open(scan)
        for record_batches in pages:
            for output, record_batch in zip(scan.outputs, record_batches, strict=True):
                if record_batch.num_rows:
                    self._cursor.register("arriving", record_batch)
                    self._cursor.execute(f"INSERT INTO {output.relation} SELECT * FROM arriving")
        self._cursor.unregister("arriving")

    def _create_table(self, relation: str, schema: pa.Schema) -> None:
        make_way(self._cursor, relation)
        self._cursor.register("arriving", schema.empty_table())
        self._cursor.execute(f"CREATE OR REPLACE TEMP TABLE {relation} AS SELECT * FROM arriving")

    def _register_lazily(self, scan: Scan) -> RecordBatches:
        """Let the engine pull the scan while it runs; what fails in the pull is kept, the engine would garble it."""
        output = scan.outputs[0]
        pages = self._open(scan)

        def pulled() -> RecordBatches:
            try:
                for (record_batch,) in pages:
                    yield record_batch
            except BaseException as error:
                self._failure = error
                raise
            finally:
                pages.close()

        reader = pulled()
        self._cursor.register(output.relation, pa.RecordBatchReader.from_batches(arrow_schema(output.columns), reader))
        return reader


def _with_limit(plan: Plan) -> str:
    """The residual of a plan that would run page by page, with the LIMIT that was taken out of it."""
    limit = "" if plan.row_limit is None else f" LIMIT {plan.row_limit}"
    offset = f" OFFSET {plan.row_offset}" if plan.row_offset else ""
    return f"SELECT * FROM ({plan.residual}){limit}{offset}" if limit or offset else plan.residual


def _supplying_sql(scan: Scan) -> set[str]:
    """The SQL of every supply of the scan and of the parents that are read for its keys."""
    found = {supply.sql for supply in scan.supplies if supply.sql}
    return found.union(*(_supplying_sql(supply.parent) for supply in scan.supplies if supply.parent is not None))


def _parts(record_batch: pa.RecordBatch, rows: int | None) -> Iterator[pa.RecordBatch]:
    """Cut a page so that no more keys are supplied at a time than a LIMIT can use."""
    if rows is None or rows >= record_batch.num_rows:
        yield record_batch
        return
    for start in range(0, record_batch.num_rows, rows):
        yield record_batch.slice(start, rows)
