"""The default of every marketplace parameter: `Marketplaces`, or the marketplaces that the seller takes part in.

What Amazon lists for the account is asked for once an hour. A marketplace that a query names is asked for all the same,
if only it is listed: whether it can be asked for is for Amazon to say. Knows no HTTP.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice

import pyarrow as pa

from catalog.marketplaces import find_marketplace
from catalog.table import Column, Table
from flight_server.connection.marketplaces import Participation, new_stores, offered, taken_part_in, that_may_be_named
from flight_server.errors import AccessDenied
from flight_server.plan import Binding, Keys, Output, Scan
from flight_server.planner.asking.parameters import bind
from flight_server.scan.context import ScanContext

_OPERATION = "getMarketplaceParticipations"
_MEMBERS = ("marketplace.id", "marketplace.name", "marketplace.domainName", "participation.isParticipating")
_TOLD = 12  # participations that an error lists

Open = Callable[[Scan, Keys, ScanContext], Iterator[tuple[pa.RecordBatch, ...]]]


def default_values(scan: Scan, context: ScanContext, open_scan: Open) -> Mapping[str, tuple[str, ...]]:
    """Setting → marketplace ids to ask for where the query names none; raise AccessDenied where there are none."""
    defaulted = [binding for binding in scan.bindings if binding.setting and binding.values is None]
    return {binding.setting: _default(binding, scan.table, context, open_scan) for binding in defaulted}


def values_at_all(scan: Scan, context: ScanContext, open_scan: Open) -> Mapping[str, frozenset[str]]:
    """Setting → every marketplace id that a query may name; nothing where the user knows: `Marketplaces`, a sandbox."""
    named = [binding for binding in scan.bindings if binding.setting and binding.values is not None]
    if context.settings.marketplaces or context.settings.sandbox or not named:
        return {}
    try:
        known = that_may_be_named(_listed(context, open_scan))
    except AccessDenied:
        return {}  # Amazon tells only sellers: whoever names a marketplace knows
    for binding in named:
        for value in binding.values or ():
            if value not in known:
                context.query.warn(
                    f"the account takes no part in marketplace {named_with_country(value)}: it has no rows for it"
                )
    return {binding.setting: known for binding in named}


def named_with_country(identifier: str) -> str:
    """The id of a marketplace with its country, where that is known."""
    marketplace = find_marketplace(identifier)
    return identifier if marketplace is None else f"{identifier} ({marketplace.country})"


def _default(binding: Binding, table: Table, context: ScanContext, open_scan: Open) -> tuple[str, ...]:
    settings = context.settings
    chosen = settings.marketplaces or _taken_part_in(context, open_scan)
    found = offered(binding.key_column, chosen, to_vendors=settings.may_be_vendor)
    if not found:
        raise AccessDenied(
            f"{table.qualified_name} is offered in none of the marketplaces that are asked for where a query names "
            f"none ({_countries(chosen)}), but in {_countries(binding.key_column.offered_in)}; set Region or "
            f"Marketplaces, or name one by a condition on {binding.key_column.column}"
        )
    return found


def _taken_part_in(context: ScanContext, open_scan: Open) -> tuple[str, ...]:
    try:
        listed = _listed(context, open_scan)
    except AccessDenied as error:
        advice = "Amazon lists the marketplaces of sellers only: a vendor sets Marketplaces"
        raise AccessDenied(f"{error.message}; {advice}", error.detail) from None
    region = context.settings.region if context.settings.is_region_asked else None
    found = taken_part_in(listed, region)
    if not found:
        told = ", ".join(map(str, islice(listed, _TOLD))) + (" …" if len(listed) > _TOLD else "")
        of_region = f" of Region {region}" if region else ""
        raise AccessDenied(
            f"the seller takes part in no marketplace{of_region} that can be asked for; Amazon lists "
            f"{told or 'none'}; set Region or Marketplaces to where it sells, or name one by a condition"
        )
    for store in new_stores(listed):
        context.query.warn(
            f"marketplace {store} is left out, for this version does not know it; a condition on the marketplace "
            "column asks for it"
        )
    return found


def _countries(identifiers: Iterable[str]) -> str:
    known = ((each, find_marketplace(each)) for each in identifiers)
    return ", ".join(each if marketplace is None else marketplace.country for each, marketplace in known)


def _listed(context: ScanContext, open_scan: Open) -> tuple[Participation, ...]:
    return context.known_marketplaces.get(context.settings.account, lambda: tuple(_asked(context, open_scan)))


def _asked(context: ScanContext, open_scan: Open) -> Iterator[Participation]:
    table = next(table for table in context.catalog.tables if _is_participations(table))
    columns = [_column(table, member) for member in _MEMBERS]
    scan = Scan((Output("marketplaces", table, tuple(columns)),), bind(table, {}, (), context.now))
    # bad values as null would leave some out, and the limits are for what the query itself asks
    settings = replace(context.settings, on_bad_value="Error", max_calls=0, max_rows=0)
    for (record_batch,) in open_scan(scan, {}, replace(context, settings=settings)):
        told = (record_batch.column(column.name).to_pylist() for column in columns)
        for identifier, name, domain, takes_part in zip(*told, strict=True):
            yield Participation(identifier or "", name or "", domain or "", bool(takes_part))


def _column(table: Table, member: str) -> Column:
    return next(column for column in table.columns if column.member.endswith(member))


def _is_participations(table: Table) -> bool:
    return table.kind == "operation" and table.operation is not None and table.operation.operation_id == _OPERATION
