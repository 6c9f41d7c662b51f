"""Bound parameters → literals in the tree, so that everything after sees one kind of constant.

A value is what it was bound as: it is never made the type of the column that it is compared with, which might round it.
Only texts, and whole numbers beside texts, are read as what the query wants there. Comes in: placeholders with
positions.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlglot import exp

from catalog.table import DeclaredType
from flight_server.errors import QueryError
from flight_server.planner.reading.nodes import Nodes
from flight_server.planner.reading.qualified import sql_type

MAX_DIGITS = 38
"""How many the engine's decimals have at most."""

_TEXTS = ("string", "json")
NUMBERS = ("int64", "double", "decimal")


def parameter_count(nodes: Nodes) -> int:
    """How many parameters the query wants."""
    return max((node.meta["position"] for node in nodes.of(exp.Placeholder)), default=0)


def substitute(
    tree: exp.Query,
    values: Sequence[Any],
    wanted: Mapping[int, DeclaredType],
    bound: Mapping[int, str] | None = None,
) -> exp.Query:
    """A copy of `tree` with the values in place of the placeholders.

    By position: `wanted` are the types that the query suggests, `bound` the engine's types of what was bound.
    """
    copy = tree.copy()
    for node in list(copy.find_all(exp.Placeholder)):
        position = node.meta["position"]
        if position > len(values):
            raise QueryError(f"the query has parameter {position}, but only {len(values)} were given")
        value = values[position - 1]
        count = _count(value) if isinstance(node.parent, exp.Limit | exp.Offset | exp.Fetch) else None
        if count is not None:
            node.replace(exp.Literal.number(count))
        elif isinstance(value, str) and isinstance(node.parent, exp.Limit | exp.Offset | exp.Fetch):
            raise QueryError(f"parameter {position} is the text {value[:40]!a}; LIMIT and OFFSET take a whole number")
        elif isinstance(node.parent, exp.PercentileCont | exp.PercentileDisc) and _is_bare(value):
            node.replace(exp.null() if value is None else exp.Literal.number(value))
        else:
            suggested = None if isinstance(node.parent, exp.Cast) else wanted.get(position)
            kind = (bound or {}).get(position, "")
            node.replace(_literal(value, suggested, _narrowest(node, kind)))
    return copy


def _is_bare(value: Any) -> bool:
    """Whether it may stand without a cast: sqlglot puts WITHIN GROUP's order before the last bracket, the cast's."""
    return value is None or (isinstance(value, int | float | Decimal) and not isinstance(value, bool) and value >= 0)


def _narrowest(node: exp.Expr, bound: str) -> str:
    """The type that was bound, or a narrower one where the engine takes no other."""
    if isinstance(node.parent, exp.ApproxQuantile) and bound in ("", "DOUBLE"):
        return "FLOAT"
    return "INTEGER" if _is_small(node, bound) else bound


def _is_small(node: exp.Expr, bound: str) -> bool:
    """Whether a whole number stands where the engine takes none of eight bytes."""
    parent, place = node.parent, node.arg_key
    if isinstance(parent, exp.Round | exp.Trunc):
        is_asked = place == "decimals"
    elif isinstance(parent, exp.RegexpExtract | exp.RegexpExtractAll):
        is_asked = place == "group"
    elif isinstance(parent, exp.Add | exp.Sub):
        other = parent.expression if node is parent.this else parent.this
        is_asked = isinstance(other, exp.CurrentDate) or (
            isinstance(other, exp.Cast) and other.to.this == exp.DType.DATE
        )
    else:
        is_asked = isinstance(parent, exp.Chr) or (isinstance(parent, exp.Pad) and place == "expression")
    return is_asked and bound in ("", "BIGINT", "DOUBLE")


def nulls(
    tree: exp.Query, parameters: int, wanted: Mapping[int, DeclaredType], bound: Mapping[int, str] | None = None
) -> exp.Query:
    """A copy with NULL of the right type for every parameter: enough to learn the result's schema."""
    types = {
        position: _type_of_null(wanted.get(position), (bound or {}).get(position, ""))
        for position in range(1, parameters + 1)
    }
    return substitute(tree, [None] * parameters, {}, types)


def _type_of_null(wanted: DeclaredType | None, bound: str) -> str:
    """What the engine's type of a value will be: see `_literal`."""
    is_read = bound in ("", "VARCHAR") or (bound == "BIGINT" and wanted in _TEXTS)
    return sql_type(wanted) if wanted is not None and is_read else bound


def _count(value: Any) -> int | None:
    """The whole number that a LIMIT was given, whatever type it came in."""
    if isinstance(value, str):
        return int(value) if value.isdecimal() else None
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return int(value) if is_number and value == value // 1 else None


def _literal(value: Any, wanted: DeclaredType | None, bound: str) -> exp.Expr:
    literal: exp.Expr
    target: str | None
    if value is None:
        literal, target = exp.null(), _type_of_null(wanted, bound)
    elif isinstance(value, str) and wanted in NUMBERS and (number := _number(value)) is not None:
        literal, target = _plain_literal(number)
    elif isinstance(value, str) and wanted is not None and wanted not in (*_TEXTS, *NUMBERS):
        literal, target = exp.Literal.string(value), sql_type(wanted)
    elif isinstance(value, int) and not isinstance(value, bool) and wanted in _TEXTS:
        literal, target = exp.Literal.string(str(value)), None
    else:
        literal, own = _plain_literal(value)
        target = own if isinstance(value, str | bytes | bool) else bound or own
    return exp.cast(literal, target, dialect="duckdb") if target else literal


def _number(text: str) -> Decimal | None:
    """The number that a text states with all its digits: the engine would round it to the other side's type."""
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and len(f"{abs(number):f}".replace(".", "")) <= MAX_DIGITS else None


def _plain_literal(value: Any) -> tuple[exp.Expr, str | None]:
    if isinstance(value, bool):
        return exp.Boolean(this=value), None
    if isinstance(value, Decimal):
        return exp.Literal.string(f"{value:f}"), f"DECIMAL({MAX_DIGITS}, {_places(value)})"
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
    if isinstance(value, timedelta):
        return exp.Literal.string(f"{value // timedelta(microseconds=1)} microseconds"), "INTERVAL"
    if isinstance(value, bytes):
        return exp.Anonymous(this="from_hex", expressions=[exp.Literal.string(value.hex())]), None
    if isinstance(value, str):
        return exp.Literal.string(value), None
    raise QueryError(f"a parameter of type {type(value).__name__} is not accepted; bind text, numbers, dates or times")


def _places(value: Decimal) -> int:
    if not value.is_finite():
        raise QueryError(f"a parameter is the decimal {value}, which the engine does not have; bind it as a double")
    places = max(0, -int(value.as_tuple().exponent))
    digits = max(value.adjusted() + 1, 0) + places
    if digits > MAX_DIGITS:
        raise QueryError(f"a parameter has {digits} digits, more than the {MAX_DIGITS} that decimals may have")
    return places
