"""The set of values that a condition leaves possible for one column, and the algebra of such sets.

Pure: knows neither SQL nor parameters. Values of one column are of one Python type and comparable with each other.

>>> Range(lower=3).intersect(Values(frozenset({1, 3, 5})))
Values(values=frozenset({3, 5}))
>>> Range(lower=3).intersect(Range(upper=2))
Values(values=frozenset())
>>> union([Values(frozenset({1})), Values(frozenset({2}))]) == Values(frozenset({1, 2}))
True
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# Values are str, int, Decimal, bool, float, date or datetime: whatever the column's type compares as.
Value = Any


@dataclass(frozen=True)
class Values:
    """A finite set; the empty set is the impossible condition."""

    values: frozenset[Value]

    def intersect(self, other: Domain) -> Domain:
        """The values that both leave possible."""
        return Values(frozenset(value for value in self.values if contains(other, value)))


@dataclass(frozen=True)
class Range:
    """An interval; a bound of None is open."""

    lower: Value | None = None
    upper: Value | None = None
    lower_inclusive: bool = True
    upper_inclusive: bool = True

    def intersect(self, other: Domain) -> Domain:
        """The values that both leave possible."""
        if isinstance(other, Values):
            return other.intersect(self)
        lower, lower_inclusive = _tighter(
            (self.lower, self.lower_inclusive), (other.lower, other.lower_inclusive), greater=True
        )
        upper, upper_inclusive = _tighter(
            (self.upper, self.upper_inclusive), (other.upper, other.upper_inclusive), greater=False
        )
        if lower is not None and upper is not None:
            if lower > upper or (lower == upper and not (lower_inclusive and upper_inclusive)):
                return IMPOSSIBLE
            if lower == upper:
                return Values(frozenset({lower}))
        return Range(lower, upper, lower_inclusive, upper_inclusive)


Domain = Values | Range

IMPOSSIBLE = Values(frozenset())


def is_impossible(domain: Domain) -> bool:
    """Whether no value at all satisfies it."""
    return isinstance(domain, Values) and not domain.values


def contains(domain: Domain, value: Value) -> bool:
    """Whether `value` is in the set."""
    if isinstance(domain, Values):
        return value in domain.values
    above = domain.lower is None or value > domain.lower or (domain.lower_inclusive and value == domain.lower)
    below = domain.upper is None or value < domain.upper or (domain.upper_inclusive and value == domain.upper)
    return above and below


def union(several: Sequence[Domain]) -> Domain:
    """The smallest set of our two kinds that holds them all: exact for finite sets, else the hull.

    >>> union([Range(lower=5), Values(frozenset({2}))])
    Range(lower=2, upper=None, lower_inclusive=True, upper_inclusive=True)
    """
    finite = frozenset().union(*(domain.values for domain in several if isinstance(domain, Values)))
    hulls = [domain for domain in several if isinstance(domain, Range)]
    if not hulls:
        return Values(finite)
    if finite:
        hulls.append(Range(min(finite), max(finite)))
    first, *others = hulls
    lower, upper = (first.lower, first.lower_inclusive), (first.upper, first.upper_inclusive)
    for other in others:
        lower = _looser(lower, (other.lower, other.lower_inclusive), greater=False)
        upper = _looser(upper, (other.upper, other.upper_inclusive), greater=True)
    return Range(lower[0], upper[0], lower[1], upper[1])


def _tighter(
    left: tuple[Value | None, bool], right: tuple[Value | None, bool], *, greater: bool
) -> tuple[Value | None, bool]:
    if left[0] is None or right[0] is None:
        return right if left[0] is None else left
    if left[0] == right[0]:
        return left[0], left[1] and right[1]
    return left if (left[0] > right[0]) == greater else right


def _looser(
    left: tuple[Value | None, bool], right: tuple[Value | None, bool], *, greater: bool
) -> tuple[Value | None, bool]:
    if left[0] is None or right[0] is None:
        return None, True
    if left[0] == right[0]:
        return left[0], left[1] or right[1]
    return left if (left[0] > right[0]) == greater else right
