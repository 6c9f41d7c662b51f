"""How close queries come to the least time that a usage plan permits, and whether any call is refused.

Two kinds of work through the whole server: N keyed calls of getOrderItems, and a whole scan of orders.orders, which
follows the page tokens of getOrders beyond its burst. The least possible time is (N - burst) / rate. Printed are
elapsed ÷ least and the number of 429s. Each run has a simulator of its own, whose quotas run `speed` times as fast as
Amazon's; the speed of each line is chosen so that the least time is eight seconds or more, beside which the fixed cost
of a query is small, as it is at Amazon's own rates. For the same reason the keys stand in one text literal: to read and
plan a thousand literals takes some tenths of a second, whatever the quota.

Beside it python-amazon-sp-api does the same work against the same kind of simulator, held back by its own means:
`throttle_retry`, which sleeps after a 429, and `load_all_pages`, which sleeps after each page, either a fixed time or,
with `use_rate_limit_header`, the 1/rate of the answer. Their defaults (5 s after a 429, 2 s after a page) are meant for
Amazon's rates and are divided by `speed`. Three things differ from its examples, each in its favour: the client is made
once, not once a call; `throttle_retry` goes around the call and not around the generator of `load_all_pages`, where the
examples have it and where it would catch nothing; and it sends no marketplace to getOrderItems, which has no such
parameter.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import adbc_driver_flightsql.dbapi as flightsql
from sp_api.api import OrdersV0  # type: ignore[import-untyped]  # it has no annotations
from sp_api.auth import AccessTokenClient  # type: ignore[import-untyped]  # it has no annotations
from sp_api.util import load_all_pages, throttle_retry  # type: ignore[import-untyped]  # it has no annotations

import catalog
from catalog.table import Operation, UsagePlan
from flight_server.cli.assembly import ServerOptions, running_server
from flight_server.cli.commands.demo import demo_parameters
from flight_server.simulator import Simulator, SimulatorOptions

GOAL = 1.02
HEADER = "adbc.flight.sql.rpc.call_header."
ROWS_PER_PAGE = 100
SINCE = "2016-01-01T00:00:00Z"
MARKETPLACES = "SELECT marketplace_id FROM sellers.marketplace_participations WHERE participation_is_participating"
THEIR_RETRY_SECONDS, THEIR_PAGE_SECONDS = 5.0, 2.0


@dataclass(frozen=True)
class Work:
    """So many calls of one operation, and the quota under which they are made."""

    operation: Operation
    calls: int
    speed: float
    orders: int

    @property
    def usage_plan(self) -> UsagePlan:
        """Calls a second on this simulator, and how many at once."""
        assert self.operation.usage_plan is not None
        return replace(self.operation.usage_plan, rate=self.operation.usage_plan.rate * self.speed)

    @property
    def least(self) -> float:
        """The seconds that the calls beyond the burst have to wait."""
        return (self.calls - self.usage_plan.burst) / self.usage_plan.rate


def operation_of(table: str) -> Operation:
    """The operation behind a table of schema `orders`."""
    found = catalog.load().resolve(table, "orders")
    assert found.operation is not None
    return found.operation


def keyed(calls: int, speed: float) -> Work:
    """The items of so many orders; there are more orders, since those with several pages are left out."""
    return Work(operation_of("order_items"), calls, speed, orders=3 * calls)


def paged(calls: int, speed: float) -> Work:
    """Orders on so many pages."""
    return Work(operation_of("orders"), calls, speed, orders=ROWS_PER_PAGE * calls)


Run = Callable[[Work, Simulator], float]
"""Does the work; the seconds it took."""


def order_ids(work: Work, simulator: Simulator) -> list[str]:
    """The orders to look up, each with items that fit on one page."""
    ids = (str(order["AmazonOrderId"]) for order in simulator.story.orders())
    return [order_id for order_id in ids if len(simulator.story.order_items(order_id)) < 90][: work.calls]


def check(work: Work, simulator: Simulator, found: int) -> None:
    """Stop if not every order was read; of the pages, those of the last two minutes are not told."""
    if work.operation.operation_id == "getOrders":
        known = len(simulator.story.orders())
        assert known - 10 <= found <= known, (found, known)
        assert -(-found // ROWS_PER_PAGE) == work.calls, found
    else:
        assert found == work.calls, found


# ---- ours


def ours(work: Work, simulator: Simulator) -> float:
    """One query through server and driver."""
    if work.operation.operation_id == "getOrders":
        sql = "SELECT count(DISTINCT amazon_order_id) FROM orders.orders"
    else:
        sql = keyed_query(order_ids(work, simulator))
    with connected(simulator) as cursor:
        cursor.execute("SELECT 1")
        started = time.perf_counter()
        cursor.execute(sql)
        ((found,),) = cursor.fetchall()
        elapsed = time.perf_counter() - started
    check(work, simulator, found)
    return elapsed


def keyed_query(ids: list[str]) -> str:
    """SQL that looks up the items of these orders."""
    wanted = f"SELECT unnest(string_split('{','.join(ids)}', ','))"
    return f"SELECT count(DISTINCT amazon_order_id) FROM orders.order_items WHERE amazon_order_id IN ({wanted})"


@contextmanager
def connected(simulator: Simulator) -> Iterator[Any]:
    """A cursor of the ADBC driver on a new server before this simulator."""
    headers = {HEADER + name: value for name, value in demo_parameters(simulator.url).items()}
    options = ServerOptions(allowed_hosts=(simulator.url.removeprefix("http://"),), environment={})
    with (
        running_server(options) as server,
        flightsql.connect(server.location, db_kwargs=headers, autocommit=True) as connection,
        connection.cursor() as cursor,
    ):
        yield cursor


# ---- python-amazon-sp-api


@dataclass(frozen=True)
class SimulatedMarketplace:
    """What its client asks of a marketplace; its own list knows Amazon's addresses alone."""

    endpoint: str
    marketplace_id: str = "ATVPDKIKX0DER"
    region: str = "us-east-1"


class Orders(OrdersV0):  # type: ignore[misc]  # it has no annotations
    """Its client of the orders API, without marketplaces that nobody asked for."""

    def _request(self, path: str, **options: Any) -> Any:
        return super()._request(path, **{**options, "add_marketplace": False})


@contextmanager
def their_client(simulator: Simulator) -> Iterator[Orders]:
    """Its client before this simulator, not signed in yet."""

    class SimulatedLogin(AccessTokenClient):  # type: ignore[misc]  # it has no annotations
        scheme, host = "http://", simulator.url.removeprefix("http://")

    login = demo_parameters(simulator.url)
    credentials = {"lwa_app_id": login["ClientId"], "lwa_client_secret": login["ClientSecret"]}
    # It keeps access tokens by refresh token for the life of the process: each simulator gets a seller of its own.
    credentials["refresh_token"] = f"{login['RefreshToken']}-{simulator.port}"
    marketplace = SimulatedMarketplace(simulator.url)
    client = Orders(marketplace, credentials=credentials, auth_token_client_class=SimulatedLogin)
    try:
        yield client
    finally:
        client.close()


def their_calls(work: Work, simulator: Simulator) -> float:
    """Keyed calls one after the other, each tried again after a 429."""
    ids = order_ids(work, simulator)
    with their_client(simulator) as client:
        get_order_items = throttle_retry(delay=THEIR_RETRY_SECONDS / work.speed)(client.get_order_items)
        started = time.perf_counter()
        found = [get_order_items(order_id).payload["AmazonOrderId"] for order_id in ids]
        elapsed = time.perf_counter() - started
    check(work, simulator, len(set(found)))
    return elapsed


def their_pages(work: Work, simulator: Simulator) -> float:
    """Pages with its default pause after each, each call tried again after a 429."""
    return _their_scan(work, simulator, {"throttle_by_seconds": THEIR_PAGE_SECONDS / work.speed})


def their_pages_by_header(work: Work, simulator: Simulator) -> float:
    """Pages with a pause after each that the answer's rate gives, each call tried again after a 429."""
    return _their_scan(work, simulator, {"use_rate_limit_header": True})


def _their_scan(work: Work, simulator: Simulator, pause: Mapping[str, Any]) -> float:
    with connected(simulator) as cursor:
        cursor.execute(MARKETPLACES)
        marketplaces = [row[0] for row in cursor.fetchall()]
    with their_client(simulator) as client:
        get_orders = throttle_retry(delay=THEIR_RETRY_SECONDS / work.speed)(client.get_orders)
        started = time.perf_counter()
        pages = load_all_pages(**pause)(get_orders)(
            MarketplaceIds=marketplaces, CreatedAfter=SINCE, MaxResultsPerPage=ROWS_PER_PAGE
        )
        found = {order["AmazonOrderId"] for page in pages for order in page.payload["Orders"]}
        elapsed = time.perf_counter() - started
    check(work, simulator, len(found))
    return elapsed


# ---- the table


def measured(work: Work, run: Run) -> tuple[float, int]:
    """Seconds that the work took on a new simulator, and how many calls were answered 429."""
    with Simulator(SimulatorOptions(port=0, orders=work.orders, speed=work.speed)) as simulator:
        elapsed = run(work, simulator)
        statuses = [call["status"] for call in simulator.calls if call["operation"] == work.operation.operation_id]
    assert statuses.count(200) == work.calls, (statuses.count(200), work.calls)
    return elapsed, statuses.count(429)


def main() -> None:
    """Print one line a run."""
    their_keyed = (("  throttle_retry", their_calls),)
    their_paged = (
        ("  throttle_retry, load_all_pages", their_pages),
        ("  the same, use_rate_limit_header", their_pages_by_header),
    )
    works: list[tuple[Work, tuple[tuple[str, Run], ...]]]
    works = [(keyed(calls, speed), their_keyed) for calls, speed in ((50, 5.0), (200, 40.0), (1000, 60.0))]
    works.append((paged(40, 150.0), their_paged))
    print(f"ours beside python-amazon-sp-api; goal for ours: elapsed / least <= {GOAL}, no 429")
    print(f"{'':<34} {'calls':>5} {'rate/s':>7} {'least s':>8} {'elapsed s':>10} {'ratio':>7} {'429s':>6}")
    for work, theirs in works:
        for name, run in ((work.operation.operation_id, ours), *theirs):
            elapsed, refused = measured(work, run)
            ratio = elapsed / work.least
            verdict = "" if run is not ours else "  PASS" if ratio <= GOAL and not refused else "  over"
            figures = f"{work.usage_plan.rate:>7.2f} {work.least:>8.2f} {elapsed:>10.2f} {ratio:>7.3f} {refused:>6}"
            print(f"{name:<34} {work.calls:>5} {figures}{verdict}", flush=True)


if __name__ == "__main__":
    main()
