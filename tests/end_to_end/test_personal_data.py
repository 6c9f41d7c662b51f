"""Personal data in the mirror: not without leave, apart from all else, and forgotten at an age."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq

from flight_server.cli.assembly import ServerOptions, running_server
from flight_server.client import Clock, real
from flight_server.mirror import open_mirror
from flight_server.simulator import Simulator, SimulatorOptions
from tests.server_fixtures import NOW, Stack

NAMES = "SELECT amazon_order_id, shipping_address_name AS name FROM orders.orders WHERE purchase_date >= '2026-06-01'"
ADDRESS = "SELECT amazon_order_id, shipping_address_name FROM orders.order_address WHERE amazon_order_id = ?"
PLAIN = "SELECT count(*) AS n FROM orders.orders WHERE purchase_date >= '2026-06-01'"
LATER = timedelta(days=31)


@contextmanager
def simulated() -> Iterator[Simulator]:
    """A seller whose clock is ahead of the servers'."""
    options = SimulatorOptions(port=0, orders=300, limits=False, now=NOW + 2 * LATER, report_seconds=0)
    with Simulator(options) as simulator:
        yield simulator


@contextmanager
def keeping(simulator: Simulator, data: Path, after: timedelta = timedelta()) -> Iterator[Stack]:
    """A server over the directory so long after the first, which forgets after 30 days."""
    options = ServerOptions(
        allowed_hosts=(simulator.url.removeprefix("http://"),),
        clock=Clock(utc=lambda: NOW + after),
        environment={},
        data=data,
        forget_after=timedelta(days=30),
    )
    with running_server(options) as server:
        yield Stack(simulator, server)


def holds(data: Path, text: str) -> bool:
    """Whether any file of the directory has the text, packed or not."""
    for path in (data / "mirror").rglob("*"):
        if path.suffix == ".parquet" and "_delta_log" not in path.parts:
            if text in str(pq.read_table(path, partitioning=None).to_pydict()):
                return True
        elif path.is_file() and text.encode() in path.read_bytes():
            return True
    return False


def a_name(rows: list[dict[str, str]]) -> str:
    """One of the names."""
    return next(row["name"] for row in rows if row["name"])


def test_personal_data_are_not_written_without_leave(tmp_path: Path) -> None:
    with simulated() as simulator, keeping(simulator, tmp_path) as stack:
        name = a_name(stack.query(NAMES, MaxAge="1h"))
        stack.query(PLAIN, MaxAge="1h")
    assert not holds(tmp_path, name)


def test_they_lie_in_tables_apart_and_are_told_again(tmp_path: Path) -> None:
    with simulated() as simulator, keeping(simulator, tmp_path) as stack:
        rows = stack.query(NAMES, MaxAge="1h", MirrorRestricted="True")
        stack.query(PLAIN, MaxAge="1h")
        stack.simulator.clear_calls()
        assert stack.query(NAMES, MaxAge="1h", MirrorRestricted="True") == rows
        assert stack.calls("getOrders") == []
    assert holds(tmp_path, a_name(rows))
    plain = tmp_path / "plain"
    plain.mkdir()
    (tmp_path / "mirror" / "orders_v0__orders").rename(plain / "mirror")
    assert not holds(plain, a_name(rows))


def test_they_are_forgotten_with_their_files_and_asked_for_anew(tmp_path: Path) -> None:
    with simulated() as simulator:
        with keeping(simulator, tmp_path) as stack:
            rows = stack.query(NAMES, MaxAge="Any", MirrorRestricted="True")
            one = next(row for row in rows if row["name"])
            (address,) = stack.query(ADDRESS, [one["amazon_order_id"]], MaxAge="Any", MirrorRestricted="True")
            count = stack.query(PLAIN, MaxAge="Any")
        with keeping(simulator, tmp_path, LATER) as stack:
            assert not holds(tmp_path, one["name"])
            simulator.clear_calls()
            assert stack.query(PLAIN, MaxAge="Any") == count
            assert stack.calls("getOrders") == []
            assert stack.query(NAMES, MaxAge="Any", MirrorRestricted="True") == rows
            again = stack.query(ADDRESS, [one["amazon_order_id"]], MaxAge="Any", MirrorRestricted="True")
            assert again == [address]
            assert {call["operation"] for call in stack.calls()} == {"getOrders", "getOrderAddress"}


def test_younger_ones_stay(tmp_path: Path) -> None:
    with simulated() as simulator:
        with keeping(simulator, tmp_path) as stack:
            rows = stack.query(NAMES, MaxAge="Any", MirrorRestricted="True")
        with keeping(simulator, tmp_path, timedelta(days=29)) as stack:
            simulator.clear_calls()
            assert stack.query(NAMES, MaxAge="Any", MirrorRestricted="True") == rows
            assert stack.calls() == []


def test_while_queries_read_the_rows_go_at_once_and_their_files_an_hour_later(tmp_path: Path) -> None:
    with simulated() as simulator, keeping(simulator, tmp_path) as stack:
        name = a_name(stack.query(NAMES, MaxAge="Any", MirrorRestricted="True"))
    with open_mirror(tmp_path, real.utc) as mirror:
        assert mirror is not None
        mirror.forget_restricted(NOW + LATER, is_read=True)
        (record,) = mirror.records()
        assert (record.rows, record.covered) == (0, "[]")
        assert holds(tmp_path, name)
        mirror.forget_restricted(NOW + LATER, is_read=False)
        assert not holds(tmp_path, name)
