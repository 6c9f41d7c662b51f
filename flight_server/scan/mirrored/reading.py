"""Rows that are kept, read without the engine: keys for other scans, and what is known of parents.

pyarrow's datasets cannot compare texts in files that a merge has written (string_view), so each batch is cast first.
"""

from __future__ import annotations  # pa.Array[...] exists for the type checker only

from collections.abc import Iterator, Sequence
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalog.arrow_types import arrow_schema
from flight_server.mirror.tables import ACCOUNT, BESIDE
from flight_server.plan import KeptRows
from flight_server.scan.mirrored.arriving import bound


def rows_of(kept: KeptRows) -> Iterator[pa.RecordBatch]:
    """The rows that are kept, with the output's columns."""
    table, wanted = kept.output.table, [column.name for column in kept.output.columns]
    among = {column: values for column, values in kept.among.items() if column != ACCOUNT}  # whose the files are
    names = dict.fromkeys((*wanted, *among, *((kept.period,) if kept.period else ())))
    fields = {field.name: field for field in (*arrow_schema(table.columns), *BESIDE)}
    for batch in batches_of(kept.files, [fields[name] for name in names]):
        masks = [pc.is_in(batch.column(column), pa.array(values, pa.string())) for column, values in among.items()]
        if kept.period:
            times = batch.column(kept.period)
            masks += [pc.greater_equal(times, bound(kept.since, times.type))] if kept.since is not None else []
            masks += [pc.less(times, bound(kept.before, times.type))] if kept.before is not None else []
        yield batch.filter(reduce(pc.and_, masks)).select(wanted)


def batches_of(files: Sequence[str], fields: Sequence[pa.Field]) -> Iterator[pa.RecordBatch]:
    """Columns of all rows of the files."""
    schema = pa.schema(list(fields))
    for file in files:
        for batch in pq.ParquetFile(file).iter_batches(columns=schema.names):
            columns = [batch.column(field.name).cast(field.type) for field in schema]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)
