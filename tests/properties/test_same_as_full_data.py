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


_DAYS = "SELECT amazon_order_id, purchase_date AS d, order_status AS s, 0 AS n FROM orders.orders"
_LATER = "UNION ALL SELECT amazon_order_id, d + INTERVAL 10 DAY, 'Canceled', n + 1 FROM r WHERE n < 3"
_NULL_AND_ALL = "(SELECT amazon_order_id AS k FROM orders.orders UNION ALL SELECT NULL)"
_FEW = "(SELECT amazon_order_id FROM orders.orders WHERE purchase_date >= '2026-06-13')"


@pytest.mark.parametrize(
    "sql",
    [
        f"WITH RECURSIVE r AS ({_DAYS} {_LATER}) SELECT count(*) FROM r WHERE d >= '2026-06-14'",
        f"WITH RECURSIVE r AS ({_DAYS} {_LATER}) SELECT count(*) FROM r WHERE s = 'Canceled' AND d > '2026-06-01'",
        f"WITH RECURSIVE r AS ({_DAYS} {_LATER}) SELECT count(*) FROM r AS x JOIN r AS y USING (n, d)"
        " WHERE x.s = 'Canceled' AND y.s = 'Canceled'",
    ],
)
def test_rows_that_others_lead_to_are_found(sql: str, small: tuple[Stack, duckdb.DuckDBPyConnection]) -> None:
    """A condition on what a query makes of its own rows says nothing of those that it begins with."""
    _assert_same(sql, small)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT x.k, i.seller_sku FROM (SELECT CASE WHEN marketplace_id > 'ATV' THEN amazon_order_id END AS j,"
        " amazon_order_id AS k FROM orders.orders) AS x JOIN orders.order_items AS i"
        " ON COALESCE(x.j, x.k) = i.amazon_order_id",
        f"SELECT i.seller_sku FROM (SELECT 'x' AS amazon_order_id) AS q RIGHT JOIN {_FEW} AS o USING (amazon_order_id)"
        " JOIN orders.order_items AS i USING (amazon_order_id)",
        f"SELECT i.seller_sku FROM (SELECT 'x' AS amazon_order_id) AS q FULL JOIN {_FEW} AS o USING (amazon_order_id)"
        " LEFT JOIN orders.order_items AS i USING (amazon_order_id)",
        f"SELECT i.seller_sku FROM {_FEW} AS o LEFT JOIN orders.orders AS q USING (amazon_order_id)"
        " JOIN orders.order_items AS i USING (amazon_order_id)",
    ],
)
def test_columns_that_stand_in_for_each_other_supply_all_keys(
    sql: str, small: tuple[Stack, duckdb.DuckDBPyConnection]
) -> None:
    _assert_same(sql, small)


@pytest.mark.parametrize("kind", ["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])
@pytest.mark.parametrize(
    "on",
    [
        "a.k IS NOT DISTINCT FROM b.k",
        "NOT (a.k IS DISTINCT FROM b.k)",
        "a.k = b.k OR (a.k IS NULL AND b.k IS NULL)",
        "COALESCE(a.k, '') = COALESCE(b.k, '')",
        "a.k IS DISTINCT FROM b.k",
    ],
)
def test_joins_that_allow_for_nulls_are_right_where_both_sides_have_nulls(
    kind: str, on: str, small: tuple[Stack, duckdb.DuckDBPyConnection]
) -> None:
    left = f"(SELECT k FROM {_NULL_AND_ALL} AS u)"
    right = (
        "(SELECT i.amazon_order_id AS k, i.seller_sku FROM (SELECT 1) AS z LEFT JOIN orders.order_items AS i ON true"
    )
    _assert_same(f"SELECT a.k, b.k, b.seller_sku FROM {left} AS a {kind} {right}) AS b ON {on}", small)
    nothing = "(SELECT NULL::VARCHAR AS k, 'none' AS seller_sku)"
    _assert_same(f"SELECT a.k, b.k, b.seller_sku FROM {left} AS a {kind} {nothing} AS b ON {on}", small)


def _assert_same(sql: str, small: tuple[Stack, duckdb.DuckDBPyConnection]) -> None:
    stack, truth = small
    with stack.connected() as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        assert rows_of(cursor.fetch_arrow_table()) == rows_of(truth.sql(sql).to_arrow_table()), sql


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
