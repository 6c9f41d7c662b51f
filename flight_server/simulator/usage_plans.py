"""Usage plans: a token bucket per account and operation that says whether a call may pass now.

Goes from account, operation and time to yes or no; knows no HTTP. Amazon's rule: a bucket holds `burst` permits and
gains `rate` a second (fact table of behaviours, section 4).
"""

import threading
from dataclasses import dataclass
from decimal import Decimal

from flight_server.simulator.operations import Operation

# Without limits the header still has to say something: a client that obeys it shall not be held back.
UNLIMITED_RATE = Decimal(1000)


@dataclass
class Bucket:
    """The permits of one account for one operation. Not thread-safe; UsagePlans holds the lock."""

    rate: float
    burst: int
    permits: float
    filled_at: float

    def take(self, seconds: float) -> bool:
        """Take one permit if there is one."""
        gained = (seconds - self.filled_at) * self.rate
        self.permits = min(float(self.burst), self.permits + gained)
        self.filled_at = seconds
        # A rounding error of a billionth must not cost a permit.
        if self.permits < 1 - 1e-9:
            return False
        self.permits -= 1
        return True


class UsagePlans:
    """All buckets; may be used from any thread."""

    def __init__(self, speed: float, *, limits: bool) -> None:
        self._speed = Decimal(str(speed))
        self._limits = limits
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._lock = threading.Lock()

    def rate(self, operation: Operation) -> Decimal:
        """The rate in force, requests per second."""
        return operation.rate * self._speed if self._limits else UNLIMITED_RATE

    def rate_text(self, operation: Operation) -> str:
        """The rate in force as x-amzn-RateLimit-Limit shows it."""
        return f"{self.rate(operation).normalize():f}"

    def take(self, account: str, operation: Operation, seconds: float) -> bool:
        """Whether this account may call this operation now; counts the call if so."""
        if not self._limits:
            return True
        key = (account, f"{operation.method} {operation.path}")
        with self._lock:
            bucket = self._buckets.get(key)
            if bucket is None:
                bucket = Bucket(float(self.rate(operation)), operation.burst, operation.burst, seconds)
                self._buckets[key] = bucket
            return bucket.take(seconds)
