"""Columns that a query names → what the operation must be asked to bring: switches and restricted data elements.

Pure. Knows no predicate.
"""

from collections.abc import Iterable, Mapping

from catalog.table import Column, Table
from flight_server.settings import RestrictedData


def project(table: Table, names: Iterable[str]) -> tuple[Column, ...]:
    """The named columns in the table's order; a relation needs at least one, so `count(*)` gets the cheapest."""
    wanted = set(names)
    columns = tuple(column for name, column in table.columns_by_name.items() if name in wanted)
    return columns or (_cheapest(table),)


def switches(table: Table, columns: Iterable[Column]) -> Mapping[str, tuple[str, ...]]:
    """Parameter → values that bring the members of `columns`; empty values where nothing switched is named."""
    wanted = {value for column in columns for value in column.switches}
    return {switch.parameter: tuple(value for value in switch.members if value in wanted) for switch in table.switches}


def restricted_elements(columns: Iterable[Column], setting: RestrictedData, table: Table) -> tuple[str, ...]:
    """Data elements that a restricted data token must name for these columns."""
    if setting == "Never":
        return ()
    seen = table.columns if setting == "Always" else columns
    return tuple(sorted({column.restricted for column in seen if column.restricted}))


def needs_restricted_token(table: Table, elements: tuple[str, ...], setting: RestrictedData) -> bool:
    """Whether the operation must be called with a restricted data token."""
    return setting != "Never" and (table.restricted_always or bool(elements))


def _cheapest(table: Table) -> Column:
    unrestricted = [column for column in table.columns if not column.restricted and not column.switches]
    keys = [column for column in unrestricted if column.name in table.primary_key]
    return (keys or unrestricted or list(table.columns))[0]
