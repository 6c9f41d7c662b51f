"""The simulated clock: starts where it is told and runs on with real seconds, or faster.

Knows nothing of what is timed. Tests hand in their own tick and move time by hand.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class SimulatedClock:
    """Gives the simulated instant, and the seconds since the simulator began."""

    def __init__(
        self, starts_at: datetime | None = None, tick: Callable[[], float] = time.monotonic, pace: float = 1.0
    ) -> None:
        self._tick = tick
        self._began = tick()
        self._pace = pace
        self.starts_at = (starts_at or datetime.now(UTC)).astimezone(UTC)

    def seconds(self) -> float:
        """Real seconds since the clock was made: quotas, tokens and links go by them, whatever the pace."""
        return self._tick() - self._began

    def now(self) -> datetime:
        """The simulated instant, in UTC."""
        return self.starts_at + timedelta(seconds=self.seconds() * self._pace)
