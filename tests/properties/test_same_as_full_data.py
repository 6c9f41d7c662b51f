"""Generated queries give the same rows through the server as DuckDB gives over the simulator's full data.

The seeds are fixed; `SPAPI_FLIGHT_TEST_QUERIES` asks for more queries a seed.
"""

import os
from typing import Any

import duckdb
import pytest

from tests.properties.domains import generator
from tests.properties.generated_sql import Generator
from tests.properties.selecting_sql import SelectingGenerator
from tests.properties.wider_sql import WiderGenerator
from tests.server_fixtures import Stack

QUERIES_A_SEED = int(os.environ.get("SPAPI_FLIGHT_TEST_QUERIES", "50"))

SEEDS = [(kind, seed) for kind in (Generator, WiderGenerator, SelectingGenerator) for seed in range(1, 5)]


def rows_of(table: Any) -> list[str]:
    return sorted(repr(tuple(row.values())) for row in table.to_pylist())


@pytest.mark.parametrize(("kind", "seed"), SEEDS)
def test_generated_queries_agree_with_the_full_data(
    kind: type[Generator], seed: int, small: tuple[Stack, duckdb.DuckDBPyConnection]
) -> None:
    stack, truth = small
    queries = generator(truth, seed, kind)
    with stack.connected() as connection, connection.cursor() as cursor:
        for _ in range(QUERIES_A_SEED):
            sql = queries.query()
            cursor.execute(sql)
            assert rows_of(cursor.fetch_arrow_table()) == rows_of(truth.sql(sql).to_arrow_table()), sql


@pytest.mark.parametrize("name", ["r0", "R1", "r2", "s0", "s1", "r_0"])
def test_expressions_may_be_called_as_relations_are(name: str, small: tuple[Stack, duckdb.DuckDBPyConnection]) -> None:
    """The engine would read the expression where a table is meant, or the other way round."""
    stack, truth = small
    sql = (
        f"WITH {name} AS (SELECT amazon_order_id FROM orders.orders ORDER BY amazon_order_id LIMIT 1) "
        f"SELECT (SELECT count(*) FROM orders.order_items WHERE amazon_order_id IN (FROM {name})) AS items, "
        f"(SELECT count(*) FROM orders.orders) AS orders FROM {name}"
    )
    with stack.connected() as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        assert rows_of(cursor.fetch_arrow_table()) == rows_of(truth.sql(sql).to_arrow_table())
