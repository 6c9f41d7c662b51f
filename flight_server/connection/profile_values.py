"""One value of a profile → its text: written in the file, or kept in another file, a variable or the system's keyring.

Comes in: what TOML has behind a key: a text, or a table of one word such as `{ file = "…" }`. Knows no parameter. An
error tells the place where a value should be, never a value.
"""

import os
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from flight_server.connection.setting_values import value_text
from flight_server.errors import SettingError, enumerated

KEYRING_SERVICE = "spapi-flight"


def text_of_value(place: str, value: object, folder: Path) -> str:
    """The text; files are named from the folder of the configuration file. Raise SettingError that names the place."""
    if isinstance(value, dict):
        return _fetched(place, value, folder)
    if isinstance(value, list) and all(isinstance(part, str | int) for part in value):
        return ",".join(str(part) for part in value)
    if not isinstance(value, str | int):
        raise SettingError(place, f"{place} must be a text, a whole number, true or false, or a list of texts")
    return value_text(value)


def _fetched(place: str, table: Mapping[str, object], folder: Path) -> str:
    if len(table) != 1 or not set(table) <= set(_SOURCES) or not all(isinstance(each, str) for each in table.values()):
        ways = enumerated([f'{{ {source} = "…" }}' for source in _SOURCES], "or")
        raise SettingError(place, f"{place} must be a text, or say where it is kept: {ways}")
    ((source, where),) = table.items()
    text = _SOURCES[source](place, str(where), folder).strip()
    if not text:
        raise SettingError(place, f"{place} is kept in {source} {where}, which is empty")
    return text


def _from_file(place: str, where: str, folder: Path) -> str:
    try:
        return (folder / Path(where).expanduser()).read_text("utf-8-sig")
    except OSError as error:
        raise SettingError(place, f"{place}: the file {where} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingError(place, f"{place}: the file {where} is no text in UTF-8") from None


def _from_environment(place: str, where: str, folder: Path) -> str:
    text = os.environ.get(where)
    if text is None:
        raise SettingError(place, f"{place}: the variable {where} is not set")
    return text


def _from_keyring(place: str, where: str, folder: Path) -> str:
    keyring = _keyring(place)
    try:
        text = keyring.get_password(KEYRING_SERVICE, where)
    except keyring.errors.KeyringError as error:
        raise SettingError(place, f"{place}: the keyring does not answer: {type(error).__name__}") from None
    if text is None:
        raise SettingError(place, f"{place}: the keyring has no entry {where} of service {KEYRING_SERVICE}")
    return str(text)


def store_in_keyring(place: str, where: str, text: str) -> None:
    """Put a value there; raise SettingError where it is not taken."""
    keyring = _keyring(place)
    try:
        keyring.set_password(KEYRING_SERVICE, where, text)
    except keyring.errors.KeyringError as error:
        raise SettingError(place, f"{place}: the keyring does not take it: {type(error).__name__}") from None


def _keyring(place: str) -> Any:
    """The package `keyring`, which few need; raise SettingError where it is not installed."""
    try:
        import_module("keyring.errors")
        return import_module("keyring")
    except ImportError:
        raise SettingError(
            place, f"{place}: the keyring needs a package more: pip install 'spapi-flight[keyring]'"
        ) from None


_SOURCES: Mapping[str, Callable[[str, str, Path], str]] = {
    "file": _from_file,
    "env": _from_environment,
    "keyring": _from_keyring,
}
