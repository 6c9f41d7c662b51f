"""What time is it? The client asks a `Clock` so that tests can answer.

`monotonic` counts seconds for buckets, waits and expiry; `utc` is for dates that Amazon reads and people see.
It does not sleep: waiting is `QueryActivity.wait`, since only a query knows its deadline and its cancel switch.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Clock:
    """Two ways of telling the time."""

    monotonic: Callable[[], float] = time.monotonic
    utc: Callable[[], datetime] = _utc_now


real = Clock()
