"""What drivers want to know of a column beside its Arrow type: `ARROW:FLIGHT:SQL:...` entries of its field.

Knows Arrow types and the catalog's tables; no server. A field without any entry crashes Apache's ODBC driver in
SQLColumns, text without PRECISION has no size there, and a decimal's scale is read from SCALE, not from the type.
"""

from collections.abc import Sequence

import pyarrow as pa

from catalog.arrow_types import arrow_type, without_zone
from catalog.catalog import CATALOG_NAME
from catalog.columns.text_sizes import LONG, text_size
from catalog.sql_types import type_name
from catalog.table import Column, Table
from flight_server.protocol.type_info import TYPES

_KEY = "ARROW:FLIGHT:SQL:"
_REMARKS = f"{_KEY}REMARKS".encode()


_SIZES = {
    listed.type_name: (listed.column_size, listed.maximum_scale) for listed in TYPES if listed.type_name != "BLOB"
}
"""Sizes as the list of types has them. That of a BLOB is what there may be at most: who binds by it has no memory."""


def _type_entries(arrow_type: pa.DataType, column: Column | None = None) -> dict[str, str]:
    """What the type says, and, of a text, the catalog's column that it comes from."""
    name, is_text = type_name(arrow_type), pa.types.is_string(arrow_type)
    size, scale = _SIZES.get(name, (LONG, None))  # a list or a struct is JSON text to ODBC
    if is_text:
        size = LONG if column is None else text_size(column)
    if pa.types.is_decimal(arrow_type):
        size, scale = arrow_type.precision, arrow_type.scale
    entries = {"TYPE_NAME": name, "IS_SEARCHABLE": "1", "PRECISION": str(size)}
    entries |= {} if scale is None else {"SCALE": str(scale)}
    return entries | {"IS_CASE_SENSITIVE": str(int(is_text)), "IS_READ_ONLY": "1", "IS_AUTO_INCREMENT": "0"}


def _with_entries(field: pa.Field, entries: dict[str, str]) -> pa.Field:
    """Ours win over entries of the same name; others that the field had are kept."""
    ours = {(_KEY + name).encode(): value.encode() for name, value in entries.items()}
    return field.with_metadata({**(field.metadata or {}), **ours})


def with_column_metadata(arrow_schema: pa.Schema, homes: Sequence[tuple[Table, Column] | None] = ()) -> pa.Schema:
    """The schema of a result, every column described by its type, and by its home where it is one of a table's.

    REMARKS stay out: JDBC would show them instead of the column's name.
    """
    known = homes or [None] * len(arrow_schema)
    described = [_described(field, home) for field, home in zip(arrow_schema, known, strict=True)]
    return pa.schema([_without_remarks(field) for field in described], arrow_schema.metadata)


def _described(field: pa.Field, home: tuple[Table, Column] | None) -> pa.Field:
    if home is None:
        return _with_entries(field, _type_entries(field.type))
    table, column = home
    return _with_entries(field, _home(table) | _type_entries(field.type, column))


def _without_remarks(field: pa.Field) -> pa.Field:
    return field.with_metadata({key: value for key, value in field.metadata.items() if key != _REMARKS})


def _home(table: Table) -> dict[str, str]:
    return {"CATALOG_NAME": CATALOG_NAME, "SCHEMA_NAME": table.db_schema, "TABLE_NAME": table.name}


def table_field(table: Table, column: Column, *, plain_times: bool = False) -> pa.Field:
    """A column of a catalog table, with its home; times without their zone where the client cannot read it."""
    column_type = without_zone(arrow_type(column)) if plain_times else arrow_type(column)
    remarks = {"REMARKS": column.member} if column.member else {}
    return _with_entries(
        pa.field(column.name, column_type), _home(table) | _type_entries(column_type, column) | remarks
    )


def table_schema(table: Table, *, plain_times: bool = False) -> pa.Schema:
    """The Arrow schema of a catalog table, for GetTables with include_schema."""
    return pa.schema([table_field(table, column, plain_times=plain_times) for column in table.columns])
