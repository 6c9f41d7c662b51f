"""Rows that a list brings twice are told once, in their later state wherever that can still be told.

A list moves while it is read: what is in the order of changes comes again when it changes, pages that are counted
shift when a row arrives before them, and between the calls for two statuses a row goes from one to the other. Rows with
the same key (`row_keys`) are tellings of the same row. One answer is one state of the list: within a page nothing is
left out.

As many rows as the plan says (`Scan.held_rows`) are held back until later pages have told whether they come again: in
memory while they are few, on disk beyond that. Of a row that comes again by then, the telling on the page that was
fetched later counts, and the rows of child tables go with it. What has left cannot be taken back: then the first
telling counts. Holding costs time where the client would read along, so that the planner holds there only lists in the
order of changes; it costs nothing where all rows must be there before the first leaves, or where all are on one page.
Either way each key is remembered by some hundred bytes: a hundred megabytes for a million rows.

What moves to where the reader has been is not seen: no page tells of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa

from flight_server.client.pages.page_spool import PageSpool
from flight_server.plan import Page
from flight_server.scan.row_keys import Reading

RecordBatches = tuple[pa.RecordBatch, ...]

_Rank = tuple[float, int]
"""When a page was fetched, and its number among those read: a later page has the greater rank."""


@dataclass
class _Tellings:
    """Of one output: which page tells each key, and which pages hold rows that another page tells."""

    reading: Reading
    by_key: dict[bytes, _Rank] = field(default_factory=dict)
    outdated: set[_Rank] = field(default_factory=set)

    def note(self, page: Page, record_batch: pa.RecordBatch, rank: _Rank, *, may_replace: bool) -> None:
        """Take notice of what a page tells, in the stead of an earlier one if that has not left."""
        if not self.reading.key:
            return
        for digest in self.reading.told(page, record_batch):
            other = self.by_key.setdefault(digest, rank)
            if other == rank:
                continue
            if may_replace and rank > other:
                self.by_key[digest] = rank
                self.outdated.add(other)
            else:
                self.outdated.add(rank)

    def taken(self, page: Page, record_batch: pa.RecordBatch, rank: _Rank) -> pa.RecordBatch:
        """The rows that are told by this page, with the columns that are wanted."""
        if rank in self.outdated:
            digests = self.reading.digests(page, record_batch)
            told = [digest is None or self.by_key[digest] == rank for digest in digests]
            record_batch = record_batch.filter(pa.array(told, pa.bool_()))
        return self.reading.wanted(record_batch)


class _HeldPages:
    """Pages that wait, as Arrow's own messages; the first output's rows are counted."""

    def __init__(self) -> None:
        self._spool = PageSpool()
        self._pages: list[tuple[Page, _Rank]] = []
        self._schemas: list[pa.Schema] = []
        self.rows = 0

    def add(self, page: Page, record_batches: RecordBatches, rank: _Rank) -> None:
        """Let a page wait."""
        self._schemas = [record_batch.schema for record_batch in record_batches]
        for record_batch in record_batches:
            self._spool.append(record_batch.serialize().to_pybytes())
        self._pages.append((replace(page, body=b""), rank))
        self.rows += record_batches[0].num_rows

    def released(self) -> Iterator[tuple[Page, RecordBatches, _Rank]]:
        """All that has waited, in the order in which it came."""
        numbers = iter(range(len(self._pages) * len(self._schemas)))
        for page, rank in self._pages:
            record_batches = [
                pa.ipc.read_record_batch(pa.py_buffer(self._spool.read(next(numbers))), schema)
                for schema in self._schemas
            ]
            yield page, tuple(record_batches), rank
        self._pages = []

    def close(self) -> None:
        """Let go of what waits."""
        self._spool.close()


def told_once(
    readings: Sequence[Reading], pages: Iterator[tuple[Page, RecordBatches]], held_rows: int | None
) -> Iterator[RecordBatches]:
    """The record batches of the pages, without rows that another page tells; `held_rows` None: all may wait."""
    tellings = [_Tellings(reading) for reading in readings]
    is_holding = held_rows != 0 and any(reading.key for reading in readings)
    held = _HeldPages()

    def taken(page: Page, record_batches: RecordBatches, rank: _Rank) -> RecordBatches:
        pairs = zip(tellings, record_batches, strict=True)
        return tuple(telling.taken(page, record_batch, rank) for telling, record_batch in pairs)

    try:
        for number, (page, record_batches) in enumerate(pages):
            rank = (page.fetched_at, number)
            for telling, record_batch in zip(tellings, record_batches, strict=True):
                telling.note(page, record_batch, rank, may_replace=is_holding)
            if not is_holding:
                yield taken(page, record_batches, rank)
                continue
            held.add(page, record_batches, rank)
            if held_rows is not None and held.rows >= held_rows:
                is_holding = False
                for waiting in held.released():
                    yield taken(*waiting)
        for waiting in held.released():
            yield taken(*waiting)
    finally:
        held.close()
