"""Catalogs, schemas, tables and keys, as the metadata commands ask for them: command in, Arrow table out.

Knows the catalog's tables and the commands; no server, no query. Filters are those of Arrow's FlightSql.proto: an
absent filter lets everything pass, an empty one only what has no name; patterns know `%`, `_` and the escape `\\`, in
any case. Tables of the kind `system` are SYSTEM TABLE, which BI tools leave out until asked for; the operator's views
are VIEW, all others TABLE.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from catalog.catalog import CATALOG_NAME, Catalog
from catalog.names import foreign_key_name, primary_key_name
from catalog.table import ForeignKey, Table
from flight_server.errors import QueryError
from flight_server.protocol import result_schemas
from flight_server.protocol.column_metadata import table_schema
from flight_server.protocol.sql_info import sql_info
from flight_server.protocol.type_info import type_info

TABLE_TYPES = ("SYSTEM TABLE", "TABLE")
"""What there is on every server; VIEW only where there are views."""

MAX_RECORD_BATCH_BYTES = 2 * 1024 * 1024
"""ADBC refuses messages above 16 MiB; tools show the first tables sooner with smaller ones."""

MAX_PATTERN_LENGTH = 1000
"""No name is as long; Arrow's matcher floods stderr over patterns of megabytes."""

_NO_ACTION = 3

Row = dict[str, Any]
Item = TypeVar("Item")


def table_type(table: Table) -> str:
    """TABLE, VIEW, or SYSTEM TABLE for tables about this server itself."""
    return {"system": "SYSTEM TABLE", "view": "VIEW"}.get(table.kind, "TABLE")


class Metadata:
    """The metadata of one set of tables. Serialized schemas are kept: building them is the costly part of GetTables."""

    def __init__(self, tables: Iterable[Table], *, plain_times: bool = False) -> None:
        self._plain_times = plain_times
        self.tables = tuple(sorted(tables, key=lambda table: (table.db_schema, table.name)))
        self._schema_bytes: dict[str, bytes] = {}

    @cached_property
    def _table_by_name(self) -> Mapping[str, Table]:
        return {table.qualified_name.lower(): table for table in self.tables}

    def catalogs(self) -> pa.Table:
        """The one catalog."""
        return _answer([{"catalog_name": CATALOG_NAME}], result_schemas.CATALOGS)

    def db_schemas(self, command: Any) -> pa.Table:
        """Answer CommandGetDbSchemas."""
        names = sorted({table.db_schema for table in self.tables}) if _passes_catalog(command, "catalog") else []
        names = _matching(names, names, _given(command, "db_schema_filter_pattern"))
        rows = [{"catalog_name": CATALOG_NAME, "db_schema_name": name} for name in names]
        return _answer(rows, result_schemas.DB_SCHEMAS)

    def tables_found(self, command: Any) -> pa.Table:
        """Answer CommandGetTables, exact matches first: ADBC takes a table's schema from the first record batch."""
        rows = [self._table_row(table, command.include_schema) for table in self._find(command)]
        return _answer(rows, tables_schema(command))

    def _find(self, command: Any) -> list[Table]:
        if not _passes_catalog(command, "catalog"):
            return []
        db_schema, name = _given(command, "db_schema_filter_pattern"), _given(command, "table_name_filter_pattern")
        wanted_types = {wanted.upper() for wanted in command.table_types}
        found = [table for table in self.tables if not wanted_types or table_type(table) in wanted_types]
        found = _matching(found, [table.db_schema for table in found], db_schema)
        found = _matching(found, [table.name for table in found], name)
        return sorted(
            found, key=lambda table: (not _is_exact(table.name, name), not _is_exact(table.db_schema, db_schema))
        )

    def _table_row(self, table: Table, include_schema: bool) -> Row:
        row = {
            "catalog_name": CATALOG_NAME,
            "db_schema_name": table.db_schema,
            "table_name": table.name,
            "table_type": table_type(table),
        }
        return row | {"table_schema": self._serialized_schema(table)} if include_schema else row

    def _serialized_schema(self, table: Table) -> bytes:
        if table.qualified_name not in self._schema_bytes:
            self._schema_bytes[table.qualified_name] = (
                table_schema(table, plain_times=self._plain_times).serialize().to_pybytes()
            )
        return self._schema_bytes[table.qualified_name]

    def table_types(self) -> pa.Table:
        """The types that `tables_found` gives."""
        names = sorted({*TABLE_TYPES, *map(table_type, self.tables)})
        return _answer([{"table_type": name} for name in names], result_schemas.TABLE_TYPES)

    def primary_keys(self, command: Any) -> pa.Table:
        """Answer CommandGetPrimaryKeys."""
        rows = [
            {
                "catalog_name": CATALOG_NAME,
                "db_schema_name": table.db_schema,
                "table_name": table.name,
                "column_name": column,
                "key_sequence": sequence,
                "key_name": primary_key_name(table.name),
            }
            for table in self.tables
            if _refers_to(command, "", table)
            for sequence, column in enumerate(table.primary_key, start=1)
        ]
        return _answer(rows, result_schemas.PRIMARY_KEYS)

    def imported_keys(self, command: Any) -> pa.Table:
        """Answer CommandGetImportedKeys: keys of other tables that this table's columns hold."""
        rows = self._foreign_key_rows(lambda child, _: _refers_to(command, "", child))
        return _answer(sorted(rows, key=_by_parent), result_schemas.FOREIGN_KEYS)

    def exported_keys(self, command: Any) -> pa.Table:
        """Answer CommandGetExportedKeys: columns of other tables that hold this table's key."""
        rows = self._foreign_key_rows(lambda _, parent: _refers_to(command, "", parent))
        return _answer(sorted(rows, key=_by_child), result_schemas.FOREIGN_KEYS)

    def cross_reference(self, command: Any) -> pa.Table:
        """Answer CommandGetCrossReference: columns of one table that hold the key of one other."""
        rows = self._foreign_key_rows(
            lambda child, parent: _refers_to(command, "fk_", child) and _refers_to(command, "pk_", parent)
        )
        return _answer(sorted(rows, key=_by_child), result_schemas.FOREIGN_KEYS)

    def _foreign_key_rows(self, is_wanted: Callable[[Table, Table], bool]) -> Iterator[Row]:
        """Rows of the keys between wanted pairs of child and parent; a key whose parent is not listed is not either."""
        for child in self.tables:
            for key in child.foreign_keys:
                parent = self._table_by_name.get(f"{key.db_schema}.{key.table}".lower())
                if parent is not None and is_wanted(child, parent):
                    yield from _foreign_key_rows(child, parent, key)


@lru_cache(maxsize=16)
def metadata_of(catalog: Catalog, *, plain_times: bool = False) -> Metadata:
    """The metadata of all tables of a catalog, kept for as long as the catalog is in use."""
    return Metadata(catalog.tables, plain_times=plain_times)


def _foreign_key_rows(child: Table, parent: Table, key: ForeignKey) -> Iterator[Row]:
    for sequence, (column, parent_column) in enumerate(zip(key.columns, key.parent_columns, strict=True), start=1):
        yield {
            "pk_catalog_name": CATALOG_NAME,
            "pk_db_schema_name": parent.db_schema,
            "pk_table_name": parent.name,
            "pk_column_name": parent_column,
            "fk_catalog_name": CATALOG_NAME,
            "fk_db_schema_name": child.db_schema,
            "fk_table_name": child.name,
            "fk_column_name": column,
            "key_sequence": sequence,
            "fk_key_name": foreign_key_name(child.name, key.columns),
            "pk_key_name": primary_key_name(parent.name),
            "update_rule": _NO_ACTION,
            "delete_rule": _NO_ACTION,
        }


def _by_parent(row: Row) -> tuple[str, str, str, int]:
    return row["pk_db_schema_name"], row["pk_table_name"], row["fk_key_name"], row["key_sequence"]


def _by_child(row: Row) -> tuple[str, str, str, int]:
    return row["fk_db_schema_name"], row["fk_table_name"], row["fk_key_name"], row["key_sequence"]


def _given(command: Any, field: str) -> str | None:
    """The value of an optional field; None if the client left it out, which differs from empty."""
    return str(getattr(command, field)) if command.HasField(field) else None


def _passes_catalog(command: Any, field: str) -> bool:
    wanted = _given(command, field)
    if wanted is None or wanted.lower() == CATALOG_NAME:
        return True
    # ODBC puts patterns where the specification has an exact name: `%` alone means all.
    return bool(wanted) and not wanted.strip("%")


def _refers_to(command: Any, prefix: str, table: Table) -> bool:
    """Whether the exact names of a key command mean the table; `prefix` is pk_ or fk_ in a cross reference."""
    db_schema = _given(command, f"{prefix}db_schema")
    return (
        _passes_catalog(command, f"{prefix}catalog")
        and (db_schema is None or db_schema.lower() == table.db_schema.lower())
        and getattr(command, f"{prefix}table").lower() == table.name.lower()
    )


def _matching(items: list[Item], names: list[str], pattern: str | None) -> list[Item]:
    """The items whose names match; Arrow's LIKE takes time linear in the pattern, whatever a client sends."""
    if pattern is None:
        return items
    if len(pattern) > MAX_PATTERN_LENGTH:
        raise QueryError(f"the search pattern is too long: it may have {MAX_PATTERN_LENGTH} characters")
    matches = pc.match_like(pa.array(names, pa.utf8()), _closed(pattern), ignore_case=True)
    return [item for item, is_match in zip(items, matches.to_pylist(), strict=True) if is_match]


def _closed(pattern: str) -> str:
    """A backslash that escapes nothing means itself."""
    backslash_count = len(pattern) - len(pattern.rstrip("\\"))
    return pattern + "\\" if backslash_count % 2 else pattern


def _is_exact(name: str, pattern: str | None) -> bool:
    """Whether the pattern, wildcards taken literally, is the name: some clients escape `_`, others do not."""
    return pattern is None or name.lower() in (pattern.lower(), pattern.replace("\\", "").lower())


def _answer(rows: list[Row], arrow_schema: pa.Schema) -> pa.Table:
    """The rows as an Arrow table whose record batches stay small."""
    chunks = [pa.RecordBatch.from_pylist(chunk, schema=arrow_schema) for chunk in _chunks(rows)]
    return pa.Table.from_batches(chunks, schema=arrow_schema)


def _chunks(rows: list[Row]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    size = 0
    for row in rows:
        row_size = sum(len(value) if isinstance(value, str | bytes) else 8 for value in row.values())
        if chunk and size + row_size > MAX_RECORD_BATCH_BYTES:
            yield chunk
            chunk, size = [], 0
        chunk.append(row)
        size += row_size
    if chunk:
        yield chunk


def tables_schema(command: Any) -> pa.Schema:
    """The schema of the answer to CommandGetTables, which depends on include_schema."""
    return result_schemas.TABLES_WITH_SCHEMA if command.include_schema else result_schemas.TABLES


def _type_info(command: Any, _: Metadata) -> pa.Table:
    return type_info(command.data_type if command.HasField("data_type") else None)


METADATA_COMMANDS: Mapping[str, Callable[[Any, Metadata], pa.Table]] = MappingProxyType(
    {
        "CommandGetCatalogs": lambda _, metadata: metadata.catalogs(),
        "CommandGetDbSchemas": lambda command, metadata: metadata.db_schemas(command),
        "CommandGetTables": lambda command, metadata: metadata.tables_found(command),
        "CommandGetTableTypes": lambda _, metadata: metadata.table_types(),
        "CommandGetPrimaryKeys": lambda command, metadata: metadata.primary_keys(command),
        "CommandGetImportedKeys": lambda command, metadata: metadata.imported_keys(command),
        "CommandGetExportedKeys": lambda command, metadata: metadata.exported_keys(command),
        "CommandGetCrossReference": lambda command, metadata: metadata.cross_reference(command),
        "CommandGetSqlInfo": lambda command, _: sql_info(command.info),
        "CommandGetXdbcTypeInfo": _type_info,
    }
)
"""Message name -> its answer."""

_SCHEMAS: Mapping[str, Callable[[Any], pa.Schema]] = MappingProxyType(
    {
        "CommandGetCatalogs": lambda _: result_schemas.CATALOGS,
        "CommandGetDbSchemas": lambda _: result_schemas.DB_SCHEMAS,
        "CommandGetTables": tables_schema,
        "CommandGetTableTypes": lambda _: result_schemas.TABLE_TYPES,
        "CommandGetPrimaryKeys": lambda _: result_schemas.PRIMARY_KEYS,
        "CommandGetImportedKeys": lambda _: result_schemas.FOREIGN_KEYS,
        "CommandGetExportedKeys": lambda _: result_schemas.FOREIGN_KEYS,
        "CommandGetCrossReference": lambda _: result_schemas.FOREIGN_KEYS,
        "CommandGetSqlInfo": lambda _: result_schemas.SQL_INFO,
        "CommandGetXdbcTypeInfo": lambda _: result_schemas.XDBC_TYPE_INFO,
    }
)


def schema_of(name: str, command: Any) -> pa.Schema:
    """The schema that the answer will have, without making its rows."""
    return _SCHEMAS[name](command)
