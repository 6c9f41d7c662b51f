"""The rows of `information_schema`: the catalog that the caller is shown, in the words of SQL's standard.

Reads the catalog and the settings of the caller. One function a table; what a column of the standard's has no answer
for here is null. Source: ISO/IEC 9075-11; `table_comment` and `column_comment` are MySQL's and DuckDB's.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from catalog.arrow_types import arrow_type, without_zone
from catalog.catalog import CATALOG_NAME
from catalog.columns.words import description_of
from catalog.names import foreign_key_name, primary_key_name
from catalog.sql_types import type_name
from catalog.table import Column, ForeignKey, Table
from flight_server.connection.listing import listed
from flight_server.connection.settings import Settings
from flight_server.scan.context import ScanContext

Row = dict[str, Any]


def told_type(column: Column, settings: Settings) -> pa.DataType:
    """The Arrow type in which the caller is given the column."""
    own = arrow_type(column)
    return without_zone(own) if settings.timestamps == "plain" else own


def _schemata(context: ScanContext) -> Iterator[Row]:
    for name in listed(context.catalog, context.settings).schemas:
        yield {"catalog_name": CATALOG_NAME, "schema_name": name, "default_character_set_name": "UTF8"}


def _tables(context: ScanContext) -> Iterator[Row]:
    for table in listed(context.catalog, context.settings).tables:
        yield {
            **_home(table),
            "table_type": {"system": "SYSTEM TABLE", "view": "VIEW"}.get(table.kind, "BASE TABLE"),
            "is_insertable_into": "NO",
            "is_typed": "NO",
            "table_comment": table.description or None,
        }


def _columns(context: ScanContext) -> Iterator[Row]:
    for table in listed(context.catalog, context.settings).tables:
        for ordinal, column in enumerate(table.columns, start=1):
            yield {
                **_home(table),
                "column_name": column.name,
                "ordinal_position": ordinal,
                "is_nullable": "YES",
                **_type(told_type(column, context.settings)),
                "dtd_identifier": str(ordinal),
                "is_self_referencing": "NO",
                "is_identity": "NO",
                "is_generated": "NEVER",
                "is_updatable": "NO",
                "column_comment": description_of(column, table) or None,
            }


def _type(column_type: pa.DataType) -> Row:
    name = type_name(column_type)
    row: Row = {"data_type": name, "udt_name": name}
    if pa.types.is_decimal(column_type):
        row |= {"numeric_precision": column_type.precision, "numeric_precision_radix": 10}
        return row | {"numeric_scale": column_type.scale}
    if pa.types.is_integer(column_type):
        return row | {"numeric_precision": column_type.bit_width, "numeric_precision_radix": 2, "numeric_scale": 0}
    if pa.types.is_floating(column_type):
        return row | {"numeric_precision": 53, "numeric_precision_radix": 2}
    if pa.types.is_string(column_type):
        return row | {"character_set_name": "UTF8"}
    if pa.types.is_temporal(column_type):
        return row | {"datetime_precision": 6 if pa.types.is_timestamp(column_type) else 0}
    return row


def _views(context: ScanContext) -> Iterator[Row]:
    for table in listed(context.catalog, context.settings).tables:
        if table.kind == "view":
            yield {**_home(table), "view_definition": table.query, "check_option": "NONE", **_NOT_WRITABLE}


_NOT_WRITABLE = MappingProxyType(
    dict.fromkeys(
        (
            *("is_updatable", "is_insertable_into", "is_trigger_updatable", "is_trigger_deletable"),
            "is_trigger_insertable_into",
        ),
        "NO",
    )
)


def _table_constraints(context: ScanContext) -> Iterator[Row]:
    for table in listed(context.catalog, context.settings).tables:
        if table.primary_key:
            yield {**_constraint(table, primary_key_name(table.name)), "constraint_type": "PRIMARY KEY", **_UNENFORCED}
    for child, _, key in _foreign_keys(context):
        name = foreign_key_name(child.name, key.columns)
        yield {**_constraint(child, name), "constraint_type": "FOREIGN KEY", **_UNENFORCED}


_UNENFORCED = MappingProxyType({"is_deferrable": "NO", "initially_deferred": "NO", "enforced": "NO"})
"""Keys are Amazon's to keep."""


def _key_column_usage(context: ScanContext) -> Iterator[Row]:
    for table in listed(context.catalog, context.settings).tables:
        for position, column in enumerate(table.primary_key, start=1):
            constraint = _constraint(table, primary_key_name(table.name))
            yield {**constraint, "column_name": column, "ordinal_position": position}
    for child, parent, key in _foreign_keys(context):
        constraint = _constraint(child, foreign_key_name(child.name, key.columns))
        for position, (column, parent_column) in enumerate(zip(key.columns, key.parent_columns, strict=True), start=1):
            there = parent.primary_key.index(parent_column) + 1 if parent_column in parent.primary_key else None
            row = {**constraint, "column_name": column, "ordinal_position": position}
            yield row | {"position_in_unique_constraint": there}


def _referential_constraints(context: ScanContext) -> Iterator[Row]:
    for child, parent, key in _foreign_keys(context):
        yield {
            **_constraint_name(child, foreign_key_name(child.name, key.columns)),
            "unique_constraint_catalog": CATALOG_NAME,
            "unique_constraint_schema": parent.db_schema,
            "unique_constraint_name": primary_key_name(parent.name),
            "match_option": "NONE",
            "update_rule": "NO ACTION",
            "delete_rule": "NO ACTION",
        }


def _foreign_keys(context: ScanContext) -> Iterator[tuple[Table, Table, ForeignKey]]:
    """Child, parent and key; a key whose parent is not listed is not either."""
    tables = listed(context.catalog, context.settings).tables
    by_name = {table.qualified_name: table for table in tables}
    for child in tables:
        for key in child.foreign_keys:
            parent = by_name.get(f"{key.db_schema}.{key.table}")
            if parent is not None:
                yield child, parent, key


def _home(table: Table) -> Row:
    return {"table_catalog": CATALOG_NAME, "table_schema": table.db_schema, "table_name": table.name}


def _constraint(table: Table, name: str) -> Row:
    return _constraint_name(table, name) | _home(table)


def _constraint_name(table: Table, name: str) -> Row:
    return {"constraint_catalog": CATALOG_NAME, "constraint_schema": table.db_schema, "constraint_name": name}


ROWS: Mapping[str, Callable[[ScanContext], Iterator[Row]]] = MappingProxyType(
    {
        "schemata": _schemata,
        "tables": _tables,
        "columns": _columns,
        "views": _views,
        "table_constraints": _table_constraints,
        "key_column_usage": _key_column_usage,
        "referential_constraints": _referential_constraints,
    }
)
"""Table → its rows."""
