from flight_server.simulator import SimulatedClock, Simulator, SimulatorOptions
from flight_server.simulator.usage_plans import Bucket
from tests.simulator.caller import DEMO, US, Caller, refusal
from tests.simulator.conftest import NOW, Tick

PRICE = {"MarketplaceId": US, "ItemType": "Asin", "Asins": "B000000000"}


def test_a_bucket_gives_its_burst_then_its_rate() -> None:
    bucket = Bucket(rate=0.5, burst=3, permits=3, filled_at=0)
    assert [bucket.take(0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.take(1.9), bucket.take(2.0), bucket.take(2.1)] == [False, True, False]
    assert [bucket.take(1000) for _ in range(4)] == [True, True, True, False]


def test_an_empty_bucket_answers_429_until_it_refills(timed_caller: Caller, tick: Tick) -> None:
    assert timed_caller.get("/products/pricing/v0/price", **PRICE).status_code == 200
    answer = timed_caller.get("/products/pricing/v0/price", **PRICE)
    assert refusal(answer) == (429, "QuotaExceeded")
    assert answer.json()["errors"] == [
        {"code": "QuotaExceeded", "message": "You exceeded your quota for the requested resource."}
    ]
    assert answer.headers["x-amzn-ErrorType"] == "TooManyRequestsException"
    assert not {"x-amzn-RateLimit-Limit", "Retry-After"} & set(answer.headers)
    tick.seconds = 2
    assert timed_caller.get("/products/pricing/v0/price", **PRICE).status_code == 200


def test_operations_and_accounts_have_buckets_of_their_own(timed: Simulator, timed_caller: Caller) -> None:
    timed_caller.get("/products/pricing/v0/price", **PRICE)
    assert timed_caller.get("/products/pricing/v0/competitivePrice", **PRICE).status_code == 200
    other = Caller(timed.url, {**DEMO, "refresh_token": "Atzr|demo-second"})
    assert other.get("/products/pricing/v0/price", **PRICE).status_code == 200
    assert other.get("/products/pricing/v0/price", **PRICE).status_code == 429
    other.close()
    assert [call["account"] for call in timed.calls[-3:]] == ["demo-second"] * 3


def test_a_refused_parameter_costs_quota_and_a_refused_token_does_not(timed_caller: Caller) -> None:
    assert timed_caller.get("/products/pricing/v0/price", "Atza|invented", **PRICE).status_code == 403
    assert timed_caller.get("/products/pricing/v0/price").status_code == 400
    assert timed_caller.get("/products/pricing/v0/price", **PRICE).status_code == 429


def test_speed_multiplies_the_rate(tick: Tick) -> None:
    options = SimulatorOptions(port=0, orders=20, speed=60)
    with Simulator(options, SimulatedClock(NOW, tick)) as simulator:
        caller = Caller(simulator.url)
        assert caller.get("/products/pricing/v0/price", **PRICE).headers["x-amzn-RateLimit-Limit"] == "30"
        asked = {"MarketplaceIds": US, "CreatedAfter": "2026-03-01"}
        assert caller.get("/orders/v0/orders", **asked).headers["x-amzn-RateLimit-Limit"] == "1.002"
        assert caller.get("/products/pricing/v0/price", **PRICE).status_code == 429
        tick.seconds = 1 / 30
        assert caller.get("/products/pricing/v0/price", **PRICE).status_code == 200
        caller.close()


def test_without_limits_no_call_is_refused(caller: Caller) -> None:
    assert {caller.get("/products/pricing/v0/price", **PRICE).status_code for _ in range(20)} == {200}
