from collections.abc import Iterator

import pytest

from flight_server.simulator import SimulatedClock, Simulator, SimulatorOptions
from tests.simulator.caller import Caller
from tests.simulator.conftest import NOW, Tick


@pytest.fixture(scope="module")
def quick() -> Iterator[Simulator]:
    """A simulator whose reports take no time."""
    with Simulator(SimulatorOptions(port=0, orders=900, limits=False, now=NOW, report_seconds=0)) as running:
        yield running


@pytest.fixture(scope="module")
def asker(quick: Simulator) -> Iterator[Caller]:
    client = Caller(quick.url)
    yield client
    client.close()


@pytest.fixture
def slow(tick: Tick) -> Iterator[Caller]:
    """Asks a simulator without limits whose time stands still until a test moves it."""
    options = SimulatorOptions(port=0, orders=900, limits=False, token_seconds=1e9)
    with Simulator(options, SimulatedClock(NOW, tick)) as running:
        client = Caller(running.url)
        yield client
        client.close()
