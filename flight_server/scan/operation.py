"""One scan of an operation → record batches, page by page: calls, pages, decoding.

Knows neither SQL nor HTTP. A page is fetched when its rows are asked for, so whoever stops reading stops the calls.
"""

from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa

from flight_server.decode import decoder
from flight_server.plan import Keys, KeySupply, Scan
from flight_server.planner.calls import calls
from flight_server.planner.key_tuples import Sources
from flight_server.scan.context import ScanContext
from flight_server.scan.marketplaces import marketplaces_of


def open_operation(scan: Scan, keys: Keys, context: ScanContext) -> Iterator[tuple[pa.RecordBatch, ...]]:
    """Yield for every page one record batch an output."""
    decoders = [decoder(output.table.row_path, output.columns) for output in scan.outputs]
    settings = _setting_values(scan, context)
    all_there_is = {} if context.settings.marketplaces else {name: frozenset(all_) for name, all_ in settings.items()}
    sources = Sources(context.now, settings, all_there_is, _key_tuples(scan, keys, context))
    for call in calls(scan, sources):
        for page in context.client.pages(call, context.settings, context.query):
            yield tuple(decode([page]) for decode in decoders)


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
