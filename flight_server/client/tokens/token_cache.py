"""Tokens that are fetched once and shared: for any number of threads one fetch, renewed before they expire.

Knows neither accounts nor HTTP: a key, a function that fetches, and the clock. Any thread may ask.

One thread fetches; others use the old token as long as it lives, else wait for the new one and share its failure.
"""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass, field

from flight_server.activity import QueryActivity
from flight_server.client.clock import Clock
from flight_server.errors import AmazonError

_LOOK_SECONDS = 0.05  # how often a waiting thread looks whether its query was cancelled


@dataclass(frozen=True)
class Grant:
    """A token with its times, monotonic seconds."""

    token: str = field(repr=False)
    renew_at: float
    expires_at: float


class TokenCache:
    """Grants by key."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._grants: dict[Hashable, Grant] = {}
        self._fetches: dict[Hashable, Future[str]] = {}

    def token(self, key: Hashable, query: QueryActivity, fetch: Callable[[], Grant]) -> str:
        """The token of this key, fetched if there is none that lives."""
        while True:
            with self._lock:
                now = self._clock.monotonic()
                grant = self._grants.get(key)
                if grant and now < grant.renew_at:
                    return grant.token
                pending = self._fetches.get(key)
                if pending is None:
                    mine = self._fetches[key] = Future()
                    break
                if grant and now < grant.expires_at:
                    return grant.token
            if token := _shared(pending, query):
                return token
        return self._fetch(key, mine, fetch)

    def drop(self, key: Hashable, token: str) -> None:
        """Forget a token that was refused, unless another thread has renewed it meanwhile."""
        with self._lock:
            if (grant := self._grants.get(key)) and grant.token == token:
                del self._grants[key]

    def _fetch(self, key: Hashable, mine: "Future[str]", fetch: Callable[[], Grant]) -> str:
        try:
            grant = fetch()
        except BaseException as error:
            with self._lock:
                del self._fetches[key]
            mine.set_exception(error)
            raise
        with self._lock:
            del self._fetches[key]
            now = self._clock.monotonic()
            self._grants = {other: kept for other, kept in self._grants.items() if now < kept.expires_at}
            self._grants[key] = grant
        mine.set_result(grant.token)
        return grant.token


def _shared(pending: "Future[str]", query: QueryActivity) -> str:
    """The token that another thread fetches; empty if that thread's own query ended before."""
    while True:
        query.check()
        try:
            error = pending.exception(timeout=_LOOK_SECONDS)
        except NotYet:
            continue
        if error is None:
            return pending.result()
        if isinstance(error, AmazonError):
            raise error
        return ""
