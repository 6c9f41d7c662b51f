"""How far the filling of a table is, and how long Amazon's quota makes the rest of it take. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Progress:
    """One table of one round."""

    table: str
    windows: int = 0
    back_to: datetime | None = None  # all that is younger is kept
    rows: int = 0
    calls: int = 0
    waits_for: str = ""  # what a call under way waits for
    left_seconds: float | None = None  # as far as the last window tells; None: nothing is known of it
    is_done: bool = False


def left_seconds(calls: int, window: timedelta, left: timedelta, rate: float | None) -> float | None:
    """How long the rest takes if it has as many calls a day as the last window.

    >>> left_seconds(10, timedelta(days=5), timedelta(days=10), 0.5)
    40.0
    """
    if rate is None or window <= timedelta():
        return None
    return calls * (left / window) / rate
