"""A period → the parts in which it is read: the newest first, as long as so many calls take.

Each part is kept before the next is asked for: whoever is killed loses the calls of one. Pure; knows no table.
"""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

CALLS = 20
"""About so many calls a part: where calls are one a minute, what is lost is some minutes."""

_FIRST = timedelta(days=1)
_SHORTEST, _SHORTEST_OF_DATES = timedelta(hours=1), timedelta(days=1)
_LONGEST = timedelta(days=512)


@dataclass(frozen=True)
class Window:
    """A part of a period; without `upper` it is open."""

    lower: datetime
    upper: datetime | None


def windows(since: datetime, now: datetime, *, of_dates: bool) -> Generator[Window, int, None]:
    """The parts from the newest back to `since`; whoever takes one sends how many calls it took.

    >>> from datetime import UTC
    >>> parts = windows(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 9, 12, tzinfo=UTC), of_dates=False)
    >>> sent = [None, 0, 50]
    >>> found = [parts.send(each) for each in sent]
    >>> [(part.lower.day, part.upper.day if part.upper else None) for part in found]
    [(8, None), (6, 8), (5, 6)]
    """
    upper: datetime | None = None
    at = datetime.combine(now.date(), time(), now.tzinfo)
    length = _FIRST
    while True:
        lower = max(at - length, since)
        calls = yield Window(lower, upper)
        if lower <= since:
            return
        at = upper = lower
        length = _adapted(length, calls, _SHORTEST_OF_DATES if of_dates else _SHORTEST)


def _adapted(length: timedelta, calls: int, shortest: timedelta) -> timedelta:
    if calls > CALLS:
        return max(shortest, length / 2)
    return min(_LONGEST, length * 2) if calls <= CALLS // 2 else length
