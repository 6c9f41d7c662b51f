"""Equal calls of queries that run at the same time are made once, and nobody is told what is old or not his."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from flight_server.activity import QueryActivity
from flight_server.client.pages import shared_pages
from flight_server.client.pages.page_spool import PageSpool
from flight_server.client.pages.shared_pages import SharedPages
from flight_server.client.wire.transport import Answer
from flight_server.errors import ApiError, Cancelled, LimitReached
from flight_server.plan import Page
from tests.client.operations import ORDERS


class Amazon:
    """Three pages, each of which may be held back; counts what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.failure: Exception | None = None

    def send(self, token: str) -> Answer:
        self.asked.append(token)
        if not self.gate.wait(10):
            raise TimeoutError
        if self.failure is not None:
            raise self.failure
        following = {"": "t1", "t1": "t2", "t2": ""}[token]
        return Answer(200, {}, f'{{"payload": {{"page": "{token}", "NextToken": "{following}"}}}}'.encode())


@pytest.fixture
def shared() -> Iterator[SharedPages]:
    pages = SharedPages()
    yield pages
    pages.close()


def a_query() -> QueryActivity:
    return QueryActivity("", "")


def read(shared: SharedPages, amazon: Amazon, query: QueryActivity | None = None, key: str = "k") -> Iterator[Page]:
    return shared.pages(key, ORDERS, amazon.send, query or a_query())


def read_all(shared: SharedPages, amazon: Amazon, query: QueryActivity) -> list[Page]:
    return list(read(shared, amazon, query))


def eventually(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


def test_ten_that_read_at_once_ask_for_each_page_once(shared: SharedPages) -> None:
    amazon = Amazon()
    amazon.gate.clear()
    queries = [a_query() for _ in range(10)]
    with ThreadPoolExecutor(10) as threads:
        answers = [threads.submit(read_all, shared, amazon, query) for query in queries]
        eventually(lambda: len(amazon.asked) == 1)
        amazon.gate.set()
        bodies = [[page.body for page in answer.result()] for answer in answers]
    assert amazon.asked == ["", "t1", "t2"]
    assert all(each == bodies[0] for each in bodies)
    assert [query.pages for query in queries] == [3] * 10


def test_one_that_comes_in_the_middle_reads_from_the_beginning(shared: SharedPages) -> None:
    amazon = Amazon()
    first = read(shared, amazon)
    early = [next(first), next(first)]
    late = list(read(shared, amazon))
    assert [page.number for page in late] == [0, 1, 2]
    assert [page.body for page in [*early, *first]] == [page.body for page in late]
    assert amazon.asked == ["", "t1", "t2"]


def test_one_that_begins_after_the_end_asks_anew(shared: SharedPages) -> None:
    amazon = Amazon()
    for _ in range(2):
        query = a_query()
        list(read(shared, amazon, query))
        query.finish()
    assert len(amazon.asked) == 6


def test_one_that_begins_while_a_reader_is_at_work_is_told_what_that_was_told(shared: SharedPages) -> None:
    amazon = Amazon()
    for _ in range(2):
        list(read(shared, amazon))
    assert len(amazon.asked) == 3


def test_one_that_began_before_the_end_is_told_what_was_fetched_meanwhile(shared: SharedPages) -> None:
    amazon, waiting, early = Amazon(), a_query(), a_query()
    list(read(shared, amazon, early))
    early.finish()
    assert len(list(read(shared, amazon, waiting))) == 3
    assert len(amazon.asked) == 3


def test_a_query_that_asks_twice_is_answered_twice(shared: SharedPages) -> None:
    amazon, query = Amazon(), a_query()
    for _ in range(2):
        list(read(shared, amazon, query))
    assert len(amazon.asked) == 6


def test_other_questions_are_not_mixed_up(shared: SharedPages) -> None:
    amazon = Amazon()
    one, other = read(shared, amazon, key="a"), read(shared, amazon, key="b")
    next(one), next(other)
    assert amazon.asked == ["", ""]


def test_what_is_old_is_not_joined(shared: SharedPages, monkeypatch: pytest.MonkeyPatch) -> None:
    amazon = Amazon()
    first = read(shared, amazon)
    next(first)
    monkeypatch.setattr(shared_pages, "JOINED_SECONDS", 0.0)
    assert len(list(read(shared, amazon))) == 3
    assert amazon.asked == ["", "", "t1", "t2"]
    assert len(list(first)) == 2


def test_one_goes_on_where_another_was_stopped_between_two_pages(shared: SharedPages) -> None:
    amazon, stopped = Amazon(), a_query()
    pages, others = read(shared, amazon, stopped), read(shared, amazon)
    assert next(pages).number == next(others).number == 0
    stopped.cancel()
    with pytest.raises(Cancelled):
        next(pages)
    assert [page.number for page in others] == [1, 2]
    assert amazon.asked == ["", "t1", "t2"]


def test_a_cancel_in_the_middle_of_a_fetch_is_the_fetching_querys_own(shared: SharedPages) -> None:
    amazon, stopped, patient = Amazon(), a_query(), a_query()
    is_asking = threading.Event()

    def stopping(token: str) -> Answer:
        is_asking.set()
        while True:
            stopped.wait(0.01)

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(lambda: list(shared.pages("k", ORDERS, stopping, stopped)))
        assert is_asking.wait(5)
        second = threads.submit(read_all, shared, amazon, patient)
        time.sleep(0.05)
        assert not second.done()
        stopped.cancel()
        with pytest.raises(Cancelled):
            first.result(5)
        assert len(second.result(5)) == 3


def test_a_limit_is_the_limited_querys_own(shared: SharedPages) -> None:
    amazon, limited = Amazon(), a_query()

    def taking(token: str) -> Answer:
        limited.take_call(1)
        return amazon.send(token)

    pages, others = shared.pages("k", ORDERS, taking, limited), read(shared, amazon)
    assert next(pages).number == next(others).number == 0
    with pytest.raises(LimitReached):
        next(pages)
    assert [page.number for page in others] == [1, 2]


def test_a_refusal_is_everybodys(shared: SharedPages) -> None:
    amazon = Amazon()
    amazon.gate.clear()
    amazon.failure = ApiError("Amazon refused getOrders")
    with ThreadPoolExecutor(3) as threads:
        queries = [a_query() for _ in range(3)]
        answers = [threads.submit(read_all, shared, amazon, query) for query in queries]
        eventually(lambda: len(amazon.asked) == 1)
        amazon.gate.set()
        for answer in answers:
            with pytest.raises(ApiError):
                answer.result()
    assert len(amazon.asked) == 1


def test_a_failure_that_is_over_is_not_told_to_a_query_that_begins_later(shared: SharedPages) -> None:
    amazon, busy_elsewhere = Amazon(), a_query()
    amazon.failure = ApiError("Amazon is not available")
    with pytest.raises(ApiError):
        read_all(shared, amazon, busy_elsewhere)
    amazon.failure = None
    assert len(read_all(shared, amazon, a_query())) == 3


def test_a_limit_stops_the_calls_of_those_who_stop_and_nobody_elses(shared: SharedPages) -> None:
    amazon = Amazon()
    one, other = read(shared, amazon), read(shared, amazon)
    next(one), next(other)
    one.close()  # type: ignore[attr-defined]
    assert amazon.asked == [""]
    assert len(list(other)) == 2


def test_a_lone_reader_of_an_old_walk_keeps_no_page(shared: SharedPages, monkeypatch: pytest.MonkeyPatch) -> None:
    amazon = Amazon()
    pages = read(shared, amazon)
    next(pages)
    (walk,) = shared._walks.values()
    assert walk.held_bytes > 0
    monkeypatch.setattr(shared_pages, "JOINED_SECONDS", 0.0)
    next(pages)
    assert walk.held_bytes == 0
    assert len(list(pages)) == 1


def test_what_nobody_reads_is_swept_away(shared: SharedPages, monkeypatch: pytest.MonkeyPatch) -> None:
    amazon = Amazon()
    monkeypatch.setattr(shared_pages, "_SWEPT_SECONDS", 0.0)
    monkeypatch.setattr(shared_pages, "KEPT_BYTES", 0)
    for number in range(5):
        list(read(shared, amazon, key=str(number)))
    assert len(shared._walks) == 1


def test_who_reads_when_all_has_been_closed_leaves_nothing_behind(shared: SharedPages) -> None:
    shared.close()
    list(read(shared, Amazon()))
    assert not shared._walks


def test_a_spool_gives_back_what_it_was_given_also_from_disk() -> None:
    spool = PageSpool(first=7, in_memory_bytes=10)
    bodies = [b"a" * 8, b"", b"c" * 30]
    for body in bodies:
        spool.append(body)
    assert [spool.read(number) for number in (9, 7, 8)] == [bodies[2], bodies[0], bodies[1]]
    assert (spool.count, spool.held_bytes) == (10, 38)
    spool.close()
