"""A condition on what is made of an instant → what it says of that which stands within, one function at a time.

Casts, truncations, time zones and intervals: `date_trunc('day', x AT TIME ZONE 'Asia/Tokyo') < d` says something of
`x AT TIME ZONE 'Asia/Tokyo'`, and that of x. What is said may be wider than the condition, never narrower. Knows no
column's type. The engine's time zone is UTC, so an instant and its wall clock there are one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from sqlglot import exp

from flight_server.planner.reading.constants import constant_sql, is_constant

Operator = type[exp.Expr]
Spell = Callable[[list[str]], list[str]]

SPANS = {
    "SECOND": (1, "SECOND"),
    "MINUTE": (1, "MINUTE"),
    "HOUR": (1, "HOUR"),
    "DAY": (1, "DAY"),
    "WEEK": (7, "DAY"),
    "MONTH": (1, "MONTH"),
    "QUARTER": (3, "MONTH"),
    "YEAR": (1, "YEAR"),
}

INSTANTS = (exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ, exp.DType.DATETIME, exp.DType.TIMESTAMPNTZ)

_AS_INSTANT = (exp.TimeStrToTime, exp.TsOrDsToTimestamp)
_AS_DATE = (exp.Date, exp.TsOrDsToDate)

_STEADY = frozenset({"MICROSECOND", "MILLISECOND", "SECOND", "MINUTE", "HOUR", "DAY", "WEEK"})

_UTC = frozenset({"'UTC'", "'GMT'", "'Etc/UTC'", "'Z'"})


@dataclass(frozen=True)
class Claim:
    """`side operator texts`: the constants are SQL; several mean one of them."""

    side: exp.Expr
    operator: Operator
    spell: Spell  # SQL of the constants that the query has -> SQL of what `side` is compared with

    def then(self, side: exp.Expr, spell: Callable[[str], str], operator: Operator | None = None) -> "Claim":
        """What follows of `side`, compared with each of the constants changed by `spell`."""
        before = self.spell
        return Claim(side, operator or self.operator, lambda texts: [spell(text) for text in before(texts)])

    def bounded(self, lowest: Spell | None, highest: Spell | None, side: exp.Expr) -> "Iterator[Claim]":
        """What follows of `side`: not before the least of `lowest`, not after the greatest of `highest`."""
        before = self.spell
        is_one = self.operator in (exp.EQ, exp.In)
        if lowest is not None and (is_one or self.operator in (exp.GT, exp.GTE)):
            least = lowest
            at = exp.GTE if is_one else self.operator
            yield Claim(side, at, lambda texts: [_as_instant(_one("LEAST", least(before(texts))))])
        if highest is not None and (is_one or self.operator in (exp.LT, exp.LTE)):
            greatest = highest
            at = exp.LTE if is_one else self.operator
            yield Claim(side, at, lambda texts: [_as_instant(_one("GREATEST", greatest(before(texts))))])


def claims_within(claim: Claim) -> Iterator[Claim]:
    """What the claim says of that which its side is made of; nothing where no instant is plain to see."""
    side = claim.side
    if _is_cast_to_instant(side):
        yield claim.then(side.this.unnest(), _as_instant)
    elif (unit := unit_of(side)) is not None:
        yield from _of_period(claim, side.this.unnest(), unit, is_date(side))
    elif (zoned := _zoned(side)) is not None:
        yield from _of_zone(claim, *zoned)
    elif isinstance(side, exp.Add | exp.Sub | exp.DateAdd | exp.DateSub):
        yield from _of_moved(claim, side)


def has_zone(node: exp.Expr) -> bool | None:
    """Whether the instant that `node` is has a time zone, if its columns have; None where it is none."""
    node = node.unnest()
    if isinstance(node, exp.Column):
        return True
    if isinstance(node, exp.Cast) and node.to.this in INSTANTS:
        return bool(node.to.this is exp.DType.TIMESTAMPTZ)
    if isinstance(node, _AS_INSTANT):
        return False
    if (zoned := _zoned(node)) is not None:
        inner = has_zone(zoned[0])
        return None if inner is None else not inner
    if isinstance(node, exp.TimestampTrunc | exp.DateTrunc | exp.Add | exp.Sub | exp.DateAdd | exp.DateSub):
        return has_zone(node.this)
    return None


def is_date(node: exp.Expr) -> bool:
    """Whether `node` is cut to its day, and a date."""
    return isinstance(node, _AS_DATE) or (isinstance(node, exp.Cast) and node.to.this is exp.DType.DATE)


def unit_of(node: exp.Expr) -> str | None:
    """The unit, where `node` is the beginning of a period."""
    if is_date(node):
        return None if node.expressions or node.args.get("zone") else "DAY"
    if isinstance(node, exp.TimestampTrunc | exp.DateTrunc) and not node.args.get("zone"):
        unit = node.args["unit"].name.upper()
        return unit if unit in SPANS else None
    return None


def truncated(unit: str, sql: str) -> str:
    """SQL of the beginning of the period.

    >>> truncated("DAY", "NOW()")
    "DATE_TRUNC('DAY', CAST(NOW() AS TIMESTAMPTZ))"
    """
    return f"DATE_TRUNC('{unit}', {_as_instant(sql)})"


def rounded_down(sql: str) -> str:
    """SQL of the day that an instant lies in."""
    return f"CAST({truncated('DAY', sql)} AS DATE)"


def rounded_up(sql: str) -> str:
    """SQL of the first day that does not begin before an instant."""
    begins = truncated("DAY", sql)
    return f"CASE WHEN {begins} = {_as_instant(sql)} THEN {rounded_down(sql)} ELSE {rounded_down(sql)} + 1 END"


def later(sql: str, count: int, unit: str) -> str:
    """SQL of what is so many units later.

    >>> later("x", -2, "WEEK")
    "x - INTERVAL '14' DAY"
    """
    size, of = SPANS[unit]
    return f"{sql} {'-' if count < 0 else '+'} INTERVAL '{abs(count) * size}' {of}"


def is_steady(interval: exp.Expr) -> bool:
    """Whether the interval is of one length wherever it stands: days, but not months."""
    if isinstance(interval, exp.Interval):
        unit = interval.unit
        name = unit.name.upper() if isinstance(unit, exp.Var) else ""
        return name.removesuffix("S") in _STEADY and isinstance(interval.this, exp.Literal | exp.Paren | exp.Neg)
    return isinstance(interval, exp.ToDays)


def is_interval(node: exp.Expr) -> bool:
    """Whether `node` is plainly an interval."""
    return isinstance(node, exp.Interval | exp.ToDays)


def of_period(claim: Claim, inner: exp.Expr, unit: str) -> Iterator[Claim]:
    """What a claim on the beginning of the period that `inner` lies in says of `inner`."""
    yield from _of_period(claim, inner, unit, as_date=False)


def _of_period(claim: Claim, inner: exp.Expr, unit: str, as_date: bool) -> Iterator[Claim]:
    def cut(sql: str) -> str:
        return f"CAST({sql} AS DATE)" if as_date else truncated(unit, sql)

    def end(sql: str) -> str:
        return later(cut(sql), 1, unit)

    def first_not_before(sql: str) -> str:
        return f"CASE WHEN {cut(sql)} = ({sql}) THEN {cut(sql)} ELSE {end(sql)} END"

    operator = claim.operator
    if operator in (exp.EQ, exp.In, exp.GTE):
        yield from claim.bounded(lambda texts: list(map(cut, texts)), None, inner)
    if operator is exp.GT:
        yield claim.then(inner, lambda sql: _as_instant(end(sql)), exp.GTE)
    if operator in (exp.EQ, exp.In, exp.LTE):
        yield from (
            replace(each, operator=exp.LT) for each in claim.bounded(None, lambda texts: list(map(end, texts)), inner)
        )
    if operator is exp.LT:
        yield claim.then(inner, lambda sql: _as_instant(first_not_before(sql)))


def _zoned(node: exp.Expr) -> tuple[exp.Expr, exp.Expr] | None:
    """(the instant, the zone) of `x AT TIME ZONE zone` and `timezone(zone, x)`."""
    if isinstance(node, exp.AtTimeZone):
        inner, zone = node.this.unnest(), node.args["zone"]
    elif isinstance(node, exp.Anonymous) and node.name.lower() == "timezone" and len(node.expressions) == 2:
        zone, inner = node.expressions
    else:
        return None
    return (inner.unnest(), zone) if is_constant(zone) else None


def _of_zone(claim: Claim, inner: exp.Expr, zone: exp.Expr) -> Iterator[Claim]:
    """By the offsets that the zone has a day before, then and a day after: clocks are put forward and back."""
    knows_zone = has_zone(inner)
    if knows_zone is None:
        return
    name, kind = constant_sql(zone), "TIMESTAMP" if knows_zone else "TIMESTAMPTZ"
    if name in _UTC:
        yield claim.then(inner, lambda sql: _as_instant(f"CAST({sql} AS {kind})"))
        return

    def read(sql: str, days: int = 0) -> str:
        moved = f"CAST({sql} AS {kind})"
        if not days:
            return _as_instant(f"{moved} AT TIME ZONE {name}")
        return later(_as_instant(f"({later(moved, days, 'DAY')}) AT TIME ZONE {name}"), -days, "DAY")

    def possible(texts: list[str]) -> list[str]:
        return [read(sql, days) for sql in texts for days in (-1, 0, 1)]

    yield from claim.bounded(possible, possible, inner)


def _of_moved(claim: Claim, side: exp.Expr) -> Iterator[Claim]:
    """`x - INTERVAL 5 DAY >= v`; a month is as long as it is, so there the ends are some days further out."""
    inner, interval = side.this.unnest(), side.expression.unnest()
    if side.args.get("unit") or is_date(inner):
        return
    if isinstance(side, exp.Add) and is_interval(inner):
        inner, interval = interval, inner
    if not is_interval(interval) or not is_constant(interval):
        return
    sign, by = "-" if isinstance(side, exp.Add | exp.DateAdd) else "+", constant_sql(interval)

    def back(sql: str) -> str:
        return f"{_as_instant(sql)} {sign} {by}"

    if is_steady(interval):
        yield claim.then(inner, lambda sql: _as_instant(back(sql)))
    else:
        yield from claim.bounded(
            lambda texts: [later(back(sql), -4, "DAY") for sql in texts],
            lambda texts: [later(back(sql), 4, "DAY") for sql in texts],
            inner,
        )


def _is_cast_to_instant(node: exp.Expr) -> bool:
    if isinstance(node, exp.Cast):
        return node.to.this in INSTANTS and not node.to.expressions
    return isinstance(node, _AS_INSTANT) and not node.args.get("zone")


def _as_instant(sql: str) -> str:
    return f"CAST({sql} AS TIMESTAMPTZ)"


def _one(choice: str, texts: list[str]) -> str:
    return f"{choice}({', '.join(texts)})" if len(texts) > 1 else texts[0]
