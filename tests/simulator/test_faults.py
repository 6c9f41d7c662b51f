import json
from pathlib import Path
from typing import Any

import pytest
import requests

from flight_server.simulator import Simulator, SimulatorOptions
from flight_server.simulator.faults import MOST_IN_A_ROW, Fault, Faults
from tests.simulator.caller import EVERYWHERE, LONG_AGO, Caller
from tests.simulator.conftest import NOW

ASKED = {"CreatedAfter": LONG_AGO, "MarketplaceIds": EVERYWHERE}


def test_the_same_seed_draws_the_same_faults() -> None:
    first, again, other = Faults(1, 0.3, 0.3), Faults(1, 0.3, 0.3), Faults(2, 0.3, 0.3)
    drawn = [first.draw(str(number)) for number in range(200)]
    assert drawn == [again.draw(str(number)) for number in range(200)]
    assert drawn != [other.draw(str(number)) for number in range(200)]
    assert set(drawn) == {None, *Fault}


def test_a_repeated_call_gets_through() -> None:
    faults = Faults(1, 0.9, 0.05)
    drawn = [faults.draw("the same call") for _ in range(300)]
    longest = max(len(run) for run in "".join("x" if fault else " " for fault in drawn).split())
    assert longest == MOST_IN_A_ROW


def test_everything_fails_if_everything_is_to_fail() -> None:
    faults = Faults(1, 1.0, 0.0)
    assert all(faults.draw("the same call") for _ in range(50))


def test_calls_fail_with_the_wanted_statuses_but_never_at_login() -> None:
    with Simulator(
        SimulatorOptions(port=0, orders=20, limits=False, fail_rate=1.0, fail_statuses=(500, 503), now=NOW)
    ) as simulator:
        caller = Caller(simulator.url)
        assert caller.access_token
        answers = [caller.get("/orders/v0/orders", **ASKED) for _ in range(30)]
        caller.close()
    assert {answer.status_code for answer in answers} == {500, 503}
    assert not any("Retry-After" in answer.headers for answer in answers)
    kinds = {(answer.status_code, answer.headers["content-type"]) for answer in answers}
    assert kinds == {(500, "application/json"), (503, "application/json"), (503, "text/html")}
    assert all(answer.headers["x-amzn-RequestId"] for answer in answers)


def test_connections_are_dropped_before_and_within_the_answer(tmp_path: Path) -> None:
    log = tmp_path / "calls.jsonl"
    options = SimulatorOptions(port=0, orders=200, limits=False, drop_rate=1.0, now=NOW, log=log)
    causes = set()
    with Simulator(options) as simulator:
        for _ in range(12):
            caller = Caller(simulator.url)
            with pytest.raises(requests.RequestException) as caught:
                caller.get("/orders/v0/orders", **ASKED)
            causes.add(type(caught.value))
            caller.close()
    assert causes == {requests.ConnectionError, requests.exceptions.ChunkedEncodingError}
    entries = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert {entry["status"] for entry in entries if entry["operation"] == "getOrders"} == {0}
    assert {entry["status"] for entry in entries if entry["operation"] == "lwaToken"} == {200}


def test_whoever_repeats_gets_everything() -> None:
    options = SimulatorOptions(port=0, orders=300, limits=False, fail_rate=0.3, drop_rate=0.2, now=NOW)
    with Simulator(options) as simulator:
        caller = Caller(simulator.url)
        told, sent = [], dict(ASKED)
        while sent:
            payload = _patiently(caller, sent)
            told += payload["Orders"]
            sent = {"MarketplaceIds": EVERYWHERE, "NextToken": payload["NextToken"]} if "NextToken" in payload else {}
        caller.close()
        assert len(told) == len(simulator.story.orders())


def _patiently(caller: Caller, sent: dict[str, str]) -> dict[str, Any]:
    for _ in range(MOST_IN_A_ROW + 1):
        try:
            answer = caller.get("/orders/v0/orders", MaxResultsPerPage=20, **sent)
        except requests.RequestException:
            continue
        if answer.status_code == 200:
            payload: dict[str, Any] = answer.json()["payload"]
            return payload
    raise AssertionError("a call failed more often in a row than faults promise")
