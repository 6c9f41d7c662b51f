"""One condition → comparisons of a column with constants, also where the column stands in a cast or a truncation.

`CAST(x AS DATE) = d` says that x lies within a day, `date_trunc('month', x) < m` and `year(x) = 2026` likewise. What is
said of x may be wider than the condition, never narrower. Knows no catalog: a comparison tells the declared type that
the column must have for it to be true. The engine's time zone is UTC, so an instant and its wall clock are one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeGuard

from sqlglot import exp

from flight_server.planner.constants import is_constant

Operator = type[exp.Expr]

MIRRORED: dict[Operator, Operator] = {
    exp.EQ: exp.EQ,
    exp.NullSafeEQ: exp.NullSafeEQ,
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
}

_SPANS = {
    "SECOND": (1, "SECOND"),
    "MINUTE": (1, "MINUTE"),
    "HOUR": (1, "HOUR"),
    "DAY": (1, "DAY"),
    "WEEK": (7, "DAY"),
    "MONTH": (1, "MONTH"),
    "QUARTER": (3, "MONTH"),
    "YEAR": (1, "YEAR"),
}

_INSTANTS = (exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ, exp.DType.DATETIME, exp.DType.TIMESTAMPNTZ)
_TEXTS = (exp.DType.TEXT, exp.DType.VARCHAR, exp.DType.NVARCHAR, exp.DType.CHAR)


@dataclass(frozen=True)
class Comparison:
    """`column` compared with constants; several mean one of them, NullSafeEQ that NULL among them may be meant, too."""

    column: exp.Column
    operator: Operator
    values: list[exp.Expr]
    column_type: str = ""  # declared type without which it does not follow; empty: any


def comparisons(node: exp.Expr) -> Iterator[Comparison]:
    """Every comparison that one condition implies."""
    for side, operator, values in _sides(node):
        if isinstance(side, exp.Column):
            yield Comparison(side, operator, values)
        elif isinstance(side, exp.Cast) and isinstance(side.this, exp.Column):
            yield from _of_cast(side, operator, values)
        elif (unit := _truncated_to(side)) is not None:
            yield from _within(side.this, partial(_truncated, unit), unit, operator, values)
        elif (column := _column_of_year(side)) is not None:
            yield from _within_years(column, operator, values)


def is_text(node: exp.Expr) -> bool:
    """Whether `node` is a text."""
    return _is_text_as(node, _TEXTS)


def is_instant(node: exp.Expr) -> bool:
    """Whether `node` is a text that stands for an instant or a date."""
    return _is_text_as(node, (*_INSTANTS, exp.DType.DATE))


def is_cast_to_instant(node: exp.Expr) -> TypeGuard[exp.Cast]:
    """Whether `node` is a plain cast to an instant or a date."""
    return type(node) is exp.Cast and node.to.this in (*_INSTANTS, exp.DType.DATE) and not node.to.expressions


def _is_text_as(node: exp.Expr, kinds: tuple[exp.DType, ...]) -> bool:
    """Whether `node` is a text, cast to one of these types if at all."""
    if isinstance(node, exp.Cast) and node.to.this in kinds and not node.to.expressions:
        node = node.this
    return isinstance(node, exp.Literal) and node.is_string


def _sides(node: exp.Expr) -> Iterator[tuple[exp.Expr, Operator, list[exp.Expr]]]:
    """(what is compared, operator, constants)."""
    if (rows := rows_of_constants(node)) is not None:
        operator = exp.NullSafeEQ if len(rows.compared) > 1 else exp.In
        for place, side in enumerate(rows.compared):
            yield side.unnest(), operator, [row[place] for row in rows.rows]
    elif (listed := _listed(node)) is not None:
        yield listed
    elif isinstance(node, exp.Between):
        low, high = node.args["low"], node.args["high"]
        if not node.args.get("symmetric"):
            if is_constant(low):
                yield node.this.unnest(), exp.GTE, [low]
            if is_constant(high):
                yield node.this.unnest(), exp.LTE, [high]
    elif type(node) in MIRRORED:
        left, right = node.this.unnest(), node.expression.unnest()
        if is_constant(right):
            yield left, type(node), [right]
        elif is_constant(left):
            yield right, MIRRORED[type(node)], [left]


@dataclass(frozen=True)
class RowsOfConstants:
    """`(a, b) IN ((1, 2), (3, 4))`; `a IN (1, 3)` is the same with rows of one."""

    compared: list[exp.Expr]
    rows: list[list[exp.Expr]]


def rows_of_constants(node: exp.Expr) -> RowsOfConstants | None:
    """What stands on both sides of IN, or of = between rows, if it is constants on the right."""
    if isinstance(node, exp.In):
        listed = node.expressions
        if len(listed) == 1 and isinstance(listed[0], exp.Values):
            listed = listed[0].expressions
    elif isinstance(node, exp.EQ) and len(_cells(node.this)) > 1:
        listed = [node.expression]
    else:
        return None
    compared, rows = _cells(node.this), [_cells(row) for row in listed]
    is_even = bool(rows) and all(len(row) == len(compared) for row in rows)
    return (
        RowsOfConstants(compared, rows) if is_even and all(is_constant(cell) for row in rows for cell in row) else None
    )


def _cells(node: exp.Expr) -> list[exp.Expr]:
    node = node.unnest()
    is_row = isinstance(node, exp.Tuple) or (isinstance(node, exp.Anonymous) and node.name.lower() == "row")
    return node.expressions if is_row else [node]


def _listed(node: exp.Expr) -> tuple[exp.Expr, Operator, list[exp.Expr]] | None:
    """`x = ANY([...])` and `list_contains([...], x)`."""
    if isinstance(node, exp.ArrayContains):
        listed, side = node.this, node.expression
    elif isinstance(node, exp.EQ) and isinstance(node.expression, exp.Any):
        listed, side = node.expression.this, node.this
    else:
        return None
    array = listed.unnest()
    is_known = isinstance(array, exp.Array) and all(map(is_constant, array.expressions))
    return (side.unnest(), exp.NullSafeEQ, array.expressions) if is_known else None


def _of_cast(cast: exp.Cast, operator: Operator, values: list[exp.Expr]) -> Iterator[Comparison]:
    """A cast that changes nothing is looked through; one of an instant to a date cuts it to its day."""
    kind = cast.to.this
    if kind in _TEXTS and not cast.to.expressions:
        yield Comparison(cast.this, operator, values, "string")
    elif kind in _INSTANTS and not cast.to.expressions:
        instants: list[exp.Expr] = [exp.cast(value, exp.DType.TIMESTAMPTZ) for value in values]
        yield Comparison(cast.this, operator, instants, "timestamp")
    elif kind == exp.DType.DATE:
        yield from _within(cast.this, lambda value: exp.cast(value, exp.DType.DATE), "DAY", operator, values)


def _truncated_to(node: exp.Expr) -> str | None:
    """The unit, where `node` cuts a column to the beginning of a period."""
    if not isinstance(node.this, exp.Column) or node.args.get("zone"):
        return None
    if isinstance(node, exp.Date | exp.TsOrDsToDate) and not node.expressions:
        return "DAY"
    if isinstance(node, exp.TimestampTrunc | exp.DateTrunc):
        unit = node.args["unit"].name.upper()
        return unit if unit in _SPANS else None
    return None


def _truncated(unit: str, value: exp.Expr) -> exp.Expr:
    return exp.TimestampTrunc(this=exp.cast(value, exp.DType.TIMESTAMPTZ), unit=exp.var(unit))


def _within(
    column: exp.Expr, cut: Callable[[exp.Expr], exp.Expr], unit: str, operator: Operator, values: list[exp.Expr]
) -> Iterator[Comparison]:
    """What `cut(column) operator values` says of the column, a period being at most one unit long."""
    assert isinstance(column, exp.Column)
    begins = [cut(value.copy()) for value in values]
    ends: list[exp.Expr] = [exp.Add(this=begin.copy(), expression=_span(unit)) for begin in begins]
    if operator in (exp.EQ, exp.In, exp.GTE):
        yield _instant(column, exp.GTE, _one(exp.Least, begins))
    elif operator is exp.GT:
        yield _instant(column, exp.GT, begins[0])
    if operator in (exp.EQ, exp.In, exp.LTE):
        yield _instant(column, exp.LT, _one(exp.Greatest, ends))
    elif operator is exp.LT:
        is_begin = exp.EQ(this=begins[0].copy(), expression=exp.paren(values[0].copy()))
        yield _instant(column, exp.LT, exp.Case(ifs=[exp.If(this=is_begin, true=begins[0])], default=ends[0]))


def _instant(column: exp.Column, operator: Operator, value: exp.Expr) -> Comparison:
    return Comparison(column, operator, [exp.cast(value, exp.DType.TIMESTAMPTZ)], "timestamp")


def _one(choice: type[exp.Least] | type[exp.Greatest], values: list[exp.Expr]) -> exp.Expr:
    first, *others = values
    return choice(this=first, expressions=others) if others else first


def _span(unit: str) -> exp.Interval:
    count, of = _SPANS[unit]
    return exp.Interval(this=exp.Literal.string(str(count)), unit=exp.var(of))


def _column_of_year(node: exp.Expr) -> exp.Column | None:
    """The column, where `node` is its year."""
    inner = None
    if isinstance(node, exp.Year):
        inner = node.this.this if isinstance(node.this, exp.TsOrDsToDate | exp.Cast) else node.this
    elif isinstance(node, exp.Extract) and node.this.name.upper() == "YEAR":
        inner = node.expression
    elif isinstance(node, exp.Anonymous) and node.name.lower() == "date_part" and len(node.expressions) == 2:
        part, column = node.expressions
        inner = column if part.is_string and part.name.lower() == "year" else None
    return inner if isinstance(inner, exp.Column) else None


def _within_years(column: exp.Column, operator: Operator, values: list[exp.Expr]) -> Iterator[Comparison]:
    if not all(value.is_int and 1 <= int(value.name) <= 9998 for value in values if isinstance(value, exp.Literal)):
        return
    if not all(isinstance(value, exp.Literal) for value in values):
        return
    years = sorted(int(value.name) for value in values)
    if operator in (exp.EQ, exp.In, exp.GTE, exp.GT):
        yield _instant(column, exp.GTE, _new_year(years[0] + (operator is exp.GT)))
    if operator in (exp.EQ, exp.In, exp.LTE, exp.LT):
        yield _instant(column, exp.LT, _new_year(years[-1] + (operator is not exp.LT)))


def _new_year(year: int) -> exp.Expr:
    return exp.Literal.string(f"{year:04d}-01-01")
