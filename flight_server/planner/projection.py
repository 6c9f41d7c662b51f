"""Columns that a query wants → what the operation must be asked to bring: switches and restricted data elements.

What a query names is asked for, whoever it belongs to. What only a star brings is left out where it belongs to accounts
of another type, and can be done without where not everyone may have it. Pure. Knows no predicate.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from catalog.table import Column, Table
from flight_server.connection.settings import Settings
from flight_server.plan import Dispensable, Output

_OTHERS = {"Seller": "vendor", "Vendor": "seller"}
"""AccountType → whose data sets such an account cannot have."""


def project(table: Table, names: Iterable[str]) -> tuple[Column, ...]:
    """The named columns in the table's order; a relation needs at least one, so `count(*)` gets the cheapest."""
    wanted = set(names)
    columns = tuple(column for name, column in table.columns_by_name.items() if name in wanted)
    return columns or (_cheapest(table),)


def switches(table: Table, outputs: Sequence[Output], settings: Settings) -> Mapping[str, tuple[str, ...]]:
    """Parameter → values that bring the members of the columns; empty values where nothing switched is wanted."""
    named = _named_values(outputs)
    starred = {value for output in outputs for column in _starred(output) for value in column.switches}
    others = _OTHERS.get(settings.account_type, "")
    return {
        switch.parameter: tuple(
            value
            for value in switch.members
            if value in named or (value in starred and switch.owners.get(value) != others)
        )
        for switch in table.switches
    }


def restricted_elements(table: Table, outputs: Sequence[Output], settings: Settings) -> tuple[str, ...]:
    """Data elements that a restricted data token must name for the columns."""
    if settings.restricted_data == "Never":
        return ()
    columns = (column for output in outputs for column in (*_named(output), *_starred(output)))
    seen = table.columns if settings.restricted_data == "Always" else columns
    return tuple(sorted({column.restricted for column in seen if column.restricted}))


def needs_restricted_token(table: Table, elements: tuple[str, ...], settings: Settings) -> bool:
    """Whether the operation must be called with a restricted data token."""
    return settings.restricted_data != "Never" and (table.restricted_always or bool(elements))


def dispensable(
    table: Table,
    outputs: Sequence[Output],
    values: Mapping[str, tuple[str, ...]],
    elements: tuple[str, ...],
    settings: Settings,
) -> tuple[Dispensable, ...]:
    """Those of the switches' values and of the data elements that only stars ask for and not everyone may have."""
    named = _named_values(outputs)
    found = [
        Dispensable(switch.parameter, value, owner, _null_without(outputs, value))
        for switch in table.switches
        for value in values[switch.parameter]
        if value not in named and (owner := switch.owners.get(value, "everyone")) != "everyone"
    ]
    if settings.restricted_data == "Auto" and not table.restricted_always:
        needed = {column.restricted for output in outputs for column in _named(output)}
        needed = needed.union(*(output.table.needs_of_every_row for output in outputs))
        found += [
            Dispensable("", element, "role", _null_without(outputs, element))
            for element in elements
            if element not in needed
        ]
    return tuple(found)


def _named(output: Output) -> Iterator[Column]:
    others = output.starred | output.left_out
    yield from (column for column in output.columns if column.name not in others)


def _starred(output: Output) -> Iterator[Column]:
    yield from (column for column in output.columns if column.name in output.starred)


def _named_values(outputs: Sequence[Output]) -> set[str]:
    """Values of switches that the query asks for by a name: of a column, or of a table that has no row without."""
    found = {value for output in outputs for column in _named(output) for value in column.switches}
    return found.union(*(output.table.needs_of_every_row for output in outputs))


def _null_without(outputs: Sequence[Output], need: str) -> tuple[str, ...]:
    return tuple(
        f"{output.table.qualified_name}.{column.name}"
        for output in outputs
        for column in _starred(output)
        if need in column.switches or need == column.restricted
    )


def _cheapest(table: Table) -> Column:
    unrestricted = [column for column in table.columns if not column.restricted and not column.switches]
    keys = [column for column in unrestricted if column.name in table.primary_key]
    return (keys or unrestricted or list(table.columns))[0]
