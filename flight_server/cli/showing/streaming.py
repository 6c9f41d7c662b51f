"""A query's record batches, read in a thread so that the terminal stays alive: it can tick, and Ctrl-C stops at once.

Knows the DBAPI cursor; knows neither SQL nor what a tick shows.
"""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

BATCHES_AHEAD = 4
TICK_SECONDS = 0.25


@dataclass(frozen=True)
class Stream:
    """A result whose rows arrive while they are iterated, once."""

    arrow_schema: pa.Schema
    record_batches: Iterator[pa.RecordBatch]


@dataclass(frozen=True)
class _Failed:
    error: BaseException


class _End:
    pass


Arrival = pa.Schema | pa.RecordBatch | _Failed | _End


@contextmanager
def streamed(cursor: Any, sql: str, tick: Callable[[], None]) -> Iterator[Stream]:
    """Run the query; `tick` is called about four times a second while nothing arrives. Leaving the block stops it."""
    arrivals: queue.Queue[Any] = queue.Queue(BATCHES_AHEAD)
    left = threading.Event()
    reader = threading.Thread(target=_read, args=(cursor, sql, arrivals, left), name="reader", daemon=True)
    reader.start()
    try:
        first = _next(arrivals, tick)
        yield Stream(first, _record_batches(arrivals, tick))
    finally:
        left.set()
        if reader.is_alive():
            cursor.adbc_cancel()
        reader.join()


def _read(cursor: Any, sql: str, arrivals: "queue.Queue[Any]", left: threading.Event) -> None:
    def deliver(arrival: object) -> None:
        while not left.is_set():
            try:
                arrivals.put(arrival, timeout=TICK_SECONDS)
            except queue.Full:
                continue
            return

    try:
        cursor.execute(sql)
        reader = cursor.fetch_record_batch()
        deliver(reader.schema)
        for record_batch in reader:
            deliver(record_batch)
            if left.is_set():
                return
        deliver(_End())
    except BaseException as error:  # raised again where the rows are read
        deliver(_Failed(error))


def _record_batches(arrivals: "queue.Queue[Any]", tick: Callable[[], None]) -> Iterator[pa.RecordBatch]:
    while not isinstance(arrival := _next(arrivals, tick), _End):
        yield arrival


def _next(arrivals: "queue.Queue[Any]", tick: Callable[[], None]) -> Any:
    while True:
        try:
            arrival = arrivals.get(timeout=TICK_SECONDS)
        except queue.Empty:
            tick()
            continue
        if isinstance(arrival, _Failed):
            raise arrival.error
        return arrival
