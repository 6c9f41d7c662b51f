"""Pages come in order, a page ahead at most, and in time where their tokens die soon."""

import gc
import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace

import pytest

from flight_server.activity import QueryActivity
from flight_server.client.pages.page_spool import PageSpool
from flight_server.errors import ApiError
from flight_server.plan import Call, Page
from flight_server.scan.lanes import LANES, pages_ahead, pages_in_time
from tests.client.broken_server import eventually
from tests.client.operations import ORDERS, ORDERS_PAGING, unlike

PAGES = 6


class Fetching:
    """Calls of six pages; counts what was fetched."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.fetched: list[tuple[str, int]] = []
        self._fails_at = fails_at

    def __call__(self, call: Call) -> Generator[Page, None, None]:
        name = call.header_parameters.get("x-number", "")
        for number in range(PAGES):
            if number == self._fails_at:
                raise ApiError("refused")
            self.fetched.append((name, number))
            yield Page(call, number, f"{name}/{number}".encode(), f"r{number}")


def a_query() -> QueryActivity:
    return QueryActivity("", "")


def calls(count: int, lifetime: float | None = None) -> Iterator[Call]:
    call = replace(ORDERS, paging=replace(ORDERS_PAGING, lifetime_seconds=lifetime))
    return (unlike(call, number) for number in range(count))


def settled(count: Callable[[], int]) -> int:
    """What a count comes to once it stands still."""
    seen, since = count(), time.monotonic()
    while time.monotonic() - since < 0.3:
        if count() != seen:
            seen, since = count(), time.monotonic()
        time.sleep(0.01)
    return seen


@pytest.mark.parametrize("read", [pages_ahead, pages_in_time])
@pytest.mark.parametrize("lifetime", [None, 0.01])
def test_all_pages_come_once_and_in_order(read: Callable[..., Iterator[Page]], lifetime: float | None) -> None:
    found = list(read(calls(9, lifetime), Fetching(), a_query()))
    assert [page.body.decode() for page in found] == [f"{call}/{page}" for call in range(9) for page in range(PAGES)]
    assert [page.request_id for page in found[:PAGES]] == [f"r{number}" for number in range(PAGES)]


def test_one_page_of_each_lane_waits() -> None:
    fetching = Fetching()
    pages = pages_ahead(calls(9), fetching, a_query())
    next(pages)
    eventually(lambda: len(fetching.fetched) == LANES + 1)
    assert settled(lambda: len(fetching.fetched)) == LANES + 1
    pages.close()  # type: ignore[attr-defined]


def test_nothing_is_fetched_before_it_is_asked_for() -> None:
    fetching = Fetching()
    pages = pages_in_time(calls(9), fetching, a_query())
    for count in (1, 2, 3):
        next(pages)
        assert settled(lambda: len(fetching.fetched)) == count
    pages.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("read", [pages_ahead, pages_in_time])
def test_pages_whose_tokens_die_soon_are_fetched_whatever_the_reader_does(
    read: Callable[..., Iterator[Page]],
) -> None:
    fetching = Fetching()
    pages = read(calls(1, lifetime=0.1), fetching, a_query())
    next(pages)
    eventually(lambda: len(fetching.fetched) == PAGES)
    assert [page.number for page in pages] == [1, 2, 3, 4, 5]


def test_a_failure_comes_where_it_happened() -> None:
    pages = pages_ahead(calls(2), Fetching(fails_at=2), a_query())
    assert [next(pages).number for _ in range(2)] == [0, 1]
    with pytest.raises(ApiError):
        next(pages)


def test_a_call_that_cannot_begin_is_a_failure_too() -> None:
    def fetch(call: Call) -> Generator[Page, None, None]:
        raise ApiError("refused")

    with pytest.raises(ApiError):
        next(pages_ahead(calls(2), fetch, a_query()))


def test_closing_ends_every_lane() -> None:
    pages = pages_ahead(calls(9), Fetching(), a_query())
    next(pages)
    pages.close()  # type: ignore[attr-defined]
    eventually(lambda: not any(thread.name == "lane" for thread in threading.enumerate()))


class Closing(Fetching):
    """Tells which of its walks have ended."""

    def __init__(self) -> None:
        super().__init__()
        self.ended = 0

    def __call__(self, call: Call) -> Generator[Page, None, None]:
        try:
            yield from super().__call__(call)
        finally:
            self.ended += 1


def test_a_lane_that_cannot_keep_a_page_ends_its_walk_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(spool: PageSpool, body: bytes) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(PageSpool, "append", full)
    fetching = Closing()
    gc.disable()  # the walk hung on the failure that the lane had kept
    try:
        with pytest.raises(OSError, match="the disk is full"):
            next(pages_ahead(calls(1), fetching, a_query()))
        eventually(lambda: fetching.ended == 1)
    finally:
        gc.enable()


def test_a_lane_that_finds_no_thread_leaves_no_file_open(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[PageSpool] = []
    close = PageSpool.close

    def noted(spool: PageSpool) -> None:
        closed.append(spool)
        close(spool)

    def refused(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)
    monkeypatch.setattr(PageSpool, "close", noted)
    with pytest.raises(RuntimeError):
        next(pages_ahead(calls(1), Fetching(), a_query()))
    assert len(closed) == 1
