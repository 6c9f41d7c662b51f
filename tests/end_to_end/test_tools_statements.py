"""What tools send when they meet a database, besides queries, through the ADBC driver."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import adbc_driver_flightsql.dbapi as flightsql
import pyarrow as pa
import pytest
from adbc_driver_manager import Error

from catalog.catalog import load
from flight_server import __version__
from flight_server.cli.assembly import ServerOptions, running_server
from flight_server.connection.setting_values import SQL_DIALECTS
from tests.server_fixtures import NOW, Stack

VERSION = f"spapi-flight {__version__}"


def rows(connection: Any, sql: str, parameters: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


@contextmanager
def refused(*words: str) -> Iterator[None]:
    with pytest.raises(Error) as caught:
        yield
    assert all(word in str(caught.value) for word in words), str(caught.value)


OWN = [
    ("SELECT current_catalog", "spapi"),
    ("SELECT current_catalog()", "spapi"),
    ("SELECT current_database()", "spapi"),
    ("SELECT current_schema()", ""),
    ("SELECT current_schema", ""),
    ("SELECT version()", VERSION),
    ("SELECT upper(version())", VERSION.upper()),
    ("SELECT current_user", ""),
    ("SELECT user", ""),
    ("SELECT user()", ""),
    ("SELECT session_user", ""),
    ("SELECT {fn USER()}", ""),
    ("SELECT {fn DATABASE()}", "spapi"),
    ("SELECT c FROM (SELECT current_database() AS c ORDER BY current_database())", "spapi"),
    ("SELECT current_database() FROM system.tables GROUP BY current_database()", "spapi"),
]


VARIABLE_DIALECTS = ("auto", "mysql", "tsql")

VARIABLES_ASKED = [
    ("SELECT @@version", "@@version", VERSION),
    ("SELECT @@VERSION", "@@version", VERSION),
    ("SELECT @@global.version AS v", "v", VERSION),
    ("SELECT upper(@@version) AS v", "v", VERSION.upper()),
    ("SELECT 1 AS v WHERE @@version LIKE 'spapi%'", "v", 1),
    ("SELECT @@session.time_zone", "@@time_zone", "UTC"),
    ("SELECT @@transaction_isolation", "@@transaction_isolation", "READ-COMMITTED"),
    ("SELECT @@max_precision + 1 AS v", "v", 39),
    ("SELECT @@TRANCOUNT", "@@trancount", 0),
    ("select @@version_comment limit 1", "@@version_comment", VERSION),
    ("SELECT '@@version' AS v", "v", "@@version"),
    ("SELECT '@@' AS version", "version", "@@"),
]


@pytest.mark.parametrize("dialect", VARIABLE_DIALECTS)
@pytest.mark.parametrize(("sql", "name", "expected"), VARIABLES_ASKED)
def test_variables_of_a_session_are_told(stack: Stack, dialect: str, sql: str, name: str, expected: Any) -> None:
    if dialect == "tsql" and "limit" in sql:
        sql = "SELECT TOP 1 @@version_comment"
    assert stack.query(sql, SqlDialect=dialect) == [{name: expected}]


@pytest.mark.parametrize("dialect", ["mysql", "tsql"])
def test_a_variable_that_is_not_known_is_refused_with_those_that_are(stack: Stack, dialect: str) -> None:
    with pytest.raises(Error, match=r"@@max_allowed_packet is not known here; known are .*@@version"):
        stack.query("SELECT @@max_allowed_packet", SqlDialect=dialect)


@pytest.mark.parametrize(("sql", "expected"), OWN)
def test_a_query_learns_of_its_connection_and_not_of_the_engine(stack: Stack, sql: str, expected: str) -> None:
    (row,) = stack.query(sql)
    assert list(row.values()) == [expected]


@pytest.mark.parametrize(
    ("dialect", "sql", "expected"),
    [
        ("postgres", "SELECT current_database(), current_schema, version()", ["spapi", "", VERSION]),
        ("mysql", "SELECT DATABASE(), VERSION(), USER()", ["", VERSION, ""]),
        ("tsql", "SELECT DB_NAME(), SCHEMA_NAME(), SUSER_SNAME() AS login, CURRENT_USER", ["spapi", "", "", ""]),
        ("snowflake", "SELECT CURRENT_DATABASE(), CURRENT_SCHEMA(), CURRENT_USER()", ["spapi", "", ""]),
        ("trino", "SELECT current_catalog, current_schema, current_user", ["spapi", "", ""]),
    ],
)
def test_so_it_does_in_other_dialects(stack: Stack, dialect: str, sql: str, expected: list[str]) -> None:
    (row,) = stack.query(sql, SqlDialect=dialect)
    assert list(row.values()) == expected


def test_the_columns_are_called_after_the_functions(stack: Stack) -> None:
    (row,) = stack.query("SELECT current_database(), current_schema(), version(), current_user, user AS u")
    assert list(row) == ["current_database()", "current_schema()", "version()", "current_user", "u"]


def test_the_user_is_the_profile_and_each_has_an_answer_of_its_own(tmp_path: Path) -> None:
    config = tmp_path / "server.toml"
    config.write_text('[profiles.shop]\nSecret = "s"\n[profiles.other]\nSecret = "t"\n')
    with running_server(ServerOptions(config=config, environment={})) as server:
        for name, secret in (("shop", "s"), ("other", "t")):
            signed_in = {"username": name, "password": secret}
            with flightsql.connect(server.location, db_kwargs=signed_in, autocommit=True) as connection:
                assert rows(connection, "SELECT current_user, user, {fn USER()} AS u") == [(name, name, name)]
                rows(connection, "USE orders")
                assert rows(connection, "SELECT current_schema()") == [("orders",)]


def test_a_column_that_the_query_calls_user_is_that_column(stack: Stack) -> None:
    assert stack.query("SELECT user FROM (SELECT 1 AS user)", SqlDialect="mysql") == [{"user": 1}]


def test_show_tables_lists_all_or_those_of_a_schema(stack: Stack) -> None:
    listed = stack.query("SHOW TABLES")
    assert {(row["schema_name"], row["table_name"]) for row in listed} == {
        (table.db_schema, table.name) for table in load().tables
    }
    orders = {table.name for table in load().tables if table.db_schema == "orders"}
    for sql in ("SHOW TABLES FROM orders", "show tables in Orders;", 'SHOW TABLES FROM spapi."orders" -- all'):
        assert {row["table_name"] for row in stack.query(sql)} == orders
    assert {row["table_name"] for row in stack.query("SHOW TABLES FROM orders LIKE 'ORDER_ITEM_'")} == {"order_items"}
    assert {row["table_name"] for row in stack.query("SHOW TABLES FROM orders LIKE 'ORDER_ITEM%'")} == {
        name for name in orders if name.startswith("order_item")
    }


@pytest.mark.parametrize("dialect", SQL_DIALECTS)
def test_they_are_read_in_every_dialect(stack: Stack, dialect: str) -> None:
    with stack.connected(SqlDialect=dialect) as connection:
        assert "order_items" in {row[1] for row in rows(connection, "SHOW TABLES FROM orders")}
        assert rows(connection, "DESCRIBE orders.orders")
        for sql in ("BEGIN", "START TRANSACTION READ ONLY", "COMMIT", "ROLLBACK WORK", "SET TimeZone = 'UTC'"):
            assert rows(connection, sql) == []
        if dialect == "prql":  # no SQL
            return
        rows(connection, "USE orders")
        assert rows(connection, "SELECT current_schema(), current_user, version()") == [("orders", "", VERSION)]
        told = "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = 'orders'"
        assert ("orders",) in rows(connection, told)


def test_show_schemas_and_databases(stack: Stack) -> None:
    schemas = [{"schema_name": name} for name in load().schemas]
    assert stack.query("SHOW SCHEMAS") == schemas
    assert stack.query("SHOW SCHEMAS FROM spapi LIKE 'orders'") == [{"schema_name": "orders"}]
    assert stack.query("SHOW DATABASES") == [{"database_name": "spapi"}]
    assert stack.query("SHOW DATABASES", SqlDialect="mysql") == schemas
    assert stack.query("SHOW CATALOGS") == [{"catalog_name": "spapi"}]


def test_describe_tells_types_keys_and_conditions(stack: Stack) -> None:
    described = stack.query("DESCRIBE orders.order_items")
    table = load().resolve("order_items", "orders")
    assert [row["column_name"] for row in described] == [column.name for column in table.columns]
    assert list(described[0])[:6] == ["column_name", "column_type", "null", "key", "default", "extra"]
    by_name = {row["column_name"]: row for row in described}
    assert by_name["order_item_id"]["key"] == "PRI"
    assert (by_name["title"]["column_type"], by_name["title"]["key"]) == ("VARCHAR", None)
    assert by_name["amazon_order_id"]["references"] == "orders.orders.amazon_order_id"
    for sql in (
        "DESC order_items",
        "SHOW COLUMNS FROM order_items FROM orders",
        "show columns from orders.order_items",
    ):
        assert stack.query(sql) == described


def test_describe_of_a_query_tells_its_columns_without_a_call(stack: Stack) -> None:
    stack.settle()
    described = stack.query("DESCRIBE SELECT amazon_order_id, count(*) AS n FROM orders.order_items GROUP BY 1")
    assert [(row["column_name"], row["column_type"]) for row in described] == [
        ("amazon_order_id", "VARCHAR"),
        ("n", "BIGINT"),
    ]
    assert not stack.calls()


@pytest.mark.parametrize(
    "sql", ["DESCRIBE orders.ordrs", "SHOW TABLES FROM ordrs", "USE ordrs", "SET schema = 'ordrs'"]
)
def test_what_is_not_there_is_an_error_with_the_nearest_name(stack: Stack, sql: str) -> None:
    with refused("did you mean orders"):
        stack.query(sql)


SUMMED = "SELECT order_status, order_total_amount FROM orders.orders WHERE purchase_date >= '2026-06-14'"


@pytest.mark.parametrize("dialect", ["duckdb", "postgres"])
def test_summarize_sums_up_every_row_of_a_query(stack: Stack, dialect: str) -> None:
    (real,) = stack.query(f"SELECT count(*) AS n, max(order_status) AS m FROM ({SUMMED})")
    told = stack.query(f"SUMMARIZE {SUMMED}", SqlDialect=dialect)
    assert [row["column_name"] for row in told] == ["order_status", "order_total_amount"]
    assert {row["count"] for row in told} == {real["n"]}
    assert told[0]["max"] == real["m"]


def test_summarize_of_a_table_and_of_a_limited_query(stack: Stack) -> None:
    (tables,) = stack.query("SELECT count(*) AS n FROM system.tables")
    assert {row["count"] for row in stack.query("SUMMARIZE system.tables")} == {tables["n"]}
    assert {row["count"] for row in stack.query("SUMMARIZE TABLE system.tables;")} == {tables["n"]}
    limited = "SELECT amazon_order_id FROM orders.orders WHERE purchase_date >= '2026-06-01' LIMIT 7"
    assert [row["count"] for row in stack.query(f"SUMMARIZE {limited}")] == [7]


SILENT = [
    "BEGIN",
    "begin transaction;",
    "BEGIN READ ONLY",
    "START TRANSACTION",
    "START TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY",
    "COMMIT",
    "COMMIT WORK",
    "ROLLBACK",
    "END",
    "ABORT",
    "SET TimeZone='UTC'",
    "SET TIME ZONE 'UTC'",
    "SET SESSION timezone TO 'Etc/UTC'",
    "SET time zone = '+00:00'",
    "SET client_encoding TO 'UTF8'",
    "SET NAMES utf8mb4",
    "SET application_name = 'Tool 1.0 (x)'",
    "SET DateStyle = ISO, MDY",
    "SET extra_float_digits = 3",
    "SET standard_conforming_strings = on",
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "SET autocommit=1",
    "SET NOCOUNT ON",
    "/* a tool */ SET QUOTED_IDENTIFIER ON;",
    'SET search_path TO "$user", public',
    "RESET search_path",
    "RESET TimeZone",
    "DISCARD ALL",
    "USE spapi",
]


@pytest.mark.parametrize("sql", SILENT)
def test_what_is_so_anyway_is_accepted_in_silence(stack: Stack, sql: str) -> None:
    assert stack.query(sql) == []


REFUSED = [
    "SET TimeZone = 'Europe/Berlin'",
    "SET TIME ZONE 'America/New_York'",
    "SET client_encoding = 'LATIN1'",
    "SET threads = 1",
    "SET memory_limit = '1TB'",
    "SET GLOBAL TimeZone = 'UTC'",
    "SET enable_external_access = true",
    "SET QUOTED_IDENTIFIER OFF",
    "SET search_path TO orders, sales",
    "SET TRANSACTION READ WRITE",
    "SET VARIABLE x = 1",
    "BEGIN READ WRITE",
    "START TRANSACTION ISOLATION LEVEL SERIALIZABLE",
    "ROLLBACK TO SAVEPOINT a",
    "RESET threads",
    "BEGIN; SELECT 1",
    "SHOW ALL",
    "SHOW memory_limit",
    "SHOW CREATE TABLE orders.orders",
    "ATTACH 'x' AS y",
    "COPY orders.orders TO 'x'",
    "PRAGMA version",
    "CALL f()",
    "CREATE TABLE t AS SELECT 1",
    "DESCRIBE",
    "SUMMARIZE",
    "SUMMARIZE DELETE FROM orders.orders",
    "DESCRIBE SELECT * FROM read_csv('/etc/passwd')",
    "SUMMARIZE SELECT * FROM read_csv('/etc/passwd')",
    "SUMMARIZE read_csv('/etc/passwd')",
]


@pytest.mark.parametrize("sql", REFUSED)
def test_everything_else_is_refused(stack: Stack, sql: str) -> None:
    with refused("INVALID_ARGUMENT"):
        stack.query(sql)


def test_use_and_search_path_set_the_schema_of_the_session(stack: Stack) -> None:
    with stack.connected() as connection:
        for sql in (
            "USE orders_2026_01_01",
            "SET search_path TO orders_2026_01_01, public",
            "SET schema = 'orders_2026_01_01'",
        ):
            rows(connection, sql)
            assert connection.adbc_current_db_schema == "orders_2026_01_01"
            assert rows(connection, "SELECT current_schema(), current_schemas(false)") == [
                ("orders_2026_01_01", '["orders_2026_01_01"]')
            ]
            assert rows(connection, "SHOW search_path") == [("orders_2026_01_01",)]
            assert {row[0] for row in rows(connection, "SHOW TABLES")} == {"orders_2026_01_01"}
            assert len(rows(connection, "SHOW ALL TABLES")) == len(load().tables)
            described = [row[0] for row in rows(connection, "DESCRIBE orders")]
            own = load().resolve("orders", "orders_2026_01_01")
            assert described == [column.name for column in own.columns]
            rows(connection, "RESET search_path")
            assert rows(connection, "SELECT current_schema()") == [("",)]
        rows(connection, "USE SCHEMA spapi.sales")
        assert rows(connection, "SELECT current_schema()") == [("sales",)]


def test_the_schema_that_adbc_sets_is_the_querys(stack: Stack) -> None:
    with stack.connected() as connection:
        connection.adbc_current_db_schema = "sales"
        assert rows(connection, "SELECT current_schema()") == [("sales",)]
        rows(connection, "USE orders")
        assert connection.adbc_current_db_schema == "orders"


def test_a_schema_of_another_version_is_the_sessions_where_that_version_is_chosen(stack: Stack) -> None:
    with stack.connected(OrdersApiVersion="2026-01-01") as connection:
        connection.adbc_current_db_schema = "orders_v0"
        assert rows(connection, "SELECT current_schema()") == [("orders_v0",)]
        rows(connection, "USE orders")
        rows(connection, "USE orders_v0")
        assert connection.adbc_current_db_schema == "orders_v0"
        with refused("there is no schema orders_2026_01_01"):
            rows(connection, "USE orders_2026_01_01")


def test_a_refused_use_changes_nothing(stack: Stack) -> None:
    with stack.connected() as connection:
        rows(connection, "USE orders")
        with refused("there is no schema"):
            rows(connection, "USE nowhere")
        assert rows(connection, "SELECT current_schema()") == [("orders",)]


def test_settings_that_are_so_anyway_are_shown(stack: Stack) -> None:
    assert stack.query("SHOW TimeZone") == [{"timezone": "UTC"}]
    assert stack.query("SHOW transaction isolation level") == [{"transaction_isolation_level": "read committed"}]
    assert stack.query("SHOW server_version") == [{"server_version": VERSION}]
    assert stack.query("SHOW standard_conforming_strings", SqlDialect="postgres") == [
        {"standard_conforming_strings": "on"}
    ]


def test_a_use_that_is_only_prepared_changes_nothing(stack: Stack) -> None:
    with stack.connected() as connection, connection.cursor() as cursor:
        cursor.adbc_prepare("USE orders")
        assert rows(connection, "SELECT current_schema()") == [("",)]


@pytest.mark.parametrize(
    "sql", ["SELECT current_database() = 'spapi' AND version() LIKE 'spapi%' AS b", "SELECT true AS b"]
)
def test_facts_may_stand_wherever_a_value_may(stack: Stack, sql: str) -> None:
    assert stack.query(sql) == [{"b": True}]


def test_a_condition_on_the_current_schema_finds_its_tables(stack: Stack) -> None:
    sql = "SELECT count(*) AS n FROM information_schema.tables WHERE table_catalog = current_database() "
    with stack.connected() as connection:
        rows(connection, "USE orders")
        ((found,),) = rows(connection, sql + "AND table_schema = current_schema()")
        ((listed,),) = rows(connection, sql + "AND table_schema = ANY(current_schemas(false))")
    assert found == listed == sum(table.db_schema == "orders" for table in load().tables)


def test_a_driver_may_send_them_as_updates(stack: Stack) -> None:
    with stack.connected() as connection:
        for sql in ("BEGIN", "SET TimeZone = 'UTC'", "USE orders", "COMMIT"):
            assert _updated(connection, sql, is_prepared=False) == 0
            assert _updated(connection, sql, is_prepared=True) == 0
        assert rows(connection, "SELECT current_schema()") == [("orders",)]
        for sql in ("SELECT 1", "SHOW TABLES", "SET threads = 1", "DELETE FROM orders.orders"):
            for is_prepared in (False, True):
                with refused("only reads"):
                    _updated(connection, sql, is_prepared=is_prepared)


def _updated(connection: Any, sql: str, *, is_prepared: bool) -> int:
    with connection.cursor() as cursor:
        cursor.adbc_statement.set_sql_query(sql)
        if is_prepared:
            cursor.adbc_statement.prepare()
        count: int = cursor.adbc_statement.execute_update()
        return count


TEXTS = "SELECT order_status AS n FROM orders.orders WHERE purchase_date >= '2026-06-10' AND order_status = ? LIMIT 1"
DICTIONARIES: list[tuple[str, pa.Array]] = [
    (TEXTS, pa.array(["Shipped", "Shipped"])),
    (TEXTS, pa.array(["Shipped", None, "Shipped"], pa.large_string())),
    ("SELECT max(purchase_date) < ? AS n FROM orders.orders WHERE purchase_date >= '2026-06-14'", pa.array([NOW])),
    ("SELECT table_name AS n FROM system.tables ORDER BY ALL LIMIT ?", pa.array([2, 1, 2])),
    ("SELECT ordinal AS n FROM system.columns WHERE ordinal = ? LIMIT 1", pa.array([3, 1])),
    ("SELECT CAST(? AS DOUBLE) AS n", pa.array([1.5, 2.5, 1.5])),
    ("SELECT CAST(? AS BOOLEAN) AS n", pa.array([True, None, False])),
]


@pytest.mark.parametrize(("sql", "values"), DICTIONARIES, ids=str)
def test_values_bound_as_dictionaries_are_those_values(stack: Stack, sql: str, values: pa.Array) -> None:
    """In one batch, and in several with dictionaries of their own."""
    plain, encoded = (pa.record_batch([each], ["p"]) for each in (values, values.dictionary_encode()))
    parts = [pa.record_batch([values[at : at + 1].dictionary_encode()], ["p"]) for at in range(len(values))]
    with stack.connected() as connection:
        expected = rows(connection, sql, plain)
        assert expected
        assert rows(connection, sql, encoded) == expected
        assert rows(connection, sql, pa.RecordBatchReader.from_batches(parts[0].schema, parts)) == expected
