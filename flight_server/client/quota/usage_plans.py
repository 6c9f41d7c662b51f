"""Which call may go out when: a bucket for each account and operation, and a fair queue before it.

It starts from the usage plan that Amazon declares and learns the rate of this account from the header of each answer.
Knows no HTTP and no page. State: buckets and their queues; any thread may ask, each bucket has its lock.
Facts: usage plans page of the developer guide; the header names the rate alone and is missing on 401, 403 and 429.
"""

import logging
import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from catalog.table import Operation, UsagePlan
from flight_server.activity import QueryActivity, RateLimit
from flight_server.client.clock import Clock
from flight_server.client.quota.fair_queue import FairQueue, Place
from flight_server.client.quota.token_bucket import TokenBucket
from flight_server.connection.settings import Settings
from flight_server.events import note

RATE_HEADER = "x-amzn-ratelimit-limit"
SANDBOX_PLAN = UsagePlan(rate=5, burst=15)
"""Every operation of a sandbox (developer guide, sandbox)."""

_LONGEST_NAP = 0.05  # seconds; a waiter looks again, since an answer may have raised the rate or a waiter have left
_SHORTEST_NAP = 0.001
_TRIPS_BEFORE_TRUST = 8  # the first calls open connections: their round trips say little about the next ones
_ABOUT_ONE = 0.95
_TRUSTED_SHARE = 0.75  # of the fastest round trip


class Quota:
    """One bucket with its queue."""

    def __init__(self, account: str, operation: Operation, plan: UsagePlan | None, clock: Clock) -> None:
        self._account = account
        self._operation_id = operation.operation_id
        self._clock = clock
        self._lock = threading.Lock()
        self._queue = FairQueue()
        self._bucket = None if plan is None else TokenBucket(plan.rate, plan.burst, clock.monotonic())
        self._trip_count = 0
        self._fastest_trip = math.inf

    def take(self, query: QueryActivity) -> TokenBucket | None:
        """Wait for a permit; None where no limit is known."""
        with self._lock:
            if self._bucket is None or (not self._queue and self._bucket.take(self._clock.monotonic())):
                return self._bucket
            place = self._queue.join(query)
        try:
            with WaitingForQuota(query, self.pace):
                return self._wait(place, query)
        finally:
            with self._lock:
                self._queue.leave(place)

    def _wait(self, place: Place, query: QueryActivity) -> TokenBucket | None:
        while True:
            with self._lock:
                now, ahead = self._clock.monotonic(), self._queue.ahead_of(place)
                if self._bucket is None:
                    return None
                if ahead == 0 and self._bucket.take(now):
                    self._queue.granted()
                    return self._bucket
                delay = self._bucket.delay(now, ahead + 1)
            query.wait(min(max(delay, _SHORTEST_NAP), _LONGEST_NAP))

    def arrived(self, bucket: TokenBucket, at: float, round_trip: float | None) -> None:
        """Book a call that Amazon has counted, at the latest at that instant; answered ones know their round trip."""
        with self._lock:
            lead = 0.0
            if round_trip is not None:
                self._trip_count += 1
                self._fastest_trip = min(self._fastest_trip, round_trip)
                lead = self._certain_lead()
            bucket.arrived(at - lead)

    def refused(self, bucket: TokenBucket) -> None:
        """Book a call that was throttled."""
        with self._lock:
            bucket.refused(self._clock.monotonic())

    def give_back(self, bucket: TokenBucket) -> None:
        """Book a call that was not sent."""
        with self._lock:
            bucket.give_back()

    def learn(self, rate: float) -> None:
        """Take over the rate that an answer named."""
        with self._lock:
            if self._bucket is None:
                # The header does not name the burst; almost all of Amazon's plans allow at least a second's calls.
                self._bucket = TokenBucket(rate, max(1, round(rate)), self._clock.monotonic())
            else:
                self._bucket.learn(rate, self._clock.monotonic())

    @property
    def seconds_per_permit(self) -> float:
        """1/rate; 0 where no limit is known."""
        return 0.0 if self._bucket is None else 1 / self._bucket.rate

    @property
    def pace(self) -> str:
        """The operation with its rate, where that is known."""
        return self._operation_id if self._bucket is None else f"{self._operation_id} {rate_text(self._bucket.rate)}"

    @property
    def seconds_until_permit(self) -> float:
        """How long whoever came now would wait; 0 where no limit is known."""
        with self._lock:
            return 0.0 if self._bucket is None else self._bucket.delay(self._clock.monotonic(), len(self._queue) + 1)

    def state(self) -> RateLimit | None:
        """What `system.rate_limits` shows; None where no limit is known."""
        with self._lock:
            if self._bucket is None:
                return None
            available = max(0.0, self._bucket.available(self._clock.monotonic()))
            rate, burst = self._bucket.rate, self._bucket.burst
            return RateLimit(self._account, self._operation_id, rate, burst, available, len(self._queue))

    def _certain_lead(self) -> float:
        # A bucket of one permit would lose a round trip on every call if calls counted from their answers. What the
        # way back of this call and the way out of the next take together is about the fastest trip ever seen.
        return self._fastest_trip * _TRUSTED_SHARE if self._trip_count >= _TRIPS_BEFORE_TRUST else 0.0


class WaitingForQuota:
    """Shows a query as waiting while the block runs, and for what: an operation at its pace."""

    def __init__(self, query: QueryActivity, pace: str) -> None:
        self._query = query
        self._pace = pace

    def __enter__(self) -> None:
        note(logging.DEBUG, "query waits for quota", query_id=self._query.query_id, pace=self._pace)
        if self._query.elapsed_ms is None:
            self._query.state, self._query.waits_for = "waiting for quota", self._pace

    def __exit__(self, *_: object) -> None:
        if self._query.state == "waiting for quota":
            self._query.state, self._query.waits_for = "running", ""


@dataclass
class Permit:
    """The right to send one call. As a context it settles, when the block ends, what became of it."""

    quota: Quota
    bucket: TokenBucket | None
    clock: Clock
    waited_seconds: float
    _sent_at: float | None = None
    _is_settled: bool = False

    def sent(self) -> None:
        """From here on the call may have reached Amazon."""
        self._sent_at = self.clock.monotonic()

    def arrived(self, answered_at: float, headers: Mapping[str, str]) -> None:
        """An answer came: Amazon has counted the call, and the headers may name the rate."""
        round_trip = None if self._sent_at is None else max(0.0, answered_at - self._sent_at)
        self._settle(lambda bucket: self.quota.arrived(bucket, answered_at, round_trip))
        if rate := rate_of(headers):
            self.quota.learn(rate)

    def throttled(self, answered_at: float, headers: Mapping[str, str], asked_seconds: float) -> float:
        """Amazon throttled the call; return how long to wait: as long as it asks, else until the next permit."""
        if asked_seconds:
            self.arrived(answered_at, headers)
            return asked_seconds
        if rate := rate_of(headers):
            self.quota.learn(rate)
        self._settle(self.quota.refused)
        return self.quota.seconds_per_permit

    def __enter__(self) -> None:
        return

    def __exit__(self, *_: object) -> None:
        if self._is_settled:
            return
        if self._sent_at is None:
            self._settle(self.quota.give_back)
        else:
            self._settle(lambda bucket: self.quota.arrived(bucket, self.clock.monotonic(), None))

    def _settle(self, book: Callable[[TokenBucket], None]) -> None:
        self._is_settled = True
        if self.bucket is not None:
            book(self.bucket)


def rate_of(headers: Mapping[str, str]) -> float | None:
    """The rate that an answer names, None if it names none.

    >>> rate_of({"x-amzn-ratelimit-limit": "0.0167"}), rate_of({}), rate_of({"x-amzn-ratelimit-limit": "n/a"})
    (0.0167, None, None)
    """
    try:
        rate = float(headers.get(RATE_HEADER, "0"))
    except ValueError:
        return None
    return rate if rate > 0 and math.isfinite(rate) else None


def rate_text(rate: float) -> str:
    """Calls a second, in words.

    >>> rate_text(0.0167), rate_text(0.5), rate_text(2.5), rate_text(0.0055), rate_text(1000)
    ('1 a minute', '30 a minute', '2.5 a second', '20 an hour', '1,000 a second')
    """
    units = (("a second", 1), ("a minute", 60), ("an hour", 3600))
    unit, seconds = next((each for each in units if rate * each[1] >= _ABOUT_ONE), units[-1])
    count = rate * seconds
    return f"{count:,.0f} {unit}" if count >= 10 else f"{round(count, 1):g} {unit}"


class UsagePlans:
    """All buckets of the server, shared by every query."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._quota_by_key: dict[tuple[str, str, str, str], Quota] = {}

    def permit(self, settings: Settings, operation: Operation, query: QueryActivity) -> Permit:
        """Wait until the operation may be called for this account."""
        quota = self._quota(settings, operation)
        started_at = self._clock.monotonic()
        bucket = quota.take(query)
        return Permit(quota, bucket, self._clock, self._clock.monotonic() - started_at)

    def pace(self, settings: Settings, operation: Operation) -> str:
        """The operation with this account's rate, where one is known."""
        return self._quota(settings, operation).pace

    def seconds_until(self, settings: Settings, operation: Operation) -> float:
        """How long this account must wait before it may call an operation, as far as is known now."""
        return self._quota(settings, operation).seconds_until_permit

    def rate_limits(self) -> list[RateLimit]:
        """The state of every bucket that has a known rate."""
        with self._lock:
            quotas = list(self._quota_by_key.values())
        return [state for quota in quotas if (state := quota.state())]

    def _quota(self, settings: Settings, operation: Operation) -> Quota:
        key = (settings.account, operation.api, operation.api_version, operation.operation_id)
        with self._lock:
            quota = self._quota_by_key.get(key)
            if quota is None:
                plan = SANDBOX_PLAN if settings.sandbox else operation.usage_plan
                quota = self._quota_by_key[key] = Quota(settings.account, operation, plan, self._clock)
        return quota
