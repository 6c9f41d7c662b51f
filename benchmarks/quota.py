"""How close keyed calls come to the least time that a usage plan permits, and whether any is refused.

N calls of getOrderItems through the whole server, against a simulator whose quotas run sixty times as fast as Amazon's:
rate 30/s, burst 30. The least possible time is (N - burst) / rate. Prints elapsed ÷ least and the number of 429s.
"""

import time

import adbc_driver_flightsql.dbapi as flightsql

from flight_server.cli.assembly import ServerOptions, running_server
from flight_server.cli.demo import demo_parameters
from flight_server.simulator import Simulator, SimulatorOptions

SPEED = 60.0
RATE, BURST = 0.5 * SPEED, 30
GOAL = 1.05
HEADER = "adbc.flight.sql.rpc.call_header."


def measure(count: int) -> tuple[float, int]:
    """Seconds that `count` calls took, and how many were answered 429."""
    with Simulator(SimulatorOptions(port=0, orders=3 * count, speed=SPEED)) as simulator:
        allowed = simulator.url.removeprefix("http://")
        with running_server(ServerOptions(allowed_hosts=(allowed,), environment={})) as server:
            elapsed = run_query(server.location, demo_parameters(simulator.url), keyed_query(simulator, count), count)
        return elapsed, sum(call["status"] == 429 for call in simulator.calls)


def keyed_query(simulator: Simulator, count: int) -> str:
    """SQL that looks up the items of `count` orders, each of which fits on one page."""
    order_ids = [str(order["AmazonOrderId"]) for order in simulator.story.orders()]
    one_page = [order_id for order_id in order_ids if len(simulator.story.order_items(order_id)) < 90]
    values = ", ".join(f"('{order_id}')" for order_id in one_page[:count])
    wanted = f"(VALUES {values}) AS wanted(id)"
    return f"SELECT count(DISTINCT amazon_order_id) FROM {wanted} JOIN orders.order_items ON amazon_order_id = id"


def run_query(location: str, parameters: dict[str, str], sql: str, expected: int) -> float:
    """Run the query through the ADBC driver; seconds."""
    headers = {HEADER + name: value for name, value in parameters.items()}
    with (
        flightsql.connect(location, db_kwargs=headers, autocommit=True) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT 1")
        started = time.perf_counter()
        cursor.execute(sql)
        rows = cursor.fetchall()
        elapsed = time.perf_counter() - started
    assert rows == [(expected,)], rows
    return elapsed


def main() -> None:
    """Print one line a size."""
    print(f"getOrderItems at {RATE:g}/s, burst {BURST}; goal: elapsed / least <= {GOAL}, no 429")
    print(f"{'calls':>7} {'least s':>9} {'elapsed s':>10} {'ratio':>7} {'429s':>6}")
    for count in (50, 200, 1000):
        least = (count - BURST) / RATE
        elapsed, refused = measure(count)
        verdict = "PASS" if elapsed / least <= GOAL and not refused else "over"
        print(f"{count:>7} {least:>9.2f} {elapsed:>10.2f} {elapsed / least:>7.3f} {refused:>6}  {verdict}")


if __name__ == "__main__":
    main()
