import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from flight_server.simulator import Simulator, SimulatorOptions
from tests.simulator.caller import EVERYWHERE, LONG_AGO, US, Caller
from tests.simulator.conftest import NOW


def test_the_log_holds_one_line_a_call(tmp_path: Path) -> None:
    log = tmp_path / "calls.jsonl"
    with Simulator(SimulatorOptions(port=0, orders=50, now=NOW, log=log)) as simulator:
        caller = Caller(simulator.url)
        caller.get("/orders/v0/orders", CreatedAfter=LONG_AGO, MarketplaceIds=EVERYWHERE, Nonsense="ä b")
        caller.restricted_token("/orders/v0/orders", "buyerInfo")
        lines = log.read_text("utf-8").splitlines()  # flushed while it runs
        caller.close()
        assert simulator.calls == [json.loads(line) for line in lines]
        simulator.clear_calls()
        assert simulator.calls == []
    login, orders, token = (json.loads(line) for line in lines)
    assert (login["operation"], login["method"], login["status"]) == ("lwaToken", "POST", 200)
    assert "demo-secret" not in lines[0]
    assert "Atz" not in lines[0]
    assert orders["time"].startswith("2026-03-18T15:30:")
    assert {name: orders[name] for name in ("operation", "method", "path", "query", "status", "account")} == {
        "operation": "getOrders",
        "method": "GET",
        "path": "/orders/v0/orders",
        "query": {"CreatedAfter": LONG_AGO, "MarketplaceIds": EVERYWHERE, "Nonsense": "ä b"},
        "status": 200,
        "account": "demo",
    }
    assert token["body"]["restrictedResources"][0]["dataElements"] == ["buyerInfo"]


def test_a_list_sent_by_repetition_is_refused(caller: Caller, strict_caller: Caller) -> None:
    path = f"/orders/v0/orders?CreatedAfter={LONG_AGO}&MarketplaceIds={US}&MarketplaceIds={US}"
    assert caller.get(path).status_code == 400
    assert "MarketplaceIds" in strict_caller.get(path).text


def test_the_edge_refuses_with_html(caller: Caller) -> None:
    headers = {"x-amz-access-token": caller.access_token}
    url = f"{caller.url}/sellers/v1/account"
    with_body = caller.http.get(url, headers=headers, data="x", timeout=10)
    long_name = caller.http.get(url, headers={**headers, "user-agent": "x" * 501}, timeout=10)
    for answer in (with_body, long_name):
        assert (answer.status_code, answer.headers["content-type"]) == (400, "text/html")


def test_a_hundred_connections_are_served_at_once(simulator: Simulator) -> None:
    everyone_is_in = threading.Barrier(100)

    def one(number: int) -> int:
        caller = Caller(simulator.url)
        everyone_is_in.wait(timeout=30)
        statuses = {caller.get("/sellers/v1/account").status_code for _ in range(3)}
        caller.close()
        return number if statuses == {200} else -1

    with ThreadPoolExecutor(100) as pool:
        assert sorted(pool.map(one, range(100))) == list(range(100))


def test_stopping_closes_connections_and_frees_the_port() -> None:
    simulator = Simulator(SimulatorOptions(port=0, orders=10, now=NOW)).start()
    port = simulator.port
    with socket.create_connection(("127.0.0.1", port), timeout=5) as idle:
        idle.sendall(b"GET / HTTP/1.1\r\nHost: simulator\r\n\r\n")
        assert idle.recv(100_000).startswith(b"HTTP/1.1 403")
        simulator.stop()
        assert idle.recv(1) == b""
    assert not [thread for thread in threading.enumerate() if thread.name == f"simulator-{port}"]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    with pytest.raises(RuntimeError, match="not running"):
        _ = simulator.port
    simulator.stop()


def test_a_taken_port_is_an_error_at_the_start() -> None:
    with (
        Simulator(SimulatorOptions(port=0, orders=10, now=NOW)) as first,
        pytest.raises(OSError, match="in use"),
    ):
        Simulator(SimulatorOptions(port=first.port, orders=10, now=NOW)).start()
