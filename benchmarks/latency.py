"""What the server adds to the time that Amazon takes: to a whole scan, to its first rows, to many queries at once.

A simulator that waits 50 ms before every answer, and beside each query a bare loop of GETs over the same pages. Then
one that waits one second, and one that waits five, asked by one query and by 32 at once, each with a key of its own and
so with one call, under usage plans that permit them all at once; first with texts that the server has not seen,
then with the same texts again. What the 32 take longer than one is computing, however long they wait. Beside them the
same with a Flight server that does nothing but pass such an answer on: no SQL, no columns, one GET by `requests`.
Goals: 1.03, 1.3, 1.1. Simulator, server and client are processes of their own, as they would be: in one process they
would wait for each other's Python.
"""

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from multiprocessing.connection import Connection
from typing import Any

import adbc_driver_flightsql.dbapi as flightsql
import pyarrow as pa
import requests
from pyarrow import flight
from requests.adapters import HTTPAdapter

from flight_server.cli.assembly import ServerOptions, running_server
from flight_server.cli.commands.demo import demo_parameters
from flight_server.protocol.commands import MESSAGES, name_of, pack, unpack
from flight_server.simulator import Simulator, SimulatorOptions

HEADER = "adbc.flight.sql.rpc.call_header."
LATENCY_SECONDS = 0.05
SLOW_SECONDS = (1.0, 5.0)
PAGES = 20
ORDERS = PAGES * 100
SCAN = "SELECT amazon_order_id, order_status, purchase_date, order_total_amount FROM orders.orders"
TILES = 32
ATTEMPTS = 3
KEYS = f"SELECT amazon_order_id FROM orders.orders LIMIT {2 + ATTEMPTS * (TILES + 1)}"
TILE_OF = {
    0: "SELECT seller_sku, quantity_ordered FROM orders.order_items WHERE amazon_order_id = '{key}'",
    1: "SELECT order_status, purchase_date FROM orders.order WHERE amazon_order_id = '{key}'",
}
TILE_CALLS = """
SELECT count(*), max(waited_ms) FROM system.api_calls
WHERE operation_id IN ('getOrderItems', 'getOrder') AND status = 200
"""
SPEED = 1000.0  # of the usage plans, so that nobody waits for quota
PROCESSES = multiprocessing.get_context("spawn")


def wait_for_end(pipe: Connection) -> None:
    """Return when the other end is closed."""
    with suppress(EOFError):
        pipe.recv()


def simulate(pipe: Connection, latency_seconds: float) -> None:
    """A slow simulator, until the pipe is closed."""
    options = SimulatorOptions(port=0, orders=ORDERS, limits=False, speed=SPEED, latency_seconds=latency_seconds)
    with Simulator(options) as simulator:
        pipe.send(simulator.url)
        wait_for_end(pipe)


def serve(pipe: Connection, simulator_url: str) -> None:
    """A server with default options before a simulator, until the pipe is closed."""
    options = ServerOptions(allowed_hosts=(simulator_url.removeprefix("http://"),), environment={})
    with running_server(options) as server:
        pipe.send(server.location)
        wait_for_end(pipe)


@contextmanager
def apart(target: Callable[..., None], *arguments: object) -> Iterator[str]:
    """Run one of these two in a process of its own; its address."""
    pipe, its_pipe = PROCESSES.Pipe()
    process = PROCESSES.Process(target=target, args=(its_pipe, *arguments), daemon=True)
    process.start()
    its_pipe.close()  # so that `recv` ends when the process dies
    try:
        yield pipe.recv()
    finally:
        pipe.close()
        process.join(10)


def pass_on(pipe: Connection, simulator_url: str) -> None:
    """A Flight server whose every statement is one GET, until the pipe is closed."""
    with requests.Session() as http:
        http.mount("http://", HTTPAdapter(pool_maxsize=2 * TILES))
        http.headers["x-amz-access-token"] = access_token(simulator_url)
        with PassOn(http, f"{simulator_url}/orders/v0/orders") as server:
            pipe.send(f"grpc://127.0.0.1:{server.port}")
            wait_for_end(pipe)


class PassOn(flight.FlightServerBase):  # type: ignore[misc]  # pyarrow has no annotations
    """As little as an ADBC client needs."""

    _SCHEMA = pa.schema([("body", pa.utf8())])

    def __init__(self, http: requests.Session, url: str) -> None:
        self._http = http
        self._url = url
        self._keys = count()
        super().__init__("grpc://127.0.0.1:0")

    def do_action(self, context: Any, action: Any) -> list[bytes]:
        """Prepare any statement alike."""
        if action.type != "CreatePreparedStatement":
            return []
        schemas = {"dataset_schema": self._SCHEMA, "parameter_schema": pa.schema([])}
        told = {name: schema.serialize().to_pybytes() for name, schema in schemas.items()}
        result = MESSAGES["ActionCreatePreparedStatementResult"](prepared_statement_handle=b"0", **told)
        return [pack(result)]

    def get_flight_info(self, context: Any, descriptor: Any) -> Any:
        """Know no metadata."""
        if name_of(unpack(descriptor.command)) != "CommandPreparedStatementQuery":
            raise NotImplementedError("a bare server has no metadata")  # ADBC asks for some, and does without
        return flight.FlightInfo(self._SCHEMA, descriptor, [flight.FlightEndpoint(b"0", [])], -1, -1)

    def do_get(self, context: Any, ticket: Any) -> Any:
        """Stream one row."""
        return flight.GeneratorStream(self._SCHEMA, self._answer())

    def _answer(self) -> Iterator[pa.RecordBatch]:
        body = self._http.get(f"{self._url}/{next(self._keys)}/orderItems", timeout=60).text
        yield pa.record_batch([[body]], schema=self._SCHEMA)


@contextmanager
def running(latency_seconds: float) -> Iterator[tuple[str, str, dict[str, str]]]:
    """A slow simulator and a server before it; (its URL, location, driver options)."""
    with apart(simulate, latency_seconds) as url, apart(serve, url) as location:
        yield url, location, {HEADER + name: value for name, value in demo_parameters(url).items()}


def access_token(url: str) -> str:
    """A token of the demo's app."""
    login = {"grant_type": "refresh_token", "refresh_token": "Atzr|demo", "client_secret": "demo-secret"}
    login["client_id"] = "amzn1.application-oa2-client.demo"
    return str(requests.post(f"{url}/auth/o2/token", data=login, timeout=60).json()["access_token"])


def bare_pages(url: str, marketplaces: str) -> Iterator[bytes]:
    """The same pages by a plain loop over one connection."""
    with requests.Session() as http:
        http.headers["x-amz-access-token"] = access_token(url)
        parameters = {
            "MarketplaceIds": marketplaces,
            "CreatedAfter": "2016-01-01T00:00:00Z",
            "MaxResultsPerPage": "100",
        }
        while True:
            answer = http.get(f"{url}/orders/v0/orders", params=parameters, timeout=60)
            yield answer.content
            page_token = answer.json()["payload"].get("NextToken")
            if not page_token:
                return
            parameters["NextToken"] = page_token


def bare(url: str, marketplaces: str) -> tuple[float, float]:
    """(seconds of the first page, seconds of all), the sign-in left out."""
    pages = bare_pages(url, marketplaces)
    started = time.perf_counter() + LATENCY_SECONDS  # the sign-in comes with the first page
    next(pages)
    first = time.perf_counter() - started
    for _ in pages:
        pass
    return first, time.perf_counter() - started


def scanned(cursor: Any, sql: str) -> tuple[float, float]:
    """(seconds to the first record batch at the client, seconds of all)."""
    started = time.perf_counter()
    cursor.execute(sql)
    reader = cursor.fetch_record_batch()
    reader.read_next_batch()
    first = time.perf_counter() - started
    reader.read_all()
    return first, time.perf_counter() - started


def best(measure: Callable[[], tuple[float, float]], count: int = 3) -> tuple[float, float]:
    """The least of each over some runs."""
    runs = [measure() for _ in range(count)]
    return min(first for first, _ in runs), min(whole for _, whole in runs)


def together(location: str, headers: dict[str, str], statements: Sequence[str]) -> float:
    """Seconds until connections that start at once have each read the rows of their statement."""
    barrier = threading.Barrier(len(statements) + 1)
    rows: list[int] = []
    ended: list[float] = []

    def run(statement: str) -> None:
        with (
            flightsql.connect(location, db_kwargs=headers, autocommit=True) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT 1")
            cursor.fetchall()
            barrier.wait()
            cursor.execute(statement)
            rows.append(len(cursor.fetchall()))
            ended.append(time.perf_counter())

    threads = [threading.Thread(target=run, args=(statement,)) for statement in statements]
    for thread in threads:
        thread.start()
    barrier.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    assert len(rows) == len(statements)
    assert all(rows), rows
    return max(ended) - started


def tiles(slow_seconds: float) -> None:
    """Print what many queries at once take beside one, where an answer takes some seconds."""
    with (
        running(slow_seconds) as (url, location, headers),
        apart(pass_on, url) as passing_on,
        flightsql.connect(location, db_kwargs=headers, autocommit=True) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(KEYS)
        statements = [TILE_OF[number % 2].format(key=key) for number, (key,) in enumerate(cursor.fetchall())]
        together(location, headers, statements[:2])
        new, known, one, bare_one, bare_all = [], [], [], [], []
        for start in range(2, len(statements), TILES + 1):
            first, *others = statements[start : start + TILES + 1]
            one.append(together(location, headers, [first]))
            new.append(together(location, headers, others))
            known.append(together(location, headers, others))
            bare_one.append(together(passing_on, headers, [first]))
            bare_all.append(together(passing_on, headers, others))
        cursor.execute(TILE_CALLS)
        calls, waited_ms = cursor.fetchone()
    line(f"{TILES} queries of {slow_seconds:g} s / one, new texts", min(new), min(one), 1.1)
    line(f"{TILES} queries of {slow_seconds:g} s / one, known texts", min(known), min(one), 1.1)
    line(f"{TILES} GETs of {slow_seconds:g} s by a bare server / one", min(bare_all), min(bare_one), 1.1)
    assert calls == 2 + ATTEMPTS * (2 * TILES + 1), calls
    assert waited_ms < 100, waited_ms  # for quota


def line(name: str, ours: float, least: float, goal: float) -> None:
    """Print one comparison."""
    verdict = "PASS" if ours / least <= goal else "over"
    print(f"{name:<42} {least:>8.3f} {ours:>9.3f} {ours / least:>7.3f} {goal:>6.2f}  {verdict}")


def main() -> None:
    """Print one line a claim."""
    with running(LATENCY_SECONDS) as (url, location, headers):
        with (
            flightsql.connect(location, db_kwargs=headers, autocommit=True) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(
                "SELECT marketplace_id FROM sellers.marketplace_participations WHERE participation_is_participating"
            )
            marketplaces = ",".join(sorted({row[0] for row in cursor.fetchall()}))
            scanned(cursor, SCAN)
            bare_first, bare_whole = best(lambda: bare(url, marketplaces))
            first, whole = best(lambda: scanned(cursor, SCAN))
        print(f"{PAGES} pages of {LATENCY_SECONDS * 1000:g} ms")
        print(f"{'':<42} {'least s':>8} {'ours s':>9} {'ratio':>7} {'goal':>6}")
        line("whole scan / bare loop of GETs", whole, bare_whole, 1.03)
        line("first batch / first page", first, bare_first, 1.3)
    for seconds in SLOW_SECONDS:
        tiles(seconds)
    print("each query of the last lines made one call and did not wait for quota")


if __name__ == "__main__":
    main()
