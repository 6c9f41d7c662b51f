"""`sync` before a simulator of its own, whose clock is the machine's: rows of the mirror equal those of Amazon."""

import signal
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from flight_server.cli.assembly import ServerOptions, running_server
from flight_server.simulator import SimulatorOptions
from flight_server.simulator.story.account import SELLER_ID
from tests.cli.running import CommandLine, line_with, simulator_environment, started
from tests.server_fixtures import Stack, running_stack

ORDERS = (
    "SELECT amazon_order_id, order_status FROM orders.orders WHERE purchase_date >= now() - INTERVAL 90 DAY ORDER BY 1"
)
ITEMS = (
    "SELECT count(*) AS n, sum(quantity_ordered) AS q FROM orders.order_items "
    "JOIN orders.orders USING (amazon_order_id) WHERE purchase_date >= now() - INTERVAL 20 DAY"
)


@pytest.fixture(scope="module")
def today() -> Iterator[Stack]:
    """A seller of today, and a server that keeps nothing."""
    with running_stack(SimulatorOptions(port=0, orders=400, limits=False, report_seconds=0)) as running:
        yield running


@pytest.fixture
def sync(cli: CommandLine, today: Stack, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Runs commands with the simulator's credentials."""
    for name, value in simulator_environment(today).items():
        monkeypatch.setenv(name, value)
    today.simulator.clear_calls()
    return cli


def kept_rows(today: Stack, data: Path, sql: str) -> list[Mapping[str, object]]:
    """What a server over the directory answers without a call; raise where it made one."""
    allowed = today.simulator.url.removeprefix("http://")
    today.simulator.clear_calls()
    with running_server(ServerOptions(allowed_hosts=(allowed,), environment={}, data=data)) as server:
        rows = Stack(today.simulator, server).query(sql, MaxAge="Any")
    assert today.calls() == []
    return list(rows)


def test_what_was_synced_is_answered_without_a_call(sync: CommandLine, today: Stack, tmp_path: Path) -> None:
    outcome = sync("sync", "orders.orders", "--since", "100d", "--data", str(tmp_path))
    assert outcome.code == 0, outcome.err
    assert "orders.orders: up to date" in outcome.err
    assert kept_rows(today, tmp_path, ORDERS) == today.query(ORDERS)


def test_a_second_sync_asks_only_for_what_changed(sync: CommandLine, today: Stack, tmp_path: Path) -> None:
    sync("sync", "orders.orders", "--since", "100d", "--data", str(tmp_path))
    today.simulator.clear_calls()
    assert sync("sync", "orders.orders", "--since", "100d", "--data", str(tmp_path)).code == 0
    assert len(today.calls("getOrders")) == 1


def test_children_come_after_their_parents_and_only_once(sync: CommandLine, today: Stack, tmp_path: Path) -> None:
    arguments = ("sync", "orders.order_items", "orders.orders", "--since", "20d", "--data", str(tmp_path))
    assert sync(*arguments).code == 0
    asked = [(call["path"], str(call["query"])) for call in today.calls("getOrderItems")]
    assert 0 < len(asked) == len(set(asked))
    assert kept_rows(today, tmp_path, ITEMS) == today.query(ITEMS)
    today.simulator.clear_calls()
    assert sync(*arguments).code == 0
    assert today.calls("getOrderItems") == []


@pytest.mark.parametrize(
    "table",
    ["finances.transactions", "sellers.account", "fba_inventory.inventory_summaries", "orders_2026_01_01.orders"],
)
def test_tables_of_every_kind_are_kept(sync: CommandLine, today: Stack, tmp_path: Path, table: str) -> None:
    outcome = sync("sync", table, "--since", "30d", "--data", str(tmp_path))
    assert outcome.code == 0, outcome.err
    assert f"{table}: up to date" in outcome.err
    kept = kept_rows(today, tmp_path, f"SELECT rows FROM system.mirror WHERE \"table\" = '{table}'")
    assert kept
    assert kept[0]["rows"]


def test_what_amazon_must_be_told_stands_behind_the_table(sync: CommandLine, today: Stack, tmp_path: Path) -> None:
    table = f"listings_items.items WHERE seller_id = '{SELLER_ID}'"
    outcome = sync("sync", table, "--data", str(tmp_path))
    assert outcome.code == 0, outcome.err
    rows = f"SELECT count(*) AS n FROM {table}"
    assert kept_rows(today, tmp_path, rows) == today.query(rows)


def test_without_a_table_it_says_what_to_write(sync: CommandLine, tmp_path: Path) -> None:
    outcome = sync("sync", "--data", str(tmp_path))
    assert outcome.code == 1
    assert "[mirror]" in outcome.err
    assert "orders.orders" in outcome.err


def test_the_tables_stand_in_the_configuration_file(sync: CommandLine, today: Stack, tmp_path: Path) -> None:
    config = tmp_path / "server.toml"
    config.write_text('[mirror]\ntables = ["orders.orders"]\nsince = "30d"\n')
    outcome = sync("sync", "--config", str(config), "--data", str(tmp_path / "data"))
    assert outcome.code == 0, outcome.err
    assert "orders.orders: up to date" in outcome.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ('tables = "orders.orders"', "mirror.tables must be a list"),
        ('tables = ["orders.orders"]\nsince = "soon"', "mirror.since must be a number of days"),
        ('tables = ["orders.orders"]\nevery = "often"', "mirror.every must be seconds"),
        ('tables = ["orders.orders"]\nsinse = "2y"', "'sinse' is not known"),
        ('tables = ["orders.ordres"]', "orders.ordres"),
    ],
)
def test_a_wrong_word_in_the_file_is_named(sync: CommandLine, tmp_path: Path, words: str, told: str) -> None:
    config = tmp_path / "server.toml"
    config.write_text(f"[mirror]\n{words}\n")
    outcome = sync("sync", "--config", str(config), "--data", str(tmp_path / "data"))
    assert (outcome.code, told in outcome.err) == (1, True), outcome.err


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("system.queries", "system.queries is not kept in the mirror"),
        ("report.merchant_listings_all_data", "documents of reports"),
        ("orders.nothing", "orders.nothing"),
        ("catalog_items.item", "asin"),
    ],
)
def test_a_table_that_cannot_be_kept_is_an_error(sync: CommandLine, tmp_path: Path, table: str, told: str) -> None:
    outcome = sync("sync", table, "--data", str(tmp_path))
    assert (outcome.code, told in outcome.err) == (1, True), outcome.err


def test_it_stops_on_ctrl_c_and_goes_on_where_it_was(today: Stack, tmp_path: Path) -> None:
    environment = simulator_environment(today)
    arguments = ("sync", "orders.orders", "--since", "100d", "--every", "1h", "--data", str(tmp_path))
    with started(*arguments, environment=environment) as process:
        line_with(process, "up to date")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert kept_rows(today, tmp_path, ORDERS) == today.query(ORDERS)
