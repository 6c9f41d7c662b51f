"""What works apart: it is pulled as it is asked for, and left behind, in bounds, where it does not let go."""

import threading
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack

import pytest

from flight_server.activity import Journal, QueryActivity
from flight_server.errors import Cancelled
from flight_server.letting_go import LEFT_MOST, PATIENCE_SECONDS, apart


def _activity() -> QueryActivity:
    return Journal().begin("SELECT 1", "", "", 0)


class _Stubborn:
    """Work that ends when it is let, whatever it is told."""

    def __init__(self) -> None:
        self.may_end = threading.Event()
        self.has_ended = threading.Event()

    def work(self) -> Generator[int, None, None]:
        try:
            yield 1
            self.may_end.wait(20)
            yield 2
        finally:
            self.has_ended.set()


def _stopped(stubborn: _Stubborn) -> tuple[threading.Thread, list[object]]:
    """Pull it in a thread, cancel it there, and note what came of it."""
    activity, seen = _activity(), list[object]()

    def read() -> None:
        try:
            for item in apart(stubborn.work(), activity):
                seen.append(item)
                threading.Timer(0.05, activity.cancel).start()
        except Cancelled as error:
            seen.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    return thread, seen


def test_nothing_is_done_before_it_is_asked_for() -> None:
    done: list[int] = []

    def work() -> Iterator[int]:
        for number in range(3):
            done.append(number)
            yield number

    items = apart((each for each in work()), _activity())
    assert (next(items), done) == (0, [0])
    assert (list(items), done) == ([1, 2], [0, 1, 2])


def test_whoever_stops_reading_closes_the_work() -> None:
    stubborn = _Stubborn()
    items = apart(stubborn.work(), _activity())
    next(items)
    items.close()  # type: ignore[attr-defined]  # a generator
    assert stubborn.has_ended.is_set()


def test_its_own_failure_is_raised() -> None:
    def work() -> Generator[int, None, None]:
        yield 1
        raise ValueError("its own")

    with pytest.raises(ValueError, match="its own"):
        list(apart(work(), _activity()))


def test_who_waits_is_told_at_once_and_the_rest_is_released_later() -> None:
    stubborn, started = _Stubborn(), time.monotonic()
    thread, seen = _stopped(stubborn)
    thread.join(5)
    assert time.monotonic() - started < 1
    assert [seen[0], type(seen[1])] == [1, Cancelled]
    assert not stubborn.has_ended.is_set()
    stubborn.may_end.set()
    assert stubborn.has_ended.wait(5)


def test_no_more_than_so_many_are_left_behind() -> None:
    left = [_Stubborn() for _ in range(LEFT_MOST)]
    with ExitStack() as ending:
        for each in left:
            ending.callback(each.may_end.set)
            _stopped(each)[0].join(5)
        one_more = _Stubborn()
        ending.callback(one_more.may_end.set)
        thread, _ = _stopped(one_more)
        thread.join(PATIENCE_SECONDS + 0.5)
        assert thread.is_alive()
    thread.join(5)
    assert not thread.is_alive()
    assert all(each.has_ended.wait(5) for each in left)
