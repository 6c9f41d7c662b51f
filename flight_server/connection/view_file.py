"""Views: queries that the operator gave a name, as the configuration file declares them.

Comes in: the operator's TOML file. Goes out: names and SQL. Knows no table of the catalog and reads no SQL; whether a
view can be read is found where it is added to the catalog.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flight_server.connection.profile_values import text_of_value
from flight_server.connection.profiles import document_of
from flight_server.errors import SettingError

DEFAULT_SCHEMA = "views"

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,99}")
_WORDS = ("sql", "description")


@dataclass(frozen=True)
class DeclaredView:
    """One view as the file has it; names in lower case, as all of the catalog's."""

    db_schema: str
    name: str
    sql: str
    description: str
    place: str  # where it stands: the file and its heading, for errors

    @property
    def qualified_name(self) -> str:
        """`schema.name`, as a user writes it."""
        return f"{self.db_schema}.{self.name}"


def read_views(path: Path) -> tuple[DeclaredView, ...]:
    """The views of a TOML file; raise SettingError that says which view is wrong and how."""
    tables = document_of(path).get("views", {})
    if not isinstance(tables, dict):
        raise _refusal(path, "views", "must be tables, each headed by [views.NAME]")
    views = tuple(_views((), tables, path))
    seen: set[str] = set()
    for view in views:
        if view.qualified_name in seen:
            heading = view.place.rpartition(": ")[2]
            raise _refusal(path, heading, f"there are two views {view.qualified_name}; capitals tell no names apart")
        seen.add(view.qualified_name)
    return views


def _views(names: tuple[str, ...], tables: Mapping[str, Any], path: Path) -> Iterator[DeclaredView]:
    """The views below a heading: `[views.NAME]`, `[views.SCHEMA.NAME]` or `[views."SCHEMA.NAME"]`."""
    for key, table in tables.items():
        inner = (*names, *key.split("."))
        heading = ".".join(("views", *inner))
        if not isinstance(table, dict):
            raise _refusal(path, heading, f"must be a table with {' and '.join(_WORDS)}")
        if not names and table and all(isinstance(each, dict) and "sql" in each for each in table.values()):
            yield from _views(inner, table, path)
        else:
            yield _view(inner, table, path, heading)


def _view(names: tuple[str, ...], table: Mapping[str, Any], path: Path, heading: str) -> DeclaredView:
    if len(names) > 2:
        raise _refusal(path, heading, "a view is named NAME or SCHEMA.NAME")
    db_schema, name = [DEFAULT_SCHEMA, *(part.lower() for part in names)][-2:]
    for part in (db_schema, name):
        if not _NAME.fullmatch(part):
            raise _refusal(path, heading, "a name is of letters, digits and _, and begins with no digit")
    if foreign := sorted(set(table) - set(_WORDS)):
        raise _refusal(path, heading, f"{foreign[0][:60]!a} is not known here; there is {' and '.join(_WORDS)}")
    texts = {word: _text(table.get(word, ""), path, f"{heading}.{word}") for word in _WORDS}
    if not texts["sql"].strip():
        raise _refusal(path, heading, "it lacks its sql: the query that it stands for")
    return DeclaredView(db_schema, name, texts["sql"].strip(), texts["description"].strip(), f"{path}: {heading}")


def _text(value: object, path: Path, place: str) -> str:
    if not isinstance(value, str | dict):
        raise _refusal(path, place, "must be a text")
    try:
        return text_of_value(place, value, path.parent) if isinstance(value, dict) else value
    except SettingError as error:
        raise SettingError(place, f"{path}: {error}") from None


def _refusal(path: Path, heading: str, wrong: str) -> SettingError:
    return SettingError(heading, f"{path}: {heading[:200]}: {wrong}")
