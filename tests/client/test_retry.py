import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from flight_server.activity import Journal
from flight_server.client import SellingPartnerClient
from flight_server.client.retry import retry_after_seconds
from flight_server.connection.settings import RetryMode, RetrySettings, Settings
from flight_server.errors import (
    AccessDenied,
    AmazonError,
    ApiError,
    ApiUnavailable,
    Cancelled,
    QuotaExhausted,
    TimedOut,
    UnexpectedAnswer,
)
from tests.client.broken_server import BrokenServer, Reply, refusal
from tests.client.fake_time import FakeQuery, FakeTime
from tests.client.operations import ORDERS

Read = Callable[[RetrySettings], int]
UNLIMITED = replace(ORDERS, operation=replace(ORDERS.operation, usage_plan=None))
DROPPED = Reply(is_dropped=True)
STEADY = RetrySettings(multiply_wait_time=False, count_max=3)


@pytest.fixture
def read(client: SellingPartnerClient, settings: Settings, query: FakeQuery) -> Read:
    """Read the orders under a retry policy, without quota; gives the count of pages."""
    return lambda retry: len(list(client.pages(UNLIMITED, replace(settings, retry=retry), query)))


@pytest.mark.parametrize(
    ("mode", "reply", "tries"),
    [
        ("None", refusal(429, "QuotaExceeded"), 1),
        ("None", refusal(503, "ServiceUnavailable"), 1),
        ("None", DROPPED, 1),
        ("RetryAny", refusal(429, "QuotaExceeded"), 4),
        ("RetryAny", refusal(500, "InternalFailure"), 4),
        ("RetryAny", refusal(400, "InvalidInput"), 4),
        ("RetryAny", refusal(403, "Unauthorized"), 4),
        ("RetryAny", DROPPED, 4),
        ("RetryWhenStatusCodeMatch", refusal(429, "QuotaExceeded"), 4),
        ("RetryWhenStatusCodeMatch", refusal(500, "InternalFailure"), 1),
        ("RetryWhenStatusCodeMatch", refusal(400, "InvalidInput"), 1),
        ("RetryWhenStatusCodeMatch", DROPPED, 4),
        ("RetryWhenStatusCodeMatch", Reply(body=b'{"payload": {}}', missing_bytes=3), 4),
    ],
)
def test_the_mode_decides_what_is_tried_again(
    server: BrokenServer, read: Read, query: FakeQuery, mode: RetryMode, reply: Reply, tries: int
) -> None:
    server.script(reply)
    with pytest.raises(AmazonError):
        read(replace(STEADY, mode=mode))
    assert len(server.calls) == tries
    assert query.retries == tries - 1
    assert query.waits == [0.5] * (tries - 1)


def test_only_the_codes_of_the_list_are_tried_again(server: BrokenServer, read: Read) -> None:
    server.script(refusal(500, "x"), refusal(503, "x"), refusal(429, "x"), Reply())
    assert read(replace(STEADY, status_codes=frozenset({429, 500, 503}))) == 1
    assert len(server.calls) == 4


def test_a_count_of_zero_means_one_try(server: BrokenServer, read: Read) -> None:
    server.script(refusal(429, "QuotaExceeded"))
    with pytest.raises(QuotaExhausted):
        read(replace(STEADY, count_max=0))
    assert len(server.calls) == 1


def test_waits_double_with_jitter(server: BrokenServer, read: Read, query: FakeQuery) -> None:
    server.script(refusal(429, "QuotaExceeded"))
    with pytest.raises(QuotaExhausted):
        read(RetrySettings(count_max=4, wait_time_ms=200))
    assert len(query.waits) == 4
    for wait, base in zip(query.waits, (0.2, 0.4, 0.8, 1.6), strict=True):
        assert base <= wait <= base * 1.25
    assert query.waits != [0.2, 0.4, 0.8, 1.6]


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7), ("Thu, 01 Jan 2026 00:00:09 GMT", 9), ("0", 0.5), ("soon", 0.5), ("-3", 0.5)]
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_a_lower_bound(
    server: BrokenServer, read: Read, query: FakeQuery, header: str, seconds: float, status: int
) -> None:
    server.script(refusal(status, "Busy", Retry_After=header), Reply())
    assert read(replace(STEADY, status_codes=frozenset({status}))) == 1
    assert query.waits == [pytest.approx(seconds)]


def test_a_retry_after_of_the_past_means_now(time: FakeTime) -> None:
    assert retry_after_seconds("Thu, 01 Jan 1970 00:00:00 GMT", time.clock) == 0
    assert retry_after_seconds("Thu, 01 Jan 2026 00:00:09", time.clock) in (0.0, 9.0)


def test_after_a_429_at_least_one_over_rate_passes(
    server: BrokenServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery
) -> None:
    server.script(refusal(429, "QuotaExceeded"), Reply())
    assert len(list(client.pages(ORDERS, replace(settings, retry=STEADY), query))) == 1
    assert sum(query.waits) == pytest.approx(2, rel=0.05)  # the plan is 0.5 a second
    assert "waiting for quota" in query.states
    assert query.state == "running"


def test_the_journal_knows_the_tries_and_what_was_waited(
    server: BrokenServer, read: Read, query: FakeQuery, journal: Journal
) -> None:
    server.script(refusal(429, "QuotaExceeded", x_amzn_RequestId="r-1"), DROPPED, Reply())
    read(STEADY)
    calls = [call for call in journal.calls() if call.operation_id == "getOrders"]
    assert [(call.attempt, call.status, call.request_id) for call in calls] == [
        (1, 429, "r-1"),
        (2, 0, ""),
        (3, 200, ""),
    ]
    assert [call.waited_ms for call in calls] == [0, 500, 0]
    assert (query.api_calls, query.retries, query.throttled_ms) == (3, 2, 500)
    assert calls[-1].bytes == 2


@pytest.mark.parametrize(
    "broken",
    [
        DROPPED,
        Reply(body=b'{"payload": {"Orders": []}}', missing_bytes=5),
        Reply(body=b'{"payload": {"Orders": []}}', missing_bytes=5, framing="chunked"),
        Reply(body=b'{"payload": {"Orders": []}}', missing_bytes=5, framing="until close"),
        Reply(body=b"not gzip", headers={"content-encoding": "gzip"}),
    ],
)
def test_a_connection_that_breaks_is_tried_again_and_loses_nothing(
    server: BrokenServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery, broken: Reply
) -> None:
    whole = Reply(body=b'{"payload": {"Orders": [1]}}')
    server.script(broken, whole)
    bodies = [page.body for page in client.pages(ORDERS, settings, query)]
    assert bodies == [whole.text]
    assert len(server.calls) == 2


@pytest.mark.parametrize("framing", ["length", "chunked", "until close"])
def test_every_framing_of_a_whole_answer_is_read(
    server: BrokenServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery, framing: str
) -> None:
    server.script(Reply(body=b'{"payload": {}}', framing=framing))  # type: ignore[arg-type]
    assert [page.body for page in client.pages(ORDERS, settings, query)] == [b'{"payload": {}}']
    assert len(server.calls) == 1


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (refusal(429, "QuotaExceeded"), QuotaExhausted),
        (refusal(500, "InternalFailure"), ApiUnavailable),
        (DROPPED, ApiUnavailable),
        (refusal(401, "Unauthorized"), AccessDenied),
        (refusal(403, "Unauthorized"), AccessDenied),
        (refusal(400, "Unauthorized"), AccessDenied),
        (refusal(400, "InvalidInput"), ApiError),
        (refusal(404, "NotFound"), ApiError),
        (Reply(302, b"", {"location": "/elsewhere"}), UnexpectedAnswer),
    ],
)
def test_after_all_tries_the_error_says_what_to_do_next(
    server: BrokenServer, read: Read, reply: Reply, error: type[AmazonError]
) -> None:
    server.script(reply)
    with pytest.raises(error) as caught:
        read(replace(STEADY, mode="RetryAny", count_max=1))
    assert "getOrders" in caught.value.message
    assert caught.value.detail.operation_id == "getOrders"
    assert caught.value.detail.http_status == (0 if reply.is_dropped else reply.status)
    if error is QuotaExhausted:
        assert caught.value.message.startswith("quota exhausted")
    assert len(server.calls) == (1 if reply.status == 302 else 2)


def test_a_cancelled_query_stops_waiting_for_its_next_try(
    server: BrokenServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery
) -> None:
    def replies() -> Iterator[Reply]:
        yield refusal(429, "QuotaExceeded")
        query.cancel()
        yield refusal(429, "QuotaExceeded")

    script = replies()
    server.answer = lambda _: next(script)
    with pytest.raises(Cancelled):
        list(client.pages(UNLIMITED, settings, query))
    assert len(server.calls) == 2


def test_a_query_out_of_time_times_out_instead_of_waiting_for_an_answer(
    server: BrokenServer, patient_client: SellingPartnerClient, settings: Settings, journal: Journal
) -> None:
    gate = threading.Event()

    def answer(_: object) -> Reply:
        gate.wait(10)
        return Reply()

    server.answer = answer
    query = journal.begin("", "", "", timeout_seconds=0.2)
    with pytest.raises(TimedOut):
        list(patient_client.pages(UNLIMITED, settings, query))
    gate.set()
