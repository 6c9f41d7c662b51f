"""A simulator, a server in front of it, and connections of the real ADBC driver: one of each a test process.

The clocks of both start at a fixed instant, so that cases can name dates.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import adbc_driver_flightsql.dbapi as flightsql
import pytest

from flight_server.cli.assembly import ServerOptions, running_server
from flight_server.client import Clock
from flight_server.jobs import PACE, Pace
from flight_server.protocol import FlightSqlServer
from flight_server.simulator import Simulator, SimulatorOptions

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)

AT_ONCE = Pace(settle_seconds=0.1, shortest_poll=0.02, longest_poll=0.2)
"""For reports that are there as soon as they are asked for."""

HEADER = "adbc.flight.sql.rpc.call_header."

CREDENTIALS = {
    "ClientId": "amzn1.application-oa2-client.demo",
    "ClientSecret": "demo-secret",
    "RefreshToken": "Atzr|demo",
}


@dataclass(frozen=True)
class Stack:
    """A simulator and the server before it."""

    simulator: Simulator
    server: FlightSqlServer

    @contextmanager
    def connected(self, **parameters: str) -> Iterator[Any]:
        """A DBAPI connection; `parameters` are added to, or replace, those that lead to the simulator."""
        given = {**CREDENTIALS, **self.addresses(), **parameters}
        headers = {HEADER + name: value for name, value in given.items() if value}
        with flightsql.connect(self.server.location, db_kwargs=headers, autocommit=True) as connection:
            yield connection

    def addresses(self) -> dict[str, str]:
        """The connection parameters that lead to the simulator."""
        return {"TokenUrl": f"{self.simulator.url}/auth/o2/token", "Endpoint": self.simulator.url}

    def query(self, sql: str, parameters: Any = None, **connection_parameters: str) -> list[dict[str, Any]]:
        """All rows of one query over a connection of its own."""
        with self.connected(**connection_parameters) as connection, connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            rows: list[dict[str, Any]] = cursor.fetch_arrow_table().to_pylist()
            return rows

    def settle(self) -> None:
        """Let queries that earlier tests left behind come to their end and their calls be logged; forget these."""
        running = "SELECT count(*) AS n FROM system.queries WHERE state NOT IN ('finished', 'failed', 'cancelled')"
        deadline, quiet = time.monotonic() + 10, 0
        while quiet < 4 and time.monotonic() < deadline:  # a stream that was just given up may be about to begin
            quiet = quiet + 1 if self.query(running)[0]["n"] == 1 else 0  # one is the question itself
            time.sleep(0.05)
        for thread in threading.enumerate():
            if thread.name == "lane":
                thread.join(timeout=5)
        self.simulator.clear_calls()

    def calls(self, *operations: str) -> list[dict[str, Any]]:
        """What the simulator has been asked, sign-in and the seller's marketplaces left out unless they are named."""
        wanted = [call for call in self.simulator.calls if not operations or call["operation"] in operations]
        background = {"lwaToken", "getMarketplaceParticipations", "createRestrictedDataToken"} - set(operations)
        return [call for call in wanted if call["operation"] not in background]


@contextmanager
def running_stack(
    options: SimulatorOptions, data: Path | None = None, server_options: ServerOptions | None = None
) -> Iterator[Stack]:
    """A strict simulator with these options and a server before it: our client shall send nothing needless.

    `data`: where the server keeps rows and reports; `server_options`: its further choices.
    """
    with Simulator(replace(options, strict=True)) as simulator:
        allowed = simulator.url.removeprefix("http://")
        clock = clock_from(options.now) if options.now is not None else Clock()
        pace = PACE if options.report_seconds else AT_ONCE
        given = server_options or ServerOptions()
        own = replace(given, allowed_hosts=(allowed,), clock=clock, pace=pace, environment={}, data=data)
        with running_server(own) as server:
            yield Stack(simulator, server)


def clock_from(start: datetime) -> Clock:
    """A clock that shows `start` now and goes on from there."""
    began = time.monotonic()
    return Clock(utc=lambda: start + timedelta(seconds=time.monotonic() - began))


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """A seller of some hundred orders without quotas."""
    with running_stack(SimulatorOptions(port=0, orders=300, limits=False, now=NOW, report_seconds=0)) as running:
        yield running


@pytest.fixture
def keeping_stack(tmp_path: Path) -> Iterator[Stack]:
    """The same seller before a server that keeps rows, one for each test."""
    options = SimulatorOptions(port=0, orders=300, limits=False, now=NOW, report_seconds=0)
    with running_stack(options, tmp_path / "data") as running:
        yield running
