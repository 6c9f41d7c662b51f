"""Rows that are kept in Parquet files → a relation: the engine reads the files itself, and of them what it needs."""

from contextlib import suppress
from datetime import datetime

import duckdb
import pyarrow as pa

from catalog.arrow_types import arrow_schema
from catalog.table import Column
from flight_server.plan import KeptRows

_IN_THE_TEXT = 50
"""More values than these are joined with."""


def lay_out(cursor: duckdb.DuckDBPyConnection, kept: KeptRows) -> None:
    """Make the output's relation of the rows that are kept."""
    relation, columns = kept.output.relation, kept.output.columns
    make_way(cursor, relation)
    if not kept.files:
        cursor.register("nothing", arrow_schema(columns).empty_table())
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE {relation} AS SELECT * FROM nothing")
        cursor.unregister("nothing")
        return
    conditions = [
        _among(cursor, relation, number, column, values) for number, (column, values) in enumerate(kept.among.items())
    ]
    if kept.period:
        declared = kept.output.table.columns_by_name[kept.period]
        conditions += [f'"{kept.period}" >= {_literal(kept.since, declared)}'] if kept.since is not None else []
        conditions += [f'"{kept.period}" < {_literal(kept.before, declared)}'] if kept.before is not None else []
    files = ", ".join(_text(file) for file in kept.files)
    names = ", ".join(f'"{column.name}"' for column in columns) or "1 AS one"
    cursor.execute(
        f"CREATE OR REPLACE TEMP VIEW {relation} AS SELECT {names} "
        f"FROM read_parquet([{files}], hive_partitioning = true, hive_types_autocast = false) "
        f"WHERE {' AND '.join(conditions)}"
    )


def make_way(cursor: duckdb.DuckDBPyConnection, relation: str) -> None:
    """Remove a relation, be it a table or a view: the engine replaces either only by its like."""
    for kind in ("VIEW", "TABLE"):
        with suppress(duckdb.CatalogException):
            cursor.execute(f"DROP {kind} IF EXISTS {relation}")


def _among(cursor: duckdb.DuckDBPyConnection, relation: str, number: int, column: str, values: tuple[str, ...]) -> str:
    if len(values) <= _IN_THE_TEXT:
        return f'"{column}" IN ({", ".join(map(_text, values)) or "NULL"})'
    name = f"{relation}_among_{number}"
    cursor.register("arriving", pa.table({"value": pa.array(values, pa.string())}))
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM arriving")
    cursor.unregister("arriving")
    return f'"{column}" IN (SELECT value FROM {name})'


def _literal(instant: datetime, column: Column) -> str:
    return f"DATE '{instant.date()}'" if column.declared_type == "date" else f"TIMESTAMPTZ '{instant.isoformat()}'"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
