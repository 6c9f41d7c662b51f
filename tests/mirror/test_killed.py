"""A server that is killed in the middle of a first reading: afterwards no row is missing, and none is there twice."""

import multiprocessing
import random
import threading
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import adbc_driver_flightsql.dbapi as flightsql
import pytest

from flight_server.cli.assembly import ServerOptions, running_server
from flight_server.simulator import Simulator, SimulatorOptions
from tests.mirror.worlds import KEPT
from tests.server_fixtures import CREDENTIALS, HEADER, NOW, clock_from

PROCESSES = multiprocessing.get_context("spawn")
ORDERS = "SELECT amazon_order_id, order_status FROM orders.orders WHERE purchase_date >= '2025-01-01'"
ITEMS = (
    "SELECT amazon_order_id, order_item_id FROM orders.order_items WHERE amazon_order_id IN "
    "(SELECT amazon_order_id FROM orders.orders WHERE purchase_date >= '2026-06-01')"
)


def serve(pipe: Connection, host: str, data: str) -> None:
    """A server in a process of its own, until the pipe is closed."""
    options = ServerOptions(allowed_hosts=(host,), clock=clock_from(NOW), data=Path(data), environment={})
    with running_server(options) as server:
        pipe.send(server.location)
        with suppress(EOFError):
            pipe.recv()


class Served:
    """A server that can be killed."""

    def __init__(self, simulator: Simulator, data: Path) -> None:
        self.url = simulator.url
        self.pipe, there = PROCESSES.Pipe()
        host = simulator.url.removeprefix("http://")
        self.process = PROCESSES.Process(target=serve, args=(there, host, str(data)), daemon=True)
        self.process.start()
        self.location = self.pipe.recv()

    def query(self, sql: str, **parameters: str) -> list[str]:
        given = {**CREDENTIALS, "TokenUrl": f"{self.url}/auth/o2/token", "Endpoint": self.url, **parameters}
        headers = {HEADER + name: value for name, value in given.items()}
        with (
            flightsql.connect(self.location, db_kwargs=headers, autocommit=True) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)
            return sorted(repr(tuple(row.values())) for row in cursor.fetch_arrow_table().to_pylist())

    def kill(self) -> None:
        self.process.kill()
        self.process.join()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of connections that the kill cuts
@pytest.mark.parametrize("sql", [ORDERS, ITEMS], ids=["orders", "items"])
def test_after_a_kill_the_rows_are_those_of_amazon(sql: str, tmp_path: Path) -> None:
    chance = random.Random(sql)
    options = SimulatorOptions(port=0, orders=2500, limits=False, now=NOW, latency_seconds=0.02, strict=True)
    with Simulator(options) as simulator:
        for _ in range(3):
            served = Served(simulator, tmp_path)
            asking = threading.Thread(target=_ask, args=(served, sql), daemon=True)
            asking.start()
            time.sleep(0.3 + chance.random())
            served.kill()
            asking.join(timeout=20)
        served = Served(simulator, tmp_path)
        try:
            plain = served.query(sql)
            assert served.query(sql, **KEPT) == plain
            simulator.clear_calls()
            assert served.query(sql, **KEPT) == plain
            assert not [call for call in simulator.calls if call["operation"] in ("getOrders", "getOrderItems")]
        finally:
            served.kill()


def _ask(served: Served, sql: str) -> None:
    with suppress(Exception):  # the server dies meanwhile
        served.query(sql, **KEPT)
