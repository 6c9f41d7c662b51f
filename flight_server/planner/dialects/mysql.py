"""MySQL's functions."""

from collections.abc import Callable

from sqlglot import exp

from flight_server.planner.dialects.rewriting import Forms, Rules, by_name

_MACROS: Forms = {
    "UNIX_TIMESTAMP/0": "CAST(FLOOR(EPOCH(NOW())) AS BIGINT)",
    "UNIX_TIMESTAMP/1": "CAST(FLOOR(EPOCH(CAST($1 AS TIMESTAMPTZ))) AS BIGINT)",
}

macro: Callable[[exp.Anonymous], exp.Expr | None] = by_name(_MACROS, "MySQL")
"""The rule for functions that tools write for any server, such as Grafana's."""

RULES: Rules = {exp.Anonymous: macro}
