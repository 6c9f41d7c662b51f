"""A simulated Amazon whose answers a test changes on their way out, to see what the server makes of odd ones."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from flight_server.simulator import routes, service
from flight_server.simulator.operations import Operation

Change = Callable[[Any], Any]
"""Goes from the body of an answer, which it may change in place, to the body that is sent."""


@contextmanager
def tampered(monkeypatch: pytest.MonkeyPatch, operation_id: str, change: Change, status: int = 200) -> Iterator[None]:
    """Every answer of the operation goes through `change`."""
    find = routes.find_operation

    def found(method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        known = find(method, path)
        if known is None or known[0].operation_id != operation_id:
            return known
        operation, path_parameters = known
        answer = operation.answer
        return replace(operation, answer=lambda call: change(answer(call)), status=status), path_parameters

    with monkeypatch.context() as patched:
        patched.setattr(service, "find_operation", found)
        yield
