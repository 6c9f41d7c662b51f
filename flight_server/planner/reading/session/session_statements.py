"""BEGIN, COMMIT, SET, RESET, USE, word by word → the schema that the session has from then on, if they say so.

All that a statement may say is what is so anyway; everything else is refused, for it would be a promise that nobody
keeps. Knows the catalog's schemas; no tree, and no session: the schema is handed out.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from catalog.catalog import CATALOG_NAME, Catalog
from flight_server.errors import QueryError, Unsupported
from flight_server.planner.reading.session.own_names import VERSION


@dataclass(frozen=True)
class Setting:
    """What a setting is, and the texts that say so (a regular expression)."""

    shown: str
    accepted: str


_ON = "on|true|1|yes|default"
_ISOLATION = "read ?(un)?committed|default"

SO_ANYWAY: Mapping[str, Setting] = {
    "timezone": Setting("UTC", r"(etc/)?(utc|uct|gmt|universal|zulu)|z|[+-]?0+(:00)?|default|local"),
    "client_encoding": Setting("UTF8", r"utf-?8(mb4)?|unicode|default"),
    "names": Setting("UTF8", r"utf-?8(mb4)?|unicode|default"),
    "application_name": Setting("", r".*"),
    "client_min_messages": Setting("warning", r"\w+"),
    "datestyle": Setting("ISO, YMD", r"iso(,\w+)?|default"),
    "extra_float_digits": Setting("3", r"[1-3]|default"),
    "bytea_output": Setting("hex", r"hex|default"),
    "standard_conforming_strings": Setting("on", _ON),
    "transaction_read_only": Setting("on", _ON),
    "default_transaction_read_only": Setting("on", _ON),
    "transaction_isolation": Setting("read committed", _ISOLATION),
    "transaction isolation level": Setting("read committed", _ISOLATION),
    "default_transaction_isolation": Setting("read committed", _ISOLATION),
    "autocommit": Setting("on", r"on|off|0|1|true|false"),
    "nocount": Setting("on", "on|off"),
    "ansi_nulls": Setting("on", "on"),
    "ansi_padding": Setting("on", "on"),
    "ansi_warnings": Setting("on", "on"),
    "ansi_null_dflt_on": Setting("on", "on"),
    "concat_null_yields_null": Setting("on", "on"),
    "quoted_identifier": Setting("on", "on"),
}

VARIABLES: Mapping[str, str | int] = {
    "autocommit": 1,
    "character_set_client": "utf8mb4",
    "character_set_connection": "utf8mb4",
    "character_set_results": "utf8mb4",
    "character_set_server": "utf8mb4",
    "collation_connection": "utf8mb4_bin",
    "collation_server": "utf8mb4_bin",
    "lower_case_table_names": 1,
    "max_precision": 38,
    "read_only": 1,
    "servername": CATALOG_NAME,
    "sql_mode": "",
    "system_time_zone": "UTC",
    "time_zone": "UTC",
    "trancount": 0,
    "transaction_isolation": "READ-COMMITTED",
    "transaction_read_only": 1,
    "tx_isolation": "READ-COMMITTED",
    "tx_read_only": 1,
    "version": VERSION,
    "version_comment": VERSION,
}
"""What tools read with @@ when they connect as to MySQL or SQL Server, and what is so here."""

_MODE = "read only|isolation level read (un)?committed|(not )?deferrable"
_MODES = re.compile(rf"(({_MODE})(( ,)? ({_MODE}))*)?")
_BEGUN = re.compile(r"(begin( work| transaction| tran)?|start transaction)( (?P<modes>.*))?")
_ENDED = re.compile(r"(commit|rollback|end|abort)( work| transaction| tran)?( and no chain)?( no release)?")
_SEARCH_PATH = ("search_path", "schema", "current_schema")
_NOT_OURS = frozenset({"", "public", "$user", "pg_catalog", "main", "default"})
"""What stands in search paths by custom: unqualified names are found in every schema anyway."""


def schema_after(words: Sequence[str], catalog: Catalog) -> str | None:
    """The session's schema after the statement, "" for none; None if it stays. Raises Unsupported or QueryError."""
    first, text = words[0].lower(), " ".join(words).lower()
    if begun := _BEGUN.fullmatch(text):
        _check_modes(begun["modes"] or "")
        return None
    if _ENDED.fullmatch(text) or text == "discard all":
        return "" if first == "discard" else None
    if first == "use":
        return _used(words[1:], catalog)
    if first == "set":
        return _set(words[1:], catalog)
    if first == "reset" and len(words) == 2:
        return _reset(words[1].lower())
    raise Unsupported(f"{text[:60]} is not accepted: this server only reads, and has no savepoints")


def schema_named(names: Sequence[str], catalog: Catalog) -> str:
    """The schema that `schema` or `spapi.schema` names, "" for the catalog alone; raise QueryError with near names."""
    parts = [name.lower() for name in names if name != "."]
    if parts and parts[0] == CATALOG_NAME:
        parts = parts[1:]
    if not parts:
        return ""
    if len(parts) == 1 and parts[0] in catalog.schemas:
        return parts[0]
    near = difflib.get_close_matches(parts[-1], catalog.schemas, n=3, cutoff=0.6)
    hint = f"did you mean {' or '.join(near)}?" if near else "SHOW SCHEMAS lists them"
    raise QueryError(f"there is no schema {'.'.join(parts)[:100]}; {hint}")


def _used(words: Sequence[str], catalog: Catalog) -> str | None:
    names = words[1:] if len(words) > 1 and words[0].lower() in ("schema", "database", "catalog") else words
    if not names:
        raise QueryError("USE lacks the name of a schema; SHOW SCHEMAS lists them")
    return schema_named(names, catalog) or None


def _set(words: Sequence[str], catalog: Catalog) -> str | None:
    rest = list(words)
    if len(rest) > 1 and rest[0].lower() in ("session", "local"):
        rest = rest[1:]
    text = " ".join(rest).lower()
    for prefix in ("characteristics as transaction ", "transaction "):
        if text.startswith(prefix):
            _check_modes(text.removeprefix(prefix))
            return None
    if text.startswith("time zone"):
        rest = ["timezone", *rest[2:]]
    name, values = rest[0].lower() if rest else "", rest[1:]
    if values and values[0].lower() in ("=", "to"):
        values = values[1:]
    if name in _SEARCH_PATH and values:
        return _searched(values, catalog)
    if name in SO_ANYWAY and values and re.fullmatch(SO_ANYWAY[name].accepted, "".join(values).lower()):
        return None
    raise Unsupported(_refusal(name))


def _refusal(name: str) -> str:
    if name not in SO_ANYWAY:
        return f"SET {name[:60]} is not accepted: this server only reads; settings are connection parameters"
    return f"SET {name} is accepted only for what is so anyway: {SO_ANYWAY[name].shown or 'a text'}"


def _searched(values: Sequence[str], catalog: Catalog) -> str:
    """The one schema of ours that a search path names."""
    names = [name.lower() for name in values if name not in (",", ".")]
    known = [name for name in names if name not in _NOT_OURS and name != CATALOG_NAME]
    if not known:
        return ""
    if len(known) > 1:
        raise Unsupported("a session has one schema for unqualified names: name one, and qualify the others")
    return schema_named(known, catalog)


def _reset(name: str) -> str | None:
    if name in (*_SEARCH_PATH, "all"):
        return ""
    if name in SO_ANYWAY:
        return None
    raise Unsupported(_refusal(name).replace("SET", "RESET", 1))


def _check_modes(text: str) -> None:
    if not _MODES.fullmatch(text.strip()):
        raise Unsupported(
            f"transaction mode {text.strip()[:60]!a} is not accepted: this server only reads, each statement what is "
            "there when it runs; READ ONLY and ISOLATION LEVEL READ COMMITTED are"
        )
