"""One condition → comparisons of a column with constants, also where an expression is made of the column.

`CAST(x AS DATE) = d` says that x lies within a day (`instants`), `year(x) = 2026` likewise (`disguises`). What is said
of x may be wider than the condition, never narrower. Knows no catalog: a comparison tells the declared type that the
column must have for it to be true.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlglot import exp

from flight_server.planner.conditions.disguises import claims_of, claims_of_beginning
from flight_server.planner.conditions.instants import (
    INSTANTS,
    Claim,
    Operator,
    claims_within,
    has_zone,
    rounded_down,
    rounded_up,
)
from flight_server.planner.reading.constants import constant_sql, is_constant

MIRRORED: dict[Operator, Operator] = {
    exp.EQ: exp.EQ,
    exp.NullSafeEQ: exp.NullSafeEQ,
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
}

_TEXTS = (exp.DType.TEXT, exp.DType.VARCHAR, exp.DType.NVARCHAR, exp.DType.CHAR)


@dataclass(frozen=True)
class Comparison:
    """`column` compared with constants; several mean one of them, NullSafeEQ that NULL among them may be meant, too."""

    column: exp.Column
    operator: Operator
    values: list[exp.Expr]  # as the query has them
    column_type: str = ""  # declared type without which it does not follow; empty: any
    spell: Callable[[list[str]], list[str]] = list  # SQL of the values -> SQL of what the column is compared with

    def constants(self) -> list[str]:
        """SQL of what the column is compared with."""
        return self.spell([constant_sql(value) for value in self.values])

    def is_about(self, declared_type: str) -> bool:
        """Whether it says something of a column of that type: a day is the instant at which it begins, too."""
        types = ("timestamp", "date") if self.column_type == "timestamp" else (self.column_type,)
        return not self.column_type or declared_type in types

    def in_days(self, texts: list[str]) -> list[str]:
        """SQL of the days that a column of days is compared with, where it is compared with instants."""
        if not self.column_type and all(map(_is_day, self.values)):
            return texts
        rounded = rounded_up if self.operator in (exp.GTE, exp.LT) else rounded_down
        return list(map(rounded, texts))


def comparisons(node: exp.Expr) -> Iterator[Comparison]:
    """Every comparison that one condition implies."""
    if (begun := _begun(node)) is not None:
        for claim in claims_of_beginning(*begun):
            yield from _of_instant(claim, [])
    for side, operator, values in _sides(node):
        if isinstance(side, exp.Column):
            yield Comparison(side, operator, values)
        elif isinstance(side, exp.Cast) and isinstance(side.this.unnest(), exp.Column) and _is_cast_to_text(side):
            yield Comparison(side.this.unnest(), operator, values, "string")
        else:
            for claim in (_claim(side, operator), *claims_of(side, operator, values)):
                yield from _of_instant(claim, values)


def _claim(side: exp.Expr, operator: Operator) -> Claim:
    """What is said of an instant without a time zone is read without one, too."""
    if has_zone(side) is False:
        return Claim(side, operator, lambda texts: [f"CAST({text} AS TIMESTAMP)" for text in texts])
    return Claim(side, operator, list)


def _of_instant(claim: Claim, values: list[exp.Expr]) -> Iterator[Comparison]:
    """What the claim says of the column within, below one function after the other."""
    for inner in claims_within(claim) if not isinstance(claim.side, exp.Column) else ():
        yield from _of_instant(inner, values)
    if isinstance(claim.side, exp.Column):
        yield Comparison(claim.side, claim.operator, values, "timestamp", claim.spell)


def _is_day(node: exp.Expr) -> bool:
    """Whether `node` is plainly a day, or a text, which the engine reads as one."""
    return _is_text_as(node, (exp.DType.DATE,)) or isinstance(node, exp.CurrentDate)


def is_text(node: exp.Expr) -> bool:
    """Whether `node` is a text."""
    return _is_text_as(node, _TEXTS)


def is_instant(node: exp.Expr) -> bool:
    """Whether `node` is a text that stands for an instant or a date."""
    return _is_text_as(node, (*INSTANTS, exp.DType.DATE))


def _is_cast_to_text(cast: exp.Cast) -> bool:
    return cast.to.this in _TEXTS and not cast.to.expressions


def _is_text_as(node: exp.Expr, kinds: tuple[exp.DType, ...]) -> bool:
    """Whether `node` is a text, cast to one of these types if at all."""
    if isinstance(node, exp.Cast) and node.to.this in kinds and not node.to.expressions:
        node = node.this
    return isinstance(node, exp.Literal) and node.is_string


def _begun(node: exp.Expr) -> tuple[exp.Expr, str] | None:
    """(text, its beginning) of `text LIKE 'beginning%'`, `starts_with(text, 'beginning')` and the like."""
    if isinstance(node, exp.Like) and not node.args.get("escape"):
        side, pattern = node.this.unnest(), node.expression.unnest()
        beginning = re.split("[%_]", pattern.name)[0]
    elif isinstance(node, exp.StartsWith):
        side, pattern = node.this.unnest(), node.expression.unnest()
        beginning = pattern.name
    else:
        return None
    is_text_made = isinstance(side, exp.Cast) and _is_cast_to_text(side) and is_text(pattern)
    return (side, beginning) if is_text_made else None


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
