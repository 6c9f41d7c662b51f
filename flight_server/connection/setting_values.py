"""The text of a connection parameter → its value: one reader a kind of value.

Each reader takes the text and returns the value, or raises `BadValue` with the allowed values; it knows neither the
parameter's name nor where the text came from. A refused text is never repeated: it may be a secret in the wrong place.
"""

import codecs
import math
import re
from collections.abc import Callable, Iterable
from datetime import timedelta

_TRUE = frozenset({"true", "t", "yes", "y", "on", "1"})
_FALSE = frozenset({"false", "f", "no", "n", "off", "0"})
_LIST_SEPARATORS = re.compile(r"[,;|\s]+")
_DURATION_PART = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)([smhd])")
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}

_UNIT_DAYS = {"d": 1, "w": 7, "y": 365}

MAX_DURATION_SECONDS = 366 * 86_400

MOST_DAYS = 20 * 365

# fmt: off
SQL_DIALECTS = (
    "athena", "bigquery", "clickhouse", "databricks", "doris", "dremio", "drill", "druid", "duckdb", "dune",
    "exasol", "fabric", "hive", "materialize", "mysql", "oracle", "postgres", "presto", "prql", "redshift",
    "risingwave", "snowflake", "spark", "spark2", "sqlite", "starrocks", "tableau", "teradata", "trino", "tsql",
)
# fmt: on
"""Those that the planner's parser reads; a test compares the two."""


class BadValue(ValueError):
    """The text is no value of this kind; the message says what is allowed, as in `must be True or False`."""


def as_text(text: str) -> str:
    """The text itself; only characters that can travel in an HTTP header or form."""
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in text):
        raise BadValue("must not contain control characters such as line ends or tabs")
    return text


def as_bool(text: str) -> bool:
    """Read a flag.

    >>> as_bool("Yes"), as_bool("0")
    (True, False)
    """
    if text.lower() in _TRUE | _FALSE:
        return text.lower() in _TRUE
    raise BadValue("must be True or False (also yes, no, on, off, 1, 0)")


def one_of(*allowed: str) -> Callable[[str], str]:
    """A reader of one word out of a list, whatever the case.

    >>> one_of("NA", "EU")("eu")
    'EU'
    """
    by_lower = {word.lower(): word for word in allowed}

    def read(text: str) -> str:
        if text.lower() not in by_lower:
            raise BadValue(f"must be one of {', '.join(allowed)}")
        return by_lower[text.lower()]

    return read


def whole_number(lowest: int, highest: int) -> Callable[[str], int]:
    """A reader of a whole number within bounds."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not lowest <= int(text) <= highest:
            raise BadValue(f"must be a whole number from {lowest} to {highest}")
        return int(text)

    return read


def encoding_name(text: str) -> str:
    """A character set by Python's name for it.

    >>> encoding_name("Windows-1252")
    'cp1252'
    """
    try:
        return codecs.lookup(text.strip()).name
    except (LookupError, ValueError):
        raise BadValue("must be a character set that Python knows, as utf-8, cp1252 or cp932") from None


def as_list(text: str) -> tuple[str, ...]:
    """Read a list; ODBC strings cannot hold `;`, so `,`, `|` and blanks separate too.

    >>> as_list("429, 503|504;500")
    ('429', '503', '504', '500')
    """
    return tuple(dict.fromkeys(part for part in _LIST_SEPARATORS.split(text) if part))


def as_status_codes(text: str) -> frozenset[int]:
    """Read a list of HTTP status codes."""
    parts = as_list(text)
    if not parts or not all(re.fullmatch(r"[1-5][0-9][0-9]", part) for part in parts):
        raise BadValue("must be HTTP status codes from 100 to 599, separated by comma, | or blank, such as 429,503")
    return frozenset(int(part) for part in parts)


def as_seconds(text: str) -> float:
    """Read a duration: seconds, or numbers with units.

    >>> as_seconds("90"), as_seconds("4h"), as_seconds("1h30m")
    (90.0, 14400.0, 5400.0)
    """
    compact = text.lower().replace(" ", "")
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", compact):
        seconds = float(compact)
    elif re.fullmatch(rf"(?:{_DURATION_PART.pattern})+", compact):
        seconds = sum(float(number) * _UNIT_SECONDS[unit] for number, unit in _DURATION_PART.findall(compact))
    else:
        raise BadValue("must be seconds, or a duration such as 90s, 30m, 4h, 1d")
    if seconds > MAX_DURATION_SECONDS:
        raise BadValue("must be at most 366 days")
    return seconds


def as_period(text: str) -> timedelta:
    """Read how far back something goes.

    >>> as_period("2y").days, as_period("6w").days, as_period("90d").days
    (730, 42, 90)
    """
    match = re.fullmatch(r"([0-9]{1,5})([dwy])", text.lower().replace(" ", ""))
    if match is None or int(match[1]) * _UNIT_DAYS[match[2]] not in range(1, MOST_DAYS + 1):
        raise BadValue("must be a number of days, weeks or years, such as 90d, 12w, 2y; at most 20y")
    return timedelta(days=int(match[1]) * _UNIT_DAYS[match[2]])


def as_age(text: str) -> float:
    """Read how old something may be: a duration, or that it does not matter.

    >>> as_age("15m"), as_age("any")
    (900.0, inf)
    """
    return math.inf if text.strip().lower() == "any" else as_seconds(text)


def as_bytes(text: str) -> int:
    """Read a size: bytes, or a number with a unit.

    >>> as_bytes("5GB"), as_bytes("250 mb"), as_bytes("1000")
    (5000000000, 250000000, 1000)
    """
    match = re.fullmatch(r"([0-9]{1,15})([kmgt]?b)?", text.lower().replace(" ", ""))
    if match is None:
        raise BadValue("must be bytes, or a size such as 500MB, 5GB, 1TB")
    size: int = int(match[1]) * 1000 ** ("kmgt".find((match[2] or "b")[0]) + 1)
    return size


def duration_text(seconds: float) -> str:
    """Write seconds the way they are read.

    >>> duration_text(14400), duration_text(90), duration_text(0)
    ('4h', '90', '0')
    """
    if math.isinf(seconds):
        return "Any"
    for unit in ("d", "h", "m"):
        if seconds and seconds % _UNIT_SECONDS[unit] == 0:
            return f"{seconds / _UNIT_SECONDS[unit]:g}{unit}"
    return f"{seconds:g}"


def value_text(value: object) -> str:
    """Write a parsed value the way a user would give it."""
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, float):  # every fraction among the parameters is a duration
        return duration_text(value)
    if isinstance(value, Iterable):
        return ",".join(str(part) for part in sorted(value, key=str))
    return str(value)
