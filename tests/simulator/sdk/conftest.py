"""A simulator as Amazon is, neither strict nor odd, for clients that nobody here wrote."""

from collections.abc import Iterator

import pytest

from flight_server.simulator import Simulator, SimulatorOptions
from tests.simulator.conftest import NOW


@pytest.fixture(scope="package")
def amazon() -> Iterator[Simulator]:
    with Simulator(SimulatorOptions(port=0, orders=300, limits=False, now=NOW, report_seconds=0)) as running:
        yield running
