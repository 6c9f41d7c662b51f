"""What makes a scan read much: a period that nobody gave, and the condition that would make it read less.

For people: words of a warning and of an error. Pure; knows no SQL, no HTTP and no clock.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from catalog.table import KeyColumn, Table
from flight_server.plan import Binding, Scan
from flight_server.planner.asking.parameters import is_period, is_selective, kept_since
from flight_server.planner.asking.spelling import as_instant

_EXAMPLE_DAYS = 30
_COLUMNS_TOLD = 5


@dataclass(frozen=True)
class Beginning:
    """Where a scan begins because the query does not say: `since` is empty where only Amazon knows."""

    key: KeyColumn
    since: str
    has_end: bool = False


def beginning_by_default(scan: Scan, now: datetime) -> Beginning | None:
    """The period that the scan reads from its very beginning; None where the query gives one, or what to look up."""
    for binding in scan.bindings:
        if binding.begins_by_default:
            since = binding.lower or (binding.values or ("",))[0]
            return Beginning(binding.key_column, since, has_end=bool(binding.upper))
    if scan.impossible or any(_narrows(binding, scan.table) for binding in scan.bindings):
        return None
    unbound = (key for key in scan.table.key_columns if is_period(key, scan.table))
    return next((Beginning(key, kept_since(key, scan.table, now)) for key in unbound), None)


def told_beginning(scan: Scan, now: datetime) -> str:
    """`orders.orders from 2016 on, no purchase_date given`; empty where there is nothing to tell."""
    found = beginning_by_default(scan, now)
    if found is None:
        return ""
    since = f"from {_day_text(found.since)} on" if found.since else "from the first on that Amazon keeps"
    given = f"no beginning of {found.key.column}" if found.has_end else f"no {found.key.column}"
    return f"{scan.table.qualified_name} {since}, {given} given"


def condition_to_add(scan: Scan, now: datetime) -> str:
    """What to add to the query so that the scan reads less: `a condition such as purchase_date >= '2026-05-16' …`."""
    found = beginning_by_default(scan, now)
    if found is not None:
        return f"a condition such as {_example(found.key, now)} on {scan.table.qualified_name}"
    for supply in scan.supplies:
        if supply.parent is not None:
            return condition_to_add(supply.parent, now)
    columns = list(dict.fromkeys(_columns_to_narrow(scan)))[:_COLUMNS_TOLD]
    if not columns:
        return "a LIMIT"
    named = f"{', '.join(columns[:-1])} or {columns[-1]}" if len(columns) > 1 else columns[0]
    partner = ", or on the table that it is joined with" if scan.supplies else ""
    return f"a narrower condition on {named} of {scan.table.qualified_name}{partner}"


def _columns_to_narrow(scan: Scan) -> Iterator[str]:
    """Columns in the order in which a person would think of them: periods, keys that come, those not asked for yet."""
    bound = {binding.key_column.column: binding for binding in scan.bindings}
    yield from (column for column, binding in bound.items() if binding.lower or binding.upper)
    yield from (column for column, binding in bound.items() if binding.supplies)
    excluded = {column for binding in bound.values() for column in binding.key_column.excludes}
    for key in scan.table.key_columns:
        if key.column not in bound and key.column not in excluded and not {*key.excludes} & bound.keys():
            yield key.column
    yield from (column for column, binding in bound.items() if binding.setting or len(binding.values or ()) > 1)


def _narrows(binding: Binding, table: Table) -> bool:
    """Whether the query says which rows to look up, or from when on."""
    return bool(binding.lower or binding.upper or binding.supplies) or (
        binding.values is not None and is_selective(binding.key_column, table)
    )


def _example(key: KeyColumn, now: datetime) -> str:
    operator = ">=" if key.ge or key.gt else "="
    return f"{key.column} {operator} '{(now - timedelta(days=_EXAMPLE_DAYS)).date()}'"


def _day_text(since: str) -> str:
    """A beginning as a person says it.

    >>> _day_text("2016-01-01T00:00:00Z"), _day_text("2024-06-15T12:02:00Z")
    ('2016', '2024-06-15')
    """
    day = as_instant(since).astimezone(UTC).date()
    return str(day.year) if (day.month, day.day) == (1, 1) else str(day)
