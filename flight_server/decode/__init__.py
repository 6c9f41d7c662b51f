"""Pages to record batches: the JSON text of Amazon's answers becomes Arrow, exactly or not at all.

Knows no HTTP and no SQL. Fastest with groups of 5 to 10 pages: fewer cost more calls into Arrow, more leave the cache.
"""

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Protocol

import pyarrow as pa

from catalog.arrow_types import arrow_schema
from catalog.table import Column
from flight_server.decode.columns import text_array
from flight_server.decode.record_batch import Note, layout_of, record_batch
from flight_server.plan import Page

__all__ = ["Decoder", "Note", "arrow_schema", "asked_value", "decoder"]


class Decoder(Protocol):
    """Pages of one or several calls of one table in, one record batch out. Safe to share between threads."""

    def __call__(self, pages: Sequence[Page], note: Note | None = None) -> pa.RecordBatch:
        """Decode; a value that its column cannot hold is null and told to `note`, or an error where there is none."""


def asked_value(text: str | None, column: Column) -> object:
    """What a column tells of a value that was asked for, as Python has it."""
    return text_array([text], column.declared_type).array[0].as_py()


@lru_cache(maxsize=256)
def decoder(row_path: str, columns: tuple[Column, ...]) -> Decoder:
    """Make the decoder of some columns of the rows at `row_path`; equal questions share it."""
    return partial(record_batch, layout_of(row_path, columns))
