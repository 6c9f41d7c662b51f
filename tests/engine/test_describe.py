"""What is announced is what comes: the short way to a schema tells the same as the engine's own run."""

from collections.abc import Iterator

import duckdb
import pytest

from catalog.arrow_types import arrow_schema
from catalog.table import Column
from flight_server.engine import Engine
from flight_server.engine.describe import describe
from flight_server.engine.normal_types import normal_schema
from flight_server.errors import QueryError

VALUES = [
    "'a'",
    "true",
    "1",
    "1::BIGINT",
    "1::TINYINT",
    "1::UBIGINT",
    "1::HUGEINT",
    "1.5::DOUBLE",
    "1.5::FLOAT",
    "1.50",
    "1.5::DECIMAL(38, 6)",
    "DATE '2026-01-01'",
    "TIME '10:00'",
    "TIMESTAMP '2026-01-01'",
    "TIMESTAMPTZ '2026-01-01'",
    "TIMESTAMP_MS '2026-01-01'",
    "INTERVAL 1 DAY",
    "NULL",
    "[1, 2]",
    "{'a': 1}",
    "MAP {'a': 1}",
    "'a'::BLOB",
    "'a'::ENUM('a', 'b')",
    "gen_random_uuid()",
    "'101'::BIT",
]


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.close()


@pytest.mark.parametrize("keep_nested", [False, True])
@pytest.mark.parametrize("value", VALUES)
def test_a_column_is_announced_as_it_comes(value: str, keep_nested: bool) -> None:
    engine = Engine()
    try:
        with engine.cursor() as cursor:
            result = cursor.sql(f"SELECT {value} AS v, 'x' AS other")
            came = normal_schema(result.columns, result.to_arrow_table().schema, keep_nested)
        assert describe(engine, f"SELECT {value} AS v, 'x' AS other", {}, keep_nested).equals(came)
    finally:
        engine.close()


def test_names_are_the_users_also_where_they_are_the_same_twice() -> None:
    engine = Engine()
    try:
        relations = {"d0": (Column("a", "string"),)}
        assert describe(engine, 'SELECT a, a AS "A", a FROM d0', relations).names == ["a", "A", "a"]
    finally:
        engine.close()


def test_one_query_after_the_other_is_described_by_its_own_tables(engine: Engine) -> None:
    one, other = (Column("a", "string"),), (Column("a", "int64"), Column("b", "string"))
    assert describe(engine, "SELECT * FROM t", {"t": one}) == arrow_schema(one)
    assert describe(engine, "SELECT * FROM t", {"t": other}) == arrow_schema(other)
    with pytest.raises(QueryError, match="nosuch"):
        describe(engine, "SELECT nosuch FROM t", {"t": other})
    assert describe(engine, "SELECT * FROM t", {"t": one}) == arrow_schema(one)


def test_queries_that_run_do_not_see_what_others_are_described_with(engine: Engine) -> None:
    describe(engine, "SELECT * FROM t", {"t": (Column("a", "string"),)})
    with engine.cursor() as cursor, pytest.raises(duckdb.CatalogException):
        cursor.execute("SELECT * FROM t")


def test_a_row_has_no_number(engine: Engine) -> None:
    with pytest.raises(QueryError, match="rowid"):
        describe(engine, "SELECT rowid FROM t", {"t": (Column("a", "string"),)})
