"""Additions to dates that are dates: the engine's are instants, whatever they add to.

What an expression is shows by itself, or once the columns' types are known.
"""

from collections.abc import Iterable
from itertools import count

from sqlglot import exp
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.schema import MappingSchema

from flight_server.planner.reading.dialects.speakers import DUCKDB
from flight_server.planner.reading.nodes import Nodes

Addition = exp.DateAdd | exp.DateSub

_ADDITIONS = "date_if_of_date"
"""Key in the `meta` of an addition that is a date if what it adds to is one; holds a number of its own."""

_numbers = count(1)

_OF_DAYS = ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")


def adds_days(node: Addition) -> bool:
    """Whether it adds whole days."""
    unit = node.args.get("unit")
    return unit is not None and unit.name.upper() in _OF_DAYS


def kept(node: Addition) -> exp.Expr | None:
    """The addition as a date, if it is one; else it is marked where only the columns' types tell."""
    if not adds_days(node):
        return None
    if is_date(node.this):
        return exp.cast(node, exp.DType.DATE, copy=False)
    if node.this.find(exp.Column) is not None:
        mark_addition(node)
        return node
    return None


def is_date(node: exp.Expr) -> bool:
    """Whether an expression is a date, by itself."""
    node = node.unnest()
    if isinstance(node, exp.Cast):
        return bool(node.to.this == exp.DType.DATE)
    return isinstance(node, exp.CurrentDate | exp.LastDay | exp.DateFromParts | exp.TsOrDsToDate)


def mark_addition(node: Addition) -> None:
    """Note that the node is a date if what it adds to is one, which only the columns' types tell."""
    node.meta[_ADDITIONS] = next(_numbers)


def keep_dates(trees: Iterable[exp.Query], qualified: exp.Query, schema: MappingSchema) -> None:
    """Make dates of the marked additions to dates, in every copy of their tree."""
    typed = annotate_types(qualified.copy(), schema, dialect=DUCKDB)
    numbers = {node.meta[_ADDITIONS] for node in _marked_additions(typed) if _adds_to_date(node)}
    for tree in trees if numbers else ():
        for node in _marked_additions(tree):
            if node.meta[_ADDITIONS] in numbers:
                place = exp.Placeholder()
                node.replace(place)
                place.replace(exp.cast(node, exp.DType.DATE, copy=False))


def has_marked_additions(nodes: Nodes) -> bool:
    """Whether any addition waits for the columns' types."""
    additions = [*nodes.of(exp.DateAdd), *nodes.of(exp.DateSub)]
    return any(node.meta_get(_ADDITIONS) is not None for node in additions)


def _marked_additions(tree: exp.Expr) -> list[Addition]:
    additions: list[Addition] = [*tree.find_all(exp.DateAdd), *tree.find_all(exp.DateSub)]
    return [node for node in additions if node.meta_get(_ADDITIONS) is not None]


def _adds_to_date(node: Addition) -> bool:
    base = node.this.unnest()
    if isinstance(base, exp.DateAdd | exp.DateSub):
        return _adds_to_date(base)
    return base.type is not None and base.type.this == exp.DType.DATE
