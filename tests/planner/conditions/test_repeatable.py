"""What a supply may yield: at least the rows that its LIMIT picks, however the engine comes by them."""

import random

import duckdb
import pytest
import sqlglot
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify

from flight_server.planner.conditions.repeatable import repeatable

ROWS = [(f"k{number}", number % 3, number % 2) for number in range(12)]

WIDENED = [
    "SELECT k FROM t ORDER BY a LIMIT 1",
    "SELECT k FROM t ORDER BY a DESC, b LIMIT 3 OFFSET 2",
    "SELECT DISTINCT a FROM t ORDER BY a LIMIT 2",
    "SELECT DISTINCT b FROM t LIMIT 1",
    "SELECT a FROM t GROUP BY a ORDER BY max(b) LIMIT 2",
    "SELECT x.k FROM t AS x JOIN t AS y ON x.a = y.a LIMIT 4",
    "SELECT k FROM t ORDER BY a FETCH FIRST 2 ROWS ONLY",
    "SELECT k FROM t ORDER BY ALL LIMIT 2",
    "SELECT k FROM t ORDER BY a LIMIT 30 PERCENT",
    "SELECT k FROM (SELECT k, a + b AS n FROM t ORDER BY n LIMIT 3) AS s",
    "WITH s AS (SELECT k, a FROM t ORDER BY b LIMIT 3) SELECT s.k FROM s JOIN t ON s.k = t.k",
    "WITH s AS (SELECT k, a FROM t ORDER BY b LIMIT 3) SELECT DISTINCT s.k FROM s LEFT JOIN t ON s.k = t.k",
    "SELECT k FROM (SELECT k FROM t ORDER BY a LIMIT 5) AS s LIMIT 2",
    "SELECT k FROM t WHERE a = 0 UNION SELECT k FROM t WHERE b = 0 ORDER BY k LIMIT 2",
]

KEPT = [
    "SELECT k FROM t LIMIT 3",
    "SELECT s.k FROM (SELECT k FROM t WHERE a > 0) AS s LIMIT 3 OFFSET 1",
    "SELECT k FROM t UNION ALL SELECT k FROM t LIMIT 15",
    "WITH s AS (SELECT k FROM t) SELECT max(u.k) FROM (SELECT k FROM s LIMIT 4) AS u",
    "SELECT max(s.k) FROM (SELECT k, a FROM t ORDER BY a, k LIMIT 4) AS s",
    "SELECT (SELECT k FROM t LIMIT 2)",
]

REFUSED = [
    "SELECT max(s.k) FROM (SELECT k FROM t ORDER BY a LIMIT 4) AS s",
    "SELECT s.k FROM (SELECT k FROM t ORDER BY a LIMIT 4) AS s WHERE s.k NOT IN (SELECT k FROM t ORDER BY b LIMIT 2)",
    "SELECT t.k FROM t LEFT JOIN (SELECT k FROM t ORDER BY a LIMIT 4) AS s ON s.k = t.k WHERE s.k IS NULL",
    "SELECT t.k FROM t ANTI JOIN (SELECT k FROM t ORDER BY a LIMIT 4) AS s ON s.k = t.k",
    "SELECT k FROM t EXCEPT (SELECT k FROM t ORDER BY a LIMIT 4)",
    "WITH s AS (SELECT k FROM t ORDER BY a LIMIT 4) SELECT s.k FROM s LEFT JOIN s AS u ON s.k > u.k WHERE u.k IS NULL",
    "SELECT (SELECT k FROM t ORDER BY a LIMIT 1)",
    "SELECT s.k FROM (SELECT k, row_number() OVER (ORDER BY k) AS n FROM (SELECT k FROM t GROUP BY k LIMIT 3)) AS s",
    "SELECT k FROM t WHERE random() < 0.5",
    "SELECT k FROM t TABLESAMPLE 10%",
]


def _parsed(sql: str) -> exp.Select:
    tree = sqlglot.parse_one(sql, read="duckdb")
    query = tree if isinstance(tree, exp.Select) else exp.select("*").from_(exp.Subquery(this=tree))
    columns = {"k": "VARCHAR", "a": "INT", "b": "INT"}
    return qualify(query, schema={"t": columns}, dialect="duckdb", quote_identifiers=False, identify=False)


@pytest.mark.parametrize("sql", WIDENED)
def test_a_supply_holds_all_rows_that_the_limit_may_pick(sql: str) -> None:
    """Tables that differ in the order of their rows stand for engines that differ in their ways."""
    widened = repeatable(_parsed(sql))
    assert widened is not None
    shuffled = list(ROWS)
    with duckdb.connect() as connection:
        supplied, picked = set(), set()
        for seed in range(20):
            random.Random(seed).shuffle(shuffled)
            values = ", ".join(map(str, shuffled))
            connection.execute(f"CREATE OR REPLACE TABLE t AS FROM (VALUES {values}) AS v(k, a, b)")
            supplied.add(frozenset(connection.execute(widened.sql("duckdb")).fetchall()))
            picked |= set(connection.execute(sql).fetchall())
    (always,) = supplied
    assert picked <= always


@pytest.mark.parametrize("sql", KEPT)
def test_a_limit_that_always_picks_the_same_rows_stays(sql: str) -> None:
    assert repeatable(_parsed(sql)) == _parsed(sql)


@pytest.mark.parametrize("sql", REFUSED)
def test_what_cannot_be_widened_is_no_supply(sql: str) -> None:
    assert repeatable(_parsed(sql)) is None


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT k FROM t ORDER BY a DESC LIMIT 1", 4),
        ("SELECT k FROM t ORDER BY a, b LIMIT 3 OFFSET 1", 4),
        ("SELECT DISTINCT a, b FROM t ORDER BY a LIMIT 2", 4),
        ("SELECT a FROM t GROUP BY a ORDER BY count(*) LIMIT 1", 3),
    ],
)
def test_ties_alone_are_added(sql: str, rows: int) -> None:
    widened = repeatable(_parsed(sql))
    assert widened is not None
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t AS FROM (VALUES {', '.join(map(str, ROWS))}) AS v(k, a, b)")
        assert len(connection.execute(widened.sql("duckdb")).fetchall()) == rows
