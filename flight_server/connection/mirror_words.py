"""The `[mirror]` table of the operator's configuration file: what is kept without being asked for.

Knows the file's words; knows no catalog and no mirror.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from flight_server.connection.profiles import document_of
from flight_server.connection.setting_values import BadValue, as_period, as_seconds
from flight_server.errors import SettingError

DEFAULT_SINCE = timedelta(days=2 * 365)

EXAMPLE = '[mirror]\ntables = ["orders.orders", "orders.order_items"]\nsince = "2y"\nevery = "15m"'
"""What an operator writes."""

_WORDS = ("tables", "since", "every", "profile")

Value = TypeVar("Value")


@dataclass(frozen=True)
class MirrorWords:
    """What of Amazon's tables is kept without being asked for."""

    tables: tuple[str, ...]
    since: timedelta = DEFAULT_SINCE  # so much of their past
    every_seconds: float = 0.0  # how often the server brings them up to date; 0: only `sync` does
    profile: str = ""  # whose tables they are; empty: of the server's defaults


def read_mirror_words(path: Path | None) -> MirrorWords | None:
    """What the file says of it; None where it says nothing. Raise SettingError that names file and word."""
    if path is None:
        return None
    try:
        words = document_of(path).get("mirror")
        return None if words is None else _words(words)
    except SettingError as error:
        raise SettingError(error.parameter, f"{path}: {error}") from None


def _words(words: object) -> MirrorWords:
    if not isinstance(words, dict):
        raise SettingError("mirror", "mirror must be a table, headed by [mirror]")
    foreign = sorted(set(words) - set(_WORDS))
    if foreign:
        raise SettingError("mirror", f"mirror: {foreign[0][:60]!a} is not known; its words are {', '.join(_WORDS)}")
    tables = words.get("tables")
    if not isinstance(tables, list) or not tables or not all(isinstance(each, str) for each in tables):
        raise SettingError("tables", 'mirror.tables must be a list of tables, such as ["orders.orders"]')
    return MirrorWords(
        tuple(tables),
        _read(words, "since", as_period, DEFAULT_SINCE),
        _read(words, "every", as_seconds, 0.0),
        _read(words, "profile", str, ""),
    )


def _read(words: Mapping[str, Any], word: str, read: Callable[[str], Value], default: Value) -> Value:
    if word not in words:
        return default
    if not isinstance(words[word], str):
        raise SettingError(word, f"mirror.{word} must be a text")
    try:
        return read(words[word])
    except BadValue as error:
        raise SettingError(word, f"mirror.{word} {error}") from None
