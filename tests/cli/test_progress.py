import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from flight_server.cli.showing.progress import QueryProgress
from flight_server.simulator import SimulatorOptions
from tests.server_fixtures import NOW, Stack, running_stack

# More than the driver reads ahead: as long as nobody reads it, it runs.
ENDLESS = "SELECT range, repeat('x', 1000) AS filler FROM range(10000000)"


@contextmanager
def running(stack: Stack) -> Iterator[Any]:
    """A query that is under way, and a connection to watch it."""
    with stack.connected() as observer, stack.connected() as connection, connection.cursor() as cursor:
        cursor.execute(ENDLESS)
        with cursor.fetch_record_batch() as reader:
            reader.read_next_batch()
            yield observer
            cursor.adbc_cancel()


def test_without_a_terminal_a_line_is_written_now_and_then(stack: Stack, capfd: pytest.CaptureFixture[str]) -> None:
    now = [100.0]
    with running(stack) as observer, QueryProgress(observer, ENDLESS, lambda: now[0]) as progress:
        progress.tick()
        assert capfd.readouterr().err == ""
        now[0] = 106.0
        progress.tick()
        assert capfd.readouterr().err.startswith("6 s: running · 0 pages · ")
        now[0] = 107.0
        progress.tick()
        assert capfd.readouterr().err == ""


def test_a_query_that_is_not_known_shows_nothing(stack: Stack, capfd: pytest.CaptureFixture[str]) -> None:
    now = [100.0]
    with stack.connected() as observer, QueryProgress(observer, "SELECT 'never asked'", lambda: now[0]) as progress:
        now[0] = 200.0
        progress.tick()
    assert capfd.readouterr().err == ""


def test_a_scan_from_the_very_beginning_and_the_operation_that_waits_are_told_while_it_runs(
    capfd: pytest.CaptureFixture[str],
) -> None:
    sql, now = "SELECT seller_sku FROM orders.order_items ORDER BY ALL", [100.0]
    with (
        running_stack(SimulatorOptions(port=0, orders=60, now=NOW)) as slow,
        slow.connected() as observer,
        slow.connected() as connection,
        connection.cursor() as cursor,
        ThreadPoolExecutor(1) as threads,
        QueryProgress(observer, sql, lambda: now[0]) as progress,
    ):
        answer = threads.submit(cursor.execute, sql)
        told, deadline = "", time.monotonic() + 20
        while "waiting for quota" not in told and time.monotonic() < deadline:
            now[0] += 10
            progress.tick()
            told += capfd.readouterr().err
            time.sleep(0.1)
        while not answer.done() and time.monotonic() < deadline:
            cursor.adbc_cancel()
            time.sleep(0.1)
    lines = told.splitlines()
    beginnings = [line for line in lines if line.startswith("warning: ")]
    assert beginnings == ["warning: orders.orders from 2016 on, no purchase_date given; getOrders 1 a minute"]
    assert " s: waiting for quota of getOrderItems 30 a minute · " in lines[-1]
