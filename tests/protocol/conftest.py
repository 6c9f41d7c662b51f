"""A Flight SQL server over a fake query service, and ways to talk to it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from pyarrow import flight

import catalog
from flight_server.connection.session import Sessions
from flight_server.protocol import FlightSqlServer
from tests.protocol.fake_service import FakeQueries
from tests.protocol.raw_client import RawClient

HEADER = "adbc.flight.sql.rpc.call_header."

Connect = Callable[..., Any]


@pytest.fixture
def queries() -> FakeQueries:
    return FakeQueries()


@pytest.fixture
def sessions() -> Sessions:
    return Sessions()


@pytest.fixture
def server(queries: FakeQueries, sessions: Sessions) -> Iterator[FlightSqlServer]:
    started = FlightSqlServer("127.0.0.1", 0, queries, catalog.load(), sessions)
    started.start()
    yield started
    assert started.shutdown(0)


@pytest.fixture
def client(server: FlightSqlServer) -> Iterator[RawClient]:
    with flight.connect(server.location) as connected:
        yield RawClient(connected)


@pytest.fixture
def connect(server: FlightSqlServer) -> Iterator[Connect]:
    """Connect the ADBC driver; `headers` are connection parameters, everything else goes to the driver."""
    dbapi = pytest.importorskip("adbc_driver_flightsql.dbapi", reason="the ADBC Flight SQL driver is not installed")
    with ExitStack() as opened:

        def connected(headers: dict[str, str] | None = None, **options: Any) -> Any:
            db_kwargs = {HEADER + name: text for name, text in (headers or {}).items()} | options.pop("db_kwargs", {})
            return opened.enter_context(dbapi.connect(server.location, db_kwargs=db_kwargs, autocommit=True, **options))

        yield connected
