"""Which key columns go together, where the catalog says that Amazon takes one only beside another, or never beside it.

What a column needs is sent unasked where there is a sound value for it. Where there is none, a column that rows have is
left to the engine, which checks it anyway; one that only a parameter has cannot be, so the query must say more. Values
that are known only when a join partner has been read are not looked at.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from catalog.table import Column, KeyColumn, Parameter, Table
from flight_server.errors import MissingKeyColumn, QueryError
from flight_server.plan import Binding
from flight_server.planner.conditions.ranges import Domain

Bindings = dict[str, Binding]

_LITERALS = {
    "timestamp": "TIMESTAMP '2026-05-01'",
    "date": "DATE '2026-05-01'",
    "bool": "true",
    "int64": "1",
    "double": "1.5",
    "decimal": "1.5",
}


def with_companions(
    table: Table, domains: Mapping[str, Domain], chosen: Mapping[str, Binding], unasked: Callable[[str], Binding | None]
) -> Bindings:
    """The bindings with all that they need; raise MissingKeyColumn where only the query can say it.

    `unasked` is what is sent for a column of which the query says nothing.
    """
    bound = _without_excluded(table, domains, chosen)
    pending = list(bound)
    while pending:
        column = pending.pop()
        missing = [name for name in _needed_by(bound[column]) if name not in bound] if column in bound else []
        found = {name: binding for name in missing if (binding := unasked(name)) is not None}
        unknown = tuple(name for name in missing if name not in found)
        if unknown:
            leave_out(table, bound, (column,), unknown, all_of=True)
            pending = list(bound)
        else:
            bound |= found
            pending += found
    return bound


def leave_out(
    table: Table, bound: Bindings, columns: tuple[str, ...], missing: tuple[str, ...], *, all_of: bool
) -> None:
    """Do without parameters that lack others, where rows tell their columns; else raise MissingKeyColumn."""
    if any(bound[column].key_column.required or _is_echo(table, column) for column in columns):
        raise missing_columns(table, missing, all_of=all_of, beside=columns[:3])
    for column in columns:
        del bound[column]


def missing_columns(
    table: Table, columns: tuple[str, ...], *, all_of: bool, beside: tuple[str, ...] = ()
) -> MissingKeyColumn:
    """The error that names the columns, with the conditions to add as an example."""
    keys = {key.column: key for key in table.key_columns}
    shown = columns if all_of else columns[:1]
    example = " AND ".join(f"{column} = {_literal(table, keys[column])}" for column in shown)
    return MissingKeyColumn(table.qualified_name, columns, example, all_of=all_of, beside=beside)


def _without_excluded(table: Table, domains: Mapping[str, Domain], chosen: Mapping[str, Binding]) -> Bindings:
    bound = dict(chosen)
    for column, binding in chosen.items():
        for value, other in _matched(binding, binding.key_column.excludes_when):
            if column not in bound or other not in bound:
                continue
            if other in domains or bound[other].supplies:
                raise QueryError(
                    f"{table.qualified_name}: Amazon does not take {other} when {column} is {value}; leave one of them "
                    "out"
                )
            del bound[other]
    return bound


def _needed_by(binding: Binding) -> list[str]:
    key = binding.key_column
    return [*key.needs, *(name for _, name in _matched(binding, key.needs_when))]


def _matched(binding: Binding, rules: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """(value, column that it is about) of every rule that one of the values meets."""
    for form, columns in rules.items():
        for value in binding.values or ():
            if re.fullmatch(form, value):
                yield from ((value, column) for column in columns)


def _is_echo(table: Table, column: str) -> bool:
    return table.columns_by_name[column].is_echo


def _literal(table: Table, key: KeyColumn) -> str:
    parameter = next((each for each in _parameters(table) if each.name in (key.eq, key.in_)), None)
    values = key.values or (parameter.enum if parameter is not None else ())
    column: Column = table.columns_by_name[key.column]
    return _LITERALS.get(column.declared_type) or (f"'{values[0]}'" if values else "'...'")


def _parameters(table: Table) -> tuple[Parameter, ...]:
    return () if table.operation is None else table.operation.parameters
