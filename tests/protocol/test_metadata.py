import re
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import catalog
from catalog.table import Column, ForeignKey, Table
from flight_server.errors import QueryError
from flight_server.protocol.column_metadata import table_schema, with_column_metadata
from flight_server.protocol.commands import MESSAGES
from flight_server.protocol.metadata import (
    MAX_RECORD_BATCH_BYTES,
    METADATA_COMMANDS,
    Metadata,
    metadata_of,
    schema_of,
)

KEY = (Column("order_id", "string", "Orders[].OrderId"),)
MONEY = Column("total", "decimal", "Orders[].Total.Amount")
TO_ORDERS = ForeignKey(("order_id",), "orders", "orders", ("order_id",))

ORDERS = Table("orders", "orders", "operation", (*KEY, MONEY), primary_key=("order_id",))
ITEMS = Table(
    *("orders", "order_items", "operation", (*KEY, Column("item_id", "string"))),
    primary_key=("order_id", "item_id"),
    foreign_keys=(TO_ORDERS,),
)
LOOKALIKE = Table("orders", "order1items", "child", KEY)
ELSEWHERE = Table("sales", "orders", "report", KEY, foreign_keys=(ForeignKey(("a",), "gone", "gone", ("b",)),))
SYSTEM = Table("system", "queries", "system", (Column("query_id", "string"),))

METADATA = Metadata([SYSTEM, ELSEWHERE, ITEMS, LOOKALIKE, ORDERS])

# Column names with their types; `!` marks what must not be null.
SCHEMAS = {
    "CommandGetCatalogs": "catalog_name string!",
    "CommandGetDbSchemas": "catalog_name string, db_schema_name string!",
    "CommandGetTables": "catalog_name string, db_schema_name string, table_name string!, table_type string!",
    "CommandGetTableTypes": "table_type string!",
    "CommandGetPrimaryKeys": "catalog_name string, db_schema_name string, table_name string!, column_name string!, "
    "key_sequence int32!, key_name string",
    **dict.fromkeys(
        ("CommandGetImportedKeys", "CommandGetExportedKeys", "CommandGetCrossReference"),
        "pk_catalog_name string, pk_db_schema_name string, pk_table_name string!, pk_column_name string!, "
        "fk_catalog_name string, fk_db_schema_name string, fk_table_name string!, fk_column_name string!, "
        "key_sequence int32!, fk_key_name string, pk_key_name string, update_rule uint8!, delete_rule uint8!",
    ),
}


def answer(name: str, metadata: Metadata = METADATA, **fields: Any) -> list[dict[str, Any]]:
    command = MESSAGES[name](**fields)
    table = METADATA_COMMANDS[name](command, metadata)
    assert table.schema.equals(schema_of(name, command), check_metadata=True)
    table.validate(full=True)
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [f"{row['db_schema_name']}.{row['table_name']}" for row in rows]


def entries(field: Any) -> Mapping[str, str]:
    return {key.decode().removeprefix("ARROW:FLIGHT:SQL:"): text.decode() for key, text in field.metadata.items()}


@pytest.mark.parametrize(("name", "columns"), SCHEMAS.items())
def test_answers_have_the_columns_of_the_specification(name: str, columns: str) -> None:
    arrow_schema = schema_of(name, MESSAGES[name]())
    written = [f"{field.name} {field.type}{'' if field.nullable else '!'}" for field in arrow_schema]
    assert ", ".join(written) == columns


def test_every_metadata_command_is_answered_even_when_it_finds_nothing() -> None:
    for name in METADATA_COMMANDS:
        answer(name)
        answer(name, Metadata([]))


def test_there_is_one_catalog_and_two_types_of_table() -> None:
    assert answer("CommandGetCatalogs") == [{"catalog_name": "spapi"}]
    assert [row["table_type"] for row in answer("CommandGetTableTypes")] == ["SYSTEM TABLE", "TABLE"]


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, ["orders", "sales", "system"]),
        ({"catalog": "spapi"}, ["orders", "sales", "system"]),
        ({"catalog": "SPAPI", "db_schema_filter_pattern": "S%"}, ["sales", "system"]),
        ({"catalog": ""}, []),
        ({"catalog": "other"}, []),
        ({"catalog": "%"}, ["orders", "sales", "system"]),
        ({"db_schema_filter_pattern": ""}, []),
        ({"db_schema_filter_pattern": "sale_"}, ["sales"]),
    ],
)
def test_schemas_are_filtered(fields: dict[str, Any], found: list[str]) -> None:
    assert [row["db_schema_name"] for row in answer("CommandGetDbSchemas", **fields)] == found


def test_tables_come_sorted_by_schema_and_name() -> None:
    assert names(answer("CommandGetTables")) == [
        "orders.order1items",
        "orders.order_items",
        "orders.orders",
        "sales.orders",
        "system.queries",
    ]


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"table_types": ["TABLE"]}, ["orders.order1items", "orders.order_items", "orders.orders", "sales.orders"]),
        ({"table_types": ["SYSTEM TABLE"]}, ["system.queries"]),
        ({"table_types": ["VIEW"]}, []),
        ({"table_types": ["view", "table"], "table_name_filter_pattern": "ORDERS"}, ["orders.orders", "sales.orders"]),
        ({"catalog": ""}, []),
        ({"catalog": "%", "db_schema_filter_pattern": "sales"}, ["sales.orders"]),
        ({"table_name_filter_pattern": "%items"}, ["orders.order1items", "orders.order_items"]),
        ({"table_name_filter_pattern": ""}, []),
        ({"table_name_filter_pattern": r"order\_items"}, ["orders.order_items"]),
    ],
)
def test_tables_are_filtered(fields: dict[str, Any], found: list[str]) -> None:
    assert names(answer("CommandGetTables", **fields)) == found


def test_an_exact_match_precedes_what_its_wildcards_also_match() -> None:
    assert names(answer("CommandGetTables", table_name_filter_pattern="order_items")) == [
        "orders.order_items",
        "orders.order1items",
    ]


def as_regex(pattern: str) -> str:
    """LIKE as a regular expression, written independently of the server's matcher."""
    written, characters = "", iter(pattern)
    for character in characters:
        if character == "\\":
            written += re.escape(next(characters, "\\"))
        else:
            written += {"%": ".*", "_": "."}.get(character) or re.escape(character)
    return written


@given(
    st.lists(st.text("aB_%\\.\n[", max_size=5), min_size=1, max_size=6, unique=True),
    st.text("aAb_%\\.\n[", max_size=6),
)
def test_patterns_match_what_like_would(table_names: list[str], pattern: str) -> None:
    found = answer(
        "CommandGetTables",
        Metadata([Table("s", name, "operation", ()) for name in table_names]),
        table_name_filter_pattern=pattern,
    )
    flags = re.DOTALL | re.IGNORECASE
    expected = sorted(name for name in table_names if re.fullmatch(as_regex(pattern), name, flags))
    assert sorted(row["table_name"] for row in found) == expected


def test_a_pattern_made_to_be_slow_is_not() -> None:
    pattern = "%_" * 400 + "!"
    assert (
        answer("CommandGetTables", Metadata([Table("s", "a" * 60, "operation", ())]), table_name_filter_pattern=pattern)
        == []
    )


def test_an_absurdly_long_pattern_is_refused() -> None:
    with pytest.raises(QueryError, match="too long"):
        answer("CommandGetTables", table_name_filter_pattern="_" * 100_000)


def test_a_table_schema_is_read_back_with_its_metadata() -> None:
    row = answer(
        "CommandGetTables", db_schema_filter_pattern="orders", table_name_filter_pattern="orders", include_schema=True
    )[0]
    arrow_schema = pa.ipc.read_schema(pa.py_buffer(row["table_schema"]))
    assert arrow_schema.equals(table_schema(ORDERS), check_metadata=True)
    assert row["table_schema"][:4] == b"\xff\xff\xff\xff"
    assert arrow_schema.names == ["order_id", "total"]


def test_fields_of_a_table_say_what_odbc_and_jdbc_read() -> None:
    text, money = table_schema(ORDERS)
    assert entries(text) == {
        "CATALOG_NAME": "spapi",
        "SCHEMA_NAME": "orders",
        "TABLE_NAME": "orders",
        "TYPE_NAME": "VARCHAR",
        "PRECISION": "64",
        "REMARKS": "Orders[].OrderId",
        "IS_SEARCHABLE": "1",
        "IS_CASE_SENSITIVE": "1",
        "IS_READ_ONLY": "1",
        "IS_AUTO_INCREMENT": "0",
    }
    assert money.type == pa.decimal128(38, 6)
    assert (entries(money)["TYPE_NAME"], entries(money)["PRECISION"], entries(money)["SCALE"]) == ("DECIMAL", "38", "6")


def test_fields_of_a_result_have_no_remarks_and_keep_their_nullability() -> None:
    plain = pa.schema([pa.field("n", pa.int64(), nullable=False), pa.field("j", pa.list_(pa.utf8()))], {"a": "b"})
    described = with_column_metadata(plain)
    assert described.equals(plain)
    assert described.metadata == {b"a": b"b"}
    assert entries(described.field("n"))["TYPE_NAME"] == "BIGINT"
    assert entries(described.field("j"))["TYPE_NAME"] == "LIST"
    assert not any("REMARKS" in entries(field) for field in described)


def test_describing_a_result_twice_changes_nothing() -> None:
    once = with_column_metadata(pa.schema([pa.field("a", pa.decimal128(20, 2))]))
    twice = with_column_metadata(once)
    assert twice.equals(once, check_metadata=True)
    assert len(twice.field("a").metadata) == 7


@pytest.mark.parametrize(
    ("arrow_type", "size", "scale"),
    [
        (pa.bool_(), "1", None),
        (pa.int8(), "3", "0"),
        (pa.int32(), "10", "0"),
        (pa.int64(), "19", "0"),
        (pa.float64(), "15", None),
        (pa.decimal128(20, 2), "20", "2"),
        (pa.date32(), "10", None),
        (pa.timestamp("us"), "26", "6"),
        (pa.timestamp("us", "UTC"), "32", "6"),
        (pa.time64("ns"), "18", "9"),
        (pa.utf8(), "65535", None),
        (pa.list_(pa.utf8()), "65535", None),
    ],
    ids=str,
)
def test_every_type_has_a_size(arrow_type: pa.DataType, size: str, scale: str | None) -> None:
    told = entries(with_column_metadata(pa.schema([("a", arrow_type)])).field("a"))
    assert (told["PRECISION"], told.get("SCALE")) == (size, scale)


def test_every_field_of_the_real_catalog_has_a_size() -> None:
    for table in catalog.load().tables:
        for field in (*table_schema(table), *table_schema(table, plain_times=True)):
            assert 0 < int(entries(field)["PRECISION"]) <= 65535, f"{table.qualified_name}.{field.name}"


def test_a_result_of_a_described_table_loses_the_remarks() -> None:
    field = with_column_metadata(table_schema(ORDERS)).field("order_id")
    assert "REMARKS" not in entries(field)
    assert entries(field)["TABLE_NAME"] == "orders"


def test_every_field_of_the_real_catalog_has_metadata() -> None:
    for table in catalog.load().tables:
        for field in table_schema(table):
            assert entries(field)["TYPE_NAME"], f"{table.qualified_name}.{field.name}"


def test_the_real_catalog_lists_its_tables_in_the_default_types() -> None:
    loaded = catalog.load()
    listed = names(answer("CommandGetTables", metadata_of(loaded), table_types=["TABLE"]))
    assert listed == sorted(table.qualified_name for table in loaded.tables if table.kind != "system")
    assert metadata_of(loaded) is metadata_of(loaded)


def test_record_batches_stay_small() -> None:
    columns = tuple(Column(f"column_{number}", "string", "Orders[].Member" * 5) for number in range(100))
    many = Metadata([Table("s", f"table_{number:03}", "operation", columns) for number in range(120)])
    table = METADATA_COMMANDS["CommandGetTables"](MESSAGES["CommandGetTables"](include_schema=True), many)
    sizes = [record_batch.nbytes for record_batch in table.to_batches()]
    assert table.num_rows == 120
    assert len(sizes) > 1
    assert max(sizes) <= MAX_RECORD_BATCH_BYTES


def test_primary_keys_come_in_the_order_of_the_key() -> None:
    rows = answer("CommandGetPrimaryKeys", db_schema="ORDERS", table="Order_Items")
    assert [(row["column_name"], row["key_sequence"]) for row in rows] == [("order_id", 1), ("item_id", 2)]
    assert {row["key_name"] for row in rows} == {"order_items_pkey"}


def test_names_in_key_commands_are_exact() -> None:
    assert answer("CommandGetPrimaryKeys", table="order%") == []
    assert answer("CommandGetPrimaryKeys", catalog="", table="orders") == []
    assert answer("CommandGetPrimaryKeys", db_schema="", table="orders") == []
    assert len(answer("CommandGetPrimaryKeys", catalog="spapi", table="orders")) == 1


def test_a_foreign_key_is_told_from_both_ends_and_across() -> None:
    imported = answer("CommandGetImportedKeys", db_schema="orders", table="order_items")
    assert imported == [
        {
            "pk_catalog_name": "spapi",
            "pk_db_schema_name": "orders",
            "pk_table_name": "orders",
            "pk_column_name": "order_id",
            "fk_catalog_name": "spapi",
            "fk_db_schema_name": "orders",
            "fk_table_name": "order_items",
            "fk_column_name": "order_id",
            "key_sequence": 1,
            "fk_key_name": "order_items_order_id_fkey",
            "pk_key_name": "orders_pkey",
            "update_rule": 3,
            "delete_rule": 3,
        }
    ]
    assert answer("CommandGetExportedKeys", db_schema="orders", table="orders") == imported
    assert answer("CommandGetCrossReference", pk_table="orders", fk_table="order_items") == imported
    assert answer("CommandGetCrossReference", pk_table="order_items", fk_table="orders") == []


def test_a_key_whose_parent_is_not_listed_is_not_either() -> None:
    assert answer("CommandGetImportedKeys", db_schema="sales", table="orders") == []
