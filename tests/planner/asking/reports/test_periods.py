"""The periods of reports: every instant asked for in exactly one, aligned, none too long, whatever the grain."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.reports.report import Grain, Grains, Report
from flight_server.errors import QueryError
from flight_server.planner.asking.reports.periods import Bounds, Period, periods

NOW = datetime(2026, 11, 27, 15, 30, tzinfo=UTC)
DAY = timedelta(days=1)
SALES = Report("GET_SALES", "analytics", "json", period="required")
INSTANTS = st.integers(0, 2 * 365 * 86_400).map(lambda seconds: NOW - timedelta(seconds=seconds))
ZONES = ("UTC", "America/Los_Angeles", "Europe/Berlin", "Asia/Tokyo")
GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")
FIRST_WEEKDAY = 6  # Sunday


def found(report: Report, **bounds: datetime) -> list[Period]:
    return list(periods(report, {}, Bounds(**bounds), NOW))


def found_in_part(report: Report, **bounds: datetime) -> list[Period]:
    return list(periods(report, {}, Bounds(**bounds), NOW, allows_partial=True))


def is_first(day: date, grain: Grain) -> bool:
    is_month = day.day == 1
    return {
        "day": True,
        "week": day.weekday() == FIRST_WEEKDAY,
        "month": is_month,
        "quarter": is_month and day.month % 3 == 1,
        "year": is_month and day.month == 1,
    }[grain]


@given(INSTANTS, INSTANTS, st.sampled_from([None, 1, 7, 30, 60]))
def test_instants_are_in_exactly_one_period_and_none_is_too_long(
    one: datetime, other: datetime, max_days: int | None
) -> None:
    since, before = sorted((one, other))
    cut = found(replace(SALES, max_days=max_days), since=since, before=before)
    if since == before:
        assert not cut
        return
    ends = [period.end or NOW for period in cut]
    assert (cut[0].start, ends[-1]) == (since, before)
    assert all(end == following.start for end, following in zip(ends, cut[1:], strict=False))
    assert all(max_days is None or end - period.start <= max_days * DAY for end, period in zip(ends, cut, strict=True))
    assert [period.is_followed for period in cut] == [True] * (len(cut) - 1) + [False]


@given(INSTANTS, st.integers(0, 500), st.sampled_from(GRAINS), st.sampled_from(ZONES), st.booleans())
def test_grains_are_in_exactly_one_period_and_begin_and_end_where_they_do(
    since: datetime, days: int, grain: Grain, zone: str, single: bool
) -> None:
    report = replace(SALES, grains=Grains(grain, zone=zone, single=single), max_days=None if single else 400)
    before = min(since + days * DAY, NOW - 400 * DAY)
    place = ZoneInfo(zone)
    cut = [
        (period.start.astimezone(place), period.end.astimezone(place))
        for period in found(report, since=since, before=before)
        if period.end is not None
    ]
    for start, end in cut:
        assert is_first(start.date(), grain) and is_first(end.date() + DAY, grain)
        assert (start.time().isoformat(), end.time().isoformat()) == ("00:00:00", "00:00:00")
        assert since <= start < before
        assert (end - start).days < 401
    assert all(end.date() + DAY == start.date() for (_, end), (start, _) in pairwise(cut))
    begins = [day for day in days_between(since, before, place) if is_first(day, grain)]
    told = [day for start, end in cut for day in (start.date() + n * DAY for n in range((end - start).days + 2))]
    told = [day for day in told if is_first(day, grain)]
    assert set(begins) <= set(told), "a grain that begins within the bounds is missing"


def days_between(since: datetime, before: datetime, zone: ZoneInfo) -> list[date]:
    """Days whose midnight is within the bounds."""
    first = since.astimezone(zone).date()
    candidates = (first + n * DAY for n in range(max((before - since).days, 0) + 2))
    return [day for day in candidates if since <= datetime(day.year, day.month, day.day, tzinfo=zone) < before]


def test_a_year_is_thirteen_periods_of_thirty_days_over_both_changes_of_the_clock() -> None:
    cut = found(
        replace(SALES, max_days=30), since=datetime(2025, 10, 1, tzinfo=UTC), before=datetime(2026, 10, 1, tzinfo=UTC)
    )
    assert len(cut) == 13
    assert all(period.start.hour == 0 for period in cut)


def test_days_of_a_place_are_whole_days_there_when_the_clock_changes() -> None:
    report = replace(SALES, grains=Grains("day", zone="America/Los_Angeles", single=True))
    cut = found(report, since=datetime(2026, 10, 31, 7, tzinfo=UTC), before=datetime(2026, 11, 3, 8, tzinfo=UTC))
    assert [period.start.hour for period in cut] == [7, 7, 8]


def test_weeks_go_from_sunday_to_saturday() -> None:
    report = replace(SALES, grains=Grains("week", single=True))
    cut = found(report, since=datetime(2026, 9, 30, tzinfo=UTC), before=datetime(2026, 10, 18, tzinfo=UTC))
    assert [(each.start.date().isoformat(), each.end and each.end.date().isoformat()) for each in cut] == [
        ("2026-10-04", "2026-10-10"),
        ("2026-10-11", "2026-10-17"),
    ]


def test_a_beginning_within_a_week_is_told_where_weeks_begin() -> None:
    with pytest.raises(QueryError, match="counts in weeks, and none begins at 2026-10-07"):
        found(replace(SALES, grains=Grains("week")), start=datetime(2026, 10, 7, tzinfo=UTC))


def test_the_option_names_the_grain_and_its_longest_span() -> None:
    report = replace(SALES, grains=Grains(option="reportPeriod", max_spans={"WEEK": 49}))
    bounds = Bounds(since=datetime(2026, 1, 4, tzinfo=UTC), before=datetime(2026, 4, 5, tzinfo=UTC))
    cut = list(periods(report, {"reportPeriod": "WEEK"}, bounds, NOW))
    assert [(each.end - each.start).days for each in cut if each.end] == [48, 41]


def test_without_an_end_grains_end_with_the_last_that_is_published() -> None:
    report = replace(SALES, grains=Grains("day"), lag_hours=72)
    (period,) = found(report, since=datetime(2026, 11, 1, tzinfo=UTC))
    assert period.end == datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize("grain", ["", "day"])
def test_what_is_not_published_is_an_error_or_marked(grain: Grain) -> None:
    report = replace(SALES, grains=Grains(grain), lag_hours=24)
    bounds = {"since": datetime(2026, 11, 20, tzinfo=UTC), "before": datetime(2026, 11, 28, tzinfo=UTC)}
    with pytest.raises(QueryError, match=r"is not whole yet.*2026-11-26 15:30 UTC.*ReportPartial=True"):
        found(report, **bounds)
    (*_, last) = found_in_part(report, **bounds)
    assert last.is_partial and last.end is not None and last.end <= NOW


@pytest.mark.parametrize("grain", ["", "day"])
def test_what_amazon_has_no_more_is_an_error_or_the_rest_is_marked(grain: Grain) -> None:
    report = replace(SALES, grains=Grains(grain), lookback_days=60, max_days=30)
    bounds = {"since": datetime(2026, 8, 1, tzinfo=UTC), "before": datetime(2026, 11, 20, tzinfo=UTC)}
    with pytest.raises(QueryError, match="tells of the last 60 days only: let the period begin on 2026-09-29 or later"):
        found(report, **bounds)
    cut = found_in_part(report, **bounds)
    assert NOW - 60 * DAY <= cut[0].start < NOW - 58 * DAY
    assert [period.is_partial for period in cut] == [True] + [False] * (len(cut) - 1)


def test_older_data_is_there_where_the_type_says_so() -> None:
    report = replace(SALES, lookback_days=60, older_in=("A1VC38T7YXB528",))
    bounds = Bounds(since=datetime(2026, 8, 1, tzinfo=UTC))
    assert list(periods(report, {}, bounds, NOW, marketplaces=("A1VC38T7YXB528",)))
    with pytest.raises(QueryError, match="60 days"):
        list(periods(report, {}, bounds, NOW, marketplaces=("A1VC38T7YXB528", "ATVPDKIKX0DER")))


def test_an_option_may_limit_how_old_data_may_be() -> None:
    report = replace(SALES, grains=Grains(option="reportPeriod", lookbacks={"WEEK": 56}))
    with pytest.raises(QueryError, match="56 days"):
        list(periods(report, {"reportPeriod": "WEEK"}, Bounds(since=datetime(2026, 8, 2, tzinfo=UTC)), NOW))
    assert list(periods(report, {"reportPeriod": "MONTH"}, Bounds(since=datetime(2026, 8, 1, tzinfo=UTC)), NOW))


@given(INSTANTS)
def test_no_hour_is_divided_where_a_day_is_the_longest(since: datetime) -> None:
    cut = found(replace(SALES, max_days=1), since=since, before=since + 3 * DAY)
    assert all((period.start.minute, period.start.second) == (0, 0) for period in cut[1:])
