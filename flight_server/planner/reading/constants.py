"""Constant expressions of a query: which they are, and what they come to.

Folding is done by the engine itself, handed in as a function, so that `now() - INTERVAL 7 DAY` means here what it
means there. Knows no column and no catalog.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlglot import exp

from flight_server.plan import Fold
from flight_server.planner.reading.dialects import engine_sql
from flight_server.planner.reading.nodes import Nodes

_VOLATILE = (exp.Rand, exp.Randn, exp.Uuid)
_VOLATILE_NAMES = frozenset({"random", "uuid", "gen_random_uuid", "uuidv4", "uuidv7", "setseed"})

_OF_ROWS = (exp.Column, exp.Query, exp.AggFunc, exp.Window, exp.Star, exp.Identifier)

_PLAIN_CASTS = {
    exp.DType.DATE: "DATE",
    exp.DType.DATETIME: "TIMESTAMP",
    exp.DType.TIMESTAMP: "TIMESTAMP",
    exp.DType.TIMESTAMPTZ: "TIMESTAMPTZ",
}

_TIME_FUNCTIONS = (
    exp.Anonymous,
    exp.CurrentDate,
    exp.CurrentDatetime,
    exp.CurrentTime,
    exp.CurrentTimestamp,
    exp.Localtime,
    exp.Localtimestamp,
)

_NOW_NAMES = frozenset({"now", "get_current_timestamp", "transaction_timestamp"})


@dataclass(frozen=True)
class Constant:
    """A constant expression compared with a column of `sql_type`."""

    sql: str
    sql_type: str


Folded = Mapping[Constant, Any]


def is_constant(node: exp.Expr) -> bool:
    """Whether the value of `node` depends on no row, no subquery and no chance."""
    if isinstance(node, exp.Literal) or (isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal)):
        return True
    return not any(
        isinstance(part, _OF_ROWS) or is_volatile(part)
        for part in node.walk()
        if not isinstance(part.parent, exp.DataType)
    )


def constant_sql(node: exp.Expr) -> str:
    """The engine's SQL of a constant; texts and instants at once, since lists of a thousand keys consist of them.

    >>> constant_sql(exp.cast(exp.Literal.string("2026-01-01"), exp.DType.DATETIME))
    "CAST('2026-01-01' AS TIMESTAMP)"
    """
    if isinstance(node, exp.Literal) and node.is_string:
        return "'" + node.name.replace("'", "''") + "'"
    if type(node) is exp.Cast and node.to.this in _PLAIN_CASTS and not (node.to.expressions or node.args.get("format")):
        return f"CAST({constant_sql(node.this)} AS {_PLAIN_CASTS[node.to.this]})"
    return engine_sql(node)


def is_volatile(node: exp.Expr) -> bool:
    """Whether `node` is a function that gives another value each time."""
    if isinstance(node, exp.Anonymous):
        return node.name.lower() in _VOLATILE_NAMES
    return isinstance(node, _VOLATILE)


def fold_all(constants: set[Constant], fold: Fold) -> Folded:
    """Fold every constant, all in one question to the engine."""
    ordered = sorted(constants, key=lambda constant: (constant.sql_type, constant.sql))
    values = fold([(constant.sql, constant.sql_type) for constant in ordered]) if ordered else []
    return dict(zip(ordered, values, strict=True))


def freeze_time(tree: exp.Query, now: datetime) -> exp.Query:
    """Write the query's start for every `now()`: one query has one time, however often its SQL runs."""
    for node in list(tree.find_all(exp.Func)):
        if kind := _kind_of_time(node):
            node.replace(exp.cast(exp.Literal.string(_TIMES[kind](now)), exp.DType[kind]))
    return tree


def named_times(nodes: Nodes) -> frozenset[str]:
    """The types of the times of its start that a query names: none, if its plan holds for ever."""
    if not nodes.has(*_TIME_FUNCTIONS):
        return frozenset()
    return frozenset(filter(None, map(_kind_of_time, nodes.of(exp.Func))))


def _kind_of_time(node: exp.Expr) -> str:
    if isinstance(node, exp.CurrentTimestamp) or _is_call(node, _NOW_NAMES):
        return "TIMESTAMPTZ"
    if isinstance(node, exp.CurrentDate):
        return "DATE"
    if isinstance(node, exp.Localtimestamp | exp.CurrentDatetime) or _is_call(node, {"current_localtimestamp"}):
        return "TIMESTAMP"
    return "TIME" if isinstance(node, exp.CurrentTime | exp.Localtime) else ""


_TIMES: Mapping[str, Callable[[datetime], str]] = {
    "TIMESTAMPTZ": lambda now: now.isoformat(sep=" "),
    "TIMESTAMP": lambda now: now.replace(tzinfo=None).isoformat(sep=" "),
    "DATE": lambda now: now.date().isoformat(),
    "TIME": lambda now: now.time().isoformat(),
}


def _is_call(node: exp.Expr, names: frozenset[str] | set[str]) -> bool:
    return isinstance(node, exp.Anonymous) and node.name.lower() in names
