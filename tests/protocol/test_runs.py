"""Who is let in, who waits for a place and for how long: the runs without Flight around them."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field

import pyarrow as pa
import pytest

from flight_server.errors import Cancelled, Error, ServerBusy
from flight_server.protocol.runs import Run, Runs

BATCH = pa.record_batch({"x": [1]})


@dataclass
class Context:
    """A call whose client can leave."""

    has_left: bool = False

    def is_cancelled(self) -> bool:
        return self.has_left


@dataclass
class Running:
    """One batch, then a wait until `may_end` is set."""

    query_id: str = "query"
    warnings: tuple[str, ...] = ()
    may_end: threading.Event = field(default_factory=threading.Event)
    refused_by: Error | None = None

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        yield BATCH
        assert self.may_end.wait(30), "nobody ended the query"

    def cancel(self) -> None:
        self.may_end.set()

    def refuse(self, error: Error) -> None:
        self.refused_by = error


Occupied = tuple[Running, Iterator[pa.RecordBatch]]


@pytest.fixture
def runs() -> Iterator[Runs]:
    """Room for one run; one other waits."""
    opened = Runs(1, wait_seconds=30, poll_seconds=0.001)
    yield opened
    opened.close(0, ServerBusy("the test is over"))


@pytest.fixture
def occupied(runs: Runs) -> Occupied:
    """The only place, taken until the run may end."""
    return occupy(runs)


def new_run(ticket: str = "ticket", context: Context | None = None) -> Run:
    return Run(ticket, "session", context or Context())


def occupy(runs: Runs) -> Occupied:
    """Take a place and keep it, as long as someone holds the iterator, until the run may end."""
    running = Running()
    batches = runs.record_batches(new_run("first"), lambda: running)
    next(batches)
    return running, batches


def read_aside(runs: Runs, run: Run) -> "Future[str]":
    """Read a run in a thread of its own, which tells when it was done; comes back when the run waits for its place."""
    done: Future[str] = Future()

    def read() -> None:
        running = Running()
        running.may_end.set()
        try:
            list(runs.record_batches(run, lambda: running))
        except Exception as error:
            done.set_exception(error)
        else:
            done.set_result(run.ticket)

    count = runs.waiting_count
    threading.Thread(target=read, daemon=True).start()
    wait_until(lambda: runs.waiting_count == count + 1)
    return done


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.001)


def test_a_run_waits_for_a_place(runs: Runs, occupied: Occupied) -> None:
    running, batches = occupied
    waiting = read_aside(runs, new_run("second"))
    assert len(runs) == 1
    assert not waiting.done()
    running.may_end.set()
    list(batches)
    assert waiting.result(30) == "second"
    wait_until(lambda: len(runs) == 0)


def test_whoever_waits_longest_comes_first() -> None:
    runs = Runs(3, wait_seconds=30)
    occupied = [occupy(runs) for _ in range(3)]
    order: list[str] = []
    for ticket in "abc":
        read_aside(runs, new_run(ticket)).add_done_callback(lambda done: order.append(done.result()))
    for (running, batches), count in zip(occupied, (1, 2, 3), strict=True):
        running.may_end.set()
        list(batches)
        wait_until(lambda count=count: len(order) >= count)  # type: ignore[misc]  # its argument has a default
    assert order[0] == "a"
    assert sorted(order) == ["a", "b", "c"]
    runs.close(0, ServerBusy("the test is over"))


@pytest.mark.usefixtures("occupied")
def test_nobody_waits_beyond_the_end_of_the_queue(runs: Runs) -> None:
    read_aside(runs, new_run())
    refused = Running()
    with pytest.raises(ServerBusy, match="server is busy: 1 queries are running") as caught:
        next(runs.record_batches(new_run(), lambda: refused))
    assert refused.refused_by is caught.value


def test_nobody_waits_for_ever() -> None:
    runs = Runs(1, wait_seconds=0.01)
    running, batches = occupy(runs)
    with pytest.raises(ServerBusy, match="server is busy"):
        next(runs.record_batches(new_run(), Running))
    assert runs.waiting_count == 0
    running.may_end.set()
    assert list(batches) == []
    runs.close(0, ServerBusy("the test is over"))


@pytest.mark.usefixtures("occupied")
def test_a_ticket_that_is_cancelled_leaves_the_queue(runs: Runs) -> None:
    waiting = read_aside(runs, new_run("mine"))
    assert runs.stop_ticket("mine", Cancelled("stopped by its owner"))
    with pytest.raises(Cancelled, match="stopped by its owner"):
        waiting.result(30)
    assert runs.waiting_count == 0


@pytest.mark.usefixtures("occupied")
def test_a_client_that_leaves_gives_up_its_place_in_the_queue(runs: Runs) -> None:
    context = Context()
    waiting = read_aside(runs, new_run(context=context))
    context.has_left = True
    with pytest.raises(Cancelled):
        waiting.result(30)
    assert len(runs) == 1


def test_closing_sends_away_whoever_waits_while_running_ones_may_end(runs: Runs, occupied: Occupied) -> None:
    running, batches = occupied
    waiting = read_aside(runs, new_run())
    closing = threading.Thread(target=runs.close, args=[30, ServerBusy("too late")])
    closing.start()
    with pytest.raises(ServerBusy, match="shutting down"):
        waiting.result(30)
    running.may_end.set()
    assert list(batches) == []
    closing.join(30)
    assert not closing.is_alive()
