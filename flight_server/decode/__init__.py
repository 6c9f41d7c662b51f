"""Pages to record batches: the JSON text of Amazon's answers becomes Arrow, exactly or not at all.

Knows no HTTP and no SQL. Fastest with groups of 5 to 10 pages: fewer cost more calls into Arrow, more leave the cache.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache, partial

import pyarrow as pa

from catalog.arrow_types import arrow_schema
from catalog.table import Column
from flight_server.decode.record_batch import layout_of, record_batch
from flight_server.plan import Page

__all__ = ["Decoder", "arrow_schema", "decoder"]

Decoder = Callable[[Sequence[Page]], pa.RecordBatch]
"""Pages of one or several calls of one table in, one record batch out. Safe to share between threads."""


@lru_cache(maxsize=256)
def decoder(row_path: str, columns: tuple[Column, ...]) -> Decoder:
    """Make the decoder of some columns of the rows at `row_path`; equal questions share it."""
    return partial(record_batch, layout_of(row_path, columns))
