"""What the server adds to the time that Amazon takes: to a whole scan, to its first rows, to many queries at once.

A simulator that waits 50 ms before every answer, and beside each query a bare loop of GETs over the same pages. Then
one that waits a second, asked by one query and by 32 different ones at once. Goals: 1.03, 1.3, 1.1.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import adbc_driver_flightsql.dbapi as flightsql
import requests

from flight_server.cli.assembly import ServerOptions, running_server
from flight_server.cli.demo import demo_parameters
from flight_server.simulator import Simulator, SimulatorOptions

HEADER = "adbc.flight.sql.rpc.call_header."
LATENCY_SECONDS = 0.05
SLOW_SECONDS = 1.0
PAGES = 20
ORDERS = PAGES * 100
SCAN = "SELECT amazon_order_id, order_status, purchase_date, order_total_amount FROM orders.orders"
TILES = 32


@contextmanager
def running(latency_seconds: float) -> Iterator[tuple[Simulator, str, dict[str, str]]]:
    """A slow simulator and a server before it; (simulator, location, driver options)."""
    options = SimulatorOptions(port=0, orders=ORDERS, limits=False, latency_seconds=latency_seconds)
    with Simulator(options) as simulator:
        allowed = simulator.url.removeprefix("http://")
        with running_server(ServerOptions(allowed_hosts=(allowed,), environment={})) as server:
            headers = {HEADER + name: value for name, value in demo_parameters(simulator.url).items()}
            yield simulator, server.location, headers


def bare_pages(simulator: Simulator, marketplaces: str) -> Iterator[bytes]:
    """The same pages by a plain loop over one connection."""
    login = {"grant_type": "refresh_token", "refresh_token": "Atzr|demo", "client_secret": "demo-secret"}
    login["client_id"] = "amzn1.application-oa2-client.demo"
    with requests.Session() as http:
        token = http.post(f"{simulator.url}/auth/o2/token", data=login, timeout=60).json()["access_token"]
        http.headers["x-amz-access-token"] = token
        parameters = {
            "MarketplaceIds": marketplaces,
            "CreatedAfter": "2016-01-01T00:00:00Z",
            "MaxResultsPerPage": "100",
        }
        while True:
            answer = http.get(f"{simulator.url}/orders/v0/orders", params=parameters, timeout=60)
            yield answer.content
            page_token = answer.json()["payload"].get("NextToken")
            if not page_token:
                return
            parameters["NextToken"] = page_token


def bare(simulator: Simulator, marketplaces: str) -> tuple[float, float]:
    """(seconds of the first page, seconds of all), the sign-in left out."""
    pages = bare_pages(simulator, marketplaces)
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


def together(location: str, headers: dict[str, str], count: int) -> float:
    """Seconds until `count` connections that start at once have each read a slow query of their own."""
    barrier = threading.Barrier(count + 1)

    def run(number: int) -> None:
        with (
            flightsql.connect(location, db_kwargs=headers, autocommit=True) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT 1")
            barrier.wait()
            scanned(cursor, f"{SCAN} WHERE purchase_date >= '2020-01-01T00:00:{number:02d}Z' LIMIT 5")

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    barrier.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started


def line(name: str, ours: float, least: float, goal: float) -> None:
    """Print one comparison."""
    verdict = "PASS" if ours / least <= goal else "over"
    print(f"{name:<34} {least:>8.3f} {ours:>9.3f} {ours / least:>7.3f} {goal:>6.2f}  {verdict}")


def main() -> None:
    """Print one line a claim."""
    with running(LATENCY_SECONDS) as (simulator, location, headers):
        with (
            flightsql.connect(location, db_kwargs=headers, autocommit=True) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(
                "SELECT marketplace_id FROM sellers.marketplace_participations WHERE participation_is_participating"
            )
            marketplaces = ",".join(sorted({row[0] for row in cursor.fetchall()}))
            scanned(cursor, SCAN)
            bare_first, bare_whole = best(lambda: bare(simulator, marketplaces))
            first, whole = best(lambda: scanned(cursor, SCAN))
        print(f"{PAGES} pages of {LATENCY_SECONDS * 1000:g} ms")
        print(f"{'':<34} {'least s':>8} {'ours s':>9} {'ratio':>7} {'goal':>6}")
        line("whole scan / bare loop of GETs", whole, bare_whole, 1.03)
        line("first batch / first page", first, bare_first, 1.3)
    with running(SLOW_SECONDS) as (_, location, headers):
        one = min(together(location, headers, 1) for _ in range(2))
        line(f"{TILES} slow queries / one", together(location, headers, TILES), one, 1.1)


if __name__ == "__main__":
    main()
