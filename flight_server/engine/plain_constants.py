"""Constants whose value is plain without the engine: what nearly every tool writes.

A text, a comparison of numbers, or an instant: from a literal in the spelling of ISO 8601, in UTC, through casts,
intervals and truncations. Each of them costs the engine as much as binding a query. Whatever else is written, and
instants that calendars differ about, are left to it. Knows no cursor.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flight_server.plan import UNFOLDABLE

_TEXT = re.compile(r"'((?:[^'\\]|'')*)'")
_ISO = re.compile(r"'(\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|\+00:00)?)?)'")
_CAST = re.compile(r"CAST\((.*) AS (DATE|TIMESTAMP|TIMESTAMPTZ)\)")
_TRUNCATED = re.compile(r"DATE_TRUNC\('(DAY|WEEK|MONTH|QUARTER|YEAR)', (.*)\)")
_SHIFTED = re.compile(
    r"(.*) ([+-]) INTERVAL (?:'(\d{1,5})'|\((-?\d{1,5})\)) (SECOND|MINUTE|HOUR|DAY|WEEK|MONTH|QUARTER|YEAR)S?"
)
_DAYS_ON = re.compile(r"(.*) ([+-]) (\d{1,5})")
_EPOCH = re.compile(r"TO_TIMESTAMP\((\d{1,10})\)")
_IN_BRACKETS = re.compile(r"\((.*)\)")
_TRUTH = re.compile(r"(\d{1,18}) (=|<>) (\d{1,18})")

_FIRST_YEAR = 1900  # before, the engine's calendars and Python's may differ

_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
_SPANS: Mapping[str, timedelta] = {
    "SECOND": timedelta(seconds=1),
    "MINUTE": timedelta(minutes=1),
    "HOUR": timedelta(hours=1),
    "DAY": timedelta(days=1),
    "WEEK": timedelta(weeks=1),
}


def plain(sql: str, wanted: str) -> Any:
    """The value of `sql`, compared with a column of type `wanted`; UNFOLDABLE for what is left to the engine.

    >>> plain("'O''Neill'", "VARCHAR"), plain("1 = 0", "BOOLEAN"), plain("CAST('2026-06-10' AS DATE) - 7", "DATE")
    ("O'Neill", False, datetime.date(2026, 6, 3))
    >>> plain("CAST('2026-03-31' AS TIMESTAMP) - INTERVAL '1' MONTH", "TIMESTAMPTZ")
    datetime.datetime(2026, 2, 28, 0, 0, tzinfo=datetime.timezone.utc)
    """
    read = _READERS.get(wanted)
    try:
        value = None if read is None else read(sql)
    except (ValueError, OverflowError):
        value = None
    return UNFOLDABLE if value is None else value


def _text(sql: str) -> str | None:
    found = _TEXT.fullmatch(sql)
    return None if found is None else found[1].replace("''", "'")


def _truth(sql: str) -> bool | None:
    found = _TRUTH.fullmatch(sql)
    return None if found is None else (int(found[1]) == int(found[3])) is (found[2] == "=")


def _date(sql: str) -> date | None:
    value = _instant(f"CAST({sql} AS DATE)" if _TEXT.fullmatch(sql) else sql)
    return None if isinstance(value, datetime) else value


def _timestamp(sql: str) -> datetime | None:
    return _with_time(_instant(f"CAST({sql} AS TIMESTAMPTZ)" if _TEXT.fullmatch(sql) else sql))


_READERS: Mapping[str, Callable[[str], Any]] = {
    "VARCHAR": _text,
    "BOOLEAN": _truth,
    "DATE": _date,
    "TIMESTAMPTZ": _timestamp,
}


def _instant(sql: str) -> date | None:
    """A date; or a datetime in UTC, be it with a time zone or without, since the engine has no other zone."""
    value: date | None = None
    if found := _CAST.fullmatch(sql):
        value = _of_text(found[1]) or _instant(found[1])
        value = value.date() if found[2] == "DATE" and isinstance(value, datetime) else value
        value = _with_time(value) if found[2] != "DATE" else value
    elif found := _SHIFTED.fullmatch(sql):
        count = int(found[3] or found[4])
        value = _shifted(_with_time(_instant(found[1])), count if found[2] == "+" else -count, found[5])
    elif found := _DAYS_ON.fullmatch(sql):
        day, count = _instant(found[1]), int(found[3])
        if day is not None and not isinstance(day, datetime):
            value = day + timedelta(days=count if found[2] == "+" else -count)
    elif found := _TRUNCATED.fullmatch(sql):
        value = _truncated(_with_time(_instant(found[2])), found[1])
    elif found := _EPOCH.fullmatch(sql):
        value = datetime.fromtimestamp(int(found[1]), UTC)
    elif found := _IN_BRACKETS.fullmatch(sql):
        value = _instant(found[1])
    return None if value is None or value.year < _FIRST_YEAR else value


def _of_text(sql: str) -> datetime | None:
    found = _ISO.fullmatch(sql)
    return None if found is None else datetime.fromisoformat(found[1]).replace(tzinfo=UTC)


def _with_time(value: date | None) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    return datetime(value.year, value.month, value.day, tzinfo=UTC)


def _shifted(value: datetime | None, count: int, unit: str) -> datetime | None:
    """So many units later; where a month lacks the day, its last one."""
    if value is None or unit in _SPANS:
        return value and value + count * _SPANS[unit]
    years, month = divmod(value.month - 1 + count * _MONTHS[unit], 12)
    last = monthrange(value.year + years, month + 1)[1]
    return value.replace(year=value.year + years, month=month + 1, day=min(value.day, last))


def _truncated(value: datetime | None, unit: str) -> datetime | None:
    if value is None:
        return None
    day = value.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit in ("DAY", "WEEK"):
        return day - timedelta(days=day.weekday() if unit == "WEEK" else 0)
    return day.replace(day=1, month=day.month - (day.month - 1) % _MONTHS[unit])
