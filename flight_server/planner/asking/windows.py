"""A period → the stretches that are asked for, in the order of time: adjoining, none longer than Amazon answers.

Whether Amazon counts the ends of a period in, and how finely it tells times apart, differs from operation to operation.
So the bounds that are sent reach as far as they must, and every stretch says which of the answer's rows are its own:
those from `since` until before `before`. Each row is in one stretch only, whatever Amazon answers.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from catalog.table import KeyColumn, Table, Window
from flight_server.errors import QueryError
from flight_server.plan import Binding, ParameterValue, Scan
from flight_server.planner.asking.key_tuples import Unknown
from flight_server.planner.asking.parameters import nothing_so_old, parameter_of
from flight_server.planner.asking.spelling import as_instant, one_step, spell

Instant = datetime | date


@dataclass(frozen=True)
class Stretch:
    """One call's part of a period: the bounds to send, and which rows are its own; None and empty: open."""

    lower: str
    upper: str
    since: Instant | None = None
    before: Instant | None = None


def ruling_member(table: Table) -> str:
    """The member by which rows belong to one stretch or another; empty where periods are never cut."""
    window = table.window
    if window is None or not (window.max_days or window.day):
        return ""
    return table.columns_by_name[window.column].member


def stretches(binding: Binding, table: Table, now: datetime) -> Iterator[Stretch]:
    """Cut the binding's period; nothing where it ends before it begins."""
    key = binding.key_column
    window = table.window if table.window is not None and table.window.column == key.column else None
    upper = binding.upper or _end(key, table, window, now)
    if binding.lower and upper and as_instant(binding.lower) > as_instant(upper):
        return
    if binding.lower and key.lag_minutes and as_instant(binding.lower) >= now - timedelta(minutes=key.lag_minutes):
        return  # refused as a bound, and Amazon tells nothing so young anyway
    whole_days = table.columns_by_name[key.column].declared_type == "date"
    if window is None or not binding.lower or not upper or not (window.max_days or window.day):
        yield Stretch(binding.lower, upper)
    elif window.day or whole_days:
        yield from _in_days(binding.lower, upper, key, table, window, whole_days=whole_days)
    else:
        yield from _in_instants(as_instant(binding.lower), as_instant(upper), key, window)


def echoed_stretches(
    parameters: Mapping[str, ParameterValue], table: Table, now: datetime
) -> Iterator[Mapping[str, ParameterValue]]:
    """Cut a period whose ends are columns of their own: the parameters of each part; as they are, where it fits.

    Rows do not tell when they were: Amazon counts the beginning in and the end out, so that each is in one part. A
    period that has only an end begins with what Amazon keeps. An end too near to now is not sent: it is Amazon's own.
    """
    window = table.window
    period = _echoed_period(parameters, table, window, now) if window is not None and window.until else None
    if period is None or window is None or window.max_days is None:
        yield parameters
        return
    others = {name: value for name, value in parameters.items() if name not in (period.since, period.until)}
    start = period.start
    while start < period.end:
        following = min(start + timedelta(days=window.max_days), period.end)
        end = {period.until: spell(following)} if following < period.end or period.is_end_sent else {}
        yield {**others, period.since: spell(start), **end}
        start = following


def in_zone(parameters: Mapping[str, ParameterValue], scan: Scan) -> Mapping[str, ParameterValue]:
    """The same with each end of a joined period in the offset that it has in the zone which goes along."""
    for key in (binding.key_column for binding in scan.bindings if binding.key_column.zone_from):
        zone, name = _zone_of(key, parameters, scan.table), key.ge or key.gt
        period = parameters[name]
        if zone is not None and isinstance(period, str):
            ends = (as_instant(end).astimezone(zone) for end in period.split(key.joined))
            texts = (end.isoformat(timespec="milliseconds" if end.microsecond else "seconds") for end in ends)
            return {**parameters, name: key.joined.join(texts)}
    return parameters


def _zone_of(key: KeyColumn, parameters: Mapping[str, ParameterValue], table: Table) -> ZoneInfo | None:
    """The zone that is asked for; None for UTC, in which the period is written already."""
    named = next((other for other in table.key_columns if other.column == key.zone_from), None)
    zone = parameters.get(named.eq) if named is not None else None
    if not isinstance(zone, str) or isinstance(zone, Unknown) or zone == "UTC":
        return None
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise QueryError(f"{table.qualified_name}: {key.zone_from}: there is no time zone {zone!r}") from None


@dataclass(frozen=True)
class _EchoedPeriod:
    """A period between two key columns: their parameters, and the instants."""

    since: str
    until: str
    start: datetime
    end: datetime
    is_end_sent: bool


def _echoed_period(
    parameters: Mapping[str, ParameterValue], table: Table, window: Window, now: datetime
) -> _EchoedPeriod | None:
    """The period that is asked for; None where nothing says when it begins."""
    since, until = (
        next(key for key in table.key_columns if key.column == name) for name in (window.column, window.until)
    )
    start, end = (_asked_instant(parameters, key.eq) for key in (since, until))
    if start is None and end is not None and window.lookback_days is not None:
        start = _whole_minute(now) - timedelta(days=window.lookback_days)
        if end <= start:
            raise QueryError(nothing_so_old(table, window.until))
    if start is None:
        return None
    latest = now - timedelta(minutes=until.lag_minutes)
    if end is None or (until.lag_minutes and end > latest):
        return _EchoedPeriod(since.eq, until.eq, start, latest, is_end_sent=False)
    return _EchoedPeriod(since.eq, until.eq, start, end, is_end_sent=True)


def _asked_instant(parameters: Mapping[str, ParameterValue], name: str) -> datetime | None:
    return as_instant(str(parameters[name])) if name in parameters else None


def _whole_minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)


def _end(key: KeyColumn, table: Table, window: Window | None, now: datetime) -> str:
    """Where an open period ends: now, if the end must be said."""
    parameter = parameter_of(table, key.le or key.lt)
    must_be_said = parameter is not None and parameter.required
    if not (key.le or key.lt) or not (must_be_said or (window is not None and (window.max_days or window.day))):
        return ""
    end = now.replace(microsecond=now.microsecond // 1000 * 1000) - timedelta(minutes=key.lag_minutes)
    return spell(end.date() if table.columns_by_name[key.column].declared_type == "date" else end)


def _in_instants(lower: datetime, upper: datetime, key: KeyColumn, window: Window) -> Iterator[Stretch]:
    assert window.max_days is not None
    below = one_step(lower) if key.gt else timedelta()  # what an exclusive bound must be sent lower
    longest = timedelta(days=window.max_days) - below
    start, since = lower, None
    while True:
        end = min(start + longest, upper)
        sent = start - below if since is not None else start
        yield Stretch(spell(sent), spell(end), since, end if end < upper else None)
        if end >= upper:
            return
        start = since = end


def _in_days(
    lower: str, upper: str, key: KeyColumn, table: Table, window: Window, *, whole_days: bool
) -> Iterator[Stretch]:
    zone = ZoneInfo(window.day or "UTC")
    day, last = (_day_of(bound, zone, whole_days=whole_days) for bound in (lower, upper))
    longest = timedelta(days=window.max_days) if window.max_days else last - day + timedelta(days=1)
    since: date | None = None
    while True:
        following = min(day + longest, last + timedelta(days=1))
        before = following if following <= last else None
        yield Stretch(
            _spelled(day, key.ge or key.gt, -1 if key.gt else 0, table, zone),
            _spelled(following, key.le or key.lt, 0 if key.lt else -1, table, zone),
            since if whole_days else since and _midnight(since, zone),
            before if whole_days else before and _midnight(before, zone),
        )
        if before is None:
            return
        day = since = following


def _day_of(bound: str, zone: ZoneInfo, *, whole_days: bool) -> date:
    instant = as_instant(bound)
    return instant.date() if whole_days else instant.astimezone(zone).date()


def _spelled(day: date, name: str, days: int, table: Table, zone: ZoneInfo) -> str:
    """A day, shifted where the parameter's own meaning asks for it; a time where the parameter takes times."""
    parameter = parameter_of(table, name)
    if parameter is not None and parameter.format == "date-time":
        return spell(_midnight(day, zone))
    return spell(day + timedelta(days=days))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
