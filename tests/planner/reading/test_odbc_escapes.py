"""ODBC's and JDBC's escapes mean the same in every dialect, and nothing else in braces is touched."""

import pytest

from flight_server.errors import QueryError
from flight_server.planner.reading.parse import parse


def _plain(sql: str, dialect: str = "duckdb") -> str:
    return parse(sql, dialect).nodes.tree.sql("duckdb")


@pytest.mark.parametrize("dialect", ["duckdb", "tsql", "postgres", "mysql", "snowflake", "bigquery"])
@pytest.mark.parametrize(
    ("escaped", "plain"),
    [
        ("{d '2026-01-01'}", "CAST('2026-01-01' AS DATE)"),
        ("{ts '2026-01-01 10:00:00.5'}", "CAST('2026-01-01 10:00:00.5' AS TIMESTAMP)"),
        ("{ t '10:00:00' }", "CAST('10:00:00' AS TIME)"),
        ("{fn UCASE(a)}", "UPPER(a)"),
        ("{fn UCASE({fn LCASE(a)})}", "UPPER(LOWER(a))"),
        ("{FN LOG(a)}", "LN(a)"),
        ("{fn CURDATE()}", "CURRENT_DATE"),
        ("{fn DAYOFWEEK({d '2026-01-01'})}", "(DAYOFWEEK(CAST('2026-01-01' AS DATE)) + 1)"),
        ("{fn TIMESTAMPADD(SQL_TSI_DAY, -7, a)}", "(a + (-7) * INTERVAL '1' DAY)"),
        ("{fn TIMESTAMPDIFF(SQL_TSI_MONTH, a, b)}", "DATE_DIFF('MONTH', a, b)"),
        ("{fn CONVERT(a, SQL_VARCHAR)}", "CAST(a AS TEXT)"),
        ("'{fn x}'", "'{fn x}'"),
    ],
)
def test_an_escape_is_plain_sql(escaped: str, plain: str, dialect: str) -> None:
    assert _plain(f"SELECT {escaped} AS it FROM t", dialect).startswith(f"SELECT {plain} AS it")


def test_an_outer_join_loses_its_braces() -> None:
    sql = "SELECT a.x FROM {oj a LEFT OUTER JOIN b ON a.x = b.x} WHERE a.x LIKE '5!%' {escape '!'}"
    assert _plain(sql) == "SELECT a.x FROM a LEFT OUTER JOIN b ON a.x = b.x WHERE a.x LIKE '5!%' ESCAPE '!'"


@pytest.mark.parametrize("sql", ["SELECT {'d': 1} AS s", "SELECT {d: 1} AS s", "SELECT MAP {'fn': 2} AS m"])
def test_structs_and_maps_stay(sql: str) -> None:
    assert "{" in _plain(sql)


def test_parameters_inside_keep_their_order() -> None:
    tree = parse("SELECT {fn CONCAT(?, a)} FROM t WHERE b = ?", "duckdb").nodes.tree
    assert tree.sql("duckdb") == "SELECT CONCAT($1, a) FROM t WHERE b = $2"


@pytest.mark.parametrize(
    ("escaped", "words"),
    [
        ("{fn CONVERT(a, SQL_INTERVAL)}", "SQL_VARCHAR"),
        ("{fn TIMESTAMPADD(DAYS, 1, a)}", "SQL_TSI_DAY"),
        ("{fn LOG(a, b, c)}", "3 argument"),
    ],
)
def test_what_cannot_be_is_told(escaped: str, words: str) -> None:
    with pytest.raises(QueryError, match=words):
        parse(f"SELECT {escaped} FROM t", "duckdb")
