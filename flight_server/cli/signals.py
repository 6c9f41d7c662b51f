"""SIGTERM and SIGINT → something to wait for.

A handler runs in the main thread, between any two steps of it: an `Event` that it is just waiting for would be set
under the event's own lock, and both would wait for ever. So the handler only notes, and who waits looks.
"""

import math
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_LOOK_SECONDS = 0.05


class Stop:
    """Whether a signal has come; without a lock."""

    def __init__(self) -> None:
        self._has_come = False

    def set(self) -> None:
        """Note that it has."""
        self._has_come = True

    def is_set(self) -> bool:
        """Whether it has."""
        return self._has_come

    def wait(self, timeout: float | None = None) -> bool:
        """Return when it has, or after so many seconds; whether it has."""
        end = math.inf if timeout is None else time.monotonic() + timeout
        while not self._has_come and time.monotonic() < end:
            time.sleep(min(_LOOK_SECONDS, max(0.0, end - time.monotonic())))
        return self._has_come


@contextmanager
def wait_for_stop() -> Iterator[Stop]:
    """Within the block both signals are noted instead of ending the process; a second one ends it."""
    stopped = Stop()

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.set()
        for kind in kinds:
            signal.signal(kind, previous[kind])

    kinds = (signal.SIGTERM, signal.SIGINT)
    previous = {kind: signal.signal(kind, stop) for kind in kinds}
    try:
        yield stopped
    finally:
        for kind in kinds:
            signal.signal(kind, previous[kind])
