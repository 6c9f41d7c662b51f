"""Stopping: by the client, by an action, by the end of the session or of the server; and who is let in."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import flight

import catalog
from flight_server.connection.session import Sessions
from flight_server.protocol import FlightSqlServer, ServerNotStarted
from flight_server.protocol.commands import MESSAGES, decode, unpack
from tests.protocol.conftest import Connect
from tests.protocol.fake_service import FakeQueries, FakeRun
from tests.protocol.raw_client import RawClient, drained


@pytest.fixture
def narrow_server(queries: FakeQueries) -> Iterator[FlightSqlServer]:
    """Room for one query; no other may wait."""
    started = FlightSqlServer("127.0.0.1", 0, queries, catalog.load(), Sessions(), max_concurrent=1, max_waiting=0)
    started.start()
    yield started
    assert started.shutdown(0)


def start_waiting(client: RawClient, queries: FakeQueries) -> tuple[Any, Any, FakeRun]:
    """A query that has sent its first batch and waits for something; its FlightInfo, reader and run."""
    info = client.info("CommandStatementQuery", query="SELECT wait")
    reader = client.connection.do_get(info.endpoints[0].ticket, client.options)
    reader.read_chunk()
    run = queries.wait_for_run()
    assert run.is_waiting.wait(30)
    return info, reader, run


def test_a_client_that_cancels_stops_the_wait(client: RawClient, queries: FakeQueries) -> None:
    _, reader, run = start_waiting(client, queries)
    reader.cancel()
    assert run.is_closed.wait(30)


def test_adbc_cancel_stops_the_run(connect: Connect, queries: FakeQueries) -> None:
    connection = connect()
    with connection.cursor() as cursor:
        cursor.execute("SELECT wait")
        run = queries.wait_for_run()
        assert run.is_waiting.wait(30)
        cursor.adbc_cancel()
        with pytest.raises(connection.OperationalError):
            cursor.fetchall()
    assert run.is_closed.wait(30)


def test_a_closed_adbc_cursor_stops_the_run(connect: Connect, queries: FakeQueries) -> None:
    with connect().cursor() as cursor:
        cursor.execute("SELECT wait")
        run = queries.wait_for_run()
        assert run.is_waiting.wait(30)
    assert run.is_closed.wait(30)


def test_a_deadline_of_the_client_stops_the_run(client: RawClient, queries: FakeQueries) -> None:
    info = client.info("CommandStatementQuery", query="SELECT wait")
    reader = client.connection.do_get(info.endpoints[0].ticket, flight.FlightCallOptions(timeout=0.3))
    with pytest.raises(flight.FlightTimedOutError):
        drained(reader)
    assert queries.wait_for_run().is_closed.wait(30)


def test_a_lost_connection_stops_the_run(server: FlightSqlServer, queries: FakeQueries) -> None:
    with flight.connect(server.location) as connected:
        _, reader, run = start_waiting(RawClient(connected), queries)
    del reader
    assert run.is_closed.wait(30)


def test_a_stream_that_is_not_read_to_its_end_is_closed(client: RawClient, queries: FakeQueries) -> None:
    info = client.info("CommandStatementQuery", query="SELECT endless")
    reader = client.connection.do_get(info.endpoints[0].ticket, client.options)
    reader.read_chunk()
    reader.cancel()
    assert queries.wait_for_run().is_closed.wait(30)


@pytest.mark.parametrize("action", ["CancelFlightInfo", "CancelQuery"])
def test_cancel_actions_stop_the_run_and_void_the_ticket(client: RawClient, queries: FakeQueries, action: str) -> None:
    info, reader, run = start_waiting(client, queries)
    assert cancel(client, action, info) == 1
    with pytest.raises(flight.FlightCancelledError, match="was cancelled"):
        drained(reader)
    assert run.is_closed.wait(30)
    with pytest.raises(pa.ArrowKeyError, match="run the query again"):
        client.read(info.endpoints[0].ticket)
    assert cancel(client, action, info) == 3


def cancel(client: RawClient, action: str, info: Any) -> int:
    if action == "CancelFlightInfo":
        request = MESSAGES["CancelFlightInfoRequest"](info=decode("FlightInfo", info.serialize()))
        [body] = client.act(action, request.SerializeToString())
        return int(decode("CancelFlightInfoResult", body).status)
    [body] = client.act_on(action, "ActionCancelQueryRequest", info=info.serialize())
    return int(unpack(body).result)


def test_closing_the_session_stops_its_runs_and_forgets_its_statements(client: RawClient, queries: FakeQueries) -> None:
    _, token = client.connection.authenticate_basic_token("me", "pw")
    signed_in = RawClient(client.connection, {"authorization": token.decode()})
    handle = signed_in.prepare("SELECT 1").prepared_statement_handle
    _, reader, run = start_waiting(signed_in, queries)
    signed_in.act("CloseSession")
    with pytest.raises(flight.FlightCancelledError, match="session was closed"):
        drained(reader)
    assert run.is_closed.wait(30)
    with pytest.raises(pa.ArrowKeyError, match="prepare it again"):
        client.info("CommandPreparedStatementQuery", prepared_statement_handle=handle)


def test_one_query_too_many_is_refused_and_later_let_in(narrow_server: FlightSqlServer, queries: FakeQueries) -> None:
    with flight.connect(narrow_server.location) as connected:
        client = RawClient(connected)
        _, reader, run = start_waiting(client, queries)
        with pytest.raises(flight.FlightUnavailableError, match="server is busy: 1 queries are running"):
            client.ask("CommandStatementQuery", query="SELECT 1")
        run.cancel()
        with pytest.raises(flight.FlightCancelledError):
            drained(reader)
        assert client.ask("CommandStatementQuery", query="SELECT 1").num_rows == 1


def test_a_run_that_cannot_be_cancelled_keeps_no_other_from_it(
    client: RawClient, queries: FakeQueries, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise RuntimeError("no way")

    _, stuck_reader, stuck = start_waiting(client, queries)
    monkeypatch.setattr(stuck, "cancel", fail)
    stuck_reader.cancel()
    _, reader, run = start_waiting(client, queries)
    while "could not be cancelled" not in caplog.text:
        time.sleep(0.01)
    reader.cancel()
    assert run.is_closed.wait(30)
    stuck.is_stopped.set()
    assert stuck.is_closed.wait(30)


def test_shutdown_lets_a_running_query_end(server: FlightSqlServer, client: RawClient, queries: FakeQueries) -> None:
    info = client.info("CommandStatementQuery", query="SELECT 1")
    _, reader, run = start_waiting(client, queries)
    results: list[bool] = []
    closing = threading.Thread(target=lambda: results.append(server.shutdown(30)))
    closing.start()
    while True:  # until the door is closed
        try:
            client.read(info.endpoints[0].ticket)
        except flight.FlightUnavailableError as error:
            assert "shutting down" in str(error)
            break
    run.cancel()
    with pytest.raises(flight.FlightCancelledError):
        drained(reader)
    closing.join(30)
    assert results == [True]


def test_shutdown_stops_a_query_that_does_not_end(
    server: FlightSqlServer, client: RawClient, queries: FakeQueries
) -> None:
    _, reader, run = start_waiting(client, queries)
    assert server.shutdown(0)
    assert run.is_closed.wait(30)
    with pytest.raises(flight.FlightUnavailableError, match="shutting down"):
        drained(reader)


def test_shutdown_does_not_wait_for_ever_for_a_client_that_stopped_reading(
    server: FlightSqlServer, client: RawClient, queries: FakeQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flight_server.protocol.FORCED_SECONDS", 0.3)
    info = client.info("CommandStatementQuery", query="SELECT endless")
    reader = client.connection.do_get(info.endpoints[0].ticket, client.options)
    reader.read_chunk()
    wait_until_stalled(queries.wait_for_run())
    assert server.shutdown(0) is False
    reader.cancel()
    assert queries.wait_for_run().is_closed.wait(30)
    monkeypatch.undo()
    assert server.shutdown(0)


def wait_until_stalled(run: FakeRun) -> None:
    """Until the network's buffers are full and the server waits for the client."""
    seen = -1
    while seen != run.endless_count:
        seen = run.endless_count
        time.sleep(0.2)


def test_a_taken_port_is_told_in_a_sentence(server: FlightSqlServer, queries: FakeQueries) -> None:
    second = FlightSqlServer("127.0.0.1", server.port, queries, catalog.load(), Sessions())
    with pytest.raises(ServerNotStarted, match="is the port taken"):
        second.start()
