"""A mirror that cannot be written or read: the query goes on without it, and says so."""

import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from flight_server import mirror
from tests.server_fixtures import Stack

ORDERS = "SELECT count(*) AS n FROM orders.orders WHERE purchase_date >= '2026-05-01'"
ITEMS = "SELECT count(*) AS n FROM orders.order_items JOIN orders.orders USING (amazon_order_id) "
ITEMS += "WHERE purchase_date >= '2026-06-01'"
STOCK = "SELECT count(*) AS n FROM fba_inventory.inventory_summaries"

each_way_to_keep = pytest.mark.parametrize("sql", [ORDERS, ITEMS, STOCK])


def warnings_of(stack: Stack, sql: str) -> str:
    """What the last run of a statement was told."""
    known = stack.query("SELECT warnings FROM system.queries WHERE sql = ? ORDER BY started_at DESC LIMIT 1", [sql])
    return str(known[0]["warnings"])


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """What a full disk does to whoever writes: the write fails in its middle."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@each_way_to_keep
def test_a_query_goes_on_where_files_cannot_be_written(keeping_stack: Stack, sql: str) -> None:
    plain = keeping_stack.query(sql)
    with no_file_longer_than(1024):
        assert keeping_stack.query(sql, MaxAge="1h") == plain
    assert "operator should look" in warnings_of(keeping_stack, sql)


@each_way_to_keep
def test_a_query_goes_on_where_the_folder_is_no_folder(keeping_stack: Stack, tmp_path: Path, sql: str) -> None:
    plain = keeping_stack.query(sql)
    folder = tmp_path / "data" / "mirror"
    shutil.rmtree(folder)
    folder.write_text("a file")
    assert keeping_stack.query(sql, MaxAge="1h") == plain
    assert warnings_of(keeping_stack, sql) != "None"


@each_way_to_keep
def test_nothing_is_asked_twice_where_the_disk_is_known_to_be_full(
    keeping_stack: Stack, sql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = keeping_stack.query(sql)
    calls = len(keeping_stack.calls())
    keeping_stack.simulator.clear_calls()
    monkeypatch.setattr(mirror, "LEAST_FREE", 2**70)
    assert keeping_stack.query(sql, MaxAge="1h") == plain
    assert len(keeping_stack.calls()) == calls
    assert "disk of the mirror is full" in warnings_of(keeping_stack, sql)


def test_after_a_fault_queries_do_not_pay_for_it_again_and_again(keeping_stack: Stack) -> None:
    with no_file_longer_than(1024):
        keeping_stack.query(ORDERS, MaxAge="1h")
    keeping_stack.simulator.clear_calls()
    keeping_stack.query(ORDERS, MaxAge="1h")
    assert len(keeping_stack.calls("getOrders")) == 1
    assert "nothing is kept for 60 seconds" in warnings_of(keeping_stack, ORDERS)


def test_rows_whose_log_is_garbled_are_asked_for_anew(keeping_stack: Stack, tmp_path: Path) -> None:
    plain: list[dict[str, Any]] = keeping_stack.query(ORDERS, MaxAge="1h")
    for entry in (tmp_path / "data" / "mirror" / "orders_v0__orders" / "_delta_log").iterdir():
        entry.write_text("garbled")
    assert keeping_stack.query(ORDERS, MaxAge="1h") == plain
    assert "operator should look" in warnings_of(keeping_stack, ORDERS)
