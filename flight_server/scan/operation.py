"""One scan of an operation → record batches, page by page: calls, pages, decoding.

Knows neither SQL nor HTTP. A page is fetched when its rows are asked for, so whoever stops reading stops the calls.
"""

from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa

from flight_server.decode import decoder
from flight_server.plan import Binding, Scan
from flight_server.planner.calls import Sources, calls
from flight_server.scan.context import ScanContext
from flight_server.scan.marketplaces import marketplaces_of


def open_operation(
    scan: Scan, keys: Mapping[str, Iterable[str]], context: ScanContext
) -> Iterator[tuple[pa.RecordBatch, ...]]:
    """Yield for every page one record batch an output."""
    decoders = [decoder(output.table.row_path, output.columns) for output in scan.outputs]
    settings = _setting_values(scan, context)
    all_there_is = {} if context.settings.marketplaces else {name: frozenset(all_) for name, all_ in settings.items()}
    sources = Sources(context.now, settings, all_there_is, {**_parent_keys(scan, context), **keys})
    for call in calls(scan, sources):
        for page in context.client.pages(call, context.settings, context.query):
            yield tuple(decode([page]) for decode in decoders)


def _setting_values(scan: Scan, context: ScanContext) -> Mapping[str, tuple[str, ...]]:
    wanted = {binding.setting for binding in scan.bindings if binding.setting}
    return {setting: marketplaces_of(context, open_operation) for setting in wanted}


def _parent_keys(scan: Scan, context: ScanContext) -> Mapping[str, Iterable[str]]:
    return {
        binding.key_column.column: _distinct_keys(binding, context)
        for binding in scan.bindings
        if binding.supply is not None and binding.supply.parent is not None
    }


def _distinct_keys(binding: Binding, context: ScanContext) -> Iterator[str]:
    """The key's values from the declared parent, each once, read as they are needed."""
    assert binding.supply is not None and binding.supply.parent is not None
    seen: set[str] = set()
    for (record_batch,) in open_operation(binding.supply.parent, {}, context):
        for value in record_batch.column(binding.supply.parent_column).to_pylist():
            if value is not None and str(value) not in seen:
                seen.add(str(value))
                yield str(value)
