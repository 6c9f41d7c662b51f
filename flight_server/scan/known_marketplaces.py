"""The marketplaces of each account, remembered for an hour: the operation that tells them allows one call a minute.

Any thread may ask; threads of one account wait for the one that is asking Amazon.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

LIFETIME_SECONDS = 3600.0


@dataclass
class _Entry:
    lock: threading.Lock = field(default_factory=threading.Lock)
    marketplaces: tuple[str, ...] = ()
    until: float = float("-inf")


class KnownMarketplaces:
    """A cache by account."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: dict[str, _Entry] = {}

    def get(self, account: str, ask: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
        """The account's marketplace ids; `ask` is called where they are not known or too old."""
        with self._lock:
            entry = self._entries.setdefault(account, _Entry())
        with entry.lock:
            if self._clock() >= entry.until:
                entry.marketplaces = ask()
                entry.until = self._clock() + LIFETIME_SECONDS
            return entry.marketplaces
