"""What each account lists as its marketplaces, remembered for an hour: Amazon tells it once a minute at most.

Any thread may ask; threads of one account wait for the one that is asking Amazon.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from flight_server.connection.marketplaces import Participation
from flight_server.errors import AccessDenied

LIFETIME_SECONDS = 3600.0

REFUSAL_SECONDS = 60.0
"""Shorter, for whoever is refused may be about to mend it."""


@dataclass
class _Entry:
    lock: threading.Lock = field(default_factory=threading.Lock)
    listed: tuple[Participation, ...] = ()
    refusal: AccessDenied | None = None
    until: float = float("-inf")


class KnownMarketplaces:
    """A cache by account."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: dict[str, _Entry] = {}

    def get(self, account: str, ask: Callable[[], tuple[Participation, ...]]) -> tuple[Participation, ...]:
        """What the account lists; `ask` is called where that is not known or too old.

        Raises AccessDenied where Amazon does not tell it.
        """
        with self._lock:
            entry = self._entries.setdefault(account, _Entry())
        with entry.lock:
            if self._clock() >= entry.until:
                try:
                    entry.listed, entry.refusal = ask(), None
                except AccessDenied as error:
                    entry.refusal = error
                entry.until = self._clock() + (REFUSAL_SECONDS if entry.refusal else LIFETIME_SECONDS)
            if entry.refusal is not None:
                raise entry.refusal
            return entry.listed
