"""Two queries that miss the same rows: one asks, the other waits for it, as long as it may."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from flight_server.simulator import Simulator, SimulatorOptions
from tests.mirror.worlds import KEPT, keeping_server
from tests.server_fixtures import NOW, Stack, clock_from

ORDERS = "SELECT amazon_order_id FROM orders.orders WHERE purchase_date >= '2025-06-01'"


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Stack]:
    options = SimulatorOptions(port=0, orders=1500, limits=False, now=NOW, latency_seconds=0.15, strict=True)
    with Simulator(options) as simulator, keeping_server(simulator, tmp_path, clock_from(NOW)) as stack:
        stack.query("SELECT count(*) AS n FROM sellers.marketplace_participations")
        yield stack


def calls_of(stack: Stack, count: int) -> None:
    """Wait until so many calls for orders have been made."""
    deadline = time.monotonic() + 20
    while len(stack.calls("getOrders")) < count and time.monotonic() < deadline:
        time.sleep(0.01)


def test_one_asks_and_the_others_wait(slow: Stack) -> None:
    told: list[int] = []
    threads = [threading.Thread(target=lambda: told.append(len(slow.query(ORDERS, **KEPT)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    together = len(slow.calls("getOrders"))
    slow.simulator.clear_calls()
    rows = slow.query(ORDERS)
    assert told == [len(rows)] * 4
    assert together == len(slow.calls("getOrders")) > 3


def test_when_who_asks_is_cancelled_the_other_goes_on(slow: Stack) -> None:
    told: list[int] = []
    with slow.connected(**KEPT) as connection, connection.cursor() as cursor:
        asking = threading.Thread(target=_ask, args=(cursor,))
        asking.start()
        calls_of(slow, 2)
        waiting = threading.Thread(target=lambda: told.append(len(slow.query(ORDERS, **KEPT))))
        waiting.start()
        time.sleep(0.2)
        cursor.adbc_cancel()
        asking.join(timeout=20)
    waiting.join(timeout=30)
    assert told == [len(slow.query(ORDERS))]


def test_who_waits_too_long_is_told_so_and_the_other_goes_on(slow: Stack) -> None:
    told: list[int] = []
    asking = threading.Thread(target=lambda: told.append(len(slow.query(ORDERS, **KEPT))))
    asking.start()
    calls_of(slow, 1)
    with pytest.raises(Exception, match="QueryTimeout"):
        slow.query(ORDERS, QueryTimeout="1s", **KEPT)
    asking.join(timeout=30)
    assert told == [len(slow.query(ORDERS))]


def _ask(cursor: Any) -> None:
    with suppress(Exception):  # it is cancelled
        cursor.execute(ORDERS)
        cursor.fetch_arrow_table()
