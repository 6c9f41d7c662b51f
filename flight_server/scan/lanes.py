"""Calls → their pages in order, fetched by threads of their own: several calls under way at once, and a page ahead.

Ahead only for scans that are sure to be read to the end: then nothing is fetched in vain, unless the client leaves. And
where page tokens die soon (FBA inventory), the next page is fetched in time whatever the reader does. Each lane is a
thread with one call; pages that wait for the reader are few, or on disk. Knows no HTTP; quota is waited for below,
where a lane can be told to stop.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from contextvars import copy_context
from dataclasses import replace

from flight_server.activity import BRANCH, QueryActivity
from flight_server.client.pages.page_spool import PageSpool
from flight_server.plan import Call, Page

LANES = 4
"""A page of 50 ms and Amazon's fastest usage plan, 80 calls a second, come to four calls at once."""

_LOOK_SECONDS = 0.1  # how long a thread that waits for another stays deaf

Fetch = Callable[[Call], Generator[Page, None, None]]


class _Lane:
    """One call, whose pages a thread fetches: `ahead` of the reader by so many, further where tokens would die."""

    def __init__(self, call: Call, fetch: Fetch, stop: threading.Event, ahead: int) -> None:
        self._call = call
        self._fetch = fetch
        self._stop = stop
        self._ahead = ahead
        self._changed = threading.Condition()
        self._asked = 0  # pages that the reader has asked for
        self._spool = PageSpool()
        self._fetched: deque[Page] = deque()  # those in the spool, without their bodies
        self._failure: BaseException | None = None
        self._is_over = False

    def start(self) -> None:
        """Begin to fetch."""
        context = copy_context()
        context.run(BRANCH.set, self._stop)
        threading.Thread(target=context.run, args=(self._run,), name="lane", daemon=True).start()

    def pages(self, query: QueryActivity) -> Iterator[Page]:
        """The pages as they come; raises what the thread met."""
        while (page := self._next(query)) is not None:
            yield page
        self.close()

    def close(self) -> None:
        """Let go of the pages that wait."""
        with self._changed:
            self._fetched.clear()
            self._spool.close()

    def _next(self, query: QueryActivity) -> Page | None:
        with self._changed:
            self._asked += 1
            self._changed.notify_all()
            while not self._fetched:
                if self._failure is not None:
                    raise self._failure
                if self._is_over:
                    return None
                self._changed.wait(_LOOK_SECONDS)
                query.check()
            page = self._fetched.popleft()
            body = self._spool.read(self._asked - 1)
            if not self._fetched:
                self._spool.close()
                self._spool = PageSpool(self._asked)
            return replace(page, body=body)

    def _run(self) -> None:
        try:
            with closing(self._fetch(self._call)) as pages:  # the failure that is kept would hold on to them
                while self._waits_its_turn():
                    page = next(pages, None)
                    with self._changed:
                        self._keep(page)
                        self._changed.notify_all()
                    if page is None:
                        return
        except BaseException as error:  # told to whoever reads
            with self._changed:
                self._failure = error
                self._changed.notify_all()

    def _keep(self, page: Page | None) -> None:
        if page is None:
            self._is_over = True
        elif not self._stop.is_set():
            self._spool.append(page.body)
            self._fetched.append(replace(page, body=b"", fetched_at=time.monotonic()))

    def _waits_its_turn(self) -> bool:
        """Wait until the next page is wanted, or its token may not wait any longer; False when told to stop."""
        lifetime = self._call.paging.lifetime_seconds if self._call.paging is not None else None
        latest = None if lifetime is None else time.monotonic() + lifetime / 2
        with self._changed:
            while not self._stop.is_set():
                if self._spool.count < self._asked + self._ahead:
                    return True
                if latest is not None and self._spool.count and time.monotonic() > latest:
                    return True
                self._changed.wait(_LOOK_SECONDS)
        return False


def pages_ahead(calls: Iterator[Call], fetch: Fetch, query: QueryActivity) -> Iterator[Page]:
    """The pages of all calls, in the order of the calls; closing the iterator stops every lane."""
    yield from _pages(calls, fetch, query, lanes_at_once=LANES, ahead=1)


def pages_in_time(calls: Iterator[Call], fetch: Fetch, query: QueryActivity) -> Iterator[Page]:
    """The same one call after the other, none before it is asked for unless its token would die."""
    yield from _pages(calls, fetch, query, lanes_at_once=1, ahead=0)


def _pages(
    calls: Iterator[Call], fetch: Fetch, query: QueryActivity, *, lanes_at_once: int, ahead: int
) -> Iterator[Page]:
    stop = threading.Event()
    lanes: deque[_Lane] = deque()
    with query.on_cancel(stop.set):
        try:
            while True:
                while len(lanes) < lanes_at_once and (call := next(calls, None)) is not None:
                    lanes.append(_Lane(call, fetch, stop, ahead))
                    lanes[-1].start()  # listed before: there may be no thread to be had
                if not lanes:
                    return
                yield from lanes[0].pages(query)
                lanes.popleft()
        finally:
            stop.set()
            for lane in lanes:
                lane.close()
