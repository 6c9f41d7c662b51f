"""SIGTERM and SIGINT → an event to wait for."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def wait_for_stop() -> Iterator[threading.Event]:
    """Within the block both signals set the event instead of ending the process; a second one ends it."""
    stopped = threading.Event()

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
