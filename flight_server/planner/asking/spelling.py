"""Values as Amazon writes them in parameters, instants as finely as it reads them. Pure; knows no table."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from catalog.table import Parameter
from flight_server.planner.conditions.ranges import Value

_FINER_DIGITS = re.compile(r"(?<=\.\d{3})\d+(?=Z$)")


def spell(value: Value, parameter: Parameter | None = None) -> str:
    """A value as Amazon writes it in a parameter.

    >>> from datetime import datetime, UTC
    >>> spell(datetime(2026, 1, 1, tzinfo=UTC)), spell(True), spell(3)
    ('2026-01-01T00:00:00Z', 'true', '3')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        if parameter is not None and parameter.format == "date":
            return value.date().isoformat()
        text = value.astimezone(UTC).isoformat(timespec="milliseconds" if value.microsecond else "seconds")
        return text.replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return _plain_text(value)
    return str(value)


def asked_text(value: Value, parameter: Parameter | None = None) -> str:
    """A value as it is asked for, and as a column that repeats it tells it: an instant with all its digits.

    >>> asked_text(datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)), asked_text(True)
    ('2026-01-01T12:00:00.123456Z', 'true')
    """
    is_whole = parameter is not None and parameter.format == "date"
    if is_whole or not isinstance(value, datetime) or not value.microsecond:
        return spell(value, parameter)
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def in_milliseconds(text: str, *, upwards: bool = False) -> str:
    """What is sent for an instant: Amazon writes and reads no more than three digits of a second.

    The end of a period is rounded `upwards`, lest rows before it are left out.

    >>> in_milliseconds("2026-01-01T12:00:00.123456Z"), in_milliseconds("2026-01-01")
    ('2026-01-01T12:00:00.123Z', '2026-01-01')
    >>> in_milliseconds("2026-01-01T12:00:00.123456Z", upwards=True)
    '2026-01-01T12:00:00.124Z'
    """
    if upwards and _FINER_DIGITS.search(text):
        return spell(rounded_up(as_instant(text)))
    return _FINER_DIGITS.sub("", text)


def _plain_text(value: Decimal) -> str:
    """All digits of a number, without an exponent or zeros at the end; `normalize` would round to 28 digits.

    >>> [_plain_text(Decimal(text)) for text in ("20.500", "1E+2", "0.000", "12345678901234567890123456789.5")]
    ['20.5', '100', '0', '12345678901234567890123456789.5']
    """
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def one_step(value: Value) -> timedelta:
    """How finely Amazon's parameters tell such values apart."""
    return timedelta(milliseconds=1) if isinstance(value, datetime) else timedelta(days=1)


def rounded_down(value: Value) -> Value:
    """The value as parameters can carry it: with milliseconds."""
    if isinstance(value, datetime):
        return value.replace(microsecond=value.microsecond // 1000 * 1000)
    return value


def rounded_up(value: Value) -> Value:
    """Parameters carry milliseconds: a bound between two of them must not cut off rows."""
    if isinstance(value, datetime) and value.microsecond % 1000:
        return rounded_down(value) + timedelta(milliseconds=1)
    return value


def as_instant(text: str) -> datetime:
    """The instant that a bound names; a day's is its beginning.

    >>> as_instant("2026-01-02") < as_instant("2026-01-02T00:00:01Z")
    True
    """
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)
