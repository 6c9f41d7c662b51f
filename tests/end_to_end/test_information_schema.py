"""`information_schema` through the ADBC driver: the catalog of `system.tables`, the metadata commands and a SELECT."""

from typing import Any

import pytest

import catalog
from tests.server_fixtures import Stack

SCHEMA = "information_schema"


def test_every_table_is_told_as_by_the_system_schema(stack: Stack) -> None:
    told = stack.query("SELECT table_schema, table_name FROM information_schema.tables ORDER BY ALL")
    own = stack.query(
        "SELECT schema_name AS table_schema, table_name FROM system.tables WHERE schema_name IS NOT NULL ORDER BY ALL"
    )
    assert told == own
    assert {"table_schema": SCHEMA, "table_name": "columns"} in told


def test_every_column_is_told_as_by_the_system_schema(stack: Stack) -> None:
    told = stack.query(
        "SELECT t.n = s.n AND t.n = j.n AS same, t.n FROM (SELECT count(*) AS n FROM information_schema.columns) t, "
        "(SELECT count(*) AS n FROM system.columns) s, (SELECT count(*) AS n FROM information_schema.columns i JOIN "
        "system.columns c ON i.table_schema = c.schema_name AND i.table_name = c.table_name AND "
        "i.column_name = c.column_name AND i.ordinal_position = c.ordinal AND i.data_type = c.data_type) j"
    )
    assert told[0]["same"], told


def test_the_types_are_those_of_the_engine(stack: Stack) -> None:
    sql = "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'orders' "
    told = stack.query(sql + "AND table_name = 'orders' ORDER BY ordinal_position")
    summary = ", ".join(f'ANY_VALUE(typeof("{row["column_name"]}")) AS "{row["column_name"]}"' for row in told)
    (real,) = stack.query(f"SELECT {summary} FROM orders.orders WHERE purchase_date >= '2026-06-14'")
    assert {row["column_name"]: row["data_type"] for row in told} == {
        name: "DECIMAL" if kind.startswith("DECIMAL") else kind for name, kind in real.items()
    }


def test_times_without_a_zone_are_told_without_one(stack: Stack) -> None:
    sql = (
        "SELECT i.data_type, c.data_type AS ours, c.arrow_type FROM information_schema.columns i JOIN system.columns c "
        "ON i.table_schema = c.schema_name AND i.table_name = c.table_name AND i.column_name = c.column_name "
        "WHERE i.table_schema = 'orders' AND i.table_name = 'orders' AND i.column_name = 'purchase_date'"
    )
    assert stack.query(sql) == [
        {
            "data_type": "TIMESTAMP WITH TIME ZONE",
            "ours": "TIMESTAMP WITH TIME ZONE",
            "arrow_type": "timestamp[us, tz=UTC]",
        }
    ]
    assert stack.query(sql, Timestamps="plain") == [
        {"data_type": "TIMESTAMP", "ours": "TIMESTAMP", "arrow_type": "timestamp[us]"}
    ]


@pytest.mark.parametrize("table", [table.name for table in catalog.load().tables if table.db_schema == SCHEMA])
def test_each_table_is_read_in_any_spelling_without_a_call(stack: Stack, table: str) -> None:
    stack.settle()
    rows = stack.query(f'SELECT * FROM "INFORMATION_SCHEMA".{table.upper()}')
    assert bool(rows) == (table != "views")
    assert not stack.calls()


def test_schemata_are_those_that_tables_are_in(stack: Stack) -> None:
    told = stack.query("SELECT catalog_name, schema_name FROM information_schema.schemata ORDER BY ALL")
    used = stack.query("SELECT DISTINCT table_catalog, table_schema FROM information_schema.tables ORDER BY ALL")
    assert [tuple(row.values()) for row in told] == [tuple(row.values()) for row in used]
    assert {row["catalog_name"] for row in told} == {"spapi"}


def test_another_version_is_told_under_its_own_names(stack: Stack) -> None:
    sql = "SELECT DISTINCT table_schema FROM information_schema.columns WHERE table_schema LIKE 'orders%' ORDER BY ALL"
    assert [row["table_schema"] for row in stack.query(sql)] == ["orders", "orders_2026_01_01"]
    assert [row["table_schema"] for row in stack.query(sql, OrdersApiVersion="2026-01-01")] == ["orders", "orders_v0"]


def test_keys_are_told_as_by_the_metadata_commands(stack: Stack) -> None:
    """The join that every tool makes of these tables gives each table's keys."""
    keys = "SELECT k.* FROM information_schema.table_constraints t JOIN information_schema.key_column_usage k USING "
    keys += "(constraint_schema, constraint_name) WHERE t.constraint_type = '{}' ORDER BY ALL"
    primary = {
        (table.db_schema, table.name, column, position)
        for table in catalog.load().tables
        for position, column in enumerate(table.primary_key, start=1)
    }
    told = stack.query(keys.format("PRIMARY KEY"))
    assert {_place(row) for row in told} == primary
    assert len(told) == len(primary)
    foreign = {
        (table.db_schema, table.name, column, position)
        for table in catalog.load().tables
        for key in table.foreign_keys
        for position, column in enumerate(key.columns, start=1)
    }
    assert {_place(row) for row in stack.query(keys.format("FOREIGN KEY"))} == foreign
    referred = stack.query(
        "SELECT k.table_name, r.unique_constraint_name FROM information_schema.referential_constraints r JOIN "
        "information_schema.key_column_usage k USING (constraint_schema, constraint_name) "
        "WHERE k.table_schema = 'orders' AND k.table_name = 'order_items'"
    )
    assert {"table_name": "order_items", "unique_constraint_name": "orders_pkey"} in referred


def _place(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["table_schema"], row["table_name"], row["column_name"], row["ordinal_position"]


def test_system_columns_tell_keys_references_and_descriptions(stack: Stack) -> None:
    rows = stack.query(
        'SELECT column_name, is_key, "references", description FROM system.columns '
        "WHERE schema_name = 'orders' AND table_name = 'order_items' AND column_name IN ('amazon_order_id', 'title')"
    )
    by_name = {row.pop("column_name"): row for row in rows}
    assert by_name["amazon_order_id"]["references"] == "orders.orders.amazon_order_id"
    assert not by_name["title"]["is_key"]
    assert by_name["title"] == {
        "is_key": False,
        "references": None,
        "description": "Title of getOrderItems",
    }
    described = "SELECT count(*) AS n FROM system.columns c JOIN system.tables t USING (schema_name, table_name) "
    assert stack.query(described + "WHERE t.kind <> 'system' AND c.description IS NULL") == [{"n": 0}]


def test_the_metadata_commands_list_it_as_system_tables(stack: Stack) -> None:
    with stack.connected() as connection:
        found = connection.adbc_get_objects(depth="tables", db_schema_filter=SCHEMA).read_all().to_pylist()
    (db_schema,) = found[0]["catalog_db_schemas"]
    assert {table["table_type"] for table in db_schema["db_schema_tables"]} == {"SYSTEM TABLE"}
    assert {"tables", "columns"} <= {table["table_name"] for table in db_schema["db_schema_tables"]}
