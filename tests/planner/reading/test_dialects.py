"""A thread's tokenizer, parser and generator serve one statement after the other, and no other thread's."""

from concurrent.futures import ThreadPoolExecutor

import duckdb
import pytest
from sqlglot.errors import SqlglotError

from flight_server.errors import QueryError, Unsupported
from flight_server.planner.reading.dialects import engine_sql, tokens_of, trees_of
from flight_server.planner.reading.dialects.foreign import FORMS
from flight_server.planner.reading.parse import parse
from tests.server_fixtures import Stack


def _round_trip(sql: str, dialect: str = "duckdb") -> str:
    (tree,) = trees_of(tokens_of(sql, dialect), sql, dialect)
    assert tree is not None
    return engine_sql(tree)


@pytest.mark.parametrize("broken", ["SELECT FROM WHERE (", "SELECT 'open", "SELECT /* open", "SELECT ((1)"])
def test_a_broken_statement_leaves_nothing_behind(broken: str) -> None:
    with pytest.raises(SqlglotError):
        _round_trip(broken)
    assert _round_trip("SELECT 1 AS a") == "SELECT 1 AS a"


def test_dialects_are_kept_apart() -> None:
    assert _round_trip("SELECT TOP 3 [a b] FROM t", "tsql") == 'SELECT "a b" FROM t LIMIT 3'
    assert _round_trip("SELECT [1, 2]") == "SELECT [1, 2]"
    assert _round_trip("SELECT `a` FROM t", "mysql") == 'SELECT "a" FROM t'


def test_threads_do_not_read_each_others_statements() -> None:
    statements = [f"SELECT {number} AS n, 'x{number}' FROM t{number} WHERE a = {number}" for number in range(400)]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(_round_trip, statements)) == statements


@pytest.mark.parametrize(
    ("sql", "dialect"),
    [
        ("SELECT 7/2 AS x", "duckdb"),
        ("SELECT [1, 2] AS x", "duckdb"),
        ("SELECT date_diff('day', d, now()), datepart('year', d), len(a) FROM t LIMIT 1", "duckdb"),
        ("SELECT iif(a, 1, 2), charindex('a', b), year(d) FROM t", "duckdb"),
        ("select top 10 a from t", "tsql"),
        ("SELECT TOP (10) a FROM t", "tsql"),
        ("SELECT [a b] FROM [t]", "tsql"),
        ("SELECT a FROM t WITH (NOLOCK)", "tsql"),
        ("SELECT CONVERT(varchar(10), d, 120) FROM t", "tsql"),
        ("SELECT CONVERT(date, d) FROM t", "tsql"),
        ("SELECT a FROM t WHERE d >= DATEADD(day, -7, GETDATE())", "tsql"),
        ("SELECT DATEPART(dw, d) FROM t", "tsql"),
        ("SELECT ISNULL(a, 0) FROM t", "tsql"),
    ],
)
def test_auto_is_the_engines_dialect_or_sql_servers_where_only_that_reads(sql: str, dialect: str) -> None:
    assert parse(sql, "Auto").nodes.tree == parse(sql, dialect).nodes.tree


def test_what_neither_reads_is_told_as_the_engines_dialect_has_it() -> None:
    with pytest.raises(QueryError, match="cannot be read as duckdb"):
        parse("SELECT TOP 10 a FROM (", "Auto")


def test_a_whole_number_is_divided_as_the_dialect_does(stack: Stack) -> None:
    average = "SUM([number_of_items_shipped])/COUNT(*)"
    (row,) = stack.query(
        f"SELECT TOP 1 7/2 AS x, {average} AS y FROM [orders].[orders] WHERE [purchase_date] >= '20260610'"
    )
    assert row["x"] == 3
    assert row["y"] == int(row["y"])
    assert stack.query("SELECT 7/2 AS x") == [{"x": 3.5}]


@pytest.mark.parametrize("dialect", ["Auto", "mysql"])
def test_grafanas_macro_for_mysql_is_answered(stack: Stack, dialect: str) -> None:
    sql = "SELECT UNIX_TIMESTAMP(TIMESTAMP '2026-06-12 00:00:00') AS x"
    assert stack.query(sql, SqlDialect=dialect) == [{"x": 1781222400}]


def test_no_function_that_is_named_with_what_to_write_is_the_engines() -> None:
    with duckdb.connect() as connection:
        known = {
            name for (name,) in connection.execute("SELECT upper(function_name) FROM duckdb_functions()").fetchall()
        }
    assert not known & {name.partition("/")[0] for name in FORMS}


@pytest.mark.parametrize("name", [name for name, form in FORMS.items() if form.startswith("!")])
def test_a_function_of_another_dialect_is_named_with_what_to_write(name: str) -> None:
    with pytest.raises(Unsupported, match=f"{name} cannot be answered as it is at home; write "):
        parse(f"SELECT {name}(a, b) FROM t", "Auto")
