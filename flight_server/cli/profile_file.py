"""A new profile → text at the end of the configuration file, readable by its owner alone; what was there stays.

Secrets are written into it, or beside it, or into the system's keyring. Knows TOML and files; knows no server.
"""

import json
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

import click

from flight_server.connection.profile_values import store_in_keyring
from flight_server.connection.profiles import read_profiles
from flight_server.connection.settings import named

PLACES = ("value", "file", "environment", "keyring")
"""Where secrets are kept: in the file itself, in files beside it, in variables, in the keyring."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")


def check_new_profile(path: Path, name: str, allowed_hosts: frozenset[str]) -> None:
    """Raise where the profile could not be added, before anybody is asked for anything."""
    if not _NAME.fullmatch(name):
        raise click.UsageError("--profile: a name is of letters, digits, - and _, such as shop")
    if not (path.absolute().parent.is_dir() and os.access(path.absolute().parent, os.W_OK)):
        raise click.UsageError(f"--config: {path.parent} is no folder that can be written to")
    if path.exists() and name in read_profiles(path, allowed_hosts):
        raise click.UsageError(f"{path} has a profile {name} already: choose another --profile, or take it out first")


def add_profile(path: Path, name: str, values: Mapping[str, str], secret: str, place: str) -> tuple[str, ...]:
    """Write it, `secret` hashed already; give the variables that must be set from now on."""
    lines, variables = [f"[profiles.{name}]"], []
    for parameter, text in values.items():
        row = named(parameter)
        if row is None or not row.is_secret or place == "value":
            lines.append(f"{parameter} = {_toml(text)}")
            continue
        where = _keep(path, name, parameter, text, place)
        variables += [where] if place == "environment" else []
        word = "env" if place == "environment" else place
        lines.append(f"{parameter} = {{ {word} = {_toml(where)} }}")
    lines += [f"Secret = {_toml(secret)}"] if secret else []
    before = path.read_text("utf-8") if path.exists() else ""
    gap = "" if not before else "\n" if before.endswith("\n") else "\n\n"
    _write_private(path, before + gap + "\n".join(lines) + "\n")
    return tuple(variables)


def variable_of(profile: str, parameter: str) -> str:
    """The variable of a profile's secret; its name must not resemble one that every connection reads.

    >>> variable_of("my-shop", "ClientSecret")
    'MY_SHOP_CLIENT_SECRET'
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", parameter)
    return f"{profile}_{words}".replace("-", "_").upper()


def _keep(path: Path, name: str, parameter: str, text: str, place: str) -> str:
    """Put one secret where it is kept; give what the file says of it."""
    match place:
        case "file":
            beside = path.with_name(f"{path.stem}.{name}.{parameter}")
            _write_private(beside, text + "\n")
            return beside.name
        case "keyring":
            store_in_keyring(parameter, f"{name}/{parameter}", text)
            return f"{name}/{parameter}"
        case _:
            return variable_of(name, parameter)


def _write_private(path: Path, text: str) -> None:
    """Write the whole file or nothing of it; it belongs to its owner from its first byte on (mode 0600)."""
    descriptor, unfinished = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.absolute().parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(unfinished).replace(path)
    finally:
        Path(unfinished).unlink(missing_ok=True)


def _toml(text: str) -> str:
    """A basic string of TOML; JSON's are some of them."""
    return json.dumps(text, ensure_ascii=False)
