"""A token bucket: when may the next call go out?

Knows rate and burst and is told the time; knows nothing of operations, accounts or HTTP. Its owner locks.
Amazon's rule: the bucket holds `burst` permits and gains `rate` a second (developer guide, usage plans).

Amazon counts a call when it arrives there, which is some time between sending and answer. The later calls arrive, the
emptier Amazon's bucket can be: refill is lost while the bucket is full. So a call in flight counts as arriving *now*,
an answered one as having arrived when it was answered: `available` is then never more than Amazon's bucket holds.
"""

from decimal import Decimal

_EXACT_FROM = 0.1  # calls a second; slower rates are so many a minute or less, which Amazon prints rounded
_MOST_ROUNDED = 0.02  # share of the rate: 1/60 as 0.017 is the coarsest that it prints

_PACE = 0.999  # share of the rate that is used: two clocks never run alike, and sums of seconds are rounded

_ENOUGH = 1 - 1e-9  # a permit, but for rounding


class TokenBucket:
    """A lower bound of the permits that Amazon's own bucket holds."""

    def __init__(self, rate: float, burst: int, now: float) -> None:
        self.rate = rate
        self._pace = sure_rate(rate) * _PACE
        self.burst = max(1, burst)
        self._level = float(self.burst)
        self._level_at = now
        self._in_flight = 0

    def available(self, now: float) -> float:
        """Permits that can be taken; below 0 when more calls are out than permits were left."""
        return self._level_then(now) - self._in_flight

    def take(self, now: float) -> bool:
        """Take a permit if there is one; `arrived`, `refused` or `give_back` must follow."""
        if self.available(now) < _ENOUGH:
            return False
        self._in_flight += 1
        return True

    def delay(self, now: float, permits: int = 1) -> float:
        """Seconds until so many permits can be there at the earliest."""
        return max(0.0, permits - self.available(now)) / self._pace

    def give_back(self) -> None:
        """The call was not sent after all."""
        self._in_flight -= 1

    def arrived(self, at: float) -> None:
        """A call that was out has been counted by Amazon, at the latest at this instant."""
        self._refill(at)
        self._level -= 1
        self._in_flight -= 1

    def refused(self, now: float) -> None:
        """A call that was out met an empty bucket: the next permit comes in 1/rate."""
        self._refill(now)
        self._level = min(self._level, 0.0)
        self._in_flight -= 1

    def learn(self, rate: float, now: float) -> None:
        """Go on at another rate, with the permits at hand."""
        if rate != self.rate:
            self._refill(now)
            self.rate, self._pace = rate, sure_rate(rate) * _PACE

    def _level_then(self, now: float) -> float:
        return min(self.burst, self._level + max(0.0, now - self._level_at) * self._pace)

    def _refill(self, now: float) -> None:
        self._level = self._level_then(now)
        self._level_at = max(self._level_at, now)


def sure_rate(rate: float) -> float:
    """What a rate is at least that Amazon prints as `rate`: 1/180 a second is 0.0056 there, nearly 1 % too fast.

    >>> sure_rate(0.0056) < 1 / 180, sure_rate(0.017) < 1 / 60, sure_rate(0.5)
    (True, True, 0.5)
    """
    if rate >= _EXACT_FROM:
        return rate
    last_digit = int(Decimal(str(rate)).as_tuple().exponent)
    return rate - min(0.5 * 10.0**last_digit, rate * _MOST_ROUNDED)
