"""The rows of an output on a page that are the call's own: where periods adjoin, two answers hold the same rows.

Knows tables and calls; knows neither SQL nor HTTP.
"""

from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from catalog.table import Column
from flight_server.decode import Note, decoder
from flight_server.plan import Output, Page, Scan, Within
from flight_server.planner.windows import ruling_member

Decode = Callable[[Page], pa.RecordBatch]


def own_rows(row_path: str, columns: tuple[Column, ...], ruling: Column | None, note: Note | None = None) -> Decode:
    """Decodes a page into the columns and the ruling one; rows that adjoining calls bring as well are left to them."""
    added = (ruling,) if ruling is not None and ruling not in columns else ()
    decode = decoder(row_path, (*columns, *added))

    def decoded(page: Page) -> pa.RecordBatch:
        record_batch = decode([page], note)
        if page.call.within is None or ruling is None:
            return record_batch
        return record_batch.filter(_are_within(record_batch.column(ruling.name), page.call.within))

    return decoded


def ruling_column(output: Output, scan: Scan) -> Column | None:
    """The column of the output's table that tells which rows of a cut period are a call's own."""
    member = ruling_member(output.table) or ruling_member(scan.table)
    columns: Iterator[Column] = (column for column in output.table.columns if member and column.member == member)
    return next(columns, None)


def _are_within(values: pa.Array, within: Within) -> pa.Array:
    """A row without a value is nobody else's."""
    inside = pc.is_null(values)
    later = pc.greater_equal(values, pa.scalar(within.since, values.type)) if within.since is not None else True
    earlier = pc.less(values, pa.scalar(within.before, values.type)) if within.before is not None else True
    return pc.or_kleene(inside, pc.and_kleene(later, earlier))
