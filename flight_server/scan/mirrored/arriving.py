"""Record batches of a scan on their way into the mirror: all columns of the table, and whose they are."""

from __future__ import annotations  # pa.Array[...] exists for the type checker only

from collections.abc import Callable, Iterator
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from catalog.arrow_types import arrow_schema
from catalog.table import Table
from flight_server.mirror.notes import Place
from flight_server.mirror.tables import ACCOUNT, BESIDE, FETCHED_AT, KEY, SCOPE


class Unkept(Exception):
    """Some rows cannot be kept, since they do not say where they belong: the query goes on without the mirror."""


class Arriving:
    """Rows of one place, read at one time. What fails in the reading is kept: whoever writes would garble it."""

    def __init__(self, table: Table, place: Place, fetched_at: datetime) -> None:
        self.schema = kept_schema(table)
        self.failure: BaseException | None = None
        self.rows = 0
        self._place = place
        self._fetched_at = fetched_at

    def batches(
        self,
        pages: Iterator[tuple[pa.RecordBatch, ...]],
        belongs: Callable[[pa.RecordBatch], pa.Array[pa.BooleanScalar] | None],
        key: str = "",
    ) -> Iterator[pa.RecordBatch]:
        """The rows that belong here, as the mirror has them."""
        try:
            for (batch,) in pages:
                mask = belongs(batch)
                own = batch if mask is None else batch.filter(mask)
                if own.num_rows:
                    self.rows += own.num_rows
                    yield self.completed(own, key)
        except BaseException as error:
            self.failure = error
            raise

    def completed(self, batch: pa.RecordBatch, key: str = "") -> pa.RecordBatch:
        """The batch with every column of the kept table."""
        beside = {ACCOUNT: self._place.account, SCOPE: self._place.scope, KEY: key, FETCHED_AT: self._fetched_at}
        names = set(batch.schema.names)
        columns = [
            batch.column(field.name)
            if field.name in names
            else pa.repeat(pa.scalar(beside.get(field.name), field.type), batch.num_rows)
            for field in self.schema
        ]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)


def kept_schema(table: Table) -> pa.Schema:
    """The columns of a table as the mirror has them."""
    return pa.schema([pa.field(f.name, f.type) for f in (*arrow_schema(table.columns), *BESIDE)])


def within(
    column: str, lower: datetime, upper: datetime | None
) -> Callable[[pa.RecordBatch], pa.Array[pa.BooleanScalar]]:
    """Tells the rows of part of a period; raises Unkept for one that has no time."""

    def belongs(batch: pa.RecordBatch) -> pa.Array[pa.BooleanScalar]:
        values = batch.column(column)
        if values.null_count:
            raise Unkept(f"a row has no {column}")
        inside = pc.greater_equal(values, bound(lower, values.type))
        return inside if upper is None else pc.and_(inside, pc.less(values, bound(upper, values.type)))

    return belongs


def bound(instant: datetime, kind: pa.DataType) -> pa.Scalar:
    """An instant as a column of that type compares it."""
    return pa.scalar(instant.date() if pa.types.is_date(kind) else instant, kind)
