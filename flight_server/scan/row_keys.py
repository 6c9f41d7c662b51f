"""What tells the rows of a list apart: their primary key together with what was asked for, as digests.

A child table's rows go with the row that holds them, so theirs is their parent's key. There is no key where the stanza
says that keys repeat, where a part of the key is null, and where the answer holds no part of it. Knows tables and
pages; knows neither SQL nor HTTP.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

import pyarrow as pa

from catalog.table import Column, Table
from flight_server.decode import Note
from flight_server.plan import Output, Page, Scan
from flight_server.scan.own_rows import Decode, judges, own_rows

_DIGEST_BYTES = 16  # so many that no two keys of one scan will ever share it


@dataclass(frozen=True)
class Reading:
    """How an output's rows are decoded, and what tells them apart."""

    output: Output
    decode: Decode  # the output's columns, and whatever else is needed here
    key: tuple[str, ...]  # columns that tell the rows apart; none: nothing does
    sent: tuple[str, ...] = ()  # parameters whose values belong to the key besides
    holders: Decode | None = None  # of a child table: the keys of the rows that hold its own

    def told(self, page: Page, record_batch: pa.RecordBatch) -> set[bytes]:
        """The keys of all that a page tells, be it a row without children."""
        found = record_batch if self.holders is None else self.holders(page)
        return {digest for digest in self.digests(page, found) if digest is not None}

    def digests(self, page: Page, record_batch: pa.RecordBatch) -> Iterator[bytes | None]:
        """The key of each row; None where a part of it is null."""
        sent = [page.call.url_parameters.get(name) for name in self.sent]
        asked = repr((sorted(page.call.asked.items()), sent))
        columns = (record_batch.column(name).to_pylist() for name in self.key)
        for values in zip(*columns, strict=True):
            yield None if None in values else blake2b(f"{asked}{values}".encode(), digest_size=_DIGEST_BYTES).digest()

    def wanted(self, record_batch: pa.RecordBatch) -> pa.RecordBatch:
        """The output's own columns."""
        if record_batch.num_columns == len(self.output.columns):
            return record_batch
        return record_batch.select([column.name for column in self.output.columns])


def reading(output: Output, scan: Scan, note: Note | None = None) -> Reading:
    """Plan how an output is read; `note` is told of values that cannot be, which are an error without it."""
    table, by = output.table, judges(output, scan)
    stated, key = _key_columns(table)
    added = tuple(column for column in key if column not in output.columns)
    return Reading(
        output,
        decode=own_rows(table.row_path, (*output.columns, *added), by, note),
        key=tuple(column.name for column in key),
        sent=tuple(key.eq or key.in_ for key in table.key_columns if key.column in stated),
        holders=own_rows(table.parent_row_path, key, by, note and _untold) if key and table.kind == "child" else None,
    )


def _untold(_: str) -> None:
    """The same values were read, and told, with the output's own."""


def _key_columns(table: Table) -> tuple[frozenset[str], tuple[Column, ...]]:
    """The columns of the answer that belong to the key of the rows of a list; what was asked for is known besides.

    Apart from them, those that an element of a child table states itself, but its parent only echoes.
    """
    row_path, names = table.row_path, table.primary_key
    if table.kind == "child":
        row_path, names = table.parent_row_path, table.primary_key[:-1]  # without its index
    is_list = "[]" in row_path and (table.paging is not None or table.window is not None)
    if not is_list or table.key_repeats or table.request_batch is not None:
        return frozenset(), ()
    columns = [table.columns_by_name[name] for name in names]
    stated = frozenset(column.name for column in columns if table.kind == "child" and _is_inside(column, table))
    return stated, tuple(column for column in columns if column.member and column.name not in stated)


def _is_inside(column: Column, table: Table) -> bool:
    return column.member.startswith(f"{table.row_path}.")
