"""Constant expressions → their values, as the engine itself computes them.

Handed to the planner as a function. Knows no column. A value counts only if it has an exact form in the wanted type and
the engine would compare it in that type.
"""

from collections.abc import Sequence
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from typing import Any

import duckdb

from flight_server.engine.connection import Engine
from flight_server.plan import UNFOLDABLE

CONSTANTS_KEPT = 10_000

# Types of a constant that the engine compares with a column as the column's own type.
_COMPARED_AS_COLUMN = {
    "VARCHAR": ("VARCHAR", '"NULL"'),
    "TIMESTAMPTZ": ("TIMESTAMP", "DATE", "VARCHAR", '"NULL"'),
    "DATE": ("DATE", "VARCHAR", '"NULL"'),
    "BOOLEAN": ("BOOLEAN", "VARCHAR", '"NULL"'),
}


def fold(engine: Engine, constants: Sequence[tuple[str, str]]) -> list[Any]:
    """Values of (SQL, type) pairs in order; UNFOLDABLE where there is none to rely on.

    A constant always comes to the same, since its text holds the time: tools that repeat a query fold nothing twice.
    """
    kept = engine.constants  # another thread may begin a new one
    known = {constant: kept[constant] for constant in constants if constant in kept}
    unknown = [constant for constant in constants if constant not in known]
    if unknown:
        known.update(zip(unknown, _fold(engine, unknown), strict=True))
        if len(engine.constants) > CONSTANTS_KEPT:
            engine.constants = {}
        engine.constants.update(known)
    return [known[constant] for constant in constants]


def _fold(engine: Engine, constants: Sequence[tuple[str, str]]) -> list[Any]:
    with engine.cursor() as cursor:
        try:
            return _fold_together(cursor, constants)
        except duckdb.Error:
            return [_fold_alone(cursor, constant) for constant in constants]


def _fold_together(cursor: duckdb.DuckDBPyConnection, constants: Sequence[tuple[str, str]]) -> list[Any]:
    parts = (
        f"{_fetched(sql, wanted)}, typeof({sql}), TRY_CAST(({sql}) AS {wanted}) IS NOT DISTINCT FROM ({sql})"
        for sql, wanted in constants
    )
    row = cursor.execute("SELECT " + ", ".join(parts)).fetchall()[0]
    answers = zip(row[0::3], row[1::3], row[2::3], constants, strict=True)
    return [_value(value, own_type, is_exact, wanted) for value, own_type, is_exact, (_, wanted) in answers]


def _fetched(sql: str, wanted: str) -> str:
    """The constant in the wanted type; instants leave without their zone, which is UTC, since Python's are slow."""
    value = f"TRY_CAST(({sql}) AS {wanted})"
    return f"CAST({value} AS TIMESTAMP)" if wanted == "TIMESTAMPTZ" else value


def _fold_alone(cursor: duckdb.DuckDBPyConnection, constant: tuple[str, str]) -> Any:
    try:
        return _fold_together(cursor, [constant])[0]
    except duckdb.Error:
        return UNFOLDABLE  # the engine will say what is wrong when it meets it


def _value(value: Any, own_type: str, is_exact: bool, wanted: str) -> Any:
    allowed = _COMPARED_AS_COLUMN.get(wanted)
    if not is_exact or (allowed is not None and not own_type.startswith(allowed)):
        return UNFOLDABLE
    if wanted in ("TIMESTAMPTZ", "DATE") and value is not None:
        if isinstance(value, str) or value.year in (MINYEAR, MAXYEAR):
            return UNFOLDABLE  # beyond what Python can hold comes as a text, infinity as its first or last instant
        return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
    return value
