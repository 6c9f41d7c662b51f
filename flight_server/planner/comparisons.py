"""One condition → comparisons of a column with constants, also where the column stands in a cast or a truncation.

`CAST(x AS DATE) = d` says that x lies within a day, `date_trunc('month', x) < m` and `year(x) = 2026` likewise. What is
said of x may be wider than the condition, never narrower. Knows no catalog: a comparison tells the declared type that
the column must have for it to be true. The engine's time zone is UTC, so an instant and its wall clock are one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from sqlglot import exp

from flight_server.planner.constants import constant_sql, is_constant

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
    values: list[exp.Expr]  # as the query has them
    column_type: str = ""  # declared type without which it does not follow; empty: any
    spell: Callable[[list[str]], list[str]] = list  # SQL of the values -> SQL of what the column is compared with

    def constants(self) -> list[str]:
        """SQL of what the column is compared with."""
        return self.spell([constant_sql(value) for value in self.values])


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
        yield Comparison(cast.this, operator, values, "timestamp", lambda texts: list(map(_as_instant, texts)))
    elif kind == exp.DType.DATE:
        yield from _within(cast.this, "CAST({} AS DATE)".format, "DAY", operator, values)


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


def _truncated(unit: str, sql: str) -> str:
    return f"DATE_TRUNC('{unit}', {_as_instant(sql)})"


def _as_instant(sql: str) -> str:
    return f"CAST({sql} AS TIMESTAMPTZ)"


def _within(
    column: exp.Expr, cut: Callable[[str], str], unit: str, operator: Operator, values: list[exp.Expr]
) -> Iterator[Comparison]:
    """What `cut(column) operator values` says of the column, a period being at most one unit long."""
    assert isinstance(column, exp.Column)
    count, of = _SPANS[unit]

    def end(sql: str) -> str:
        return f"{cut(sql)} + INTERVAL '{count}' {of}"

    def earliest(texts: list[str]) -> list[str]:
        return [_as_instant(_one("LEAST", [cut(text) for text in texts]))]

    def latest(texts: list[str]) -> list[str]:
        return [_as_instant(_one("GREATEST", [end(text) for text in texts]))]

    def first_not_before(texts: list[str]) -> list[str]:
        (text,) = texts
        return [_as_instant(f"CASE WHEN {cut(text)} = ({text}) THEN {cut(text)} ELSE {end(text)} END")]

    if operator in (exp.EQ, exp.In, exp.GTE, exp.GT):
        at = exp.GT if operator is exp.GT else exp.GTE
        yield Comparison(column, at, values, "timestamp", earliest)
    if operator in (exp.EQ, exp.In, exp.LTE):
        yield Comparison(column, exp.LT, values, "timestamp", latest)
    elif operator is exp.LT:
        yield Comparison(column, exp.LT, values, "timestamp", first_not_before)


def _one(choice: str, texts: list[str]) -> str:
    return f"{choice}({', '.join(texts)})" if len(texts) > 1 else texts[0]


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
    if not values or not all(isinstance(value, exp.Literal) and value.is_int for value in values):
        return
    years = sorted(int(value.name) for value in values)
    if not 1 <= years[0] <= years[-1] <= 9998:
        return
    if operator in (exp.EQ, exp.In, exp.GTE, exp.GT):
        yield _new_year(column, exp.GTE, values, years[0] + (operator is exp.GT))
    if operator in (exp.EQ, exp.In, exp.LTE, exp.LT):
        yield _new_year(column, exp.LT, values, years[-1] + (operator is not exp.LT))


def _new_year(column: exp.Column, operator: Operator, values: list[exp.Expr], year: int) -> Comparison:
    return Comparison(column, operator, values, "timestamp", lambda _: [_as_instant(f"'{year:04d}-01-01'")])
