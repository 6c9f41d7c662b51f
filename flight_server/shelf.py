"""Things kept under unguessable keys, for a while: sessions, prepared statements, tickets.

Knows nothing of what it keeps. Everything has an owner, whose things can be dropped together. What lies unused for
`idle_seconds` is gone; beyond a maximum, of all or of one owner, what was unused longest goes first. Thread-safe.
"""

import secrets
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass
class _Kept(Generic[T]):
    thing: T
    owner: str
    used_at: float


class Shelf(Generic[T]):
    """A bounded map from random keys to things, least recently used first."""

    def __init__(
        self,
        idle_seconds: float,
        maximum: int,
        owner_maximum: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._idle_seconds = idle_seconds
        self._maximum = maximum
        self._owner_maximum = owner_maximum
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Kept[T]] = OrderedDict()
        self._counts: Counter[str] = Counter()  # owner -> how many things

    def put(self, thing: T, owner: str = "", key: str = "") -> str:
        """Keep a thing; give its key, a new random one unless one is given."""
        key = key or secrets.token_urlsafe(24)
        with self._lock:
            self._drop_expired()
            self._drop(key)
            self._kept[key] = _Kept(thing, owner, self._clock())
            self._counts[owner] += 1
            self._drop_surplus(owner)
        return key

    def get(self, key: str) -> T | None:
        """The thing, which counts as using it; None where it is unknown or expired."""
        with self._lock:
            self._drop_expired()
            kept = self._kept.get(key)
            if kept is None:
                return None
            kept.used_at = self._clock()
            self._kept.move_to_end(key)
            return kept.thing

    def remove(self, key: str) -> T | None:
        """Drop a thing and give it back; None where it is unknown or expired."""
        with self._lock:
            self._drop_expired()
            kept = self._drop(key)
            return None if kept is None else kept.thing

    def remove_owned(self, owner: str) -> dict[str, T]:
        """Drop everything of one owner and give it back, by key."""
        with self._lock:
            self._drop_expired()
            owned = {key: kept.thing for key, kept in self._kept.items() if kept.owner == owner}
            for key in owned:
                self._drop(key)
            return owned

    def __len__(self) -> int:
        with self._lock:
            self._drop_expired()
            return len(self._kept)

    def _drop(self, key: str) -> _Kept[T] | None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._counts[kept.owner] -= 1
            if not self._counts[kept.owner]:
                del self._counts[kept.owner]
        return kept

    def _drop_expired(self) -> None:
        expired_before = self._clock() - self._idle_seconds
        while self._kept and next(iter(self._kept.values())).used_at < expired_before:
            self._drop(next(iter(self._kept)))

    def _drop_surplus(self, owner: str) -> None:
        if len(self._kept) > self._maximum:
            self._drop(next(iter(self._kept)))
        if self._owner_maximum is not None and self._counts[owner] > self._owner_maximum:
            self._drop(next(key for key, kept in self._kept.items() if kept.owner == owner))
