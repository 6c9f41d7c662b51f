"""Injected trouble: which call fails, and how. The same seed gives the same calls the same trouble.

Goes from a call's number and text to a fault or none; knows no HTTP. The same call never fails more than twice in
a row, so that whoever repeats it gets on, unless everything is to fail.
"""

import random
import threading
from enum import Enum

MOST_IN_A_ROW = 2


class Fault(Enum):
    """What goes wrong."""

    THROTTLED = "quota used up by somebody else, so it seems"
    ERROR_500 = "error of the server"
    ERROR_503 = "overload, told as JSON"
    PAGE_503 = "overload, told by the edge as an HTML page"
    NO_ANSWER = "connection closed without an answer"
    HALF_ANSWER = "connection closed within the body"


FAULTS_OF_STATUS = {
    429: (Fault.THROTTLED,),
    500: (Fault.ERROR_500,),
    503: (Fault.ERROR_503, Fault.ERROR_503, Fault.PAGE_503),
}


class Faults:
    """Draws the faults; may be used from any thread."""

    def __init__(
        self, seed: int, fail_rate: float, drop_rate: float, fail_statuses: tuple[int, ...] = tuple(FAULTS_OF_STATUS)
    ) -> None:
        self._seed = seed
        self._failures = [fault for status in fail_statuses for fault in FAULTS_OF_STATUS[status]]
        self._fail_rate = fail_rate
        self._drop_rate = drop_rate
        self._lock = threading.Lock()
        self._number = 0
        self._in_a_row: dict[str, int] = {}

    def draw(self, call: str) -> Fault | None:
        """The fault of the next call, if any; `call` tells equal calls from others."""
        if not self._fail_rate and not self._drop_rate:
            return None
        with self._lock:
            self._number += 1
            fault = self._chance(random.Random(f"{self._seed}/fault/{self._number}"))
            in_a_row = self._in_a_row.pop(call, 0)
            if fault is None or (in_a_row >= MOST_IN_A_ROW and self._fail_rate + self._drop_rate < 1):
                return None
            self._in_a_row[call] = in_a_row + 1
            return fault

    def share(self) -> float:
        """How much of an answer comes that breaks off anywhere."""
        with self._lock:
            return random.Random(f"{self._seed}/share/{self._number}").uniform(0.001, 0.999)

    def _chance(self, rng: random.Random) -> Fault | None:
        point = rng.random()
        if point < self._fail_rate:
            return rng.choice(self._failures)
        if point < self._fail_rate + self._drop_rate:
            return rng.choice((Fault.NO_ANSWER, Fault.HALF_ANSWER))
        return None
