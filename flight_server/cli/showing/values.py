"""One value of a result as a person reads it.

Knows no table and no colour. Nothing that came over the network may steer the terminal: control characters are spelt.
"""

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def text_of(value: object) -> str:
    r"""The value as text.

    >>> text_of(None), text_of(True), text_of("a\nb\x1b[2J")
    ('null', 'true', 'a\\nb\\x1b[2J')
    """
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case Decimal():
            return decimal_text(value)
        case datetime():
            return time_text(value)
        case date():
            return value.isoformat()
        case float():
            return f"{value:.12g}"
        case str():
            return _CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode(), value)
        case dict() | list() | bytes():
            return text_of(json.dumps(value, ensure_ascii=False, default=str))
        case _:
            return text_of(str(value))


def decimal_text(value: Decimal) -> str:
    """Every digit that says something, and two after the point where the type has them.

    >>> decimal_text(Decimal("12.500000")), decimal_text(Decimal("0.123400")), decimal_text(Decimal("7"))
    ('12.50', '0.1234', '7')
    """
    whole, point, fraction = f"{value:f}".partition(".")
    if not point:
        return whole
    kept = fraction.rstrip("0")
    return f"{whole}.{kept.ljust(min(2, len(fraction)), '0')}"


def time_text(value: datetime) -> str:
    """An instant to the second, or to what it holds; with Z where it is UTC.

    >>> time_text(datetime(2026, 3, 1, 9, 30, tzinfo=UTC)), time_text(datetime(2026, 3, 1, 9, 30, 0, 250000))
    ('2026-03-01 09:30:00Z', '2026-03-01 09:30:00.250')
    """
    precision = "seconds" if not value.microsecond else "milliseconds" if value.microsecond % 1000 == 0 else "auto"
    zone = "Z" if value.tzinfo is not None else ""
    local = value.astimezone(UTC) if value.tzinfo is not None else value
    return local.replace(tzinfo=None).isoformat(" ", timespec=precision) + zone
