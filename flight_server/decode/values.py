"""One value as text to one Python value of a declared type, exactly or not at all.

Knows no columns and no pages: text comes in, a value goes out, ValueError says that the text holds none. A number of
JSON differs from a text of digits in one thing: Amazon computes some in doubles (16.663333333333334), so the digits
beyond a decimal's scale are rounded away; in a text they were written on purpose and are refused.
The spellings are those found in Amazon's answers: times with and without zone or seconds, plain dates,
`Mon Oct 28 18:49:32 UTC 2019`, epoch seconds and milliseconds; an empty text where there is no number, time or flag.
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact, InvalidOperation
from types import MappingProxyType

from catalog.arrow_types import DECIMAL_PRECISION, DECIMAL_SCALE
from catalog.table import DeclaredType

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,9})?", re.ASCII)
_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[Tt ](\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?\s?(?:([Zz])|([+-])(\d\d)(?::?([0-5]\d))?)?)?",
    re.ASCII,
)
_UNIX_DATE = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) (?:UTC|GMT) (\d{4})", re.ASCII)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EXACT = Context(prec=DECIMAL_PRECISION, traps=[Inexact, InvalidOperation])
_ROUNDED = Context(prec=DECIMAL_PRECISION, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation])
_SMALLEST = Decimal(1).scaleb(-DECIMAL_SCALE)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_string(text: str) -> str:
    """Read a string: every text is one, also the empty one."""
    return text


def to_int64(text: str) -> int | None:
    """Read a whole number of 64 bits.

    >>> to_int64("3"), to_int64("3.0"), to_int64("")
    (3, 3, None)
    >>> to_int64("3.5")
    Traceback (most recent call last):
    ValueError: not a whole number
    """
    if not text:
        return None
    number = _number(text)
    if number.adjusted() > 18 and number:  # before int(), which would build all digits of 1e999999999
        raise ValueError("beyond 64 bits")
    whole = int(number)
    if whole != number:
        raise ValueError("not a whole number")
    if not -(2**63) <= whole < 2**63:
        raise ValueError("beyond 64 bits")
    return whole


def to_double(text: str) -> float | None:
    """Read a finite double.

    >>> to_double("1.5e3"), to_double("")
    (1500.0, None)
    """
    if not text:
        return None
    _number(text)
    value = float(text)
    if math.isinf(value):
        raise ValueError("beyond a double")
    return value


def to_decimal(text: str) -> Decimal | None:
    """Read a decimal that fits the declared precision and scale without rounding.

    >>> to_decimal("19.990000000"), to_decimal("1E+2"), to_decimal("")
    (Decimal('19.990000'), Decimal('100.000000'), None)
    >>> to_decimal("0.0000001")
    Traceback (most recent call last):
    ValueError: more digits than decimal(38, 6) holds
    """
    return _decimal(text, _EXACT)


def to_bool(text: str) -> bool | None:
    """Read a flag in any case.

    >>> to_bool("TRUE"), to_bool("false"), to_bool("")
    (True, False, None)
    """
    try:
        return {"true": True, "false": False, "": None}[text.lower()]
    except KeyError:
        raise ValueError("neither true nor false") from None


def to_timestamp(text: str) -> datetime | None:
    """Read an instant; without a zone it is UTC, a date alone is its midnight, digits beyond microseconds are cut.

    >>> to_timestamp("2024-01-15T10:00+09:00").isoformat()
    '2024-01-15T01:00:00+00:00'
    >>> to_timestamp("Mon Oct 28 18:49:32 UTC 2019").isoformat()
    '2019-10-28T18:49:32+00:00'
    >>> to_timestamp("1.569521782042E9").isoformat()
    '2019-09-26T18:16:22.042000+00:00'
    """
    if not text:
        return None
    if parts := _TIME.fullmatch(text):
        return _instant(parts)
    if parts := _UNIX_DATE.fullmatch(text):
        month, day, hour, minute, second, year = parts.groups()
        if month not in _MONTHS:
            raise ValueError("no such month")
        return datetime(int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    return _from_epoch(text)


def to_date(text: str) -> date | None:
    """Read a date; a time of day with it must be midnight, since nothing may be cut off unseen.

    >>> to_date("2024-01-15"), to_date("2024-01-15T00:00:00+09:00")
    (datetime.date(2024, 1, 15), datetime.date(2024, 1, 15))
    """
    if not text:
        return None
    parts = _TIME.fullmatch(text)
    if parts is None:
        raise ValueError("not a date")
    _instant(parts)  # the time and the zone must be possible too
    if any(int(part or 0) for part in parts.group(4, 5, 6, 7)):
        raise ValueError("a time of day in a date")
    return date(*map(int, parts.group(1, 2, 3)))


READERS: Mapping[DeclaredType, Callable[[str], object]] = MappingProxyType(
    {
        "string": to_string,
        "int64": to_int64,
        "double": to_double,
        "decimal": to_decimal,
        "bool": to_bool,
        "timestamp": to_timestamp,
        "date": to_date,
        "json": to_string,
    }
)
"""How each declared type is read from text."""


def from_text(text: str, declared_type: DeclaredType) -> object:
    """Read a text as a value of a declared type; spaces around it count for strings only."""
    is_text = declared_type in ("string", "json")
    return READERS[declared_type](text if is_text else text.strip())


def from_number(text: str, declared_type: DeclaredType) -> object:
    """Read a JSON number as a value of a declared type: a decimal is rounded to its scale, half to even.

    >>> from_number("16.663333333333334", "decimal"), from_number("0.0000005", "decimal")
    (Decimal('16.663333'), Decimal('0.000000'))
    """
    return _decimal(text, _ROUNDED) if declared_type == "decimal" else from_text(text, declared_type)


def _decimal(text: str, context: Context) -> Decimal | None:
    if not text:
        return None
    try:
        return _number(text).quantize(_SMALLEST, context=context)
    except (Inexact, InvalidOperation):
        raise ValueError(f"more digits than decimal({DECIMAL_PRECISION}, {DECIMAL_SCALE}) holds") from None


def _number(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError("not a number")
    return Decimal(text)


def _instant(parts: re.Match[str]) -> datetime:
    year, month, day, hour, minute, second, fraction, _, sign, zone_hour, zone_minute = parts.groups()
    zone: timezone = UTC
    if sign:
        offset = timedelta(hours=int(zone_hour), minutes=int(zone_minute or 0))
        zone = timezone(-offset if sign == "-" else offset)
    microsecond = int((fraction or "")[:6].ljust(6, "0"))
    clock = (int(hour or 0), int(minute or 0), int(second or 0), microsecond)
    try:
        return datetime(int(year), int(month), int(day), *clock, tzinfo=zone).astimezone(UTC)
    except OverflowError:
        raise ValueError("beyond the calendar") from None


def _from_epoch(text: str) -> datetime:
    number = Decimal(text) if _NUMBER.fullmatch(text) else Decimal(0)
    # Both ranges mean 2001 to 2286. Other numbers are refused: 20240115 would become a day in 1970.
    if 10**9 <= number < 10**10:
        return _EPOCH + timedelta(microseconds=int(number.scaleb(6)))
    if 10**12 <= number < 10**13:
        return _EPOCH + timedelta(microseconds=int(number.scaleb(3)))
    raise ValueError("not a time")
