"""The time that a query counts as its start, one for equal queries that run at the same time.

`now() - INTERVAL 7 DAY` means another period with every microsecond, so that the tiles of a dashboard would each make
calls of their own. A query that begins while an equal one runs, `SHARED_SECONDS` after that at most, has its time.
"""

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

SHARED_SECONDS = 2.0


@dataclass
class _Shared:
    instant: datetime
    users: int = 0


class SharedInstants:
    """The starts of the queries under way. Thread-safe."""

    def __init__(self, utc: Callable[[], datetime]) -> None:
        self._utc = utc
        self._lock = threading.Lock()
        self._shared: dict[Hashable, _Shared] = {}

    @contextmanager
    def start(self, key: Hashable) -> Iterator[datetime]:
        """The instant at which a query starts, in UTC; it runs as long as the block does. `key` says what it asks."""
        now = self._utc()
        with self._lock:
            shared = self._shared.get(key)
            if shared is None or now - shared.instant > timedelta(seconds=SHARED_SECONDS):
                shared = self._shared[key] = _Shared(now)
            shared.users += 1
        try:
            yield shared.instant
        finally:
            with self._lock:
                shared.users -= 1
                if not shared.users and self._shared.get(key) is shared:
                    del self._shared[key]
