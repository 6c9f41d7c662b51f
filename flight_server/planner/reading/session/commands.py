"""Statements that tools send beside queries: SHOW, DESCRIBE, SET, USE, BEGIN and their like → a query, and a schema.

Comes in: the text as a tool typed it. These statements are read word by word, in any dialect alike: each dialect's
parser knows others of them. Goes out: the query that answers it, in the engine's dialect.
"""

import re
from dataclasses import dataclass

from catalog.catalog import Catalog
from flight_server.planner.reading.session.own_names import Asker
from flight_server.planner.reading.session.session_statements import schema_after
from flight_server.planner.reading.session.shorthands import described, shown

NOTHING = 'SELECT CAST(NULL AS BOOLEAN) AS "success" WHERE FALSE'
"""Answers what has no answer."""

_FIRST = re.compile(
    r"(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*"
    r"(show|desc|describe|set|reset|use|begin|start|commit|rollback|end|abort|discard)\b"
    r"(?!\s*(?:\(|select\b|with\b|from\b|values\b))",
    re.IGNORECASE | re.DOTALL,
)
_WORD = re.compile(
    r"""--[^\n]*|/\*.*?\*/|'((?:[^']|'')*)'|"((?:[^"]|"")*)"|`([^`]*)`|\[([^\]]*)\]|([\w$@%+:/-]+)|(\S)""", re.DOTALL
)


@dataclass(frozen=True)
class Command:
    """What answers such a statement, and the session's schema after it: "" for none, None if it stays."""

    sql: str
    new_schema: str | None = None


def command(sql: str, dialect: str, catalog: Catalog, asker: Asker) -> Command | None:
    """Read one such statement; None where it is none of them. Raises QueryError, Unsupported or UnknownTable."""
    if not _FIRST.match(sql):
        return None
    words = _words(sql)
    if ";" in words:
        return None  # several statements: to be refused as such
    first = words[0].lower()
    if first == "show":
        return Command(shown(words[1:], dialect, catalog, asker))
    if first in ("desc", "describe"):
        return Command(described(words[1:], catalog, asker))
    return Command(NOTHING, schema_after(words, catalog))


def _words(sql: str) -> list[str]:
    """Words, unquoted names and texts, and signs, without comments and the last semicolon.

    >>> _words("SET search_path = \\"orders\\", 'it''s' -- so\\n;")
    ['SET', 'search_path', '=', 'orders', ',', "it's"]
    """
    words: list[str] = []
    for match in _WORD.finditer(sql):
        if match.lastindex is not None:
            text, quote = match[match.lastindex], {1: "'", 2: '"'}.get(match.lastindex)
            words.append(text.replace(quote * 2, quote) if quote else text)
    return words[:-1] if words and words[-1] == ";" else words
