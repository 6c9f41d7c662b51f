"""What counts as one statement that only reads."""

import pytest

from flight_server.errors import QueryError, Unsupported
from flight_server.planner.reading.parse import parse

ACCEPTED = [
    ("select 1", "SELECT 1"),
    ("select 1;", "SELECT 1"),
    ("select 1 as x -- c", "SELECT 1 AS x"),
    ("/* a */ -- b\r\n select 1\r\n;\r\n", "SELECT 1"),
    ("SELECT TOP 5 [a] FROM [t]", 'SELECT "a" FROM "t" LIMIT 5'),
    ("values (1), (2)", "SELECT * FROM (VALUES (1), (2))"),
    ("from orders.orders", "SELECT * FROM orders.orders"),
    ("with c as (select 1) select * from c", "WITH c AS (SELECT 1) SELECT * FROM c"),
    ("select * from range(3)", "SELECT * FROM RANGE(0, 3)"),
    ("select current_setting('timezone')", "SELECT 'UTC' AS TimeZone"),
    ("select 1 where current_setting('TimeZone') = 'UTC'", "SELECT 1 WHERE 'UTC' = 'UTC'"),
]

REFUSED = [
    "insert into t values (1)",
    "update t set a = 1",
    "delete from t",
    "create table t as select 1",
    "drop table t",
    "copy t to 'x'",
    "attach 'x' as y",
    "install httpfs",
    "load httpfs",
    "set threads = 1",
    "pragma version",
    "call f()",
    "select 1; select 2",
    "select * from read_csv('x')",
    "select * from read_parquet('x')",
    "select * from glob('*')",
    "select getenv('HOME')",
    "select pg_sleep(5)",
    "select sleep_ms(5000)",
    "select main.sleep_ms(5000)",
    'select "sleep_ms"(5000)',
    "select current_setting('memory_limit')",
    "select current_setting(lower('memory_limit'))",
    "select getvariable('x')",
    "select current_query()",
    "select inet_server_addr()",
    "select pg_postmaster_start_time()",
    "select * from query('select 1')",
    "begin transaction",
    "vacuum",
]


@pytest.mark.parametrize(("sql", "expected"), ACCEPTED)
def test_one_reading_statement_is_accepted(sql: str, expected: str) -> None:
    dialect = "tsql" if "TOP" in sql else "duckdb"
    assert parse(sql, dialect).nodes.tree.sql("duckdb", comments=False) == expected


@pytest.mark.parametrize("sql", REFUSED)
def test_anything_else_is_refused(sql: str) -> None:
    with pytest.raises(Unsupported):
        parse(sql)


@pytest.mark.parametrize("sql", ["", "  ;", "-- only a comment", "select (", "selec 1", "select 'open"])
def test_what_cannot_be_read_is_a_query_error(sql: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(sql)
    assert "\n" not in caught.value.message
    assert "<class" not in caught.value.message


def test_parameters_are_numbered_in_the_order_of_the_text() -> None:
    tree = parse("with c as (select ? as a) select ? from c where x = ? limit ?").nodes.tree
    assert tree.sql("duckdb") == "WITH c AS (SELECT $1 AS a) SELECT $2 FROM c WHERE x = $3 LIMIT $4"


def test_a_question_mark_in_a_text_is_no_parameter() -> None:
    assert (
        parse("select '?', \"a?\" from t where x = ?").nodes.tree.sql("duckdb")
        == "SELECT '?', \"a?\" FROM t WHERE x = $1"
    )


@pytest.mark.parametrize(("prefix", "kind"), [("explain", "explain"), ("EXPLAIN  analyze", "explain analyze")])
def test_explain_is_told_apart(prefix: str, kind: str) -> None:
    assert parse(f"{prefix} select 1").kind == kind
