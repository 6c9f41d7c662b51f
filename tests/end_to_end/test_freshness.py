"""What counts as fresh after a list of changes: only what that list reaches back to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flight_server.cli.assembly import ServerOptions, running_server
from flight_server.client import Clock
from flight_server.simulator import Simulator, SimulatorOptions
from tests.server_fixtures import NOW, Stack

LATER = NOW + timedelta(hours=6)
MARCH = "purchase_date >= '2026-03-01' AND purchase_date < '2026-04-01'"
MAY = "purchase_date >= '2026-05-01' AND purchase_date < '2026-06-01'"


@dataclass
class Watch:
    """The server's time, moved by hand."""

    now: datetime = NOW


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def keeping(watch: Watch, tmp_path: Path) -> Iterator[Stack]:
    """A server that keeps rows, before a simulator whose clock is ahead of all that the tests set."""
    with Simulator(SimulatorOptions(port=0, orders=300, limits=False, now=LATER, strict=True)) as simulator:
        allowed = simulator.url.removeprefix("http://")
        clock = Clock(utc=lambda: watch.now)
        options = ServerOptions(allowed_hosts=(allowed,), clock=clock, environment={}, data=tmp_path)
        with running_server(options) as server:
            yield Stack(simulator, server)


def _count(keeping: Stack, period: str, max_age: str) -> Any:
    (row,) = keeping.query(f"SELECT count(*) AS n FROM orders.orders WHERE {period}", MaxAge=max_age)
    return row["n"]


def test_a_list_of_changes_makes_nothing_fresh_that_was_read_before_it_begins(keeping: Stack, watch: Watch) -> None:
    _count(keeping, MARCH, "1h")
    watch.now = NOW + timedelta(hours=2)
    _count(keeping, MAY, "1h")
    watch.now = NOW + timedelta(hours=4)
    _count(keeping, MAY, "1h")  # lists what changed since the second hour
    keeping.simulator.clear_calls()
    assert _count(keeping, MARCH, "1h") > 0
    assert len(keeping.calls("getOrders")) > 0


def test_nothing_having_changed_is_no_fault(keeping: Stack, watch: Watch) -> None:
    before = _count(keeping, MAY, "1h")
    watch.now = NOW + timedelta(hours=5)
    keeping.simulator.clear_calls()
    assert _count(keeping, MAY, "1h") == before
    assert len(keeping.calls("getOrders")) == 1
