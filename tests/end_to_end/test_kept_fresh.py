"""A server that keeps tables fresh by itself, as its configuration file says."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from catalog.errors import CatalogError
from flight_server.cli.assembly import ServerOptions, running_server
from flight_server.errors import SettingError
from flight_server.simulator import Simulator, SimulatorOptions
from tests.server_fixtures import AT_ONCE, CREDENTIALS, NOW, Stack, clock_from

SIMULATED = SimulatorOptions(port=0, orders=300, limits=False, now=NOW, report_seconds=0, strict=True)
ORDERS = "SELECT count(*) AS n FROM orders.orders WHERE purchase_date >= '2026-06-01'"


@contextmanager
def keeping_fresh(folder: Path, words: str, simulated: SimulatorOptions = SIMULATED) -> Iterator[Stack]:
    """A server whose file has these words of [mirror], and the credentials as a profile that has a secret."""
    with Simulator(simulated) as simulator:
        stack = Stack(simulator, None)  # type: ignore[arg-type]  # the server comes when it knows its file
        given = {**CREDENTIALS, **stack.addresses(), "Marketplaces": "US", "Secret": "hush"}
        profile = "\n".join(f'{name} = "{value}"' for name, value in given.items())
        config = folder / "server.toml"
        config.write_text(f'[profiles.shop]\n{profile}\n[mirror]\nprofile = "shop"\n{words}\n')
        options = ServerOptions(
            allowed_hosts=(simulator.url.removeprefix("http://"),),
            clock=clock_from(NOW),
            pace=AT_ONCE,
            environment={},
            data=folder / "data",
            config=config,
        )
        with running_server(options) as server:
            yield Stack(simulator, server)


def until(met: Callable[[], bool]) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + 30
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_server_fills_its_tables_and_keeps_them_fresh(tmp_path: Path) -> None:
    with keeping_fresh(tmp_path, 'tables = ["orders.orders"]\nsince = "60d"\nevery = "1s"') as stack:
        until(lambda: len(stack.calls("getOrders")) >= 5)  # once a second there is a list of changes
        until(lambda: bool(stack.query("SELECT 1 FROM system.mirror WHERE covered LIKE '%now%'")))
        stack.query(ORDERS, MaxAge="Any", Marketplaces="US")
        told = stack.query("SELECT api_calls FROM system.queries WHERE sql = ?", [ORDERS])
        assert told == [{"api_calls": 0}]
        assert stack.query(ORDERS, MaxAge="Any", Marketplaces="US") == stack.query(ORDERS, Marketplaces="US")


def test_what_cannot_be_kept_is_told_in_system_mirror_and_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    failing = "SELECT error FROM system.mirror WHERE error LIKE '%asin%'"
    with keeping_fresh(
        tmp_path, 'tables = ["catalog_items.item", "orders.orders"]\nsince = "9d"\nevery = "1h"'
    ) as stack:
        until(lambda: bool(stack.query(failing)))
        until(lambda: bool(stack.query("SELECT 1 FROM system.mirror WHERE \"table\" = 'orders.orders'")))
    assert "catalog_items.item could not be brought up to date" in caplog.text


def test_a_table_that_there_is_not_stops_the_start(tmp_path: Path) -> None:
    words = 'tables = ["orders.ordres"]\nevery = "1h"'
    with pytest.raises(CatalogError, match=r"orders\.ordres"), keeping_fresh(tmp_path, words):
        pass


def test_a_server_without_a_directory_is_told_to_have_one(tmp_path: Path) -> None:
    config = tmp_path / "server.toml"
    config.write_text('[mirror]\ntables = ["orders.orders"]\nevery = "1h"\n')
    with (
        pytest.raises(SettingError, match="--data"),
        running_server(ServerOptions(environment={}, config=config)),
    ):
        pass


def test_it_ends_with_the_server_though_it_waits_for_quota(tmp_path: Path) -> None:
    slow = replace(SIMULATED, limits=True)
    words = 'tables = ["orders.orders", "orders.order_items"]\nsince = "300d"\nevery = "1h"'
    with keeping_fresh(tmp_path, words, slow) as stack:
        until(lambda: len(stack.calls("getOrderItems")) >= 30)  # its burst is used up
        began = time.monotonic()
    assert time.monotonic() - began < 8
    assert "sync" not in {thread.name for thread in threading.enumerate()}
