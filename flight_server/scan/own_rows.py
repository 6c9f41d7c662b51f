"""The rows of an output on a page that are the call's own: where calls overlap, two answers hold the same rows.

Periods overlap where they adjoin; a call that asks for no keys, since no list can hold them, brings those of others.
Knows tables and calls; knows neither SQL nor HTTP.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from catalog.table import Column
from flight_server.decode import Note, decoder
from flight_server.plan import OneOf, Output, Page, Scan, Within
from flight_server.planner.asking.calls import looked_for
from flight_server.planner.asking.windows import ruling_member

Decode = Callable[[Page], pa.RecordBatch]


@dataclass(frozen=True)
class Judges:
    """The columns by which an output's rows belong to one call or another."""

    ruling: Column | None  # of a cut period
    looked_for: tuple[Column, ...] = ()  # of keys that no list can hold

    @property
    def columns(self) -> tuple[Column, ...]:
        """All of them."""
        return (*((self.ruling,) if self.ruling is not None else ()), *self.looked_for)


def judges(output: Output, scan: Scan) -> Judges:
    """Find them."""
    member = ruling_member(output.table) or ruling_member(scan.table)
    ruling: Iterator[Column] = (column for column in output.table.columns if member and column.member == member)
    return Judges(next(ruling, None), tuple(output.table.columns_by_name[column] for column in looked_for(scan)))


def own_rows(row_path: str, columns: tuple[Column, ...], by: Judges, note: Note | None = None) -> Decode:
    """Decodes a page into the columns and those judged by; rows that other calls bring as well are left to them."""
    decode = decoder(row_path, tuple(dict.fromkeys((*columns, *by.columns))))

    def decoded(page: Page) -> pa.RecordBatch:
        record_batch = decode([page], note)
        within, one_of = page.call.within, page.call.one_of
        if within is not None and by.ruling is not None:
            record_batch = record_batch.filter(_are_within(record_batch.column(by.ruling.name), within))
        if one_of is not None:
            record_batch = record_batch.filter(_are_among(record_batch.column(one_of.column), one_of))
        return record_batch

    return decoded


def _are_within(values: pa.Array, within: Within) -> pa.Array:
    """A row without a value is nobody else's."""
    inside = pc.is_null(values)
    later = pc.greater_equal(values, pa.scalar(within.since, values.type)) if within.since is not None else True
    earlier = pc.less(values, pa.scalar(within.before, values.type)) if within.before is not None else True
    return pc.or_kleene(inside, pc.and_kleene(later, earlier))


def _are_among(values: pa.Array, own: OneOf) -> pa.Array:
    wanted = pa.array(sorted(own.values), pa.string()).cast(values.type)
    return pc.is_in(values, value_set=wanted)
