"""The period that a query asks of a report type → the periods to ask Amazon for, in the order of time, each row in one.

Ends are aligned to what the type counts in (days, weeks from Sunday to Saturday, months, quarters, years), and no
period is longer than the type permits. A report that counts in such grains names its last day as its end, one of
instants the instant at which it ends. Pure: knows no clock and no SQL.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from catalog.reports.report import Grain, Report
from flight_server.errors import QueryError

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Bounds:
    """What a query says of the beginnings and the ends of periods, and of the instants of rows; None: nothing."""

    start: datetime | None = None  # the beginning, named exactly
    end: datetime | None = None  # the end, named exactly
    since: datetime | None = None  # periods begin at it or later
    before: datetime | None = None  # periods begin before it
    ends_by: datetime | None = None  # periods end at it or earlier
    rows_since: datetime | None = None  # rows before it are of no use
    rows_before: datetime | None = None  # ... nor are those from it on


@dataclass(frozen=True)
class Period:
    """One request's period as it is sent, and as its rows tell it."""

    start: datetime
    end: datetime | None  # None: up to whenever the report is made, so that equal questions stay equal
    told_start: datetime
    told_end: datetime | None
    is_partial: bool = False  # it reaches into what is not published yet
    is_followed: bool = False  # another period begins where it ends: what is at the seam belongs to that one


@dataclass(frozen=True)
class _Stretch:
    start: datetime
    end: datetime
    over: datetime  # when it is over: for grains, the midnight after the last day
    is_open: bool = False  # nothing says where it ends
    is_followed: bool = False


def grain_of(report: Report, options: Mapping[str, str]) -> Grain:
    """What the ends of a request with these options are aligned to; empty: nothing."""
    grains = report.grains
    named = options.get(grains.option, "").lower() if grains.option else ""
    return next((grain for grain in _FIRST_DAYS if grain == named), grains.grain)


def periods(
    report: Report,
    options: Mapping[str, str],
    bounds: Bounds,
    now: datetime,
    *,
    marketplaces: tuple[str, ...] = (),
    allows_partial: bool = False,
) -> Iterator[Period]:
    """Cut what is asked for; raise QueryError for what Amazon does not have any more, or not yet.

    `allows_partial`: what it has is asked for instead, and told to be a part.
    """
    begins = _latest(bounds.start, bounds.since, bounds.rows_since)
    if begins is None:
        raise QueryError(f"{report.report_type} is made for a period: say when it begins")
    days = _lookback(report, options, marketplaces)
    oldest = now - timedelta(days=days) if days is not None else begins
    is_clipped = begins < oldest
    published = now - timedelta(hours=report.lag_hours)
    known = now if allows_partial else published
    grain = grain_of(report, options)
    if is_clipped and (not allows_partial or (grain and bounds.start is not None)):
        raise QueryError(_too_old(report, days, begins, oldest))
    left = replace(bounds, start=None, since=oldest, rows_since=None) if is_clipped else bounds
    stretches = _grains(report, options, grain, left, known) if grain else _instants(report, left, known, now)
    for number, stretch in enumerate(stretches):
        is_unpublished = stretch.over > published
        if is_unpublished and not allows_partial:
            raise QueryError(_unpublished(report, stretch, published))
        end = None if stretch.is_open else stretch.end
        yield Period(
            stretch.start,
            end,
            bounds.start or stretch.start,
            bounds.end or end,
            is_partial=is_unpublished or (is_clipped and number == 0),
            is_followed=stretch.is_followed,
        )


def _lookback(report: Report, options: Mapping[str, str], marketplaces: tuple[str, ...]) -> int | None:
    """Of how many days Amazon has the data; None: nobody says."""
    if marketplaces and set(marketplaces) <= set(report.older_in):
        return None
    return report.grains.lookbacks.get(options.get(report.grains.option, "")) or report.lookback_days


def _too_old(report: Report, days: int | None, begins: datetime, oldest: datetime) -> str:
    return (
        f"{report.report_type} tells of the last {days} days only: let the period begin on {oldest.date() + _DAY} or "
        f"later, not on {begins.date()}"
    )


def _unpublished(report: Report, stretch: _Stretch, published: datetime) -> str:
    return (
        f"{report.report_type} from {stretch.start.date()} to {stretch.end.date()} is not whole yet, since what is "
        f"published ends at {published:%Y-%m-%d %H:%M} UTC: ask for a period that ends before that, or set "
        "ReportPartial=True"
    )


def _instants(report: Report, bounds: Bounds, known: datetime, now: datetime) -> Iterator[_Stretch]:
    rows_since, rows_before = _hour(bounds.rows_since), _hour(bounds.rows_before, upwards=True)
    start = _latest(bounds.start, bounds.since, rows_since)
    named = _earliest(bounds.end, _second(bounds.before), _second(bounds.ends_by), rows_before)
    end = min(named or known, now)
    is_open = not report.lag_hours and (named is None or named > now)  # Amazon takes no end in the future
    assert start is not None
    while start < end:
        following = end
        if report.max_days and start + timedelta(days=report.max_days) < end:
            following = _seam(start, report.max_days)
        is_last = following == end
        yield _Stretch(
            start, following, following, is_open=is_last and is_open and bounds.end is None, is_followed=not is_last
        )
        start = following


def _seam(start: datetime, days: int) -> datetime:
    """Where a period that is too long is cut: at a whole hour, or if there is one, at midnight.

    So equal questions share reports all day long, and what Amazon tells by the hour or the day is not divided.
    """
    latest = start + timedelta(days=days)
    midnight = latest.replace(hour=0, minute=0, second=0, microsecond=0)
    if days > 1:
        return midnight
    whole = latest.replace(minute=0, second=0, microsecond=0)
    return whole if whole > start else latest


def _second(bound: datetime | None) -> datetime | None:
    """A bound without the fraction that `<=` adds: the rows tell the end that was asked for."""
    return bound.replace(microsecond=0) if bound is not None else None


def _hour(bound: datetime | None, *, upwards: bool = False) -> datetime | None:
    """A bound of rows, rounded outwards: the engine checks the rows again, and `now()` soon asks for the same."""
    if bound is None:
        return None
    whole = bound.replace(minute=0, second=0, microsecond=0)
    return whole + timedelta(hours=1) if upwards and whole < bound else whole


def _grains(
    report: Report, options: Mapping[str, str], grain: Grain, bounds: Bounds, known: datetime
) -> Iterator[_Stretch]:
    zone = ZoneInfo(report.grains.zone)
    _refuse_misaligned(report, grain, bounds, zone)
    whole = list(takewhile(lambda each: _is_asked(each, bounds, known), _from(grain, bounds, zone)))
    longest = report.grains.max_spans.get(options.get(report.grains.option, "")) or report.max_days
    while whole:
        count = 1
        while count < len(whole) and not report.grains.single and _fits(whole[0], whole[count], longest):
            count += 1
        yield _Stretch(whole[0].start, whole[count - 1].end, whole[count - 1].over)
        whole = whole[count:]


def _refuse_misaligned(report: Report, grain: Grain, bounds: Bounds, zone: ZoneInfo) -> None:
    for end, is_end in ((bounds.start, False), (bounds.end, True)):
        day = end.astimezone(zone).date() if end is not None else None
        if day is None:
            continue
        first = first_day(grain, day)
        aligned = following_day(grain, first) - _DAY if is_end else first
        if _midnight(aligned, zone) != end:
            what = "ends" if is_end else "begins"
            raise QueryError(
                f"{report.report_type} counts in {grain}s, and none {what} at {end:%Y-%m-%d %H:%M}: the one around it "
                f"{what} on {aligned}"
            )


def _is_asked(each: _Stretch, bounds: Bounds, known: datetime) -> bool:
    """Whether the grain is asked for, given that those before it are."""
    if bounds.end is not None and each.end > bounds.end:
        return False
    if bounds.before is not None and each.start >= bounds.before:
        return False
    if bounds.ends_by is not None and each.end > bounds.ends_by:
        return False
    if bounds.rows_before is not None and each.start >= bounds.rows_before:
        return False
    if any((bounds.end, bounds.before, bounds.ends_by, bounds.rows_before)):
        return True
    return each.start == bounds.start if bounds.start is not None else each.over <= known


def _from(grain: Grain, bounds: Bounds, zone: ZoneInfo) -> Iterator[_Stretch]:
    """Each grain, from the first on that the bounds leave possible."""
    begins = bounds.start or bounds.since
    around = begins if begins is not None else bounds.rows_since
    assert around is not None
    first = first_day(grain, around.astimezone(zone).date())
    if begins is not None and _midnight(first, zone) < begins:
        first = following_day(grain, first)
    while True:
        following = following_day(grain, first)
        yield _Stretch(_midnight(first, zone), _midnight(following - _DAY, zone), _midnight(following, zone))
        first = following


def _fits(first: _Stretch, last: _Stretch, longest: int | None) -> bool:
    return longest is None or (last.end - first.start).days < longest


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _latest(*instants: datetime | None) -> datetime | None:
    return max((instant for instant in instants if instant is not None), default=None)


def _earliest(*instants: datetime | None) -> datetime | None:
    return min((instant for instant in instants if instant is not None), default=None)


def first_day(grain: Grain, day: date) -> date:
    """The first day of the grain that a day is in.

    >>> first_day("week", date(2026, 10, 7)), first_day("quarter", date(2026, 5, 2))
    (datetime.date(2026, 10, 4), datetime.date(2026, 4, 1))
    """
    return _FIRST_DAYS[grain](day)


def following_day(grain: Grain, first: date) -> date:
    """The first day of the next grain: that of a day which is surely in it."""
    return first_day(grain, first + timedelta(days=_MOST_DAYS[grain]))


_FIRST_DAYS: Mapping[Grain, Callable[[date], date]] = {
    "day": lambda day: day,
    "week": lambda day: day - timedelta(days=(day.weekday() + 1) % 7),  # Amazon's weeks begin on Sunday
    "month": lambda day: day.replace(day=1),
    "quarter": lambda day: day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1),
    "year": lambda day: day.replace(month=1, day=1),
}
_MOST_DAYS: Mapping[Grain, int] = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}
