"""Who takes the next step of which job, and which jobs anybody waits for at all. Thread-safe."""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class Claims:
    """Jobs that are in hand, and jobs that are waited for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_hand: set[int] = set()
        self._waited_for: Counter[int] = Counter()

    @contextmanager
    def taking(self, job_ids: Iterable[int]) -> Iterator[frozenset[int]]:
        """Those of the jobs that nobody has in hand; they are the caller's as long as the block runs."""
        with self._lock:
            mine = frozenset(job_ids) - self._in_hand
            self._in_hand |= mine
        try:
            yield mine
        finally:
            with self._lock:
                self._in_hand -= mine

    def wait_for(self, job_ids: Iterable[int]) -> None:
        """Somebody waits for these jobs."""
        with self._lock:
            self._waited_for.update(list(job_ids))

    def give_up(self, job_ids: Iterable[int]) -> list[int]:
        """Somebody waits no longer; those that nobody waits for now."""
        with self._lock:
            self._waited_for.subtract(list(job_ids))
            left = [job_id for job_id, count in self._waited_for.items() if count <= 0]
            for job_id in left:
                del self._waited_for[job_id]
            return left

    def waited_for(self) -> list[int]:
        """All jobs that anybody waits for."""
        with self._lock:
            return list(self._waited_for)
