from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from flight_server.simulator import SimulatedClock, Simulator, SimulatorOptions
from tests.simulator.caller import Caller

NOW = datetime(2026, 3, 18, 15, 30, tzinfo=UTC)


class Tick:
    """Time that tests move by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    """A simulator without limits; tests only read from it."""
    with Simulator(SimulatorOptions(port=0, orders=900, limits=False, now=NOW)) as running:
        yield running


@pytest.fixture(scope="module")
def caller(simulator: Simulator) -> Iterator[Caller]:
    client = Caller(simulator.url)
    yield client
    client.close()


@pytest.fixture(scope="module")
def strict_caller() -> Iterator[Caller]:
    """Asks a simulator that refuses what Amazon passes over, and says why."""
    with Simulator(SimulatorOptions(port=0, orders=60, limits=False, now=NOW, strict=True)) as running:
        client = Caller(running.url)
        yield client
        client.close()


@pytest.fixture
def tick() -> Tick:
    return Tick()


@pytest.fixture
def timed(tick: Tick) -> Iterator[Simulator]:
    """A simulator with limits, whose time stands still until a test moves it."""
    clock = SimulatedClock(NOW, tick)
    with Simulator(SimulatorOptions(port=0, orders=300), clock) as running:
        yield running


@pytest.fixture
def timed_caller(timed: Simulator) -> Iterator[Caller]:
    client = Caller(timed.url)
    yield client
    client.close()


@pytest.fixture(scope="module")
def quick() -> Iterator[Simulator]:
    """A simulator whose reports and queries take no time."""
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
