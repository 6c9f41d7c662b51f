"""Bound parameters → literals in the tree, so that everything after sees one kind of constant.

Comes in: placeholders with positions. Knows the columns that they are compared with, to announce their types.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from sqlglot import exp

from catalog.table import DeclaredType
from flight_server.errors import QueryError
from flight_server.planner.analysis import Analysis, sql_type
from flight_server.planner.nodes import Nodes


def parameter_count(nodes: Nodes) -> int:
    """How many parameters the query wants."""
    return max((node.meta["position"] for node in nodes.of(exp.Placeholder)), default=0)


def substitute(tree: exp.Query, values: Sequence[Any], types: Mapping[int, DeclaredType]) -> exp.Query:
    """A copy of `tree` with the values in place of the placeholders; `types` are declared types by position."""
    copy = tree.copy()
    for node in list(copy.find_all(exp.Placeholder)):
        position = node.meta["position"]
        if position > len(values):
            raise QueryError(f"the query has parameter {position}, but only {len(values)} were given")
        value, declared = values[position - 1], types.get(position)
        if isinstance(node.parent, exp.Limit | exp.Offset | exp.Fetch) and isinstance(value, int):
            node.replace(exp.Literal.number(value))
        else:
            node.replace(_literal(value, sql_type(declared) if declared else None))
    return copy


def nulls(tree: exp.Query, parameters: int, types: Mapping[int, DeclaredType]) -> exp.Query:
    """A copy with NULL of the right type for every parameter: enough to learn the result's schema."""
    return substitute(tree, [None] * parameters, types)


def infer_types(analysis: Analysis) -> dict[int, DeclaredType]:
    """Declared types of parameters, from the columns that they are compared with and from LIMIT and OFFSET."""
    types: dict[int, DeclaredType] = {}
    for clause in (*analysis.nodes.of(exp.Limit), *analysis.nodes.of(exp.Offset)):
        if isinstance(clause.expression, exp.Placeholder):
            types[clause.expression.meta["position"]] = "int64"
    for scope in analysis.scopes:
        for placeholder in scope.find_all(exp.Placeholder):
            for column in _compared_columns(placeholder):
                for origin in analysis.origins(scope, column):
                    types.setdefault(placeholder.meta["position"], analysis.column(origin).declared_type)
    return types


def _compared_columns(placeholder: exp.Expr) -> list[exp.Column]:
    parent = placeholder.parent
    if isinstance(parent, exp.Binary | exp.In | exp.Between) and not isinstance(parent, exp.Add | exp.Sub | exp.Mul):
        return [side for side in (parent.this, parent.args.get("expression")) if isinstance(side, exp.Column)]
    return []


def _literal(value: Any, wanted: str | None) -> exp.Expr:
    literal, own = _plain_literal(value)
    target = wanted or own
    return exp.cast(literal, target, dialect="duckdb") if target else literal


def _plain_literal(value: Any) -> tuple[exp.Expr, str | None]:
    if value is None:
        return exp.null(), None
    if isinstance(value, bool):
        return exp.Boolean(this=value), None
    if isinstance(value, Decimal):
        places = max(0, -int(value.as_tuple().exponent)) if value.is_finite() else 0
        return exp.Literal.string(f"{value:f}"), f"DECIMAL(38, {places})"
    if isinstance(value, int):
        return exp.Literal.string(str(value)), "BIGINT" if -(2**63) <= value < 2**63 else "HUGEINT"
    if isinstance(value, float):
        return exp.Literal.string(repr(value)), "DOUBLE"
    if isinstance(value, datetime):
        return exp.Literal.string(value.isoformat(sep=" ")), "TIMESTAMPTZ" if value.tzinfo else "TIMESTAMP"
    if isinstance(value, date):
        return exp.Literal.string(value.isoformat()), "DATE"
    if isinstance(value, time):
        return exp.Literal.string(value.isoformat()), "TIME"
    if isinstance(value, bytes):
        return exp.Anonymous(this="from_hex", expressions=[exp.Literal.string(value.hex())]), None
    if isinstance(value, str):
        return exp.Literal.string(value), None
    raise QueryError(f"a parameter of type {type(value).__name__} is not accepted; bind text, numbers, dates or times")
