"""Who is let in, who waits for a place and for how long: the runs without Flight around them."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field

import pyarrow as pa
import pytest

from flight_server.errors import Cancelled, Error, ServerBusy, TimedOut
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
    timeout_seconds: float = 0.0
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
    opened = Runs(1, max_waiting=1, poll_seconds=0.001)
    yield opened
    opened.close(0, ServerBusy("the test is over"))


@pytest.fixture
def occupied(runs: Runs) -> Occupied:
    """The only place, taken until the run may end."""
    return occupy(runs)


def new_run(ticket: str = "ticket", context: Context | None = None, account: str = "") -> Run:
    return Run(ticket, "session", context or Context(), account)


def occupy(runs: Runs, account: str = "") -> Occupied:
    """Take a place and keep it, as long as someone holds the iterator, until the run may end."""
    running = Running()
    batches = runs.record_batches(new_run("first", account=account), lambda: running)
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
    runs = Runs(3)
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


def test_the_wait_counts_for_the_time_that_a_query_may_take() -> None:
    runs = Runs(1)
    running, batches = occupy(runs)
    late = Running(timeout_seconds=0.01)
    with pytest.raises(TimedOut, match=r"longer than QueryTimeout allows \(0.01 s\)") as caught:
        next(runs.record_batches(new_run(), lambda: late))
    assert late.refused_by is caught.value
    assert runs.waiting_count == 0
    running.may_end.set()
    assert list(batches) == []
    runs.close(0, ServerBusy("the test is over"))


def test_a_place_goes_to_the_account_that_has_the_fewest_runs() -> None:
    runs = Runs(2)
    busy = [occupy(runs, "busy") for _ in range(2)]
    order: list[str] = []
    for ticket, account in (("busy 1", "busy"), ("busy 2", "busy"), ("other", "another")):
        read_aside(runs, new_run(ticket, account=account)).add_done_callback(lambda done: order.append(done.result()))
    running, batches = busy[0]
    running.may_end.set()
    list(batches)
    wait_until(lambda: len(order) == 3)
    assert order == ["other", "busy 1", "busy 2"]
    busy[1][0].may_end.set()
    list(busy[1][1])
    runs.close(0, ServerBusy("the test is over"))


def test_ten_times_as_many_wait_as_may_run() -> None:
    runs = Runs(1, poll_seconds=0.001)
    running, batches = occupy(runs)
    waiting = [read_aside(runs, new_run(str(number))) for number in range(10)]
    with pytest.raises(ServerBusy, match="1 queries are running and 10 wait"):
        next(runs.record_batches(new_run(), Running))
    running.may_end.set()
    list(batches)
    assert [each.result(30) for each in waiting] == [str(number) for number in range(10)]
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
