"""A time or date as a report writes it → an instant or a day.

ISO forms are those of every answer; the others are those seen in documents: days first, months first, months by name,
time zones by abbreviation. Which of day and month is first is not decided here. Knows no columns.
"""

import re
from datetime import UTC, date, datetime, timedelta

from flight_server.decode.documents.places import Places
from flight_server.decode.values import to_date, to_timestamp

_CLOCK = (
    r"(?:[ T]+(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?:\s*([AaPp]\.?[Mm]\.?))?)?"
    r"(?:\s*([A-Za-z]{1,5}|[+-]\d\d:?\d\d))?"
)
_NUMERIC = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d\d)" + _CLOCK)
_NAMED = re.compile(r"(\d{1,2})[- ]([A-Za-z]{3})[a-z]*\.?[- ](\d{4}|\d\d)" + _CLOCK)
_YEAR_FIRST = re.compile(r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})" + _CLOCK)
_MONTH = re.compile(r"(\d{1,2})/(\d{4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_UTC = frozenset(("UTC", "GMT", "Z"))
_OFFSETS = {
    **dict.fromkeys(("WET",), 0),
    **dict.fromkeys(("BST", "WEST", "CET", "MET", "MEZ"), 60),
    **dict.fromkeys(("CEST", "MEST", "MESZ", "EET", "SAST"), 120),
    **dict.fromkeys(("EEST", "TRT", "AST"), 180),
    "GST": 240,
    "IST": 330,
    "SGT": 480,
    "JST": 540,
    "AEST": 600,
    "AEDT": 660,
    "PST": -480,
    "PDT": -420,
    "MST": -420,
    "MDT": -360,
    "CST": -360,
    "CDT": -300,
    "EST": -300,
    "EDT": -240,
    "BRT": -180,
    "BRST": -120,
}
"""Minutes from UTC, where the zone of the marketplace does not know the abbreviation."""


def day_comes_first(text: str) -> bool | None:
    """Whether the day stands before the month; None where the text does not say.

    >>> day_comes_first("29/09/2025 16:19:39 BST"), day_comes_first("12/31/2025"), day_comes_first("03/04/2026")
    (True, False, None)
    """
    parts = _NUMERIC.fullmatch(text)
    if parts is None or parts[2] != "/":
        return None
    first, second = int(parts[1]), int(parts[3])
    return True if first > 12 else False if second > 12 else None


def is_unsure(text: str) -> bool:
    """Whether it means two days, one for each order."""
    parts = _NUMERIC.fullmatch(text)
    return parts is not None and parts[2] == "/" and parts[1] != parts[3] and day_comes_first(text) is None


def read_time(text: str, places: Places, *, day_first: bool) -> datetime:
    """Read an instant; without a zone it is UTC.

    >>> read_time("14.03.2023 07:49:55 UTC", Places(), day_first=True).isoformat()
    '2023-03-14T07:49:55+00:00'
    """
    parts = _parts(text, day_first=day_first)
    if parts is None:
        instant = to_timestamp(text)
        assert instant is not None
        return instant
    day, (hour, minute, second, fraction, half, zone) = parts
    local = datetime(day.year, day.month, day.day, _hour(hour, half), int(minute or 0), int(second or 0), tzinfo=UTC)
    return _in_zone(local, zone or "", places) + timedelta(microseconds=int((fraction or "")[:6].ljust(6, "0")))


def read_day(text: str, *, day_first: bool) -> date:
    """Read a date; a time of day with it must be midnight, as in other answers.

    >>> read_day("05.11.26", day_first=True), read_day("06/2026", day_first=False)
    (datetime.date(2026, 11, 5), datetime.date(2026, 6, 1))
    """
    parts = _parts(text, day_first=day_first)
    if parts is None:
        day = to_date(text)
        assert day is not None
        return day
    if any(int(part or 0) for part in parts[1][:4]):
        raise ValueError("a time of day in a date")
    return parts[0]


_Clock = tuple[str | None, ...]
"""Hour, minute, second, fraction, half of the day and zone, as written."""


def _parts(text: str, *, day_first: bool) -> tuple[date, _Clock] | None:
    """The day and the time of day; None where it is of another form."""
    if found := _NUMERIC.fullmatch(text):
        first, sign, second, year, *clock = found.groups()
        is_day_first = sign != "/" or (day_first if (sure := day_comes_first(text)) is None else sure)
        day, month = (first, second) if is_day_first else (second, first)
        return date(_year(year), int(month), int(day)), tuple(clock)
    if found := _NAMED.fullmatch(text):
        day, name, year, *clock = found.groups()
        if name.lower() not in _MONTHS:
            raise ValueError("no such month")
        return date(_year(year), _MONTHS.index(name.lower()) + 1, int(day)), tuple(clock)
    if found := _MONTH.fullmatch(text):
        return date(int(found[2]), int(found[1]), 1), (None,) * 6
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day, *clock = found.groups()
        return date(int(year), int(month), int(day)), tuple(clock)
    return None


def _year(text: str) -> int:
    return int(text) + (2000 if len(text) == 2 else 0)


def _hour(text: str | None, half: str | None) -> int:
    hour = int(text or 0)
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError("no such hour")
    return hour % 12 + (12 if half[0] in "pP" else 0)


def _in_zone(local: datetime, zone: str, places: Places) -> datetime:
    """The instant of a local time, given as if it were UTC; an abbreviation is one of the zone of the marketplace."""
    name = zone.upper()
    if not zone or name in _UTC:
        return local
    if zone[0] in "+-":
        minutes = int(zone[1:3]) * 60 + int(zone[-2:])
        return local - timedelta(minutes=-minutes if zone[0] == "-" else minutes)
    for place in places.zones:
        for fold in (0, 1):
            there = local.replace(tzinfo=place, fold=fold)
            if there.tzname() == name:
                return there.astimezone(UTC)
    if name not in _OFFSETS:
        raise ValueError("nobody knows this time zone")
    return local - timedelta(minutes=_OFFSETS[name])
