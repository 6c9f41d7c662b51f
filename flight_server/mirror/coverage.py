"""What is covered of a period: stretches that were read, when, and which of them may still change.

A stretch is from `lower` until before `upper`; one that `reaches_now` was read up to the time of its reading, and
stands for all that has come since as long as it is fresh. Stretches of one scope do not overlap. Pure; knows no store.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True)
class Stretch:
    """Part of a period that was read."""

    lower: datetime
    upper: datetime
    fetched_at: datetime
    reaches_now: bool = False  # nothing younger was there
    is_settled: bool = False  # it is told the same for ever


@dataclass(frozen=True)
class Wanted:
    """Part of a period that is asked for; `is_open`: up to now."""

    lower: datetime
    upper: datetime
    is_open: bool = False


def is_fresh(stretch: Stretch, since: datetime) -> bool:
    """Whether rows that were read of it are young enough: read at `since` or later, or settled."""
    return stretch.is_settled or stretch.fetched_at >= since


def missing(wanted: Wanted, known: Iterable[Stretch]) -> list[Wanted]:
    """The parts of what is wanted that none of the stretches covers, in the order of time.

    >>> from datetime import UTC
    >>> day = [datetime(2026, 1, number, tzinfo=UTC) for number in range(1, 9)]
    >>> parts = missing(Wanted(day[0], day[6]), [Stretch(day[1], day[2], day[7]), Stretch(day[4], day[5], day[7])])
    >>> [(part.lower.day, part.upper.day) for part in parts]
    [(1, 2), (3, 5), (6, 7)]
    """
    found: list[Wanted] = []
    at = wanted.lower
    for stretch in sorted(known, key=lambda each: each.lower):
        if stretch.upper <= at or stretch.lower >= wanted.upper:
            if stretch.reaches_now and stretch.lower <= at:
                return found  # what has come since is as old as the stretch allows
            continue
        if stretch.lower > at:
            found.append(Wanted(at, stretch.lower))
        at = max(at, stretch.upper)
        if stretch.reaches_now:
            return found
    if at < wanted.upper:
        found.append(Wanted(at, wanted.upper, wanted.is_open))
    return found


def in_few(parts: Sequence[Wanted]) -> Iterator[Wanted]:
    """The same parts, those that adjoin in one."""
    held: Wanted | None = None
    for part in parts:
        if held is not None and held.upper == part.lower:
            held = Wanted(held.lower, part.upper, part.is_open)
            continue
        if held is not None:
            yield held
        held = part
    if held is not None:
        yield held


def with_stretch(known: Iterable[Stretch], new: Stretch) -> list[Stretch]:
    """The stretches when `new` has been read: it takes the place of what it overlaps, and joins those as old."""
    kept: list[Stretch] = []
    for each in known:
        if each.upper <= new.lower or each.lower >= new.upper:
            kept.append(each)
            continue
        if each.lower < new.lower:
            kept.append(replace(each, upper=new.lower, reaches_now=False))
        if each.upper > new.upper:
            kept.append(replace(each, lower=new.upper))
    return list(_joined(sorted([*kept, new], key=lambda each: each.lower)))


def _joined(in_order: Sequence[Stretch]) -> Iterator[Stretch]:
    """Adjoining stretches that were read at the same time, or are settled, are one."""
    held: Stretch | None = None
    for each in in_order:
        if held is not None and held.upper == each.lower and _alike(held, each):
            held = replace(
                held, upper=each.upper, reaches_now=each.reaches_now, fetched_at=min(held.fetched_at, each.fetched_at)
            )
            continue
        if held is not None:
            yield held
        held = each
    if held is not None:
        yield held


def _alike(one: Stretch, other: Stretch) -> bool:
    return one.is_settled == other.is_settled and (one.is_settled or one.fetched_at == other.fetched_at)
