"""How queries go on by the clock: queue, work, end; cancelled, expired, listed, of an account alone; their links."""

from datetime import timedelta

import requests

from flight_server.simulator import SimulatedClock, Simulator, SimulatorOptions
from tests.simulator.caller import DEMO, US, Caller, refusal
from tests.simulator.conftest import NOW, Tick
from tests.simulator.kiosk.asking import (
    DOCUMENTS,
    ECONOMICS,
    QUERIES,
    by_date,
    created,
    ended,
    period,
    stored,
    text,
    told,
)

QUERY = by_date("2026-02-01", "2026-02-07")
DAY = 86_400.0


def cancelled(caller: Caller, query_id: str) -> requests.Response:
    headers = {"x-amz-access-token": caller.access_token}
    return caller.http.delete(f"{caller.url}{QUERIES}/{query_id}", headers=headers, timeout=10)


def test_a_query_waits_is_worked_on_and_is_done(slow: Caller, tick: Tick) -> None:
    query_id = created(slow, QUERY)
    seen = []
    for _ in range(61):
        one = told(slow, query_id)
        assert one["query"] == QUERY
        seen.append((one["processingStatus"], "processingStartTime" in one, "processingEndTime" in one))
        assert ("dataDocumentId" in one) == (one["processingStatus"] == "DONE")
        tick.seconds += 0.5
    assert list(dict.fromkeys(seen)) == [("IN_QUEUE", False, False), ("IN_PROGRESS", True, False), ("DONE", True, True)]


def test_speed_makes_queries_quick(tick: Tick) -> None:
    with Simulator(SimulatorOptions(port=0, orders=200, speed=1000), SimulatedClock(NOW, tick)) as running:
        caller = Caller(running.url)
        query_id = created(caller, QUERY)
        tick.seconds += 0.1
        assert told(caller, query_id)["processingStatus"] == "DONE"
        caller.close()


def test_what_has_not_ended_can_be_cancelled_and_cancelled_again(slow: Caller, tick: Tick) -> None:
    waiting = created(slow, QUERY)
    answer = cancelled(slow, waiting)
    assert (answer.status_code, answer.content) == (204, b"")
    one = told(slow, waiting)
    assert (one["processingStatus"], "processingStartTime" in one) == ("CANCELLED", False)
    tick.seconds += 1
    assert cancelled(slow, waiting).status_code == 204
    assert told(slow, waiting) == one
    running = created(slow, QUERY)
    while told(slow, running)["processingStatus"] == "IN_QUEUE":
        tick.seconds += 0.5
    assert cancelled(slow, running).status_code == 204
    tick.seconds += 60
    one = told(slow, running)
    assert (one["processingStatus"], "processingStartTime" in one) == ("CANCELLED", True)
    assert not {"dataDocumentId", "errorDocumentId"} & one.keys()
    done = created(slow, QUERY)
    tick.seconds += 60
    assert refusal(cancelled(slow, done)) == (400, "InvalidInput")
    assert refusal(cancelled(slow, "1")) == (404, "NotFound")
    assert told(slow, done)["processingStatus"] == "DONE"


def test_queries_and_documents_are_forgotten_after_their_retention(slow: Caller, tick: Tick) -> None:
    query_id = created(slow, QUERY)
    tick.seconds += 29 * DAY
    document_id = told(slow, query_id)["dataDocumentId"]
    assert stored(slow, document_id).status_code == 200
    tick.seconds += 2 * DAY
    assert refusal(slow.get(f"{QUERIES}/{query_id}")) == (404, "NotFound")
    assert refusal(slow.get(f"{DOCUMENTS}/{document_id}")) == (404, "NotFound")


def test_lists_are_newest_first_and_keep_their_filters(slow: Caller, tick: Tick) -> None:
    made = []
    for _ in range(3):
        made.append(created(slow, QUERY))
        tick.seconds += 60
    waiting = created(slow, QUERY)

    def ids(**more: str) -> list[str]:
        return [one["queryId"] for one in slow.get(QUERIES, **more).json()["queries"]]

    newest = [waiting, *reversed(made)]
    assert ids()[:4] == newest
    assert ids(createdSince=NOW.isoformat()) == newest
    assert ids(processingStatuses="IN_QUEUE,IN_PROGRESS") == [waiting]
    until = (NOW + timedelta(seconds=61)).isoformat()
    assert ids(createdUntil=until, createdSince=NOW.isoformat()) == [made[1], made[0]]
    for wrong in (
        {"pageSize": "101"},
        {"pageSize": "0"},
        {"processingStatuses": "LOST"},
        {"createdSince": until, "createdUntil": NOW.isoformat()},
    ):
        assert slow.get(QUERIES, **wrong).status_code == 400


def test_others_have_asked_before_and_their_queries_ended_in_every_way(slow: Caller) -> None:
    before = slow.get(QUERIES).json()["queries"]
    assert [(one["processingStatus"], "dataDocumentId" in one) for one in before] == [
        ("DONE", True),
        ("DONE", False),
        ("FATAL", False),
    ]
    assert stored(slow, before[0]["dataDocumentId"]).text.count("\n") == 30


def test_pages_of_the_list_need_the_same_parameters_but_their_size(slow: Caller, tick: Tick) -> None:
    made = [created(slow, QUERY) for _ in range(12)]
    since = {"createdSince": NOW.isoformat()}
    first = slow.get(QUERIES, **since).json()
    assert len(first["queries"]) == 10
    tick.seconds += 1
    created(slow, QUERY)
    token = first["pagination"]["nextToken"]
    rest = slow.get(QUERIES, paginationToken=token, pageSize=1, **since).json()
    last = slow.get(QUERIES, paginationToken=rest["pagination"]["nextToken"], pageSize=1, **since).json()
    assert "pagination" not in last
    found = [one["queryId"] for page in (first, rest, last) for one in page["queries"]]
    assert found == list(reversed(made))
    for wrong in ({"paginationToken": token}, {"paginationToken": token, **since, "processingStatuses": "DONE"}):
        assert refusal(slow.get(QUERIES, **wrong)) == (400, "InvalidInput")
    assert refusal(slow.get(QUERIES, paginationToken="made up")) == (400, "InvalidInput")


def test_an_account_knows_its_own_queries_and_documents_only(asker: Caller) -> None:
    other = Caller(asker.url, {**DEMO, "refresh_token": "Atzr|demo-second"})
    one = ended(asker, QUERY)
    assert refusal(other.get(f"{QUERIES}/{one['queryId']}")) == (404, "NotFound")
    assert refusal(other.get(f"{DOCUMENTS}/{one['dataDocumentId']}")) == (404, "NotFound")
    assert refusal(cancelled(other, one["queryId"])) == (404, "NotFound")
    assert one["queryId"] not in other.get(QUERIES).text
    other.close()


def test_a_link_lives_five_minutes_and_can_be_had_anew(slow: Caller, tick: Tick) -> None:
    query_id = created(slow, QUERY)
    tick.seconds += 60
    document_id = told(slow, query_id)["dataDocumentId"]
    url = slow.get(f"{DOCUMENTS}/{document_id}").json()["documentUrl"]
    tick.seconds += 299
    assert requests.get(url, timeout=10).status_code == 200
    tick.seconds += 1
    late = requests.get(url, timeout=10)
    assert (late.status_code, "Request has expired" in late.text) == (403, True)
    assert stored(slow, document_id).status_code == 200
    assert refusal(slow.get(f"{DOCUMENTS}/1")) == (404, "NotFound")


def test_a_document_of_an_unfinished_query_is_not_there(slow: Caller, tick: Tick) -> None:
    query_id = created(slow, text(ECONOMICS, "economics", period("2026-02-01", "2026-02-07", US), "msku"))
    tick.seconds += 60
    document_id = told(slow, query_id)["dataDocumentId"]
    tick.seconds -= 59
    assert refusal(slow.get(f"{DOCUMENTS}/{document_id}")) == (404, "NotFound")
