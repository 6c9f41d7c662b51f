"""One scan → record batches, chosen by the kind of its table."""

from collections.abc import Generator

import pyarrow as pa

from flight_server.plan import Keys, Scan
from flight_server.scan.context import ScanContext
from flight_server.scan.operation import open_operation
from flight_server.scan.report import open_report
from flight_server.scan.system import open_system

__all__ = ["ScanContext", "open_scan"]


def open_scan(scan: Scan, keys: Keys, context: ScanContext) -> Generator[tuple[pa.RecordBatch, ...], None, None]:
    """Yield, page by page, one record batch an output; `keys` are what the SQL of its supplies yields."""
    if scan.impossible:
        return
    if scan.table.kind == "system":
        yield from open_system(scan, context)
    elif scan.table.report is not None:
        yield from open_report(scan, keys, context)
    else:
        yield from open_operation(scan, keys, context)
