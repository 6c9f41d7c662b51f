"""One scan of an operation → record batches, page by page: calls, pages, decoding.

Knows neither SQL nor HTTP. A page is fetched when its rows are asked for, so whoever stops reading stops the calls; a
scan that is sure to be read to its end is fetched a little ahead. What happens to a page on its way, in this order:
answers are matched with their requests, items that Amazon refused are taken out, the rest is decoded, and rows that
come twice are left out.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from functools import partial

from flight_server.decode.batches import matched_to_answers
from flight_server.errors import LimitReached, QueryError
from flight_server.plan import Call, Keys, KeySupply, Page, Scan
from flight_server.planner.asking.calls import calls
from flight_server.planner.asking.key_tuples import Sources
from flight_server.planner.asking.narrowing import condition_to_add, told_beginning
from flight_server.scan.asking import pages_of
from flight_server.scan.context import ScanContext
from flight_server.scan.lanes import pages_ahead, pages_in_time
from flight_server.scan.marketplaces import default_values, values_at_all
from flight_server.scan.refused_items import RefusedItems
from flight_server.scan.row_keys import Reading, reading
from flight_server.scan.told_once import RecordBatches, told_once


def open_operation(scan: Scan, keys: Keys, context: ScanContext) -> Iterator[RecordBatches]:
    """Yield for every page one record batch an output; raise LimitReached with what to add to the query."""
    try:
        yield from _opened(scan, keys, context)
    except LimitReached as reached:
        if reached.advice:  # that of a parent, whose rows were too many
            raise
        advice = condition_to_add(scan, context.now)
        raise LimitReached(reached.parameter, reached.limit, advice) from None


def _opened(scan: Scan, keys: Keys, context: ScanContext) -> Iterator[RecordBatches]:
    sources = sources_of(scan, keys, context)
    if scan.row_limit == 0:
        return
    _tell_beginning(scan, context)
    try:
        yield from rows_of_calls(scan, calls(scan, sources), context)
    finally:
        for walk in sources.keys.values():
            if isinstance(walk, Generator):
                walk.close()


def rows_of_calls(scan: Scan, calls_: Iterator[Call], context: ScanContext) -> Iterator[RecordBatches]:
    """The rows of a scan's calls, or of some of them, as `open_operation` yields them."""
    note = context.query.note_bad_value if context.settings.on_bad_value == "Null" else None
    readings = [reading(output, scan, note) for output in scan.outputs]
    with (  # an error that is told holds on to its frames: what they read from would wait for the garbage collector
        closing(_pages(scan, calls_, context)) as pages,
        closing(_decoded(scan, pages, readings, context)) as decoded,
        closing(_within_limit(scan, decoded, context)) as within_limit,
    ):
        yield from limited(told_once(readings, within_limit, scan.held_rows), scan.row_limit)


def sources_of(scan: Scan, keys: Keys, context: ScanContext) -> Sources:
    """What only the run knows of a scan's calls. Whoever stops before the end closes the walks among its keys."""
    settings = context.settings
    return Sources(
        now=context.now,
        settings=default_values(scan, context, open_operation),
        all_there_is=values_at_all(scan, context, open_operation),
        keys=_key_tuples(scan, keys, context),
        allows_partial=settings.report_partial,
        is_sandbox=settings.sandbox,
        refuse=partial(_refuse_item, context),
    )


def _tell_beginning(scan: Scan, context: ScanContext) -> None:
    """Warn of a scan that reads all there ever was: at Amazon's pace, a forgotten period costs half an hour."""
    beginning = told_beginning(scan, context.now)
    if beginning and scan.table.operation is not None:
        context.query.warn(f"{beginning}; {context.client.pace(scan.table.operation, context.settings)}")


def _refuse_item(context: ScanContext, reason: str) -> None:
    """One key of many cannot be asked for: the query's end, or a warning, as the connection wants it."""
    if context.settings.on_item_error != "Row":
        raise QueryError(reason)
    context.query.warn(reason)


def _pages(scan: Scan, calls_: Iterator[Call], context: ScanContext) -> Generator[Page, None, None]:
    def fetch(call: Call) -> Generator[Page, None, None]:
        return pages_of(call, context)

    if scan.is_read_whole:
        yield from pages_ahead(calls_, fetch, context.query)
    elif scan.table.paging is not None and scan.table.paging.lifetime_seconds is not None:
        yield from pages_in_time(calls_, fetch, context.query)
    else:
        for call in calls_:
            yield from fetch(call)


def _decoded(
    scan: Scan, pages: Iterator[Page], readings: list[Reading], context: ScanContext
) -> Generator[tuple[Page, RecordBatches], None, None]:
    """Each page with its record batches; rows of refused items follow those of their page."""
    refused_items = RefusedItems(scan, context)
    try:
        for page in pages:
            if scan.table.request_batch is not None:
                page = matched_to_answers(page, scan.table)
            page, refused = refused_items.taken_out(page)
            yield page, tuple(each.decode(page) for each in readings)
            if refused is not None:
                yield page, refused
    finally:
        refused_items.warn()


def _within_limit(
    scan: Scan, pages: Iterator[tuple[Page, RecordBatches]], context: ScanContext
) -> Generator[tuple[Page, RecordBatches], None, None]:
    """The same pages, but LimitReached where the query needs more rows than MaxRows.

    What is read no further than needed may stop in the middle of a page: there the rows count when more are asked for.
    """
    most = context.settings.max_rows
    for page, record_batches in pages:
        count = sum(record_batch.num_rows for record_batch in record_batches)
        is_within = not most or context.query.take_rows(count, most)
        if not is_within and scan.is_read_whole:
            raise LimitReached("MaxRows", most)
        yield page, record_batches
        if not is_within:
            raise LimitReached("MaxRows", most)


def limited(record_batches: Iterator[RecordBatches], row_limit: int | None) -> Iterator[RecordBatches]:
    """No more pages than hold so many rows."""
    rows_left = row_limit
    for each in record_batches:
        yield each
        if rows_left is not None:
            rows_left -= each[0].num_rows
            if rows_left <= 0:
                return


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
