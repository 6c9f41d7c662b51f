"""The simulator's full data as DuckDB tables: what every answer must agree with.

Built from the story, not through HTTP: no paging, no filters, no planner. Column types are the catalog's.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa

import catalog
from catalog.forms import example_of
from catalog.table import Table
from flight_server.decode import decoder
from flight_server.plan import Call, Page
from flight_server.simulator import Simulator


def full_data(simulator: Simulator) -> duckdb.DuckDBPyConnection:
    """A database with one table for each table of the generator's queries, under the same names."""
    connection = duckdb.connect(":memory:")
    connection.execute("SET timezone = 'UTC'")
    for name, answers in _answers(simulator).items():
        table = catalog.load().resolve(name.split(".")[1], name.split(".")[0])
        batches = [_decoded(table, body, asked) for body, asked in answers]
        rows = pa.Table.from_batches(batches)  # noqa: F841  # read by name below
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {table.db_schema}")
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM rows")
    return connection


Answer = tuple[Any, Mapping[str, str]]
"""A body as an operation would answer it, and the values that were asked for."""


def _answers(simulator: Simulator) -> dict[str, list[Answer]]:
    story: Any = simulator.story
    marketplaces = [
        entry["marketplace"]["id"] for entry in story.participations() if entry["participation"]["isParticipating"]
    ]
    orders = story.orders()
    items: list[Answer] = [
        (
            {
                "payload": {
                    "AmazonOrderId": order["AmazonOrderId"],
                    "OrderItems": story.order_items(order["AmazonOrderId"]),
                }
            },
            {},
        )
        for order in orders
    ]
    inventory: list[Answer] = [
        (
            {
                "payload": {
                    "granularity": {"granularityType": "Marketplace", "granularityId": marketplace},
                    "inventorySummaries": story.inventory(marketplace),
                }
            },
            {"marketplace_id": marketplace},
        )
        for marketplace in marketplaces
    ]
    found: list[Answer] = [
        ({"items": list(_catalog_items(story, marketplace))}, {"marketplace_id": marketplace})
        for marketplace in marketplaces
    ]
    return {
        "orders.orders": [({"payload": {"Orders": orders}}, {})],
        "orders.order_items": items,
        "fba_inventory.inventory_summaries": inventory,
        "sellers.marketplace_participations": [({"payload": story.participations()}, {})],
        "catalog_items.search": found,
    }


def _catalog_items(story: Any, marketplace: str) -> Iterator[Mapping[str, Any]]:
    for asin in story.asins(marketplace):
        yield story.catalog_item(asin, marketplace)


def _decoded(table: Table, body: Any, asked: Mapping[str, str]) -> pa.RecordBatch:
    assert table.operation is not None
    text = json.dumps(body, default=_number).encode()
    echoes = {column.name: asked.get(column.name) for column in table.columns if column.is_echo}
    return decoder(table.row_path, table.columns)([Page(Call(table.operation, asked=echoes), 0, text)])


def _number(value: object) -> object:
    assert isinstance(value, Decimal)
    return float(value)


def values_of(connection: duckdb.DuckDBPyConnection, table: str, columns: Iterable[str]) -> dict[str, Sequence[str]]:
    """For each text column a few values that occur, and one that need not, for the generator to ask for.

    Not of what the seller's settings choose from, whatever table it is in: a marketplace that is none is an error.
    """
    found: dict[str, Sequence[str]] = {}
    db_schema, name = table.split(".")
    tables = catalog.load().for_versions({})
    forms = {key.column: key.pattern for key in tables.resolve(name, db_schema).key_columns if key.pattern}
    chosen = {key.column for each in tables.tables for key in each.key_columns if key.default_from}
    for column in columns:
        rows = connection.execute(
            f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY hash({column}) LIMIT 8"
        ).fetchall()
        found[column] = [str(row[0]) for row in rows]
        if column not in chosen:
            found[column] = [*found[column], example_of(forms.get(column, "")) or "no such value"]
    return found
