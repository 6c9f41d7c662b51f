"""A thread's tokenizer, parser and generator serve one statement after the other, and no other thread's."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlglot.errors import SqlglotError

from flight_server.planner.dialects import engine_sql, tokens_of, trees_of


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
