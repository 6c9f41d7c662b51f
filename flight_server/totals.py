"""What a server has done since it started, in numbers that only grow: for monitoring. Others count, `monitoring` reads.

The journal forgets its oldest queries and calls; these are never forgotten.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field


def _of_seconds() -> defaultdict[str, float]:
    return defaultdict(float)


@dataclass
class Totals:
    """Written under the lock of whoever owns it."""

    queries: Counter[str] = field(default_factory=Counter)  # state at the end -> how many
    query_seconds: float = 0.0
    rows: int = 0
    calls: Counter[tuple[str, int]] = field(default_factory=Counter)  # (operation, HTTP status) -> how many
    retries: Counter[str] = field(default_factory=Counter)  # operation -> how many of its calls were further tries
    waited_seconds: defaultdict[str, float] = field(
        default_factory=_of_seconds
    )  # operation -> spent waiting for its quota
    call_seconds: defaultdict[str, float] = field(default_factory=_of_seconds)  # operation -> from request to answer
    received_bytes: Counter[str] = field(default_factory=Counter)  # operation -> in the bodies of its answers
    cache_hits: Counter[str] = field(default_factory=Counter)  # what was not asked for again -> how often
