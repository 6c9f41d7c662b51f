"""Whether a wide catalog costs time: listing tables, their schemas, and planning, with 10, 100 and all tables.

Each column is divided by what 10 tables take, the listings by table as well. Goal: planning does not slow down, all
tables with their schemas are listed within a second, and a server is ready within two.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from catalog import Catalog, load
from flight_server import engine, planner
from flight_server.connection.settings import Settings
from flight_server.engine import Engine
from flight_server.plan import Plan
from flight_server.protocol.column_metadata import table_schema

SQL = "SELECT count(*) FROM orders.orders WHERE purchase_date >= '2026-01-01' AND order_status = 'Shipped'"
SETTINGS = Settings(marketplaces=("ATVPDKIKX0DER",))


def best(work: Callable[[], object], count: int = 5) -> float:
    """Seconds of the fastest run."""
    times = []
    for _ in range(count):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def cut(whole: Catalog, count: int) -> Catalog:
    """A catalog of so many tables, the one that is planned for among them."""
    first = whole.resolve("orders", "orders")
    return Catalog((first, *[table for table in whole.tables if table is not first][: count - 1]))


def ready() -> float:
    """Seconds until a server process takes connections."""
    started = time.perf_counter()
    command = (sys.executable, "-c", "from flight_server.cli import main; main(['serve', '--port', '0'])")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        assert server.stdout is not None
        for line in server.stdout:
            if "grpc://" in line:
                break
        elapsed = time.perf_counter() - started
        server.terminate()
    return elapsed


def main() -> None:
    """Print one line a size."""
    started = time.perf_counter()
    whole = load()
    loaded = time.perf_counter() - started
    duck = Engine()
    now = datetime.now(UTC)

    def fold(constants: Sequence[tuple[str, str]]) -> list[object]:
        return engine.fold(duck, constants)

    def planned(catalog: Catalog) -> Plan:
        return planner.plan(planner.read(SQL, catalog), SETTINGS, fold, now)

    def serialize(catalog: Catalog) -> None:
        for table in catalog.tables:
            table_schema(table).serialize()

    print(f"{len(whole.tables)} tables loaded in {loaded:.2f} s")
    print(f"{'tables':>7} {'schemas s':>10} {'ms a table':>11} {'plan ms':>8} {'plan / plan of 10':>18}")
    least = 0.0
    for count in (10, 100, len(whole.tables)):
        catalog = cut(whole, count)
        schemas = best(partial(serialize, catalog))
        plan = best(partial(planned, catalog), 20)
        least = least or plan
        print(f"{count:>7} {schemas:>10.3f} {schemas / count * 1000:>11.3f} {plan * 1000:>8.2f} {plan / least:>18.2f}")
    duck.close()
    print(f"a server is ready after {min(ready() for _ in range(3)):.2f} s")


if __name__ == "__main__":
    main()
