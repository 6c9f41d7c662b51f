"""From a declared type to an Arrow type: the only such map.

Knows no JSON and no SQL. Every type is one that ODBC, JDBC and ADBC drivers all read right.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import pyarrow as pa

from catalog.table import Column, DeclaredType, ListOf, Nested, StructOf

DECIMAL_PRECISION = 38
DECIMAL_SCALE = 6
"""Money has at most four fraction digits, fees per unit six; 38 digits keep DuckDB's sums in the same type.
A larger scale would cost integer digits in products: their scales add up."""

ARROW_TYPES: Mapping[DeclaredType, pa.DataType] = MappingProxyType(
    {
        "string": pa.utf8(),
        "int64": pa.int64(),
        "double": pa.float64(),
        "decimal": pa.decimal128(DECIMAL_PRECISION, DECIMAL_SCALE),
        "bool": pa.bool_(),
        "timestamp": pa.timestamp("us", tz="UTC"),
        "date": pa.date32(),
        "json": pa.utf8(),
    }
)


def arrow_schema(columns: Iterable[Column]) -> pa.Schema:
    """The Arrow schema of some columns, in their order; every field is nullable.

    >>> arrow_schema([Column("amount", "decimal"), Column("buyer", "json")])
    amount: decimal128(38, 6)
    buyer: string
    """
    return pa.schema([pa.field(column.name, arrow_type(column)) for column in columns])


def arrow_type(column: Column) -> pa.DataType:
    """The Arrow type of one column."""
    if column.computed is not None:
        return column.computed
    return ARROW_TYPES[column.declared_type] if column.nested is None else nested_arrow_type(column.nested)


def nested_arrow_type(nested: Nested) -> pa.DataType:
    """The Arrow type of a list, of a struct, or of a value in it.

    >>> nested_arrow_type(ListOf(StructOf((("sku", "Sku", "string"),))))
    ListType(list<item: struct<sku: string>>)
    """
    if isinstance(nested, ListOf):
        return pa.list_(nested_arrow_type(nested.element))
    if isinstance(nested, StructOf):
        return pa.struct([pa.field(name, nested_arrow_type(inner)) for name, _, inner in nested.fields])
    return ARROW_TYPES[nested]


def without_zone(column_type: pa.DataType) -> pa.DataType:
    """The type in which the same instants are told without their zone, also inside lists and structs.

    >>> without_zone(pa.timestamp("us", tz="UTC")), without_zone(pa.list_(pa.timestamp("us", tz="UTC")))
    (TimestampType(timestamp[us]), ListType(list<item: timestamp[us]>))
    """
    if pa.types.is_timestamp(column_type):
        return pa.timestamp(column_type.unit)
    if pa.types.is_list(column_type):
        return pa.list_(without_zone(column_type.value_type))
    if pa.types.is_struct(column_type):
        return pa.struct([field.with_type(without_zone(field.type)) for field in column_type])
    return column_type


def without_zones(table_schema: pa.Schema) -> pa.Schema:
    """The schema with every time told without its zone."""
    return pa.schema([field.with_type(without_zone(field.type)) for field in table_schema])
