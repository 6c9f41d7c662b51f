import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import pairwise

import pytest

from catalog.table import Operation, UsagePlan
from flight_server.activity import QueryActivity
from flight_server.client import SellingPartnerClient
from flight_server.client.quota.usage_plans import UsagePlans
from flight_server.connection.settings import Settings
from flight_server.errors import Cancelled, TimedOut
from flight_server.plan import Call
from tests.client.broken_server import BrokenServer, Reply, eventually
from tests.client.fake_time import FakeQuery, FakeTime, fake_query
from tests.client.operations import unlike


def limited(rate: float, burst: int, operation_id: str = "getThing") -> Call:
    return Call(Operation(operation_id, "things", "v1", "GET", "/things", usage_plan=UsagePlan(rate, burst)))


def read(client: SellingPartnerClient, call: Call, settings: Settings, query: QueryActivity, count: int = 1) -> None:
    for _ in range(count):
        assert len(list(client.pages(call, settings, query))) == 1


def test_a_burst_goes_out_at_once_and_the_rest_at_the_rate(
    client: SellingPartnerClient, settings: Settings, query: FakeQuery, time: FakeTime
) -> None:
    read(client, limited(0.5, 10), settings, query, count=10)
    assert time.now == 0
    read(client, limited(0.5, 10), settings, query, count=5)
    assert time.now == pytest.approx(10, rel=0.02)
    assert query.throttled_ms == pytest.approx(10_000, rel=0.02)
    assert query.states == {"waiting for quota"}
    assert query.state == "running"
    assert query.waited_for == {"getThing 30 a minute"}
    assert query.waits_for == ""


@pytest.mark.parametrize("told", [1.0, 0.01])
def test_the_rate_of_the_header_replaces_the_declared_one(
    server: BrokenServer,
    client: SellingPartnerClient,
    settings: Settings,
    query: FakeQuery,
    time: FakeTime,
    told: float,
) -> None:
    server.script(Reply(headers={"x-amzn-RateLimit-Limit": str(told)}))
    read(client, limited(0.1, 2), settings, query, count=5)
    assert time.now == pytest.approx(3 / told, rel=0.03)  # 0.01 may have been rounded up
    (limit,) = client.rate_limits()
    assert (limit.rate, limit.burst) == (told, 2)


@pytest.mark.parametrize("header", ["", "0", "-1", "nan", "inf", "fast"])
def test_a_header_without_a_rate_changes_nothing(
    server: BrokenServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery, header: str
) -> None:
    server.script(Reply(headers={"x-amzn-RateLimit-Limit": header}))
    read(client, limited(0.1, 2), settings, query)
    (limit,) = client.rate_limits()
    assert limit.rate == 0.1


def test_without_a_declared_plan_nothing_waits_until_a_header_teaches_one(
    server: BrokenServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery, time: FakeTime
) -> None:
    call = replace(limited(1, 1), operation=replace(limited(1, 1).operation, usage_plan=None))
    read(client, call, settings, query, count=50)
    assert time.now == 0
    assert client.rate_limits() == []
    server.script(Reply(headers={"x-amzn-RateLimit-Limit": "2.0"}))
    read(client, call, settings, query, count=5)
    assert time.now == pytest.approx(1, rel=0.02)  # the first teaches, two are the burst, two wait half a second


def test_accounts_operations_and_versions_have_buckets_of_their_own(
    client: SellingPartnerClient, settings: Settings, query: FakeQuery, time: FakeTime
) -> None:
    call = limited(0.01, 1)
    newer = replace(call, operation=replace(call.operation, api_version="v2"))
    for other_call in (call, newer, limited(0.01, 1, "getOther")):
        read(client, other_call, settings, query)
        read(client, other_call, replace(settings, client_id="another"), query)
    assert time.now == 0
    assert len(client.rate_limits()) == 6


def test_every_operation_of_a_sandbox_has_the_plan_of_the_sandbox(
    client: SellingPartnerClient, settings: Settings, query: FakeQuery
) -> None:
    read(client, limited(0.01, 1), replace(settings, sandbox=True), query)
    (limit,) = client.rate_limits()
    assert (limit.rate, limit.burst) == (5, 15)


def test_the_state_shows_what_is_available(
    client: SellingPartnerClient, settings: Settings, query: FakeQuery, time: FakeTime
) -> None:
    read(client, limited(0.5, 10), settings, query, count=4)
    (limit,) = client.rate_limits()
    assert (limit.account, limit.operation_id, limit.available) == (settings.account, "getThing", 6)
    time.now += 2
    assert client.rate_limits()[0].available == pytest.approx(7, rel=0.02)


def test_no_secret_is_in_the_name_of_an_account(
    client: SellingPartnerClient, settings: Settings, query: FakeQuery
) -> None:
    read(client, limited(0.5, 10), settings, query)
    text = str(client.rate_limits())
    assert settings.client_secret.reveal() not in text
    assert settings.refresh_token.reveal() not in text


class Crowd:
    """Threads that wait for the same empty bucket, each begun when the one before stands in the queue."""

    def __init__(self, plans: UsagePlans, settings: Settings, call: Call) -> None:
        self.plans, self.settings, self.call = plans, settings, call
        self.queries: list[QueryActivity] = []
        self.served: list[int] = []

    def join(self, threads: ThreadPoolExecutor) -> None:
        number, query = len(self.queries), QueryActivity("", "")
        self.queries.append(query)
        threads.submit(self._wait, number, query)
        eventually(lambda: self.plans.rate_limits()[0].waiting == number + 1)

    def _wait(self, number: int, query: QueryActivity) -> None:
        permit = self.plans.permit(self.settings, self.call.operation, query)
        with permit:
            permit.sent()
            self.served.append(number)


def test_waiters_are_served_in_the_order_of_their_coming_and_a_cancelled_one_gives_its_place_free(
    settings: Settings, time: FakeTime
) -> None:
    plans, call = UsagePlans(time.clock), limited(1, 1)
    permit = plans.permit(settings, call.operation, QueryActivity("", ""))
    with permit:
        permit.sent()
    crowd = Crowd(plans, settings, call)
    with ThreadPoolExecutor(5) as threads:
        for _ in range(5):
            crowd.join(threads)
        crowd.queries[0].cancel()
        crowd.queries[2].cancel()
        eventually(lambda: plans.rate_limits()[0].waiting == 3)
        assert crowd.served == []
        for served in ([1], [1, 3], [1, 3, 4]):
            time.now += 1.1
            eventually(partial(lambda served: crowd.served == served, served))


def test_a_query_that_waits_for_quota_can_be_cancelled(
    server: BrokenServer, patient_client: SellingPartnerClient, settings: Settings
) -> None:
    query = QueryActivity("", "")
    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(read, patient_client, limited(0.0001, 1), settings, query, 2)
        eventually(lambda: query.state == "waiting for quota")
        query.cancel()
        assert isinstance(future.exception(timeout=5), Cancelled)
    assert len(server.calls) == 1
    assert patient_client.rate_limits()[0].waiting == 0


def test_a_query_that_waits_for_quota_can_time_out(
    server: BrokenServer, patient_client: SellingPartnerClient, settings: Settings
) -> None:
    with pytest.raises(TimedOut):
        read(patient_client, limited(0.0001, 1), settings, QueryActivity("", "", timeout_seconds=0.2), 2)
    assert len(server.calls) == 1


def test_a_waiter_learns_of_a_higher_rate_while_it_waits(
    server: BrokenServer, patient_client: SellingPartnerClient, settings: Settings
) -> None:
    gate = threading.Event()

    def answer(_: object) -> Reply:
        gate.wait(10)
        return Reply(headers={"x-amzn-RateLimit-Limit": "1000"})

    server.answer = answer
    first, second = QueryActivity("", ""), QueryActivity("", "")
    with ThreadPoolExecutor(2) as threads:
        futures = [
            threads.submit(read, patient_client, unlike(limited(0.0001, 1), number), settings, query)
            for number, query in enumerate((first, second))
        ]
        eventually(lambda: "waiting for quota" in (first.state, second.state))
        gate.set()
        for future in futures:
            future.result(timeout=5)


def test_a_call_that_cannot_be_sent_costs_no_permit(settings: Settings, time: FakeTime) -> None:
    plans, call = UsagePlans(time.clock), limited(1, 2)
    for _ in range(5):
        with plans.permit(settings, call.operation, fake_query(time)):
            pass
    assert plans.rate_limits()[0].available == 2


@pytest.mark.parametrize("trip", [0.05, 0.5])
def test_a_bucket_of_one_permit_hardly_loses_its_round_trips(settings: Settings, time: FakeTime, trip: float) -> None:
    plans, call, query = UsagePlans(time.clock), limited(1, 1), fake_query(time)
    sent_at: list[float] = []
    for _ in range(200):
        permit = plans.permit(settings, call.operation, query)
        with permit:
            permit.sent()
            sent_at.append(time.now)
            time.now += trip
            permit.arrived(time.now, {})
    assert all(later - earlier >= 1 for earlier, later in pairwise(sent_at))
    assert time.now <= 200 * (1 + 0.3 * trip) * 1.02
