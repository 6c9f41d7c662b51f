"""Generated queries give the same rows out of the mirror, whatever other queries have filled it with.

The seeds are fixed; `SPAPI_FLIGHT_TEST_QUERIES` asks for more queries a seed.
"""

import os
from collections.abc import Iterator

import duckdb
import pytest

from tests.mirror.worlds import KEPT, still_world
from tests.properties.domains import generator
from tests.properties.full_data import full_data
from tests.properties.generated_sql import Generator
from tests.properties.selecting_sql import SelectingGenerator
from tests.properties.test_same_as_full_data import rows_of
from tests.properties.wider_sql import WiderGenerator
from tests.server_fixtures import Stack

QUERIES_A_SEED = int(os.environ.get("SPAPI_FLIGHT_TEST_QUERIES", "30"))

SEEDS = [(kind, seed) for kind in (Generator, WiderGenerator, SelectingGenerator) for seed in range(101, 104)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, duckdb.DuckDBPyConnection]]:
    with still_world(tmp_path_factory.mktemp("kept"), orders=50) as stack:
        truth = full_data(stack.simulator)
        yield stack, truth
        truth.close()


@pytest.mark.parametrize(("kind", "seed"), SEEDS)
def test_generated_queries_agree_with_the_full_data(
    kind: type[Generator], seed: int, world: tuple[Stack, duckdb.DuckDBPyConnection]
) -> None:
    stack, truth = world
    queries = generator(truth, seed, kind)
    with stack.connected(**KEPT) as connection, connection.cursor() as cursor:
        for _ in range(QUERIES_A_SEED):
            sql = queries.query()
            cursor.execute(sql)
            assert rows_of(cursor.fetch_arrow_table()) == rows_of(truth.sql(sql).to_arrow_table()), sql
