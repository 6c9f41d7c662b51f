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


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM orders.orders AS o(order_status) WHERE o.order_status = 'Shipped'",
        "SELECT o.k FROM orders.orders AS o(k, order_status) WHERE k IN "
        "(SELECT amazon_order_id FROM orders.order_items)",
        "SELECT count(*) FROM orders.order_items i JOIN orders.orders AS o(marketplace_id) "
        "ON i.amazon_order_id = o.marketplace_id",
        "WITH o AS (SELECT amazon_order_id, order_status FROM orders.orders) SELECT count(*) "
        "FROM o AS p(order_status, amazon_order_id) WHERE p.amazon_order_id = 'Shipped'",
        "SELECT count(*) FROM orders.orders WHERE year(purchase_date) = ANY([])",
        "SELECT count(*) FROM orders.orders WHERE list_contains([], year(purchase_date))",
        "SELECT count(*) FROM orders.orders WHERE purchase_date::DATE = ANY([])",
    ],
)
def test_columns_by_other_names_and_empty_lists(sql: str, small: tuple[Stack, duckdb.DuckDBPyConnection]) -> None:
    stack, truth = small
    with stack.connected() as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        assert rows_of(cursor.fetch_arrow_table()) == rows_of(truth.sql(sql).to_arrow_table())
