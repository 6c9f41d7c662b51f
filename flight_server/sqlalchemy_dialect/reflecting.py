"""The catalog in SQLAlchemy's words: schemas, tables, columns, keys and comments, each schema read once an inspection.

Asked by SQL of `information_schema` and `system`, as ADBC's own metadata holds neither keys nor comments. Names without
a schema are those that the server finds without one: tables of the session's schema, or that one schema alone has,
where the schema of an API's chosen version comes before those of its other versions.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.exc import NoSuchTableError

from flight_server.sqlalchemy_dialect.column_types import column_type

Row = Mapping[str, Any]

_SCHEMAS = "SELECT schema_name FROM information_schema.schemata ORDER BY 1"

_TABLES = """
SELECT table_name, table_type, table_comment FROM information_schema.tables WHERE table_schema = ? ORDER BY 1
"""

_WITHOUT_SCHEMA = """
WITH named AS (
    SELECT table_name, table_schema,
           table_schema = 'system' OR table_schema IN (SELECT api FROM system.tables) AS is_chosen
    FROM information_schema.tables
)
SELECT table_name, coalesce(min(table_schema) FILTER (WHERE is_chosen), min(table_schema)) AS table_schema
FROM named GROUP BY table_name
HAVING count(*) FILTER (WHERE is_chosen) = 1 OR count(*) = 1 ORDER BY 1
"""

_COLUMNS = """
SELECT table_name, column_name, data_type, numeric_precision, numeric_scale, is_nullable, column_comment
FROM information_schema.columns WHERE table_schema = ? ORDER BY table_name, ordinal_position
"""

_PRIMARY_KEYS = """
SELECT table_name, constraint_name, column_name
FROM information_schema.table_constraints
JOIN information_schema.key_column_usage USING (constraint_schema, constraint_name, table_name)
WHERE constraint_schema = ? AND constraint_type = 'PRIMARY KEY' ORDER BY table_name, ordinal_position
"""

_FOREIGN_KEYS = """
SELECT k.table_name, k.constraint_name, k.column_name, r.unique_constraint_schema AS parent_schema,
       r.unique_constraint_name AS parent_key, c."references" AS parent_columns
FROM information_schema.key_column_usage k
JOIN information_schema.referential_constraints r USING (constraint_schema, constraint_name)
JOIN system.columns c
  ON c.schema_name = k.table_schema AND c.table_name = k.table_name AND c.column_name = k.column_name
WHERE k.constraint_schema = ? ORDER BY k.table_name, k.constraint_name, k.ordinal_position
"""


class ReflectedCatalog(DefaultDialect):
    """The part of the dialect that inspectors ask."""

    def get_schema_names(self, connection: Any, **kw: Any) -> list[str]:
        """All schemas."""
        return [row["schema_name"] for row in _rows(connection, _SCHEMAS, None, **kw)]

    def has_schema(self, connection: Any, schema_name: str, **kw: Any) -> bool:
        """Whether there is one of that name, whatever the case."""
        return schema_name.lower() in self.get_schema_names(connection, **kw)

    def has_table(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> bool:
        """Whether there is one of that name, whatever the case; views count."""
        return table_name.lower() in self._tables(
            connection, self._schema_of(connection, table_name, schema, **kw), **kw
        )

    def get_table_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        """The tables of a schema; without one, those that are found without one."""
        if schema is None and self.default_schema_name is None:
            return list(self._homes(connection, **kw))
        tables = self._tables(connection, (schema or self.default_schema_name or "").lower(), **kw)
        return [name for name, row in tables.items() if row["table_type"] != "VIEW"]

    def get_view_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        """The views of a schema."""
        tables = self._tables(connection, (schema or self.default_schema_name or "").lower(), **kw)
        return [name for name, row in tables.items() if row["table_type"] == "VIEW"]

    def get_columns(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> list[Any]:
        """Columns in their order."""
        home, table = self._found(connection, table_name, schema, **kw)
        return [
            {
                "name": row["column_name"],
                "type": column_type(row["data_type"], row["numeric_precision"], row["numeric_scale"]),
                "nullable": row["is_nullable"] == "YES",
                "default": None,
                "autoincrement": False,
                "comment": row["column_comment"],
            }
            for row in _rows_of(connection, _COLUMNS, home, table, **kw)
        ]

    def get_pk_constraint(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        """The primary key, where there is one."""
        home, table = self._found(connection, table_name, schema, **kw)
        rows = _rows_of(connection, _PRIMARY_KEYS, home, table, **kw)
        return {
            "constrained_columns": [row["column_name"] for row in rows],
            "name": rows[0]["constraint_name"] if rows else None,
        }

    def get_foreign_keys(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> list[Any]:
        """Foreign keys; the other table's schema is always told, but for one of the schema without a name."""
        home, table = self._found(connection, table_name, schema, **kw)
        by_name: dict[str, list[Row]] = defaultdict(list)
        for row in _rows_of(connection, _FOREIGN_KEYS, home, table, **kw):
            by_name[row["constraint_name"]].append(row)
        unnamed = self.default_schema_name if schema is None else None
        return [_foreign_key(name, rows, unnamed) for name, rows in by_name.items()]

    def get_table_comment(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        """What the table holds."""
        home, table = self._found(connection, table_name, schema, **kw)
        return {"text": self._tables(connection, home, **kw)[table]["table_comment"]}

    def get_indexes(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> list[Any]:
        """None: Amazon's are unknown."""
        self._found(connection, table_name, schema, **kw)
        return []

    def get_unique_constraints(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[Any]:
        """None besides the primary key."""
        self._found(connection, table_name, schema, **kw)
        return []

    def get_check_constraints(
        self, connection: Any, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[Any]:
        """None."""
        self._found(connection, table_name, schema, **kw)
        return []

    def _found(self, connection: Any, table: str, schema: str | None, **kw: Any) -> tuple[str, str]:
        """Schema and name of a table as the catalog has them; raise where there is none."""
        home = self._schema_of(connection, table, schema, **kw)
        if table.lower() not in self._tables(connection, home, **kw):
            raise NoSuchTableError(f"{schema}.{table}" if schema else table)
        return home, table.lower()

    def _schema_of(self, connection: Any, table: str, schema: str | None, **kw: Any) -> str:
        if schema is not None:
            return schema.lower()
        own = self.default_schema_name
        if own is not None and table.lower() in self._tables(connection, own, **kw):
            return own
        home: str = self._homes(connection, **kw).get(table.lower(), "")
        return home

    def _homes(self, connection: Any, **kw: Any) -> dict[str, str]:
        return {row["table_name"]: row["table_schema"] for row in _rows(connection, _WITHOUT_SCHEMA, None, **kw)}

    def _tables(self, connection: Any, schema: str, **kw: Any) -> dict[str, Row]:
        return {row["table_name"]: row for row in _rows(connection, _TABLES, schema, **kw)}


def _rows(connection: Any, sql: str, schema: str | None, **kw: Any) -> list[Row]:
    """What is told of a schema; asked once as long as the inspector's cache lives."""
    cache = kw.get("info_cache")
    if cache is None:
        cache = {}
    if (sql, schema) not in cache:
        parameters = () if schema is None else (schema,)
        cache[sql, schema] = list(connection.exec_driver_sql(sql, parameters).mappings())
    rows: list[Row] = cache[sql, schema]
    return rows


def _rows_of(connection: Any, sql: str, schema: str, table: str, **kw: Any) -> list[Row]:
    return [row for row in _rows(connection, sql, schema, **kw) if row["table_name"] == table]


def _foreign_key(name: str, rows: list[Row], unnamed: str | None) -> dict[str, Any]:
    parents = [_parent_column(row) for row in rows]
    parent_schema = rows[0]["parent_schema"]
    return {
        "name": name,
        "constrained_columns": [row["column_name"] for row in rows],
        "referred_schema": None if parent_schema == unnamed else parent_schema,
        "referred_table": parents[0][0],
        "referred_columns": [column for _, column in parents],
        "options": {},
    }


def _parent_column(row: Row) -> tuple[str, str]:
    """Table and column that the constraint leads to, among all that its column refers to."""
    for text in row["parent_columns"].split(", "):
        schema, table, column = text.split(".")
        if schema == row["parent_schema"] and f"{table}_pkey" == row["parent_key"]:
            return table, column
    raise NoSuchTableError(f"{row['constraint_name']} leads to no table that is told of")
