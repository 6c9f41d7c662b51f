"""What drivers want to know of a column beside its Arrow type: `ARROW:FLIGHT:SQL:...` entries of its field.

Knows Arrow types and the catalog's tables; no server. A field without any entry crashes Apache's ODBC driver in
SQLColumns, text without PRECISION has no size there, and a decimal's scale is read from SCALE, not from the type.
"""

import pyarrow as pa

from catalog.arrow_types import arrow_type, without_zone
from catalog.catalog import CATALOG_NAME
from catalog.sql_types import type_name
from catalog.table import Column, Table

TEXT_SIZE = 65535

_KEY = "ARROW:FLIGHT:SQL:"
_REMARKS = f"{_KEY}REMARKS".encode()


def _type_entries(arrow_type: pa.DataType) -> dict[str, str]:
    is_text = pa.types.is_string(arrow_type)
    entries = {"TYPE_NAME": type_name(arrow_type), "IS_SEARCHABLE": "1"}
    if is_text:
        entries["PRECISION"] = str(TEXT_SIZE)
    if pa.types.is_decimal(arrow_type):
        entries |= {"PRECISION": str(arrow_type.precision), "SCALE": str(arrow_type.scale)}
    return entries | {"IS_CASE_SENSITIVE": str(int(is_text)), "IS_READ_ONLY": "1", "IS_AUTO_INCREMENT": "0"}


def _with_entries(field: pa.Field, entries: dict[str, str]) -> pa.Field:
    """Ours win over entries of the same name; others that the field had are kept."""
    ours = {(_KEY + name).encode(): value.encode() for name, value in entries.items()}
    return field.with_metadata({**(field.metadata or {}), **ours})


def with_column_metadata(arrow_schema: pa.Schema) -> pa.Schema:
    """The schema of a result, every column described by its type.

    REMARKS stay out: JDBC would show them instead of the column's name.
    """
    described = [_with_entries(field, _type_entries(field.type)) for field in arrow_schema]
    return pa.schema([_without_remarks(field) for field in described], arrow_schema.metadata)


def _without_remarks(field: pa.Field) -> pa.Field:
    return field.with_metadata({key: value for key, value in field.metadata.items() if key != _REMARKS})


def table_field(table: Table, column: Column, *, plain_times: bool = False) -> pa.Field:
    """A column of a catalog table, with its home; times without their zone where the client cannot read it."""
    home = {"CATALOG_NAME": CATALOG_NAME, "SCHEMA_NAME": table.db_schema, "TABLE_NAME": table.name}
    column_type = without_zone(arrow_type(column)) if plain_times else arrow_type(column)
    remarks = {"REMARKS": column.member} if column.member else {}
    return _with_entries(pa.field(column.name, column_type), home | _type_entries(column_type) | remarks)


def table_schema(table: Table, *, plain_times: bool = False) -> pa.Schema:
    """The Arrow schema of a catalog table, for GetTables with include_schema."""
    return pa.schema([table_field(table, column, plain_times=plain_times) for column in table.columns])
