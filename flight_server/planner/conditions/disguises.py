"""A number or a text that is made of an instant, compared with constants → what it says of the instant.

`year(x) = 2026`, `year(x) * 100 + month(x) = 202611`, `strftime(x, '%Y-%m') = '2026-11'`, `x::VARCHAR LIKE '2026-11%'`,
`date_diff('day', x, now()) <= 7`, `now() - x < INTERVAL 7 DAY`: periods, as people write them. What is said may be
wider than the condition, never narrower.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import product

from sqlglot import exp

from flight_server.planner.conditions.instants import (
    SPANS,
    Claim,
    Operator,
    is_date,
    is_interval,
    is_steady,
    later,
    of_period,
    truncated,
)
from flight_server.planner.reading.constants import constant_sql, is_constant

_PARTS: dict[type[exp.Expr], str] = {
    exp.Year: "YEAR",
    exp.Month: "MONTH",
    exp.Quarter: "QUARTER",
    exp.Day: "DAY",
    exp.DayOfMonth: "DAY",
}

_NUMBERED = {"MONTH": ("YEAR", "MONTH"), "DAY": ("YEAR", "MONTH", "DAY")}
"""The units of 202611 and of 20261130, by the smallest of them."""

_BEGINNING = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?!\d)")

_FORMAT = re.compile(r"[^%]*(?:%-?[YmdHMSbB][^%]*)+")
_DIRECTIVES = {"Y": "YEAR", "m": "MONTH", "b": "MONTH", "B": "MONTH", "d": "DAY", "H": "HOUR", "M": "MINUTE"} | {
    "S": "SECOND"
}
_ORDER = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")

_MONTHS = {"MONTH": (1, 12), "QUARTER": (3, 4)}

_MIRRORED: dict[Operator, Operator] = {exp.GT: exp.LT, exp.GTE: exp.LTE, exp.LT: exp.GT, exp.LTE: exp.GTE}


def claims_of(side: exp.Expr, operator: Operator, values: list[exp.Expr]) -> Iterator[Claim]:
    """What `side operator values` says of an instant that `side` is made of; nothing where it is no disguise of one."""
    if (part := part_of(side)) is not None:
        yield from _of_year(*part, operator, values)
    elif isinstance(side, exp.TimeToUnix) or (isinstance(side, exp.Extract) and side.name.upper() == "EPOCH"):
        inner = side.expression if isinstance(side, exp.Extract) else side.this
        if _integers(values) is not None:
            yield Claim(inner.unnest(), operator, lambda texts: [f"TO_TIMESTAMP({text})" for text in texts])
    elif isinstance(side, exp.TimeToStr):
        yield from _of_text(side, operator)
    elif isinstance(side, exp.Add) and (numbered := _numbered(side)) is not None:
        yield from _of_numbered(*numbered, operator, values)
    elif isinstance(side, exp.Sub):
        yield from _of_difference(side, operator, values)
    elif (crossed := _crossed(side)) is not None:
        yield from _of_crossed(*crossed, operator, values)


def part_of(node: exp.Expr) -> tuple[str, exp.Expr] | None:
    """(YEAR, x) of `year(x)`, `EXTRACT(YEAR FROM x)` and `date_part('year', x)`; likewise of months, quarters, days."""
    if (unit := _PARTS.get(type(node))) is not None:
        inner = node.this
    elif isinstance(node, exp.Extract):
        unit, inner = node.this.name.upper(), node.expression
    elif (
        isinstance(node, exp.Anonymous)
        and node.name.lower() in ("date_part", "datepart")
        and len(node.expressions) == 2
    ):
        named, inner = node.expressions
        unit = named.name.upper() if named.is_string else ""
    else:
        return None
    inner = inner.unnest()
    # sqlglot casts what it takes for a text; the engine takes the part of an instant all the same
    inner = inner.this if isinstance(inner, exp.TsOrDsToDate) else inner
    return (unit, inner) if unit in _PARTS.values() else None


def claims_of_beginning(side: exp.Expr, beginning: str) -> Iterator[Claim]:
    """What a text that is made of the instant says of it by its first characters: `x::VARCHAR LIKE '2026-11%'`."""
    found = _BEGINNING.match(beginning)
    if found is None or not isinstance(side, exp.Cast):
        return
    numbers = [int(digits) for digits in found.groups() if digits is not None]
    first, unit = _day(*numbers), _ORDER[len(numbers) - 1]
    if first is not None:
        inner = side.this.unnest()
        yield from of_period(Claim(inner, exp.EQ, lambda _: [f"CAST('{first}' AS DATE)"]), inner, unit)


def _numbered(node: exp.Expr) -> tuple[str, exp.Expr] | None:
    """(MONTH, x) of `year(x) * 100 + month(x)`; likewise of days."""
    terms: list[exp.Expr] = []
    pending = [node]
    while pending and len(terms) <= len(_NUMBERED["DAY"]):
        term = pending.pop().unnest()
        if isinstance(term, exp.Add):
            pending += (term.this, term.expression)
        else:
            terms.append(term)
    found = [_multiplied(term) for term in terms]
    parts = {unit: (factor, inner) for part in found if part is not None for unit, factor, inner in (part,)}
    for smallest, units in _NUMBERED.items():
        wanted = {unit: 100 ** (len(units) - 1 - place) for place, unit in enumerate(units)}
        if len(terms) == len(units) and {unit: factor for unit, (factor, _) in parts.items()} == wanted:
            inner = parts["YEAR"][1]
            return (smallest, inner) if all(each == inner for _, each in parts.values()) else None
    return None


def _multiplied(term: exp.Expr) -> tuple[str, int, exp.Expr] | None:
    factor = 1
    if isinstance(term, exp.Mul):
        sides = [term.this.unnest(), term.expression.unnest()]
        numbers = _integers([side for side in sides if isinstance(side, exp.Literal)])
        if numbers is None or len(numbers) != 1:
            return None
        factor, term = numbers[0], next(side for side in sides if not isinstance(side, exp.Literal))
    part = part_of(term)
    return None if part is None else (part[0], factor, part[1])


def _of_numbered(unit: str, inner: exp.Expr, operator: Operator, values: list[exp.Expr]) -> Iterator[Claim]:
    numbers = _integers(values)
    dates = [_date_of(number, unit) for number in numbers or ()]
    if dates and all(dates):
        texts = [f"CAST('{each}' AS DATE)" for each in dates]
        yield from of_period(Claim(inner, operator, lambda _: texts), inner, unit)


def _date_of(number: int, unit: str) -> date | None:
    """The first day that the number stands for; None where it stands for none."""
    if unit == "DAY":
        return _day(number // 10000, number // 100 % 100, number % 100)
    return _day(number // 100, number % 100)


def _day(year: int, month: int = 1, day: int = 1) -> date | None:
    try:
        return date(year, month, day) if year < 9999 else None
    except ValueError:
        return None


def months_of(conditions: Iterable[exp.Expr]) -> Iterator[exp.Expr]:
    """What conditions that hold together say of months: `year(x) = 2026 AND month(x) = 11`."""
    found: dict[tuple[exp.Expr, str], list[int]] = {}
    for condition in conditions:
        side, values = _equal_to(condition)
        part, numbers = part_of(side) if side is not None else None, _integers(values)
        if part is not None and numbers is not None:
            found.setdefault((part[1], part[0]), numbers)
    for (inner, unit), numbers in found.items():
        years = found.get((inner, "YEAR"))
        if years is None or unit not in _MONTHS or not _are_years(years):
            continue
        length, last = _MONTHS[unit]
        begins = [
            f"{year:04d}-{length * (number - 1) + 1:02d}-01"
            for year, number in product(years, numbers)
            if 1 <= number <= last
        ]
        if begins:
            cut = exp.TimestampTrunc(this=inner.copy(), unit=exp.var(unit))
            yield exp.In(this=cut, expressions=[exp.cast(exp.Literal.string(text), "DATE") for text in begins])


def _equal_to(condition: exp.Expr) -> tuple[exp.Expr | None, list[exp.Expr]]:
    if isinstance(condition, exp.In) and condition.expressions:
        return condition.this.unnest(), condition.expressions
    if isinstance(condition, exp.EQ):
        left, right = condition.this.unnest(), condition.expression.unnest()
        return (left, [right]) if is_constant(right) else (right, [left])
    return None, []


def _of_year(unit: str, inner: exp.Expr, operator: Operator, values: list[exp.Expr]) -> Iterator[Claim]:
    years = _integers(values)
    if unit == "YEAR" and years is not None and _are_years(years):
        yield from of_period(Claim(inner, operator, lambda _: [f"'{year:04d}-01-01'" for year in years]), inner, "YEAR")


def _are_years(numbers: list[int]) -> bool:
    return bool(numbers) and min(numbers) >= 1 and max(numbers) <= 9998


def _of_text(side: exp.TimeToStr, operator: Operator) -> Iterator[Claim]:
    """A text that begins with the year is in the order of time; what no such text is, the engine refuses to read."""
    layout = side.args["format"]
    if not isinstance(layout, exp.Literal) or not _FORMAT.fullmatch(layout.name) or side.args.get("culture"):
        return
    directives = re.findall(r"%-?.", layout.name)
    units = [_DIRECTIVES[directive[-1]] for directive in directives]
    is_whole = sorted(units, key=_ORDER.index) == list(_ORDER[: len(units)])
    is_ordered = units == list(_ORDER[: len(units)]) and all(each in "%Y%m%d%H%M%S" for each in directives)
    if not is_whole or not (is_ordered or operator in (exp.EQ, exp.In)):
        return
    name = constant_sql(layout)

    def read(sql: str) -> str:
        back = f"STRFTIME(STRPTIME({sql}, {name}), {name})"
        return f"CASE WHEN {back} = ({sql}) THEN STRPTIME({sql}, {name}) ELSE ERROR('no such text') END"

    inner = side.this.unnest()
    yield from of_period(Claim(inner, operator, lambda texts: list(map(read, texts))), inner, _ORDER[len(units) - 1])


def _of_difference(side: exp.Sub, operator: Operator, values: list[exp.Expr]) -> Iterator[Claim]:
    """`now() - x < INTERVAL 7 DAY`, `x - now() > ...`, and days between two dates."""
    left, right = side.this.unnest(), side.expression.unnest()
    if is_constant(left) == is_constant(right):
        return
    is_after = is_constant(right)  # x - c, not c - x
    inner, constant = (left, right) if is_after else (right, left)
    at = operator if is_after else _MIRRORED.get(operator, operator)
    sql = constant_sql(constant)
    if all(map(is_interval, values)):
        is_known = all(map(is_steady, values))
        if not is_known and (operator not in (exp.LT, exp.LTE) or is_after):
            return  # the engine takes thirty days for a month when it compares, and the calendar's when it counts
        sign, margin = "+" if is_after else "-", "" if is_known else " - INTERVAL '4' DAY"
        yield Claim(inner, at, lambda texts: [f"CAST({sql} AS TIMESTAMPTZ) {sign} {text}{margin}" for text in texts])
    elif (is_date(inner) or isinstance(inner, exp.Column)) and (
        is_date(constant) or isinstance(constant, exp.CurrentDate)
    ):  # days between: a column that is no date has none
        days = _integers(values)
        if days is not None:
            counts = [each if is_after else -each for each in days]
            yield Claim(inner, at, lambda _: [f"{sql} {'-' if each < 0 else '+'} {abs(each)}" for each in counts])


def _crossed(node: exp.Expr) -> tuple[str, exp.Expr, exp.Expr, int] | None:
    """(unit, from, to, slack) of what counts the ends of units between, or, with a slack of one, whole units."""
    slack = 0
    if isinstance(node, exp.DateDiff | exp.TimestampDiff | exp.TsOrDsDiff):
        unit = node.args.get("unit")
        name, begin, until = "DAY" if unit is None else unit.name, node.expression, node.this
        slack = int(isinstance(node, exp.TimestampDiff))
    elif (
        isinstance(node, exp.Anonymous) and node.name.lower() in ("date_sub", "datesub") and len(node.expressions) == 3
    ):
        named, begin, until = node.expressions
        name, slack = named.name if named.is_string else "", 1
    else:
        return None
    name = name.upper()
    return (name, begin.unnest(), until.unnest(), slack) if name in SPANS else None


def _of_crossed(
    unit: str, begin: exp.Expr, until: exp.Expr, slack: int, operator: Operator, values: list[exp.Expr]
) -> Iterator[Claim]:
    counts = _integers(values)
    if counts is None or is_constant(begin) == is_constant(until):
        return
    is_after = is_constant(begin)  # x is the later one
    inner, constant = (until, begin) if is_after else (begin, until)
    sql, at = constant_sql(constant), operator if is_after else _MIRRORED.get(operator, operator)

    def spelt(by: int) -> Callable[[list[str]], list[str]]:
        return lambda _: [later(truncated(unit, sql), (each if is_after else -each) + by, unit) for each in counts]

    if not slack:
        yield from of_period(Claim(inner, at, spelt(0)), inner, unit)
        return
    if at in (exp.EQ, exp.In):
        yield from of_period(
            Claim(inner, exp.GTE, lambda texts: [f"LEAST({', '.join(spelt(-slack)(texts))})"]), inner, unit
        )
        yield from of_period(
            Claim(inner, exp.LTE, lambda texts: [f"GREATEST({', '.join(spelt(slack)(texts))})"]), inner, unit
        )
    elif at in _MIRRORED:
        yield from of_period(Claim(inner, at, spelt(slack if at in (exp.LT, exp.LTE) else -slack)), inner, unit)


def _integers(values: list[exp.Expr]) -> list[int] | None:
    """The values, where they are plain whole numbers; None where not all of them are."""
    found: list[int] = []
    for value in values:
        value = value.unnest()
        sign, digits = (-1, value.this.unnest()) if isinstance(value, exp.Neg) else (1, value)
        if not isinstance(digits, exp.Literal) or not digits.is_int or len(digits.name) > 12:
            return None
        found.append(sign * int(digits.name))
    return found or None
