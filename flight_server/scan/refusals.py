"""What Amazon refuses to give an account of the data sets that only a star asks for, remembered for an hour.

So a refused call is made once and not by every query. What is refused and belongs to vendors tells that the account is
none, for every operation. Any thread may ask; of several calls of one operation, one finds out for all.
"""

import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flight_server.activity import QueryActivity
from flight_server.plan import Call, Dispensable

LIFETIME_SECONDS = 3600.0

_LOOK_SECONDS = 0.1  # how long a thread that waits for another stays deaf


@dataclass(frozen=True)
class _Answer:
    reason: str  # what Amazon said; empty: it gave the data set
    until: float


class Refusals:
    """A cache by account, operation and data set."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._answers: dict[Hashable, _Answer] = {}
        self._finding_out: dict[Hashable, threading.Lock] = {}

    def refused(self, account: str, call: Call) -> dict[Dispensable, str]:
        """Those of the call's data sets that are known to be refused, and why."""
        reasons = ((each, self._reason(account, call, each)) for each in call.dispensable)
        return {each: reason for each, reason in reasons if reason}

    def note_refused(self, account: str, call: Call, left_out: Iterable[Dispensable], reason: str) -> None:
        """Amazon answers the call without these, and refused it with them."""
        several = tuple(left_out)
        owners = {each.owner for each in several}
        with self._lock:
            for each in several:
                self._note(_key(account, call, each), reason)
            if len(owners) == 1 and "role" not in owners:
                self._note((account, *owners), reason)

    def note_given(self, account: str, call: Call) -> None:
        """Amazon answered the call with all that it asks for."""
        with self._lock:
            for each in call.dispensable:
                self._note(_key(account, call, each), "")

    @contextmanager
    def finding_out(self, account: str, call: Call, query: QueryActivity) -> Iterator[None]:
        """Be the only one who finds out what Amazon says of the call's data sets; whoever knows need not wait."""
        if all(self._reason(account, call, each) is not None for each in call.dispensable):
            yield
            return
        with self._lock:
            turn = self._finding_out.setdefault(_key(account, call), threading.Lock())
        while not turn.acquire(timeout=_LOOK_SECONDS):
            query.check()
        try:
            yield
        finally:
            turn.release()

    def _reason(self, account: str, call: Call, part: Dispensable) -> str | None:
        """Why the data set is refused; empty where it is given, None where nobody knows."""
        with self._lock:
            for key in (_key(account, call, part), (account, part.owner)):
                answer = self._answers.get(key)
                if answer is not None and self._clock() < answer.until:
                    return answer.reason
        return None

    def _note(self, key: Hashable, reason: str) -> None:
        self._answers[key] = _Answer(reason, self._clock() + LIFETIME_SECONDS)


def _key(account: str, call: Call, *parts: Dispensable) -> Hashable:
    operation = call.operation
    named = tuple((part.parameter, part.value) for part in parts)
    return account, operation.api, operation.api_version, operation.operation_id, named
