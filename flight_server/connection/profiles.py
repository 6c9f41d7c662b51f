"""Profiles: connection parameters, secrets among them, that live on the server under a name.

Comes in: the operator's TOML file. Knows no Flight and no session; a profile's own secret is compared here and never
printed. Who may use a profile that has a secret is decided by the session.
"""

import base64
import binascii
import hashlib
import hmac
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from flight_server.connection.profile_values import text_of_value
from flight_server.connection.setting_values import BadValue, as_bool
from flight_server.connection.settings import Secret, named, read_value, unknown_parameter
from flight_server.errors import SettingError

_HASHED = "scrypt:"


@dataclass(frozen=True)
class Profile:
    """One profile: its parameters as texts, and the secret that a connection must know to use it."""

    name: str
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret: Secret = field(default_factory=Secret)
    is_admin: bool = False  # sees in `system.*` what every account does

    def is_opened_by(self, password: str) -> bool:
        """Whether the password fits; a profile without a secret is open to everyone."""
        stored = self.secret.reveal()
        if not stored:
            return True
        if stored.startswith(_HASHED):
            salt, digest = _salt_and_digest(stored)
            return hmac.compare_digest(_digest(password, salt), digest)
        return hmac.compare_digest(stored.encode(), password.encode())


def hashed_secret(password: str) -> str:
    """What to write as `Secret` in the file, so that the password itself stands nowhere."""
    salt = os.urandom(16)
    return f"{_HASHED}{base64.b64encode(salt).decode()}:{base64.b64encode(_digest(password, salt)).decode()}"


def read_profiles(path: Path, allowed_hosts: frozenset[str] = frozenset()) -> Mapping[str, Profile]:
    """The profiles of a TOML file, by name; raise SettingError that says which file, profile and key is wrong."""
    try:
        return _profiles(document_of(path), path.parent, allowed_hosts)
    except SettingError as error:
        raise SettingError(error.parameter, f"{path}: {error}") from None


def document_of(path: Path) -> Mapping[str, Any]:
    """The configuration file as TOML has it; raise SettingError that tells the place and nothing of the text."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingError("config", f"the configuration file cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        # Only the place is told: the text around it may be a secret.
        place = re.search(r"\(at (?:line \d+, column \d+|end of document)\)$", str(error))
        raise SettingError("config", f"the configuration file is not valid TOML {place[0] if place else ''}") from None


def _profiles(document: Mapping[str, Any], folder: Path, allowed_hosts: frozenset[str]) -> Mapping[str, Profile]:
    # Without profiles a sign-in means ClientId and ClientSecret: a misspelt heading would send passwords to Amazon.
    foreign = sorted(set(document) - {"profiles", "views", "mirror"})
    if foreign:
        headings = "every table is headed by [profiles.NAME], [views.NAME] or [mirror]"
        raise SettingError("config", f"{foreign[0][:60]!a} is not known here; {headings}")
    tables = document.get("profiles", {})
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise SettingError("config", "profiles must be tables, each headed by [profiles.NAME]")
    return MappingProxyType({name: _profile(name, table, folder, allowed_hosts) for name, table in tables.items()})


def _profile(name: str, table: Mapping[str, Any], folder: Path, allowed_hosts: frozenset[str]) -> Profile:
    values: dict[str, str] = {}
    secret, is_admin = "", False
    _refuse_repeated(name, table)
    for key, value in table.items():
        text = text_of_value(f"profiles.{name}.{key}", value, folder)
        spelt = _letters(key)
        if spelt == "secret":
            secret = _checked_secret(name, text)
            continue
        if spelt == "admin":
            is_admin = _flag(name, text)
            continue
        row = named(spelt)
        if row is None or row.name == "Profile":
            raise SettingError(key, f"profiles.{name}: {unknown_parameter(key)}")
        try:
            read_value(row, text, allowed_hosts)
        except SettingError as error:
            raise SettingError(row.name, f"profiles.{name}: {error}") from None
        values[row.name] = text
    if is_admin and not secret:
        raise SettingError("admin", f"profiles.{name}: admin sees what every account does, so it needs a Secret")
    return Profile(name, MappingProxyType(values), Secret(secret), is_admin)


def _flag(name: str, text: str) -> bool:
    try:
        return as_bool(text)
    except BadValue as error:
        raise SettingError("admin", f"profiles.{name}: admin {error}") from None


def _refuse_repeated(name: str, keys: Iterable[str]) -> None:
    """TOML tells `client_id` from `ClientId`; a profile does not."""
    seen: set[str] = set()
    for key in keys:
        if _letters(key) in seen:
            raise SettingError(key, f"profiles.{name}: {key[:60]} is given twice, in different spellings")
        seen.add(_letters(key))


def _letters(key: str) -> str:
    """What is left of a key in any spelling.

    >>> _letters("client_id") == _letters("Client-Id") == _letters("ClientId")
    True
    """
    return key.replace("_", "").replace("-", "").lower()


def _checked_secret(name: str, text: str) -> str:
    if not text:
        raise SettingError(
            "Secret", f"profiles.{name}: Secret must not be empty; leave it out for a profile open to all"
        )
    if text.startswith(_HASHED):
        try:
            _salt_and_digest(text)
        except (ValueError, binascii.Error):
            raise SettingError("Secret", f"profiles.{name}: Secret must be {_HASHED}SALT:DIGEST in base64") from None
    return text


def _salt_and_digest(stored: str) -> tuple[bytes, bytes]:
    salt, digest = stored.removeprefix(_HASHED).split(":")
    return base64.b64decode(salt, validate=True), base64.b64decode(digest, validate=True)


def _digest(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1)
