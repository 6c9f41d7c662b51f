"""Calls → their pages in order, several calls under way at once, each a page ahead of whoever reads.

For scans that are sure to be read to the end: what is fetched ahead is never fetched in vain, unless the client leaves.
Each lane is a thread with one call; it fetches the next page when the one before has been taken, so that no more pages
wait than there are lanes. Knows no HTTP; quota is waited for below, where a lane can be told to stop.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextvars import copy_context
from queue import Empty, SimpleQueue

from flight_server.activity import BRANCH, QueryActivity
from flight_server.plan import Call, Page

LANES = 4
"""A page of 50 ms and Amazon's fastest usage plan, 80 calls a second, come to four calls at once."""

_LOOK_SECONDS = 0.1  # how long a thread that waits for another stays deaf

Fetch = Callable[[Call], Iterator[Page]]


class _End:
    """No further page."""


class _Lane:
    """One call, whose pages a thread fetches."""

    def __init__(self, call: Call, fetch: Fetch, stop: threading.Event) -> None:
        self._call = call
        self._fetch = fetch
        self._stop = stop
        self._may_fetch = threading.Semaphore(1)
        self._fetched: SimpleQueue[Page | _End | BaseException] = SimpleQueue()
        context = copy_context()
        context.run(BRANCH.set, stop)
        threading.Thread(target=context.run, args=(self._run,), name="lane", daemon=True).start()

    def pages(self, query: QueryActivity) -> Iterator[Page]:
        """The pages as they come; raises what the thread met."""
        while not isinstance(found := self._next(query), _End):
            if isinstance(found, BaseException):
                raise found
            self._may_fetch.release()
            yield found

    def _next(self, query: QueryActivity) -> Page | _End | BaseException:
        while True:
            try:
                return self._fetched.get(timeout=_LOOK_SECONDS)
            except Empty:
                query.check()

    def _run(self) -> None:
        pages = self._fetch(self._call)
        try:
            while self._waits_its_turn():
                page = next(pages, None)
                self._fetched.put(_End() if page is None else page)
                if page is None:
                    return
        except BaseException as error:  # told to whoever reads
            self._fetched.put(error)

    def _waits_its_turn(self) -> bool:
        while not self._stop.is_set():
            if self._may_fetch.acquire(timeout=_LOOK_SECONDS):
                return True
        return False


def pages_ahead(calls: Iterator[Call], fetch: Fetch, query: QueryActivity) -> Iterator[Page]:
    """The pages of all calls, in the order of the calls; closing the iterator stops every lane."""
    stop = threading.Event()
    lanes: deque[_Lane] = deque()
    with query.on_cancel(stop.set):
        try:
            while True:
                while len(lanes) < LANES and (call := next(calls, None)) is not None:
                    lanes.append(_Lane(call, fetch, stop))
                if not lanes:
                    return
                yield from lanes[0].pages(query)
                lanes.popleft()
        finally:
            stop.set()
