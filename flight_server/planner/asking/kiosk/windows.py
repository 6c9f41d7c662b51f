"""The days that a query asks of a dataset → the windows to ask Amazon for.

Where rows count in weeks or months, Amazon snaps a window to whole ones (Sunday to Saturday), without a word and down
to nothing. So a window here begins and ends with a grain that is wanted, and the engine looks for the rows. Where each
row tells of the whole window, conditions choose the window itself. Pure: knows no clock and no SQL.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

from catalog.kiosk.dataset import Dataset
from catalog.reports.report import Grain
from flight_server.errors import QueryError
from flight_server.planner.asking.reports.periods import first_day, following_day

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Bounds:
    """What a query says of the first and the last day of rows; None: nothing, empty: no values are named."""

    starts: tuple[date, ...] = ()
    since: date | None = None
    before: date | None = None
    ends: tuple[date, ...] = ()
    ends_since: date | None = None
    ends_before: date | None = None


@dataclass(frozen=True)
class DayWindow:
    """Both days are in it."""

    start: date
    end: date


def windows(
    dataset: Dataset, name: str, grain: Grain, bounds: Bounds, today: date, *, is_single: bool = False
) -> Iterator[DayWindow]:
    """The windows in the order of time; `grain` is empty where rows tell of a whole window.

    `name` is the table's, for errors; `is_single`: Amazon takes one grain at a time. Raises QueryError for windows that
    Amazon refuses.
    """
    found = _of_grains(grain, bounds, today) if grain else _whole(dataset, bounds, today)
    for window in found:
        _refuse_unaskable(dataset, name, window, today)
        if not is_single:
            yield window
            continue
        start = window.start
        while start <= window.end:
            following = following_day(grain, start)
            yield DayWindow(start, following - _DAY)
            start = following


def _of_grains(grain: Grain, bounds: Bounds, today: date) -> Iterator[DayWindow]:
    """From the first grain that may be wanted to the last: a gap costs lines, a second query costs a minute."""
    since = max(
        filter(None, (bounds.since, min(bounds.starts, default=None), _start_around(grain, bounds))), default=None
    )
    assert since is not None  # the key column is required, and has a beginning by default
    first = first_day(grain, since)
    if first < since:
        first = following_day(grain, first)
    last = _last(grain, first, bounds, today)
    if last is not None:
        yield DayWindow(first, last)


def _start_around(grain: Grain, bounds: Bounds) -> date | None:
    """The first day of the first grain whose end may be wanted."""
    ends = max(filter(None, (bounds.ends_since, min(bounds.ends, default=None))), default=None)
    return None if ends is None else first_day(grain, ends)


def _last(grain: Grain, first: date, bounds: Bounds, today: date) -> date | None:
    """The last day of the last grain that may be wanted and that is not still to come; None: there is none."""
    last = None
    while True:
        following = following_day(grain, first)
        end = following - _DAY
        if end > today or not _may_start(first, bounds) or not _may_end(end, bounds):
            return last
        last, first = end, following


def _may_start(day: date, bounds: Bounds) -> bool:
    return (bounds.before is None or day < bounds.before) and (not bounds.starts or day <= max(bounds.starts))


def _may_end(day: date, bounds: Bounds) -> bool:
    return (bounds.ends_before is None or day < bounds.ends_before) and (not bounds.ends or day <= max(bounds.ends))


def _whole(dataset: Dataset, bounds: Bounds, today: date) -> Iterator[DayWindow]:
    for start, end in product(bounds.starts or (bounds.since,), bounds.ends or (None,)):
        assert start is not None  # a condition on it is required
        last = end or _latest_end(dataset, start, bounds, today)
        if start <= last:
            yield DayWindow(start, last)


def _latest_end(dataset: Dataset, start: date, bounds: Bounds, today: date) -> date:
    """The last day that conditions allow; of the past, up to yesterday, for today is not over."""
    latest = today - _DAY if dataset.ahead_days is None else today + timedelta(days=dataset.ahead_days)
    ends = [
        each - _DAY for each in (bounds.ends_before, bounds.before if not bounds.starts else None) if each is not None
    ]
    return min([*ends, latest])


def _refuse_unaskable(dataset: Dataset, name: str, window: DayWindow, today: date) -> None:
    if dataset.lookback_days is not None and window.start < today - timedelta(days=dataset.lookback_days):
        raise QueryError(
            f"{name}: Amazon tells of the last {dataset.lookback_days} days only: let the window begin on "
            f"{today - timedelta(days=dataset.lookback_days)} or later, not on {window.start}"
        )
    if dataset.ahead_days is None:
        return
    last = today + timedelta(days=dataset.ahead_days)
    if window.start < today or window.end > last:
        raise QueryError(
            f"{name}: Amazon looks ahead only: let the window begin on {today} or later and end by {last}, not last "
            f"from {window.start} to {window.end}"
        )
