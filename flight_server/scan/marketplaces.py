"""The default of every marketplace parameter: `Marketplaces`, or all in which the seller takes part in the region."""

from collections.abc import Callable, Iterator

import pyarrow as pa

from catalog.table import Table
from flight_server.errors import AccessDenied
from flight_server.plan import Keys, Output, Scan
from flight_server.planner.parameters import bind
from flight_server.scan.context import ScanContext

_OPERATION = "getMarketplaceParticipations"
_ID = "marketplace.id"
_TAKES_PART = "participation.isParticipating"

Open = Callable[[Scan, Keys, ScanContext], Iterator[tuple[pa.RecordBatch, ...]]]


def marketplaces_of(context: ScanContext, open_scan: Open) -> tuple[str, ...]:
    """Marketplace ids to ask for where the query names none; raise AccessDenied where the seller has none."""
    if context.settings.marketplaces:
        return context.settings.marketplaces
    return context.known_marketplaces.get(context.settings.account, lambda: _ask(context, open_scan))


def _ask(context: ScanContext, open_scan: Open) -> tuple[str, ...]:
    table = next(table for table in context.catalog.tables if _is_participations(table))
    columns = tuple(column for column in table.columns if column.member.endswith((_ID, _TAKES_PART)))
    scan = Scan((Output("marketplaces", table, columns),), bind(table, {}, (), context.now))
    found: list[str] = []
    for (record_batch,) in open_scan(scan, {}, context):
        rows = {column.member: record_batch.column(column.name).to_pylist() for column in columns}
        identifiers = next(values for member, values in rows.items() if member.endswith(_ID))
        takes_part = next(values for member, values in rows.items() if member.endswith(_TAKES_PART))
        found += [identifier for identifier, active in zip(identifiers, takes_part, strict=True) if active]
    if not found:
        raise AccessDenied(
            "the seller takes part in no marketplace of this region; set Region or Marketplaces to where it sells"
        )
    return tuple(dict.fromkeys(found))


def _is_participations(table: Table) -> bool:
    return table.kind == "operation" and table.operation is not None and table.operation.operation_id == _OPERATION
