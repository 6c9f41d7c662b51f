"""Many clients at once: answers a second, the time that 95 of 100 take at most, refusals and memory.

Each client asks eight queries one after the other over a connection of its own; half of them `SELECT 1`, half an
aggregate over the engine's own rows. Server and clients are processes of their own. Goal: no refusal, and as many
answers a second from 200 clients as from 10, within a fifth.
"""

import multiprocessing
import threading
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

import adbc_driver_flightsql.dbapi as flightsql

from flight_server.cli.assembly import ServerOptions, running_server

CLIENTS = (10, 100, 200)
QUERIES = ("SELECT 1", "SELECT sum(range) FROM range(100000)") * 4
PROCESSES = multiprocessing.get_context("spawn")


def serve(pipe: Connection) -> None:
    """A server with default options, until the pipe is closed."""
    with running_server(ServerOptions(environment={})) as server:
        pipe.send(server.location)
        with suppress(EOFError):
            pipe.recv()


def asked(location: str, clients: int) -> tuple[float, list[float], list[str]]:
    """(seconds in all, seconds of each answer, what was refused)."""
    barrier = threading.Barrier(clients + 1)
    seconds: list[float] = []
    refused: list[str] = []

    def ask() -> None:
        with flightsql.connect(location, autocommit=True) as connection:
            barrier.wait()
            for sql in QUERIES:
                started = time.perf_counter()
                try:
                    with connection.cursor() as cursor:
                        cursor.execute(sql)
                        cursor.fetchall()
                    seconds.append(time.perf_counter() - started)
                except flightsql.Error as error:
                    refused.append(str(error))

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    barrier.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started, sorted(seconds), refused


def resident_megabytes(pid: int) -> float:
    """What a process holds."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def main() -> None:
    """Print one line for each number of clients."""
    pipe, its_pipe = PROCESSES.Pipe()
    process = PROCESSES.Process(target=serve, args=(its_pipe,), daemon=True)
    process.start()
    its_pipe.close()
    location = pipe.recv()
    assert process.pid is not None
    asked(location, 2)
    print(f"{'clients':>8} {'answers/s':>10} {'/ first':>8} {'p95 ms':>8} {'refused':>8} {'MB':>6}")
    first = 0.0
    for clients in CLIENTS:
        took, seconds, refused = asked(location, clients)
        rate = len(seconds) / took
        first = first or rate
        p95 = seconds[int(len(seconds) * 0.95)] * 1000 if seconds else 0.0
        memory = resident_megabytes(process.pid)
        verdict = "PASS" if not refused and rate >= 0.8 * first else "over"
        print(
            f"{clients:>8} {rate:>10.0f} {rate / first:>8.2f} {p95:>8.0f} {len(refused):>8} {memory:>6.0f}  {verdict}"
        )
    pipe.close()
    process.join(10)


if __name__ == "__main__":
    main()
