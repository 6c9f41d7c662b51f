"""Equal calls of queries that run at the same time → one walk through the pages, which all of them read.

The ten tiles of a dashboard cost the calls of one. Whoever comes first to a page fetches it, for all; if that query is
stopped on the way, another goes on where it was. Nobody is told what is old: a query joins a walk only if a query that
reads it was under way when it began, and only within `JOINED_SECONDS` of the walk's beginning; a failure that is over
is nobody's but theirs who waited for it. A walk that nobody can join any more and that has one reader keeps no page.
Knows no HTTP and no quota.
"""

import threading
import time
from collections.abc import Generator, Hashable

from flight_server.activity import QueryActivity
from flight_server.client.pages.page_spool import PageSpool
from flight_server.client.pages.paging import PageWalk, SendPage
from flight_server.errors import Cancelled, Error, LimitReached, TimedOut
from flight_server.plan import Call, Page

JOINED_SECONDS = 10.0

KEPT_BYTES = 32 * 1024 * 1024
"""Pages of walks that ended and that nobody reads: kept for queries that began before the end, up to this much."""

_SWEPT_SECONDS = 0.5

_LOOK_SECONDS = 0.1  # how long a query that waits for another's page stays deaf


class _SharedWalk:
    """One walk with its readers."""

    def __init__(self, walk: PageWalk) -> None:
        self._walk = walk
        self._changed = threading.Condition()
        self._spool = PageSpool()
        self._request_ids: list[str] = []
        self._is_fetching = False
        self._failure: Error | None = None
        self._is_over = False
        self._began = time.monotonic()
        self.ended: float | None = None
        self.readers: list[QueryActivity] = []  # all that have ever read it
        self.reading = 0

    @property
    def held_bytes(self) -> int:
        """What its waiting pages take."""
        return self._spool.held_bytes

    def may_be_joined(self, query: QueryActivity) -> bool:
        """Whether what it tells is news for the query."""
        if not self._is_joinable() or self._spool.first != 0 or any(reader is query for reader in self.readers):
            return False
        if self.ended is None or self.ended > query.began_at:
            return True
        return self._failure is None and any(reader.elapsed_ms is None for reader in self.readers)

    def is_of_use(self) -> bool:
        """Whether it is read or may be joined."""
        return self.reading > 0 or (self.ended is not None and self._is_joinable())

    def page(self, call: Call, number: int, send_page: SendPage, query: QueryActivity) -> Page | None:
        """The page of that number, None behind the last; raises what fetching it met."""
        with self._changed:
            while number >= self._spool.count:
                if self._failure is not None:
                    raise self._failure
                if self._is_over:
                    return None
                if not self._is_fetching:
                    self._is_fetching = True
                    break
                self._changed.wait(_LOOK_SECONDS)
                query.check()
            else:
                query.hit("pages")
                return Page(call, number, self._spool.read(number), self._request_ids[number])
        return self._fetch(call, send_page)

    def _fetch(self, call: Call, send_page: SendPage) -> Page | None:
        found: Page | None = None
        failure: BaseException | None = None
        try:
            found = self._walk.next_page(send_page)
        except BaseException as error:
            failure = error
            raise
        finally:
            with self._changed:
                self._note(found, failure)
                self._is_fetching = False
                self._changed.notify_all()
        return None if found is None else Page(call, found.number, found.body, found.request_id)

    def _note(self, page: Page | None, failure: BaseException | None) -> None:
        if page is not None:
            if self.reading == 1 and not self._is_joinable():
                self._spool.close()
                self._spool = PageSpool(page.number + 1)  # its only reader has it in hand
            else:
                self._spool.append(page.body)
            self._request_ids.append(page.request_id)
        elif failure is None:
            self._is_over, self.ended = True, time.monotonic()
        elif isinstance(failure, Error) and not isinstance(failure, Cancelled | TimedOut | LimitReached):
            self._failure, self.ended = failure, time.monotonic()

    def _is_joinable(self) -> bool:
        return time.monotonic() - self._began <= JOINED_SECONDS

    def close(self) -> None:
        """Let go of the pages."""
        with self._changed:
            self._spool.close()


class SharedPages:
    """The walks of a server that are under way or have just ended. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._walks: dict[Hashable, _SharedWalk] = {}
        self._swept = time.monotonic()
        self._is_closed = False

    def pages(
        self, key: Hashable, call: Call, send_page: SendPage, query: QueryActivity
    ) -> Generator[Page, None, None]:
        """The pages of a call; `key` says who asks what, so that what has an equal key is answered alike."""
        shared = self._join(key, call, query)
        number = 0
        try:
            while True:
                query.check()
                page = shared.page(call, number, send_page, query)
                if page is None:
                    return
                number += 1
                query.pages += 1
                yield page
        finally:
            self._leave(key, shared)

    def close(self) -> None:
        """Let go of every page."""
        with self._lock:
            self._is_closed = True  # who comes late, as a lane may, leaves nothing behind
            for shared in self._walks.values():
                shared.close()
            self._walks.clear()

    def _join(self, key: Hashable, call: Call, query: QueryActivity) -> _SharedWalk:
        with self._lock:
            self._sweep()
            shared = self._walks.get(key)
            if shared is None or not shared.may_be_joined(query):
                if shared is not None and not shared.reading:
                    shared.close()
                shared = self._walks[key] = _SharedWalk(PageWalk(call))
            shared.readers.append(query)
            shared.reading += 1
            return shared

    def _leave(self, key: Hashable, shared: _SharedWalk) -> None:
        with self._lock:
            shared.reading -= 1
            is_listed = self._walks.get(key) is shared
            if not shared.reading and (shared.ended is None or not is_listed or self._is_closed):
                shared.close()
                if is_listed:
                    del self._walks[key]

    def _sweep(self) -> None:
        """Now and then: forget walks of no use, and the oldest that nobody reads where they hold too much."""
        if time.monotonic() - self._swept < _SWEPT_SECONDS:
            return
        self._swept = time.monotonic()
        idle = [(key, shared) for key, shared in self._walks.items() if not shared.reading]
        held = sum(shared.held_bytes for _, shared in idle)
        for key, shared in idle:
            if held > KEPT_BYTES or not shared.is_of_use():
                held -= shared.held_bytes
                shared.close()
                del self._walks[key]
