"""One scan of an operation → record batches, page by page: calls, pages, decoding.

Knows neither SQL nor HTTP. A page is fetched when its rows are asked for, so whoever stops reading stops the calls; a
scan that is sure to be read to its end is fetched a little ahead.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from catalog.table import Column
from flight_server.decode import decoder
from flight_server.decode.batches import matched_to_answers
from flight_server.decode.item_errors import refuse_item_errors
from flight_server.errors import QueryError
from flight_server.plan import Call, Keys, KeySupply, OneOf, Output, Page, Scan, Within
from flight_server.planner.calls import calls, looked_for
from flight_server.planner.key_tuples import Sources
from flight_server.planner.windows import ruling_member
from flight_server.scan.context import ScanContext
from flight_server.scan.lanes import pages_ahead, pages_in_time
from flight_server.scan.marketplaces import marketplaces_of


def open_operation(scan: Scan, keys: Keys, context: ScanContext) -> Iterator[tuple[pa.RecordBatch, ...]]:
    """Yield for every page one record batch an output."""
    decoders = [_own_rows_decoder(output, scan) for output in scan.outputs]
    settings = _setting_values(scan, context)
    all_there_is = {} if context.settings.marketplaces else {name: frozenset(all_) for name, all_ in settings.items()}
    keys_ = _key_tuples(scan, keys, context)
    sources = Sources(context.now, settings, all_there_is, keys_, partial(_refuse_item, context))
    rows_left = scan.row_limit
    if rows_left == 0:
        return
    for page in _pages(scan, calls(scan, sources), context):
        if scan.table.request_batch is not None:
            page = matched_to_answers(page, scan.table)
        if scan.table.item_errors is not None:
            refuse_item_errors(page, scan.table.item_errors)
        record_batches = tuple(decode(page) for decode in decoders)
        yield record_batches
        if rows_left is not None:
            rows_left -= record_batches[0].num_rows
            if rows_left <= 0:
                return


def _refuse_item(context: ScanContext, reason: str) -> None:
    """One key of many cannot be asked for: the query's end, or a warning, as the connection wants it."""
    if context.settings.on_item_error != "Row":
        raise QueryError(reason)
    context.query.warn(reason)


def _pages(scan: Scan, calls_: Iterator[Call], context: ScanContext) -> Iterator[Page]:
    def fetch(call: Call) -> Iterator[Page]:
        return context.client.pages(call, context.settings, context.query)

    if scan.is_read_whole:
        yield from pages_ahead(calls_, fetch, context.query)
    elif scan.table.paging is not None and scan.table.paging.lifetime_seconds is not None:
        yield from pages_in_time(calls_, fetch, context.query)
    else:
        for call in calls_:
            yield from fetch(call)


def _own_rows_decoder(output: Output, scan: Scan) -> Callable[[Page], pa.RecordBatch]:
    """Decodes pages into the output's columns; rows that adjoining calls bring as well are left to them."""
    ruling = _ruling_column(output, scan)
    judged = {column: output.table.columns_by_name[column] for column in looked_for(scan)}
    needed = dict.fromkeys((*((ruling,) if ruling is not None else ()), *judged.values()))
    added = tuple(column for column in needed if column not in output.columns)
    decode = decoder(output.table.row_path, (*output.columns, *added))

    def decoded(page: Page) -> pa.RecordBatch:
        record_batch = decode([page])
        if page.call.within is not None and ruling is not None:
            record_batch = record_batch.filter(_are_within(record_batch.column(ruling.name), page.call.within))
        if (own := page.call.one_of) is not None:
            record_batch = record_batch.filter(_are_among(record_batch.column(own.column), own))
        return record_batch.select([column.name for column in output.columns]) if added else record_batch

    return decoded


def _ruling_column(output: Output, scan: Scan) -> Column | None:
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


def _are_among(values: pa.Array, own: OneOf) -> pa.Array:
    wanted = pa.array(sorted(own.values), pa.string()).cast(values.type)
    return pc.is_in(values, value_set=wanted)


def _setting_values(scan: Scan, context: ScanContext) -> Mapping[str, tuple[str, ...]]:
    wanted = {binding.setting for binding in scan.bindings if binding.setting}
    return {setting: marketplaces_of(context, open_operation) for setting in wanted}


def _key_tuples(scan: Scan, keys: Keys, context: ScanContext) -> Mapping[tuple[str, ...], Iterable[tuple[object, ...]]]:
    return {
        supply.keys: _from_parent(supply.parent, supply, keys, context) if supply.parent else keys[supply.sql]
        for supply in scan.supplies
    }


def _from_parent(parent: Scan, supply: KeySupply, keys: Keys, context: ScanContext) -> Iterator[tuple[object, ...]]:
    """The keys that the declared parent's rows hold, each tuple once, read as they are needed."""
    seen: set[tuple[object, ...]] = set()
    for (record_batch,) in open_operation(parent, keys, context):
        columns = (record_batch.column(name).to_pylist() for name in supply.parent_columns)
        for values in zip(*columns, strict=True):
            if None not in values and values not in seen:
                seen.add(values)
                yield values
