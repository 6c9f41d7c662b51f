import heapq
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flight_server.client.quota.token_bucket import TokenBucket, sure_rate

RATES = st.floats(0.005, 100)
BURSTS = st.integers(1, 40)


class AmazonsBucket:
    """The usage plan as Amazon describes it: counts a call when it arrives."""

    def __init__(self, rate: float, burst: int) -> None:
        self.rate, self.burst, self.level, self.at = rate, burst, float(burst), 0.0

    def accepts(self, now: float) -> bool:
        self.level = min(self.burst, self.level + (now - self.at) * self.rate)
        self.at = now
        if self.level < 1:
            return False
        self.level -= 1
        return True


def play(rate: float, burst: int, trips: Sequence[tuple[float, float]], workers: int) -> tuple[int, float]:
    """Send one call a trip (seconds out, seconds back); gives refusals and the time when the last answer came."""
    ours, amazons = TokenBucket(rate, burst, 0), AmazonsBucket(rate, burst)
    events: list[tuple[float, int, str, float]] = [(0.0, worker, "ready", 0.0) for worker in range(workers)]
    left, refusals, now, number = list(trips), 0, 0.0, workers
    while events:
        now, _, what, back = heapq.heappop(events)
        number += 1
        if what == "arrives":
            refusals += not amazons.accepts(now)
            heapq.heappush(events, (now + back, number, "answered", 0.0))
            continue
        if what == "answered":
            ours.arrived(now)
        if not left:
            continue
        if ours.take(now):
            out, back = left.pop()
            heapq.heappush(events, (now + out, number, "arrives", back))
        else:
            heapq.heappush(events, (now + max(1e-6, ours.delay(now)), number, "ready", 0.0))
    return refusals, now


@given(RATES, BURSTS, st.lists(st.floats(0, 100), min_size=1, max_size=80))
def test_no_period_sees_more_than_burst_plus_rate_times_its_length(
    rate: float, burst: int, pauses: list[float]
) -> None:
    bucket, now, taken_at = TokenBucket(rate, burst, 0), 0.0, list[float]()
    for pause in pauses:
        now += pause / rate
        while bucket.take(now):
            bucket.arrived(now)
            taken_at.append(now)
    for first, start in enumerate(taken_at):
        for last in range(first, len(taken_at)):
            assert last - first + 1 <= burst + rate * (taken_at[last] - start) + 1e-6


@given(
    RATES,
    BURSTS,
    st.lists(st.tuples(st.floats(0, 3), st.floats(0, 3)), min_size=1, max_size=60),
    st.integers(1, 8),
)
def test_amazon_never_refuses_however_long_calls_travel(
    rate: float, burst: int, trips: list[tuple[float, float]], workers: int
) -> None:
    trips = [(out / rate, back / rate) for out, back in trips]
    assert play(rate, burst, trips, workers)[0] == 0


@pytest.mark.parametrize("workers", [1, 8])
@pytest.mark.parametrize(("rate", "burst"), [(0.0167, 20), (0.5, 30), (2, 2), (30, 30), (120, 2)])
def test_two_hundred_calls_take_hardly_longer_than_the_plan_allows(rate: float, burst: int, workers: int) -> None:
    trips = [(0.001 * (number % 3), 0.002) for number in range(200)]
    refusals, seconds = play(rate, burst, trips, workers)
    assert refusals == 0
    assert seconds <= 1.02 * (200 - burst) / rate


def test_a_call_in_flight_holds_its_permit_until_it_is_answered() -> None:
    bucket = TokenBucket(rate=1, burst=2, now=0)
    assert bucket.take(0)
    assert bucket.available(1000) == 1
    bucket.arrived(1000)
    assert bucket.available(1000) == 1
    assert bucket.available(1002) == 2


def test_a_call_that_was_not_sent_gives_its_permit_back() -> None:
    bucket = TokenBucket(rate=1, burst=1, now=0)
    assert bucket.take(0)
    assert not bucket.take(0)
    bucket.give_back()
    assert bucket.take(0)


def test_a_refused_call_empties_the_bucket_for_one_over_rate() -> None:
    bucket = TokenBucket(rate=0.5, burst=10, now=0)
    assert bucket.take(0)
    bucket.refused(0)
    assert bucket.delay(0) >= 2
    assert not bucket.take(1.99)
    assert bucket.take(2.1)


def test_the_rate_is_learned_upwards_and_downwards_without_losing_permits() -> None:
    bucket = TokenBucket(rate=1, burst=10, now=0)
    for _ in range(10):
        assert bucket.take(0)
        bucket.arrived(0)
    bucket.learn(60, 0)
    assert bucket.available(0.1) == pytest.approx(6, rel=0.02)
    bucket.learn(1, 0.1)
    assert bucket.available(0.1) == pytest.approx(6, rel=0.02)
    assert bucket.available(1.1) == pytest.approx(7, rel=0.02)


@pytest.mark.parametrize("digits", [3, 4])
@pytest.mark.parametrize("seconds", [12, 20, 30, 45, 60, 120, 180])
def test_a_rate_that_amazon_prints_rounded_is_not_overstepped(seconds: int, digits: int) -> None:
    printed = round(1 / seconds, digits)
    if printed <= 1.02 / seconds:  # it prints more digits of the others
        assert 0.93 / seconds <= sure_rate(printed) <= 1 / seconds


def test_whole_rates_are_used_up() -> None:
    assert all(sure_rate(rate) == rate for rate in (0.1, 0.5, 1.0, 1.133, 2.0, 80.0))
