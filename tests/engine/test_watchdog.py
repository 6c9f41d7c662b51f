"""Whom the watchdog stops, and when: memory is told by the test."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flight_server.activity import QueryActivity
from flight_server.engine import Engine, run
from flight_server.engine.watchdog import PATIENCE_SECONDS, Watchdog
from flight_server.errors import Cancelled, OutOfMemory
from flight_server.plan import Plan

MB = 1_000_000


class Memory:
    """What is resident, as a test says."""

    def __init__(self) -> None:
        self.megabytes = 100

    def __call__(self) -> int:
        return self.megabytes * MB


class Checked(Watchdog):
    """A watchdog that looks when it is told to."""

    def _watch(self) -> None:
        pass


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def watchdog(memory: Memory) -> Watchdog:
    return Checked("2000MB", memory)


def query() -> QueryActivity:
    return QueryActivity("sql", "session")


def test_nobody_is_stopped_within_the_limit(watchdog: Watchdog, memory: Memory) -> None:
    only = query()
    with watchdog.watching(only, lambda: None):
        memory.megabytes = 2290
        watchdog.check()
    assert not only.is_stopped


def test_the_newest_is_stopped_and_told_why(watchdog: Watchdog, memory: Memory) -> None:
    first, second = query(), query()
    with watchdog.watching(first, lambda: None), watchdog.watching(second, lambda: None):
        memory.megabytes = 2350
        watchdog.check()
        assert (first.is_stopped, second.is_stopped) == (False, True)
        with pytest.raises(OutOfMemory, match="needed more memory than the server has for queries"):
            second.check()


def test_memory_that_stays_when_a_query_has_ended_stops_no_other(watchdog: Watchdog, memory: Memory) -> None:
    first = query()
    with watchdog.watching(first, lambda: None):
        with watchdog.watching(query(), lambda: None):
            memory.megabytes = 2350
            watchdog.check()
        for _ in range(1000):
            watchdog.check()
        assert not first.is_stopped
        memory.megabytes = 2450
        watchdog.check()
        assert first.is_stopped


def test_a_query_that_does_not_let_go_is_not_the_last_to_be_stopped(watchdog: Watchdog, memory: Memory) -> None:
    first = query()
    with watchdog.watching(first, lambda: None), watchdog.watching(query(), lambda: None):
        memory.megabytes = 2350
        watchdog.check()
        memory.megabytes = 2600
        watchdog.check()
        assert not first.is_stopped
        for _ in range(round(PATIENCE_SECONDS * 100)):
            watchdog.check()
        assert first.is_stopped


def test_a_stopped_query_is_interrupted_until_it_ends(watchdog: Watchdog) -> None:
    stopped, interrupts = query(), []
    with watchdog.watching(stopped, lambda: interrupts.append(1)):
        stopped.cancel()
        watchdog.check()
        watchdog.check()
    watchdog.check()
    assert len(interrupts) == 2


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine("128MB")
    yield engine
    engine.close()


def rows(engine: Engine, sql: str) -> int:
    batches = run(engine, Plan(sql, ()), lambda scan, keys: iter(()), query())  # type: ignore[arg-type]
    return sum(batch.num_rows for batch in batches)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT array_agg(range) AS l FROM range(60000000)",
        "SELECT string_agg('xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', '') AS t FROM range(20000000)",
    ],
)
def test_what_grows_beyond_the_limit_is_ended_in_plain_words(engine: Engine, sql: str) -> None:
    with pytest.raises(OutOfMemory, match="more memory than the server has for queries"):
        rows(engine, sql)


def test_a_query_that_was_stopped_before_it_began_to_run_ends() -> None:
    engine, stopped = Engine("128MB"), query()
    plan = Plan("SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range + b.range = 3", ())
    checks = [stopped.cancel]
    stopped.check = lambda: checks.pop()() if checks else QueryActivity.check(stopped)  # type: ignore[method-assign]
    with pytest.raises(Cancelled):
        list(run(engine, plan, lambda scan, keys: iter(()), stopped))  # type: ignore[arg-type]
    engine.close()


BOMB = "SELECT length(" + "replace(" * 8 + "repeat('x', 1000)" + ", 'x', 'xxxxxxxx')" * 8 + ")"

ALONE = f"""
from flight_server.engine import Engine, describe
from flight_server.errors import Error
engine = Engine("256MB", is_alone=True)
try:
    describe(engine, {BOMB!r}, {{}})
    with engine.cursor() as cursor:
        cursor.execute({BOMB!r}).fetchall()
except Exception as error:
    print(type(error).__name__)
with engine.cursor() as cursor:
    print(cursor.execute("SELECT 6 * 7").fetchall())
import resource
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
engine.close()
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux, where a process's data can be bound")
def test_what_one_expression_makes_is_refused_by_the_system() -> None:
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, timeout=120, check=True)
    error, answer, megabytes = done.stdout.split("\n")[:3]
    assert (error, answer) == ("OutOfMemoryException", "[(42,)]")
    assert int(megabytes) < 2000  # of 16 GB that it would take
