"""SQL over empty relations → the exact schema of its result, without a row and without a call."""

import re
from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

from catalog.arrow_types import arrow_schema
from catalog.sql_types import type_name
from catalog.table import Column
from flight_server.engine.connection import Engine, query_error
from flight_server.engine.normal_types import normal_schema

# What nearly every column is; the engine itself is asked for the others, which takes it a whole run.
_PLAIN_TYPES: Mapping[str, pa.DataType] = {
    "VARCHAR": pa.string(),
    "BOOLEAN": pa.bool_(),
    "INTEGER": pa.int32(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "TIMESTAMP WITH TIME ZONE": pa.timestamp("us", tz="UTC"),
}
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")


DESCRIPTION_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("column_name", "column_type", "null", "key", "default", "extra")]
)
"""What DESCRIBE tells of a query, as the engine does."""


def description(result: pa.Schema) -> pa.RecordBatch:
    """One row a column of a result."""
    rows = [{"column_name": field.name, "column_type": type_name(field.type), "null": "YES"} for field in result]
    return pa.RecordBatch.from_pylist(rows, schema=DESCRIPTION_SCHEMA)


def describe(
    engine: Engine, sql: str, relations: Mapping[str, Sequence[Column]], keep_nested: bool = False
) -> pa.Schema:
    """The normalised schema of the query's result; raise QueryError where the engine cannot bind it."""
    try:
        if "rowid" in sql.lower():  # a table has one, and no scan
            with engine.cursor() as cursor:
                for name, columns in relations.items():
                    cursor.register(name, arrow_schema(columns).empty_table())
                return _announced(cursor.sql(sql), keep_nested)
        with engine.describing_cursor() as describing:
            for name, columns in relations.items():
                describing.have(name, columns)
            return _announced(describing.cursor.sql(sql), keep_nested)
    except duckdb.Error as error:
        raise query_error(error) from None


def _announced(result: duckdb.DuckDBPyRelation, keep_nested: bool) -> pa.Schema:
    return normal_schema(result.columns, _arrow_schema(result), keep_nested)


def _arrow_schema(result: duckdb.DuckDBPyRelation) -> pa.Schema:
    types = [_plain_type(str(column_type)) for column_type in result.types]
    plain = [column_type for column_type in types if column_type is not None]
    if len(plain) < len(types):
        return result.limit(0).to_arrow_table().schema
    return pa.schema([pa.field(name, column_type) for name, column_type in zip(result.columns, plain, strict=True)])


def _plain_type(name: str) -> pa.DataType | None:
    """The Arrow type that the engine gives its own type of that name; None where it is not known for sure.

    >>> _plain_type("DECIMAL(38,6)")
    Decimal128Type(decimal128(38, 6))
    """
    decimal = _DECIMAL.fullmatch(name)
    return pa.decimal128(int(decimal[1]), int(decimal[2])) if decimal else _PLAIN_TYPES.get(name)
