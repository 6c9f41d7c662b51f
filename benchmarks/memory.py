"""Queries made to fill the memory: what the server holds meanwhile, how they end, and whether others are answered.

The server is a process of its own with a memory limit; its resident memory is read every few milliseconds from outside.
Each bomb runs with a QueryTimeout, beside it another client asks `SELECT 1` all the time. Goals: resident memory within
the limit and a quarter of it, every bomb ended a second after its timeout at the latest, no `SELECT 1` refused.
"""

import multiprocessing
import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import adbc_driver_flightsql.dbapi as flightsql
import pyarrow as pa

from flight_server.cli.assembly import ServerOptions, running_server
from flight_server.engine.watchdog import size_in_bytes

MEMORY_LIMIT = "1GB"
TIMEOUT_SECONDS = 15
GRACE_SECONDS = 1.0
OVER = 1.25
SPARED = 12_000_000_000
TIMEOUT = "adbc.flight.sql.rpc.call_header.querytimeout"
PROCESSES = multiprocessing.get_context("spawn")

DOUBLING = "WITH RECURSIVE r(n, t) AS (SELECT 0, 'xxxxxxxxxx' UNION ALL SELECT n + 1, t || t FROM r WHERE n < 34)"
PRODUCT = "range(30000) a, range(30000) b"
BOMBS = {
    "one long text": "SELECT length(repeat('x', 4000000000))",
    "texts of many rows": "SELECT max(repeat('x', 90000 + (range % 9)::INT)) FROM range(100000000)",
    "doubling by recursion": f"{DOUBLING} SELECT max(length(t)) FROM r",
    "doubling by replace": "SELECT length(" + "replace(" * 9 + "repeat('x', 1000)" + ", 'x', 'xxxxxxxx')" * 9 + ")",
    "doubling by a column": "SELECT length("
    + "replace(" * 9
    + "repeat('x', 1000)"
    + ", 'x', t)" * 9
    + ") FROM (SELECT repeat('x', range::INT) AS t FROM range(8, 9))",
    "doubling by reduce": "SELECT length(list_reduce(['x' FOR i IN range(40)], lambda a, b: a || a || b))",
    "one text of many": "SELECT length(string_agg(repeat('x', 1000), ',')) FROM range(20000000)",
    "one list of many": "SELECT len(array_agg(repeat('x', 1000) || range)) FROM range(20000000)",
    "lists of lists": "SELECT max(len(list_transform(range(10000), i -> range(10000)))) FROM range(100000)",
    "sorting a product": f"SELECT * FROM {PRODUCT} ORDER BY hash(a.range + b.range) LIMIT 3 OFFSET 99999999",
    "distinct texts": "SELECT count(DISTINCT repeat(md5(range::VARCHAR), 100)) FROM range(100000000)",
    "a text of JSON": "SELECT length(json_group_array(repeat('x', 1000))::VARCHAR) FROM range(20000000)",
    "a product counted": "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range + b.range = 3",
    "many rows sent": "SELECT repeat('x', 10000) AS t FROM range(400000)",
}


@dataclass
class Watched:
    """What was seen of the server and of the other client while a bomb ran."""

    peak_bytes: int = 0
    slowest_seconds: float = 0.0
    refused: list[str] = field(default_factory=list)


def serve(pipe: Connection) -> None:
    """A server with the limit, until the pipe is closed; should nothing else hold it, the machine is spared."""
    resource.setrlimit(resource.RLIMIT_AS, (SPARED, SPARED))
    with running_server(ServerOptions(environment={}, memory_limit=MEMORY_LIMIT, is_alone=True)) as server:
        pipe.send(server.location)
        with suppress(EOFError):
            pipe.recv()


def resident(pid: int) -> int:
    """Bytes that a process holds."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS")), 0)  # it may be dead


@contextmanager
def watched(location: str, pid: int) -> Iterator[Watched]:
    """While inside, look at the server's memory and ask it something small, again and again."""
    seen, is_over = Watched(), threading.Event()

    def look() -> None:
        while not is_over.wait(0.005):
            seen.peak_bytes = max(seen.peak_bytes, resident(pid))

    def ask() -> None:
        with flightsql.connect(location, autocommit=True) as connection:
            while not is_over.wait(0.05):
                started = time.perf_counter()
                try:
                    with connection.cursor() as cursor:
                        cursor.execute("SELECT 1")
                        cursor.fetchall()
                except flightsql.Error as error:
                    seen.refused.append(str(error))
                seen.slowest_seconds = max(seen.slowest_seconds, time.perf_counter() - started)

    threads = [threading.Thread(target=each) for each in (look, ask)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


def exploded(location: str, sql: str) -> tuple[float, str]:
    """(seconds, how it ended)."""
    started = time.perf_counter()
    with flightsql.connect(location, db_kwargs={TIMEOUT: str(TIMEOUT_SECONDS)}, autocommit=True) as connection:
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                rows = sum(batch.num_rows for batch in cursor.fetch_record_batch())
            how = f"answered, {rows:,} rows"
        except (flightsql.Error, OSError, pa.ArrowException) as error:  # the last two: once a stream has begun
            how = str(error).partition("[FlightSQL] ")[2].partition(". Detail")[0]
    return time.perf_counter() - started, how


def main() -> None:
    """Print one line a bomb; exit 1 where a goal is missed."""
    ours, theirs = PROCESSES.Pipe()
    process = PROCESSES.Process(target=serve, args=(theirs,), daemon=True)
    process.start()
    location, pid = ours.recv(), process.pid
    assert pid is not None
    idle = resident(pid)
    most = idle + OVER * size_in_bytes(MEMORY_LIMIT)
    missed = []
    print(f"limit {MEMORY_LIMIT}; idle {idle / 1e6:.0f} MB; goal: {most / 1e6:.0f} MB at most")
    print(f"{'':24} {'peak MB':>8} {'seconds':>8} {'SELECT 1 at most':>17}  ended")
    for name, sql in BOMBS.items():
        time.sleep(2)  # the engine returns what it has freed within a second
        with watched(location, pid) as seen:
            seconds, how = exploded(location, sql)
        peak, slowest = seen.peak_bytes / 1e6, seen.slowest_seconds
        print(f"{name:24} {peak:>8.0f} {seconds:>8.2f} {slowest:>15.2f} s  {how[:60]}")
        if seen.peak_bytes > most or seconds > TIMEOUT_SECONDS + GRACE_SECONDS or seen.refused:
            missed.append(name)
            print(*dict.fromkeys(seen.refused), sep="\n")
    ours.close()
    process.join(timeout=10)
    print(f"missed: {', '.join(missed)}" if missed else "all within the goals")
    raise SystemExit(bool(missed))


if __name__ == "__main__":
    main()
