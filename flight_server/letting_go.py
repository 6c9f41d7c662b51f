"""A query's work on a thread of its own: whoever waits for it is told at once that it was stopped.

The engine can be stopped between two steps of its own, and one value of one row is a step for as long as it takes
(facts, observed of `levenshtein` of long texts). The thread is left behind then; when the engine lets go, it releases
what the work holds. So many may be left behind at a time; beyond that, whoever waits waits on. Knows no SQL and no
engine.
"""

import threading
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from typing import TypeVar, cast

from flight_server.activity import QueryActivity

LEFT_MOST = 8
"""How many threads may be left behind."""

PATIENCE_SECONDS = 0.2
"""How long a query that was stopped may take to let go by itself, as nearly all do."""

Item = TypeVar("Item")

_threads = ThreadPoolExecutor(max_workers=1000, thread_name_prefix="query")  # as many as there are queries under way
_may_be_left = threading.BoundedSemaphore(LEFT_MOST)
_END = object()


def apart(work: Generator[Item, None, None], activity: QueryActivity) -> Iterator[Item]:
    """What `work` yields, no sooner than it is asked for; raise why the query was stopped as soon as it is."""
    while True:
        pulled: Future[object] = _threads.submit(next, work, cast("Item", _END))
        is_left = False
        try:
            is_left = not _comes_soon(pulled, activity) and _may_be_left.acquire(blocking=False)
            if is_left:
                activity.check()
            item = pulled.result()
            if item is _END:
                return
            yield cast("Item", item)
        except BaseException:
            if pulled.done() and not is_left:
                work.close()
            else:
                pulled.add_done_callback(partial(_let_go, work, is_left))
            raise


def _comes_soon(pulled: Future[object], activity: QueryActivity) -> bool:
    """Wait until there is something, or a while longer than the query is meant to last; whether there is."""
    changed = threading.Event()
    pulled.add_done_callback(lambda _: changed.set())
    with activity.on_cancel(changed.set):
        changed.wait()
    return pulled.done() or bool(wait([pulled], timeout=PATIENCE_SECONDS).done)


def _let_go(work: Generator[Item, None, None], was_left: bool, _: object) -> None:
    work.close()
    if was_left:
        _may_be_left.release()
