"""A dashboard over kept rows: its tiles against the same SQL in plain DuckDB over the same Parquet files.

`--orders` are mirrored by one query (100,000 unless more are asked for: the simulator tells a million in some minutes);
simulator and server are processes of their own. Goals: the tiles take no more than 1.5 times as long as in DuckDB, the
server stays below 700 MiB, and a refresh takes the calls of the list of what changed and no more.
"""

import argparse
import multiprocessing
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import adbc_driver_flightsql.dbapi as flightsql
import duckdb

from flight_server.cli.assembly import ServerOptions, running_server
from flight_server.client import Clock
from flight_server.simulator import SimulatedClock, Simulator, SimulatorOptions

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
HEADER = "adbc.flight.sql.rpc.call_header."
PROCESSES = multiprocessing.get_context("spawn")
RATIO, MEMORY_MIB, CALLS_RATIO = 1.5, 700, 1.05
SINCE = "purchase_date >= '2024-06-20'"
TILES = [
    f"SELECT count(*) AS n FROM orders WHERE {SINCE}",
    f"SELECT sum(order_total_amount) AS total FROM orders WHERE {SINCE}",
    f"SELECT order_status, count(*) AS n FROM orders WHERE {SINCE} GROUP BY ALL",
    f"SELECT month(purchase_date) AS m, sum(order_total_amount) AS t FROM orders WHERE {SINCE} GROUP BY 1",
    f"SELECT purchase_date::DATE AS d, count(*) AS n FROM orders WHERE {SINCE} GROUP BY 1",
    f"SELECT sales_channel, fulfillment_channel, count(*) AS n FROM orders WHERE {SINCE} GROUP BY ALL",
    f"SELECT marketplace_id, avg(order_total_amount) AS a FROM orders WHERE {SINCE} GROUP BY ALL",
    "SELECT purchase_date::DATE AS d, count(*) AS n FROM orders WHERE purchase_date >= '2026-05-01' GROUP BY 1",
    "SELECT count(*) AS n FROM orders WHERE purchase_date >= '2026-06-01' AND order_status <> 'Canceled'",
    f"SELECT amazon_order_id, order_total_amount FROM orders WHERE {SINCE} ORDER BY 2 DESC NULLS LAST, 1 LIMIT 20",
]


def simulate(pipe: Connection, orders: int) -> None:
    """A world that lives in jumps: it goes on by as many seconds as come through the pipe, and tells its calls."""
    seconds = 0.0
    options = SimulatorOptions(port=0, orders=orders, limits=False, lives=True, now=NOW, token_seconds=1e9)
    with Simulator(options, SimulatedClock(NOW, lambda: seconds)) as simulator:
        pipe.send(simulator.url)
        with suppress(EOFError):
            while True:
                seconds += pipe.recv()
                calls = sum(call["operation"] == "getOrders" for call in simulator.calls)
                simulator.clear_calls()
                pipe.send(calls)


def serve(pipe: Connection, host: str, data: str) -> None:
    """A server whose clock goes on likewise."""
    seconds = 0.0
    clock = Clock(utc=lambda: NOW + timedelta(seconds=seconds))
    options = ServerOptions(allowed_hosts=(host,), clock=clock, data=Path(data), environment={}, is_alone=True)
    with running_server(options) as server:
        pipe.send(server.location)
        with suppress(EOFError):
            while True:
                seconds += pipe.recv()
                pipe.send(None)


def started(target: Callable[..., None], *given: object) -> tuple[Any, Connection, Any]:
    """A process, the pipe to it, and what it says first."""
    here, there = PROCESSES.Pipe()
    process = PROCESSES.Process(target=target, args=(there, *given), daemon=True)
    process.start()
    return process, here, here.recv()


def told(pipe: Connection, seconds: float = 0.0) -> Any:
    pipe.send(seconds)
    return pipe.recv()


def best(work: Callable[[], object], runs: int = 5) -> float:
    """The quickest of some runs, in seconds."""
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def peak_mib(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=100_000)
    orders = parser.parse_args().orders
    with tempfile.TemporaryDirectory() as data:
        _, world, url = started(simulate, orders)
        server, clock, location = started(serve, url.removeprefix("http://"), data)
        parameters = {
            "ClientId": "amzn1.application-oa2-client.demo",
            "ClientSecret": "demo-secret",
            "RefreshToken": "Atzr|demo",
            "TokenUrl": f"{url}/auth/o2/token",
            "Endpoint": url,
            "MaxAge": "15m",
        }
        headers = {HEADER + name: value for name, value in parameters.items()}
        with (
            flightsql.connect(location, db_kwargs=headers, autocommit=True) as connection,
            connection.cursor() as cursor,
        ):

            def run(sql: str) -> list[Any]:
                cursor.execute(sql.replace("FROM orders", "FROM orders.orders"))
                return sorted(cursor.fetch_arrow_table().to_pylist(), key=str)

            began = time.perf_counter()
            (row,) = run(TILES[0])
            print(f"{row['n']:,} orders read first in {time.perf_counter() - began:.1f} s, {told(world)} calls")
            print(f"memory of the server so far: {peak_mib(server.pid):.0f} MiB")
            compare(run, list(map(str, Path(data).glob("mirror/orders_v0__orders/**/*.parquet"))))
            assert told(world) == 0
            refresh(run, world, clock)
        mib = peak_mib(server.pid)
        print(f"memory of the server at its peak: {mib:.0f} MiB (goal: below {MEMORY_MIB})")


def compare(run: Callable[[str], list[Any]], files: list[str]) -> None:
    """Each tile here and there."""
    plain = duckdb.connect()
    plain.execute("SET timezone = 'UTC'")
    plain.execute("SET threads = 2")
    here = there = 0.0
    for tile in TILES:
        sql = tile.replace("FROM orders", f"FROM read_parquet({files})")
        mine = best(lambda tile=tile: run(tile))  # type: ignore[misc]  # mypy infers no lambda that has a default
        theirs = best(lambda sql=sql: plain.sql(sql).to_arrow_table())  # type: ignore[misc]  # mypy infers no lambda that has a default
        assert len(run(tile)) == plain.sql(sql).to_arrow_table().num_rows
        here, there = here + mine, there + theirs
        print(f"  {mine * 1000:7.1f} ms, DuckDB {theirs * 1000:6.1f} ms  {tile[:90]}")
    print(f"ten tiles: {here * 1000:.0f} ms, DuckDB {there * 1000:.0f} ms: {here / there:.2f} (goal: {RATIO})")


def refresh(run: Callable[[str], list[Any]], world: Connection, clock: Connection) -> None:
    """Let time pass until some 1,000 orders have changed; then one tile."""
    changed_sql = f"/* max_age=0 */ SELECT count(*) AS n FROM orders WHERE last_update_date >= '{NOW.isoformat()}'"
    day = 24 * 3600.0
    hours = 0
    while True:
        told(world, day / 4), told(clock, day / 4)
        hours += 6
        changed = count_changed(run, changed_sql)
        if changed >= 1000 or hours > 24 * 60:
            break
    told(world)
    began = time.perf_counter()
    run(TILES[0])
    took, calls = time.perf_counter() - began, told(world)
    least = -(-changed // 100)
    print(
        f"refresh after {changed:,} changed orders: {took:.2f} s, {calls} calls, least {least}: "
        f"{calls / least:.2f} (goal: {CALLS_RATIO})"
    )


def count_changed(run: Callable[[str], list[Any]], sql: str) -> int:
    return int(run(sql)[0]["n"])


if __name__ == "__main__":
    main()
