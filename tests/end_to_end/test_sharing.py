"""Ten tiles of a dashboard that ask the same at once make the calls of one, and each gets all rows."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from flight_server.simulator import SimulatorOptions
from tests.server_fixtures import NOW, Stack, running_stack

TILES = 10

QUERIES = [
    "SELECT order_status, count(*) AS n, sum(order_total_amount) AS total FROM orders.orders GROUP BY ALL ORDER BY ALL",
    "SELECT amazon_order_id, order_status FROM orders.orders WHERE purchase_date >= '2026-05-01' ORDER BY ALL",
    "SELECT o.amazon_order_id, i.title FROM orders.orders AS o JOIN orders.order_items AS i USING (amazon_order_id) "
    "WHERE o.purchase_date >= '2026-06-13' ORDER BY ALL",
    "SELECT count(*) AS n FROM orders.orders WHERE purchase_date >= now() - INTERVAL 30 DAY",
]


@pytest.fixture(scope="module")
def slow() -> Iterator[Stack]:
    """Every answer takes a fifth of a second: whoever begins within that time meets the others."""
    with running_stack(SimulatorOptions(port=0, orders=300, limits=False, latency_seconds=0.2, now=NOW)) as running:
        running.query("SELECT marketplace_id FROM sellers.marketplace_participations")
        yield running


@pytest.mark.parametrize("sql", QUERIES)
def test_ten_at_once_cost_what_one_costs(slow: Stack, sql: str) -> None:
    slow.query(sql)  # what is asked once an account is known from here on
    slow.simulator.clear_calls()
    alone = slow.query(sql)
    least = len(slow.calls())
    slow.simulator.clear_calls()
    barrier = threading.Barrier(TILES)

    def tile(_: int) -> list[dict[str, Any]]:
        with slow.connected() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1").fetchall()
            barrier.wait()
            cursor.execute(sql)
            rows: list[dict[str, Any]] = cursor.fetch_arrow_table().to_pylist()
            return rows

    with ThreadPoolExecutor(TILES) as threads:
        answers = list(threads.map(tile, range(TILES)))
    assert all(rows == alone for rows in answers)
    assert alone
    assert len(slow.calls()) == least


def test_one_account_is_not_told_what_another_is(slow: Stack) -> None:
    sql = "SELECT count(*) AS n FROM orders.orders WHERE purchase_date >= '2026-06-01'"
    other = {
        "ClientId": "amzn1.application-oa2-client.norole",
        "ClientSecret": "demo-secret",
        "RefreshToken": "Atzr|norole",
    }
    slow.query(sql)
    slow.query(sql, **other)
    slow.simulator.clear_calls()
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda account: slow.query(sql, **account), ({}, other)))
    assert len({call["account"] for call in slow.calls("getOrders")}) == 2


def test_a_tile_that_is_closed_leaves_the_others_their_rows(slow: Stack) -> None:
    sql = "SELECT amazon_order_id FROM orders.orders"
    alone = slow.query(sql)
    with (
        slow.connected() as first,
        slow.connected() as second,
        first.cursor() as closing,
        second.cursor() as staying,
    ):
        closing.execute(sql)
        staying.execute(sql)
        closing.fetch_record_batch().read_next_batch()
        closing.adbc_cancel()
        assert staying.fetch_arrow_table().to_pylist() == alone
