"""What an inspector tells is the whole catalog: schemas, tables, columns, types, keys and comments."""

from typing import Any

import duckdb
import pytest
from sqlalchemy import MetaData, Table, inspect, types
from sqlalchemy.engine import Engine
from sqlalchemy.exc import NoSuchTableError

import catalog
from catalog.columns.words import description_of
from catalog.errors import CatalogError
from tests.server_fixtures import Stack
from tests.sqlalchemy_dialect.conftest import EngineMaker

CATALOG = catalog.load()
SCHEMAS = CATALOG.schemas
WORDS = ("schema", "table", "columns")


def tables_of(schema: str) -> dict[str, Any]:
    return {table.name: table for table in CATALOG.tables if table.db_schema == schema}


def test_every_schema_is_told_with_all_its_tables(inspector: Any) -> None:
    assert inspector.get_schema_names() == list(SCHEMAS)
    for schema in SCHEMAS:
        assert inspector.get_table_names(schema=schema) == sorted(tables_of(schema))
        assert inspector.get_view_names(schema=schema) == []
    assert inspector.get_table_names(schema="nowhere") == []


def test_every_column_is_told_with_type_and_comment(inspector: Any) -> None:
    for schema in SCHEMAS:
        for name, table in tables_of(schema).items():
            told = inspector.get_columns(name, schema=schema)
            assert [column["name"] for column in told] == [column.name for column in table.columns]
            assert not [column for column in told if isinstance(column["type"], types.NullType)]
            comments = [description_of(column, table) or None for column in table.columns]
            assert [column["comment"] for column in told] == comments
            assert inspector.get_table_comment(name, schema=schema) == {"text": table.description or None}


def test_every_key_is_told(inspector: Any) -> None:
    for schema in SCHEMAS:
        for name, table in tables_of(schema).items():
            assert inspector.get_pk_constraint(name, schema=schema)["constrained_columns"] == list(table.primary_key)
            told = {
                tuple(map(str, (key["constrained_columns"], *(key[f"referred_{word}"] for word in WORDS))))
                for key in inspector.get_foreign_keys(name, schema=schema)
            }
            assert told == {
                tuple(map(str, (list(key.columns), key.db_schema, key.table, list(key.parent_columns))))
                for key in table.foreign_keys
            }


def test_types_are_those_of_the_values(inspector: Any) -> None:
    told = {column["name"]: column["type"] for column in inspector.get_columns("orders", schema="orders")}
    amount = told["order_total_amount"]
    assert (amount.precision, amount.scale, amount.asdecimal) == (38, 6, True)
    assert told["purchase_date"].timezone
    assert isinstance(told["is_prime"], types.Boolean)
    assert isinstance(told["amazon_order_id"], types.String)
    names = {str(column.compile(inspector.bind.dialect)) for column in told.values()}
    assert {"NUMERIC(38, 6)", "TIMESTAMP WITH TIME ZONE", "BOOLEAN", "VARCHAR", "BIGINT", "DOUBLE"} >= names


def test_a_table_is_reflected_with_the_tables_that_its_keys_lead_to(engine: Engine) -> None:
    items = Table("order_items", MetaData(), schema="orders", autoload_with=engine)
    assert items.comment
    (key,) = {key.target_fullname for key in items.c.amazon_order_id.foreign_keys}
    assert key == "orders.orders.amazon_order_id"
    assert [column.name for column in items.metadata.tables["orders.orders"].primary_key] == ["amazon_order_id"]


def test_a_whole_schema_is_reflected_at_once(engine: Engine) -> None:
    metadata = MetaData()
    metadata.reflect(engine, schema="orders")
    assert {table.name for table in metadata.tables.values() if table.schema == "orders"} == set(tables_of("orders"))


def test_names_without_a_schema_are_those_that_the_server_finds(inspector: Any) -> None:
    found = {}
    for name in {table.name for table in CATALOG.tables}:
        try:
            found[name] = CATALOG.resolve(name)
        except CatalogError:
            assert not inspector.has_table(name)
            continue
        assert inspector.has_table(name)
        assert inspector.get_pk_constraint(name)["constrained_columns"] == list(found[name].primary_key)
    assert inspector.default_schema_name is None
    assert inspector.get_table_names() == sorted(found)


def test_the_schema_of_the_url_is_the_default(engine_with: EngineMaker) -> None:
    inspector = inspect(engine_with("orders_2026_01_01"))
    assert inspector.default_schema_name == "orders_2026_01_01"
    assert inspector.get_table_names() == sorted(tables_of("orders_2026_01_01"))
    here = {column["name"] for column in inspector.get_columns("orders")}
    assert here == {column.name for column in tables_of("orders_2026_01_01")["orders"].columns}


def test_a_name_is_found_in_any_spelling_and_one_that_is_none_is_told(inspector: Any) -> None:
    assert inspector.has_table("ORDERS", schema="Orders")
    assert inspector.get_columns("Orders", schema="ORDERS")
    assert not inspector.has_table("orders", schema="nowhere")
    assert not inspector.has_table("ordrs", schema="orders")
    asked = ("get_columns", "get_pk_constraint", "get_foreign_keys", "get_table_comment", "get_indexes")
    for method in (*asked, "get_unique_constraints", "get_check_constraints"):
        with pytest.raises(NoSuchTableError, match=r"orders\.ordrs"):
            getattr(inspector, method)("ordrs", schema="orders")
        assert method in ("get_columns", "get_pk_constraint", "get_foreign_keys", "get_table_comment") or not getattr(
            inspector, method
        )("orders", schema="orders")


def test_another_version_is_told_as_the_connection_chose_it(engine_with: EngineMaker) -> None:
    inspector = inspect(engine_with(OrdersApiVersion="2026-01-01"))
    assert "orders_v0" in inspector.get_schema_names()
    expected = CATALOG.for_versions({"orders": "2026-01-01"}).resolve("orders", "orders")
    told = inspector.get_columns("orders", schema="orders")
    assert [column["name"] for column in told] == [column.name for column in expected.columns]


def test_native_lists_and_objects_are_json_of_python(engine_with: EngineMaker) -> None:
    engine = engine_with(NestedTypes="native")
    orders = Table("orders", MetaData(), schema="orders", autoload_with=engine)
    nested = [column for column in orders.columns if isinstance(column.type, types.JSON)]
    assert {str(column.type.compile(engine.dialect)) for column in nested} <= {"LIST", "STRUCT", "MAP"}
    with engine.connect() as connection:
        rows = connection.execute(orders.select().where(orders.c.purchase_date >= "2026-06-14").limit(5)).all()
    values = [getattr(row, column.name) for row in rows for column in nested]
    assert [value for value in values if value is not None]
    assert all(value is None or isinstance(value, list | dict) for value in values)


def test_nothing_is_asked_of_amazon(stack: Stack, engine: Engine) -> None:
    stack.settle()
    Table("order_items", MetaData(), schema="orders", autoload_with=engine)
    assert not stack.simulator.calls


def test_every_word_that_duckdb_keeps_for_itself_is_quoted(engine: Engine) -> None:
    sql = "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category IN ('reserved', 'type_function')"
    words = [word for (word,) in duckdb.connect().execute(sql).fetchall()]
    assert words
    assert not [word for word in words if engine.dialect.identifier_preparer.quote(word) == word]
