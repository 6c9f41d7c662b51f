"""Whole days, weeks, months: how types that count in them read a period.

Knows no types. Weeks are those of Amazon's analytics, Sunday to Saturday (fact table of report types).
"""

from collections.abc import Iterator
from datetime import date, time, timedelta

from flight_server.simulator.reports.report import Asked


def first_and_last(asked: Asked) -> tuple[date, date]:
    """The days of a period as types of whole days read it: the day of the end is one of them."""
    return asked.start.date(), asked.end.date()


def is_empty(asked: Asked) -> bool:
    """Whether the period holds nothing; one from a midnight to itself is that day."""
    return asked.start == asked.end and asked.start.time() != time()


def bound(day: date, period: str) -> date:
    """The first day of the day's period; weeks begin on Sunday."""
    if period == "WEEK":
        return day - timedelta(days=(day.weekday() + 1) % 7)
    if period == "MONTH":
        return day.replace(day=1)
    if period == "QUARTER":
        return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    return day.replace(month=1, day=1) if period == "YEAR" else day


def next_bound(day: date, period: str) -> date:
    """The first day of the period after the day's."""
    length = {"WEEK": 7, "MONTH": 32, "QUARTER": 93, "YEAR": 366}.get(period, 1)
    return bound(bound(day, period) + timedelta(days=length), period)


def periods(asked: Asked, period: str) -> Iterator[tuple[date, date]]:
    """First and last day of every period in what is asked for; the outer ones may be cut."""
    first, last = first_and_last(asked)
    while first <= last:
        following = next_bound(first, period)
        yield first, min(last, following - timedelta(days=1))
        first = following
