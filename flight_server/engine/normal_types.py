"""The types that leave the server: those that ODBC, JDBC and ADBC drivers all read right.

Comes in: the engine's result schema. Goes out: the schema to announce and the cast that makes every batch fit it.
Facts: the drivers' behaviour type by type, as their source and tests show.
"""

from collections.abc import Callable
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

_WIDER = {
    pa.uint8(): pa.int16(),
    pa.uint16(): pa.int32(),
    pa.uint32(): pa.int64(),
    pa.uint64(): pa.decimal128(20, 0),
    pa.float16(): pa.float32(),
    pa.timestamp("s"): pa.timestamp("us"),
    pa.timestamp("ms"): pa.timestamp("us"),
    pa.large_utf8(): pa.utf8(),
    pa.string_view(): pa.utf8(),
    pa.large_binary(): pa.binary(),
    pa.binary_view(): pa.binary(),
    pa.null(): pa.utf8(),
}


def normal_type(arrow_type: pa.DataType, keep_nested: bool) -> pa.DataType:
    """The type that a column of `arrow_type` has when it leaves the server."""
    if arrow_type in _WIDER:
        return _WIDER[arrow_type]
    if pa.types.is_time(arrow_type):
        return pa.time64("ns")
    if pa.types.is_timestamp(arrow_type) and arrow_type.tz is not None:
        return pa.timestamp("us", tz="UTC")
    if pa.types.is_nested(arrow_type):
        return arrow_type if keep_nested and not pa.types.is_union(arrow_type) else pa.utf8()
    if pa.types.is_fixed_size_binary(arrow_type):
        return pa.binary()
    if pa.types.is_dictionary(arrow_type) or pa.types.is_interval(arrow_type) or pa.types.is_duration(arrow_type):
        return pa.utf8()
    return arrow_type.storage_type if isinstance(arrow_type, pa.BaseExtensionType) else arrow_type


def normal_schema(names: list[str], arrow_schema: pa.Schema, keep_nested: bool) -> pa.Schema:
    """The schema to announce: the user's names, normal types, everything nullable."""
    types = (normal_type(field.type, keep_nested) for field in arrow_schema)
    return pa.schema([pa.field(name, arrow_type) for name, arrow_type in zip(names, types, strict=True)])


def normalise(record_batch: pa.RecordBatch, arrow_schema: pa.Schema) -> pa.RecordBatch:
    """The batch with exactly `arrow_schema`; raises pa.ArrowInvalid where a value does not fit."""
    columns = [_cast(column, field.type) for column, field in zip(record_batch.columns, arrow_schema, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=arrow_schema)


def _cast(column: pa.Array, wanted: pa.DataType) -> pa.Array:
    if column.type.equals(wanted):
        return column
    if pa.types.is_string(wanted) and not pa.types.is_dictionary(column.type):
        as_text = _text_of(column.type)
        if as_text is not None:
            return pa.array([None if value is None else as_text(value) for value in column.to_pylist()], pa.utf8())
    if pa.types.is_timestamp(column.type) and pa.types.is_timestamp(wanted):
        return pc.cast(column, wanted)
    return column.cast(wanted)


def _text_of(arrow_type: pa.DataType) -> Callable[[Any], str] | None:
    if pa.types.is_map(arrow_type):
        return lambda pairs: _json_text({str(key): value for key, value in pairs})
    if pa.types.is_nested(arrow_type):
        return _json_text
    if pa.types.is_interval(arrow_type):
        return _interval_text
    return str if pa.types.is_duration(arrow_type) else None


_JSON = msgspec.json.Encoder(enc_hook=str, decimal_format="number")


def _json_text(value: Any) -> str:
    return _JSON.encode(value).decode()


def _interval_text(value: Any) -> str:
    """ISO 8601, as in `P1M2DT3S`."""
    months, days, nanoseconds = value
    seconds = f"{nanoseconds / 1_000_000_000:.9f}".rstrip("0").rstrip(".")
    parts = (f"{months}M" if months else "") + (f"{days}D" if days else "")
    return f"P{parts}" + (f"T{seconds}S" if nanoseconds or not parts else "")
