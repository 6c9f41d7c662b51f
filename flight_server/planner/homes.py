"""The columns of a result that are columns of the catalog's tables, passed on as they are, whatever their name.

Through sub-queries and common table expressions; a computed column has no home, nor has one that several arms of a set
operation give. Knows no values and no Arrow.
"""

from collections.abc import Sequence

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from catalog.table import Column, Table
from flight_server.planner.reading.qualified import Qualified
from flight_server.planner.reading.references import MARK, Reference

Home = tuple[Table, Column]


def homes_of(qualified: Qualified | None, references: Sequence[Reference], count: int) -> tuple[Home | None, ...]:
    """The home of each of the result's `count` columns, None where it has none; empty where nothing is known."""
    if qualified is None or not isinstance(qualified.tree, exp.Select):
        return ()
    items = qualified.tree.selects
    if len(items) != count:
        return ()
    return tuple(_home(qualified.scopes[0], item, references) for item in items)


def _home(scope: Scope, item: exp.Expr, references: Sequence[Reference]) -> Home | None:
    column = item.unalias()
    if not isinstance(column, exp.Column):
        return None
    source = scope.sources.get(column.table)
    if isinstance(source, exp.Table) and MARK in source.meta:
        table = references[source.meta[MARK]].table
        found = table.columns_by_name.get(column.name.lower())
        return None if found is None else (table, found)
    if not isinstance(source, Scope) or not isinstance(source.expression, exp.Select):
        return None
    inner = [each for each in source.expression.selects if each.alias_or_name == column.name]
    return _home(source, inner[0], references) if len(inner) == 1 else None
