"""Parameters as Arrow has them → what drivers are told to bind, and values with the engine's types of what was bound.

A value keeps its own type, whatever was announced. Knows no SQL and no statement.
"""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from pyarrow import types

from catalog.arrow_types import ARROW_TYPES
from catalog.table import DeclaredType
from flight_server.errors import QueryError

_MAX_DIGITS = 38

_EXACT = 2.0**53
"""Below, every whole number is a double; from here on, one double stands for several."""

_NO_DECIMAL = 1e38
"""From here on, the engine itself has nothing but doubles."""

_ACCEPTED = "bind text, numbers, dates, times, intervals, bytes or booleans"


def announced(count: int, wanted: Mapping[int, DeclaredType]) -> pa.Schema:
    """Types that JDBC can set: times in milliseconds, text where the query does not tell."""
    fields = []
    for position in range(1, count + 1):
        declared = wanted.get(position, "string")
        arrow_type = pa.timestamp("ms") if declared == "timestamp" else ARROW_TYPES[declared]
        fields.append(pa.field(f"parameter_{position}", arrow_type))
    return pa.schema(fields)


def engine_types(bound: pa.Schema) -> dict[int, str]:
    """The engine's type by position, from 1, of what is bound; raises QueryError for what is no single value."""
    found = {position: _engine_type(field.type, position) for position, field in enumerate(bound, 1)}
    return {position: name for position, name in found.items() if name}


def refuse_lost_digits(told: pa.Schema, parameters: pa.RecordBatch) -> None:
    """Raise QueryError for what a driver may have rounded when it made a double of it, because a double was announced.

    Such drivers (JDBC's) send the very fields that were announced; a double that others bind is what its owner meant.
    """
    for position, (wanted, column) in enumerate(zip(told, parameters.columns, strict=False), 1):
        if not types.is_float64(wanted.type) or not wanted.equals(parameters.schema.field(position - 1)):
            continue
        if any(value is not None and _EXACT <= abs(value) < _NO_DECIMAL for value in column.to_pylist()):
            raise QueryError(
                f"parameter {position} came as a double of 2^53 or more, and may have lost digits on its way; "
                "set it as a text and write CAST(CAST(? AS VARCHAR) AS DECIMAL(38, 2)), or AS BIGINT for a whole number"
            )


def rows(wanted: int, parameters: pa.RecordBatch | None) -> list[list[Any]]:
    """One list of values a run: the statement runs once for every row that is bound."""
    if parameters is None or parameters.num_columns == 0:
        if wanted:
            raise QueryError(f"the query has {wanted} parameter(s) and none was bound")
        return [[]]
    if parameters.num_columns != wanted:
        raise QueryError(f"the query has {wanted} parameter(s), but {parameters.num_columns} were bound")
    columns = [_values(column, position) for position, column in enumerate(parameters.columns, 1)]
    return [list(row) for row in zip(*columns, strict=True)]


def _plain(arrow_type: pa.DataType) -> pa.DataType:
    """The type of the values, without what only packs them."""
    while True:
        if types.is_dictionary(arrow_type) or types.is_run_end_encoded(arrow_type):
            arrow_type = arrow_type.value_type
        elif isinstance(arrow_type, pa.BaseExtensionType):
            arrow_type = arrow_type.storage_type
        else:
            return arrow_type


def _engine_type(arrow_type: pa.DataType, position: int) -> str:
    """The engine's type; empty for NULL, which has the type that the query wants."""
    plain = _plain(arrow_type)
    if types.is_null(plain):
        return ""
    if types.is_decimal(plain):
        return _decimal(plain)
    if types.is_timestamp(plain):
        return "TIMESTAMPTZ" if plain.tz else "TIMESTAMP"
    for is_of_kind, name in _KINDS:
        if is_of_kind(plain):
            return name
    kind = "list" if types.is_list(plain) or types.is_large_list(plain) or types.is_fixed_size_list(plain) else plain
    raise QueryError(f"parameter {position} is a {kind}: {_ACCEPTED}; for a list write IN (?, ?) with one ? a value")


def _decimal(arrow_type: pa.DataType) -> str:
    scale = max(0, arrow_type.scale)
    digits = arrow_type.precision + max(0, -arrow_type.scale)
    return f"DECIMAL({min(max(digits, scale), _MAX_DIGITS)}, {min(scale, _MAX_DIGITS)})"


def _is_text(arrow_type: pa.DataType) -> bool:
    return bool(types.is_string(arrow_type) or types.is_large_string(arrow_type) or types.is_string_view(arrow_type))


def _is_bytes(arrow_type: pa.DataType) -> bool:
    is_fixed = types.is_binary(arrow_type) or types.is_fixed_size_binary(arrow_type)
    return bool(is_fixed or types.is_large_binary(arrow_type) or types.is_binary_view(arrow_type))


_KINDS = (
    (types.is_boolean, "BOOLEAN"),
    (types.is_uint64, "UBIGINT"),
    (types.is_integer, "BIGINT"),
    (types.is_floating, "DOUBLE"),
    (_is_text, "VARCHAR"),
    (_is_bytes, "BLOB"),
    (types.is_date, "DATE"),
    (types.is_time, "TIME"),
    (types.is_duration, "INTERVAL"),
)


def _values(column: pa.Array, position: int) -> list[Any]:
    _engine_type(column.type, position)
    try:
        return _in_microseconds(_unpacked(column)).to_pylist()  # type: ignore[no-any-return]  # no annotations
    except (pa.ArrowException, ValueError, OverflowError):
        raise QueryError(
            f"parameter {position} has a value that instants here cannot have: bind times in microseconds, "
            "of the years 1 to 9999"
        ) from None


def _unpacked(column: pa.Array) -> pa.Array:
    while True:
        if types.is_dictionary(column.type):
            column = column.dictionary_decode()
        elif types.is_run_end_encoded(column.type):
            column = pa.compute.run_end_decode(column)
        elif isinstance(column, pa.ExtensionArray):
            column = column.storage
        else:
            return column


def _in_microseconds(column: pa.Array) -> pa.Array:
    """Times in the engine's unit; fails where that would lose digits."""
    kind = column.type
    if types.is_timestamp(kind):
        return column.cast(pa.timestamp("us", tz="UTC" if kind.tz else None))
    if types.is_time(kind):
        return column.cast(pa.time64("us"))
    return column.cast(pa.duration("us")) if types.is_duration(kind) else column
