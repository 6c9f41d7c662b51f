from typing import Any

import pytest

from flight_server.simulator import SimulatedClock, Simulator, SimulatorOptions
from tests.simulator.caller import DE, US, Caller, refusal
from tests.simulator.conftest import NOW, Tick

PATH = "/fba/inventory/v1/summaries"
ASKED = {"granularityType": "Marketplace", "granularityId": US, "marketplaceIds": US}


def summaries(caller: Caller, **asked: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    sent = asked
    while True:
        body = caller.get(PATH, **sent).json()
        found += body["payload"]["inventorySummaries"]
        if "pagination" not in body:
            return found
        sent = {**asked, "nextToken": body["pagination"]["nextToken"]}


def test_all_pages_are_the_whole_stock(simulator: Simulator, caller: Caller) -> None:
    told = summaries(caller, **ASKED, details="true")
    assert told == simulator.story.inventory(US)
    assert len(told) > 100
    assert any(summary["inventoryDetails"]["fulfillableQuantity"] == 0 for summary in told)


def test_details_come_only_when_asked_for(caller: Caller) -> None:
    assert not any("inventoryDetails" in summary for summary in summaries(caller, **ASKED))


def test_skus_with_odd_characters_are_found(simulator: Simulator, caller: Caller) -> None:
    skus = [str(summary["sellerSku"]) for summary in simulator.story.inventory(US)]
    odd = [sku for sku in skus if not sku.replace("-", "").replace("_", "").isalnum()]
    assert {char for sku in odd for char in sku} >= set(" /+&%#?=")
    assert [summary["sellerSku"] for summary in summaries(caller, **ASKED, sellerSkus=",".join(odd[:50]))] == odd[:50]
    assert [summary["sellerSku"] for summary in summaries(caller, **ASKED, sellerSku=odd[0])] == odd[:1]


def test_changes_since_a_time(simulator: Simulator, caller: Caller) -> None:
    start = "2026-03-10T00:00:00Z"
    expected = [s for s in simulator.story.inventory(US) if str(s.get("lastUpdatedTime", "")) >= start]
    told = summaries(caller, **ASKED, details="true", startDateTime=start, sellerSku="is ignored then")
    assert told == expected != []


def test_page_tokens_live_thirty_seconds(timed_caller: Caller, tick: Tick) -> None:
    token = timed_caller.get(PATH, **ASKED).json()["pagination"]["nextToken"]
    tick.seconds = 30
    assert timed_caller.get(PATH, **ASKED, nextToken=token).status_code == 200
    tick.seconds = 31
    answer = timed_caller.get(PATH, **ASKED, nextToken=token)
    assert refusal(answer) == (400, "InvalidInput")
    assert answer.json()["errors"][0]["message"] is None


def test_speed_shortens_the_life_of_page_tokens_within_reason(tick: Tick) -> None:
    options = SimulatorOptions(port=0, orders=20, speed=15)
    with Simulator(options, SimulatedClock(NOW, tick)) as simulator:
        caller = Caller(simulator.url)
        token = caller.get(PATH, **ASKED).json()["pagination"]["nextToken"]
        tick.seconds = 1.9
        assert caller.get(PATH, **ASKED, nextToken=token).status_code == 200
        tick.seconds = 2.1
        assert caller.get(PATH, **ASKED, nextToken=token).status_code == 400
        caller.close()


@pytest.mark.parametrize(
    "change",
    [
        {"granularityType": "Country"},
        {"granularityId": DE},
        {"granularityId": "NOWHERE"},
        {"marketplaceIds": f"{US},{DE}"},
        {"sellerSkus": ",".join(str(n) for n in range(51))},
        {"startDateTime": "2024-01-01T00:00:00Z"},
        {"details": "1"},
        {"nextToken": "made up"},
    ],
    ids=str,
)
def test_broken_rules_are_refused(caller: Caller, change: dict[str, str]) -> None:
    assert refusal(caller.get(PATH, **{**ASKED, **change})) == (400, "InvalidInput")


def test_page_tokens_want_the_same_parameters_again(caller: Caller) -> None:
    token = caller.get(PATH, **ASKED, details="true").json()["pagination"]["nextToken"]
    assert refusal(caller.get(PATH, **ASKED, nextToken=token)) == (400, "InvalidInput")
