"""What the property tests share: a small seller, and all that the simulator knows of it."""

from collections.abc import Iterator

import duckdb
import pytest

from flight_server.simulator import SimulatorOptions
from tests.properties.full_data import full_data
from tests.server_fixtures import NOW, Stack, running_stack


@pytest.fixture(scope="module")
def small() -> Iterator[tuple[Stack, duckdb.DuckDBPyConnection]]:
    """Few orders: a query without a key walks them all."""
    with running_stack(SimulatorOptions(port=0, orders=50, limits=False, now=NOW)) as stack:
        connection = full_data(stack.simulator)
        yield stack, connection
        connection.close()
