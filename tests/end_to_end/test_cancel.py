"""Whoever stops reading stops the calls: cancel, close, and a client that stalls."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import adbc_driver_manager
import pytest

from flight_server.cli.assembly import ServerOptions, open_rooms
from flight_server.protocol import FlightSqlServer
from flight_server.simulator import Simulator, SimulatorOptions
from tests.server_fixtures import NOW, Stack, running_stack

WALK = "SELECT amazon_order_id, seller_sku FROM orders.order_items"


@pytest.fixture(scope="module")
def slow() -> Iterator[Stack]:
    """Amazon's own rates: after the burst every further item waits two seconds for quota."""
    with running_stack(SimulatorOptions(port=0, orders=300, now=NOW)) as running:
        yield running


def state_of_last(stack: Stack, sql: str) -> dict[str, Any]:
    latest = "SELECT state, error FROM system.queries WHERE sql = ? ORDER BY started_at DESC LIMIT 1"
    return stack.query(latest, [sql])[0]


def wait_for(stack: Stack, sql: str, state: str) -> dict[str, Any]:
    deadline = time.monotonic() + 20
    while (found := state_of_last(stack, sql))["state"] != state and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


def test_cancel_ends_a_wait_for_quota_at_once(slow: Stack) -> None:
    sql = f"{WALK} ORDER BY ALL"
    with slow.connected() as connection, connection.cursor() as cursor:
        is_over = threading.Event()

        def cancel_it() -> None:
            wait_for(slow, sql, "waiting for quota")
            while not is_over.wait(0.1):  # the driver forgets a cancel that comes while it still starts to read
                cursor.adbc_cancel()

        watcher = threading.Thread(target=cancel_it)
        watcher.start()
        with pytest.raises(adbc_driver_manager.Error):
            cursor.execute(sql)
            cursor.fetchall()
        is_over.set()
        watcher.join()
    assert wait_for(slow, sql, "cancelled")["state"] == "cancelled"
    made = len(slow.calls("getOrderItems"))
    time.sleep(2.5)
    assert len(slow.calls("getOrderItems")) == made


def test_closing_a_cursor_half_way_stops_the_query(stack: Stack) -> None:
    stack.simulator.clear_calls()
    with stack.connected() as connection:
        with connection.cursor() as cursor:
            cursor.execute(WALK)
            cursor.fetch_record_batch().read_next_batch()
        assert wait_for(stack, WALK, "cancelled")["state"] == "cancelled"
    assert len(stack.calls("getOrderItems")) < 290


def test_a_query_that_found_no_place_is_listed_with_its_reason() -> None:
    with Simulator(SimulatorOptions(port=0, orders=300, limits=False, now=NOW, strict=True)) as simulator:
        options = ServerOptions(allowed_hosts=(simulator.url.removeprefix("http://"),), environment={})
        with open_rooms(options) as rooms:
            served = (rooms.queries, rooms.catalog, rooms.sessions)
            server = FlightSqlServer("127.0.0.1", 0, *served, max_concurrent=1, max_waiting=0)
            server.start()
            stack = Stack(simulator, server)
            with stack.connected() as connection, connection.cursor() as cursor:
                cursor.execute(WALK)
                cursor.fetch_record_batch().read_next_batch()
                with pytest.raises(adbc_driver_manager.Error, match="the server is busy"):
                    stack.query("SELECT 1")
            server.shutdown(0)
            states = {query.sql: (query.state, query.error) for query in rooms.journal.queries()}
    assert states["SELECT 1"][0] == "failed"
    assert "the server is busy" in states["SELECT 1"][1]


def test_rows_arrive_while_later_pages_still_wait_for_quota(slow: Stack) -> None:
    """A plain scan's first rows leave as soon as their page has come."""
    sql = f"{WALK} WHERE quantity_ordered > 0"
    with slow.connected() as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        reader = cursor.fetch_record_batch()
        assert reader.read_next_batch().num_rows > 0
        assert state_of_last(slow, sql)["state"] in ("running", "waiting for quota")
