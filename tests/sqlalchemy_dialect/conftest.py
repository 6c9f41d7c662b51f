"""An engine before the server of the test process, as a user makes one: a URL, its secrets in `connect_args`."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import Engine

from tests.server_fixtures import CREDENTIALS, Stack

EngineMaker = Callable[..., Engine]
"""(path of the URL, arguments) → an engine."""


def engine_of(stack: Stack, path: str = "", **arguments: Any) -> Engine:
    """An engine that the caller disposes of."""
    address = stack.server.location.removeprefix("grpc://")
    given = {**CREDENTIALS, **stack.addresses(), **arguments}
    return create_engine(f"spapi://{address}/{path}", connect_args=given)


@pytest.fixture
def engine_with(stack: Stack) -> Iterator[EngineMaker]:
    """Makes engines with further arguments, and disposes of them."""
    made: list[Engine] = []

    def make(path: str = "", **arguments: Any) -> Engine:
        made.append(engine_of(stack, path, **arguments))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()


@pytest.fixture(scope="module")
def engine(stack: Stack) -> Iterator[Engine]:
    """One engine for all tests of a module."""
    engine = engine_of(stack)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def inspector(engine: Engine) -> Any:
    """One inspector, so that each schema is read once."""
    return inspect(engine)
