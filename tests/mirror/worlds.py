"""Servers that keep rows before simulators: one whose time stands still, one that lives by a clock that tests move."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flight_server.cli.assembly import ServerOptions, running_server
from flight_server.client import Clock
from flight_server.simulator import SimulatedClock, Simulator, SimulatorOptions
from tests.server_fixtures import AT_ONCE, NOW, Stack

KEPT = {"MaxAge": "Any"}


@contextmanager
def keeping_server(simulator: Simulator, data: Path, clock: Clock) -> Iterator[Stack]:
    """A server with this data directory."""
    allowed = simulator.url.removeprefix("http://")
    options = ServerOptions(allowed_hosts=(allowed,), clock=clock, pace=AT_ONCE, data=data, environment={})
    with running_server(options) as server:
        yield Stack(simulator, server)


@contextmanager
def still_world(data: Path, orders: int, seed: int = 1) -> Iterator[Stack]:
    """A world that never changes, and a server that keeps its rows."""
    options = SimulatorOptions(port=0, orders=orders, limits=False, now=NOW, seed=seed, strict=True)
    with (
        Simulator(options) as simulator,
        keeping_server(simulator, data, Clock(utc=lambda: NOW)) as stack,
    ):
        yield stack


class LivingWorld:
    """A world that goes on as a test moves its clock, which is the servers' as well."""

    def __init__(self, options: SimulatorOptions, data: Path) -> None:
        self.seconds = 0.0
        self.data = data
        self.simulator = Simulator(options, SimulatedClock(NOW, lambda: self.seconds))
        self.clock = Clock(utc=lambda: self.now)

    @property
    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)

    def wait(self, **time: float) -> None:
        """Let time pass."""
        self.seconds += timedelta(**time).total_seconds()

    @contextmanager
    def server(self) -> Iterator[Stack]:
        """A server over the world's data directory; one at a time."""
        with keeping_server(self.simulator, self.data, self.clock) as stack:
            yield stack


@contextmanager
def living_world(**options: Any) -> Iterator[LivingWorld]:
    """A living world of its own."""
    plain = SimulatorOptions(port=0, orders=3000, limits=False, lives=True, strict=True, token_seconds=1e9)
    with tempfile.TemporaryDirectory() as data:
        world = LivingWorld(replace(plain, **options), Path(data))
        with world.simulator:
            yield world


def asked(stack: Stack, sql: str, **parameters: str) -> tuple[list[str], list[dict[str, Any]]]:
    """The rows of a query, in an order, and the calls that it took."""
    stack.simulator.clear_calls()
    rows = stack.query(sql, **parameters)
    return sorted(repr(tuple(row.values())) for row in rows), stack.calls()
