"""Queries through the ADBC driver and by hand: both ways of stating them, tickets, parameters, schemas."""

import json
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import flight

from flight_server.protocol.commands import unpack
from tests.protocol.conftest import Connect
from tests.protocol.fake_service import RESULT, FakeQueries
from tests.protocol.raw_client import RawClient, command


def test_adbc_reads_a_query_after_user_and_password(connect: Connect, queries: FakeQueries) -> None:
    with connect(db_kwargs={"username": "client", "password": "geheim"}).cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetch_arrow_table().to_pylist() == [{"number": 0, "amount": None, "word": "no parameter"}]
    assert queries.callers[0].settings.client_id == "client"
    assert queries.callers[0].settings.client_secret.reveal() == "geheim"


def test_adbc_reads_a_query_with_headers_only(connect: Connect, queries: FakeQueries) -> None:
    with connect({"ClientId": "abc", "RefreshToken": "Atzr|x+/=="}).cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchall()
    assert queries.callers[0].settings.client_id == "abc"
    assert queries.callers[0].settings.refresh_token.reveal() == "Atzr|x+/=="


def test_adbc_runs_once_for_each_row_of_parameters(connect: Connect) -> None:
    with connect().cursor() as cursor:
        cursor.adbc_prepare("SELECT ?")
        cursor.execute("SELECT ?", pa.record_batch({"0": ["a", "b", "c"]}))
        assert [row[2] for row in cursor.fetchall()] == ["a", "b", "c"]


def test_adbc_learns_the_schema_without_a_run(connect: Connect, queries: FakeQueries) -> None:
    with connect().cursor() as cursor:
        assert cursor.adbc_execute_schema("SELECT 1").equals(RESULT, check_metadata=False)
    assert not queries.runs


def test_adbc_reads_partitions_after_the_statement_is_closed(connect: Connect) -> None:
    connection = connect()
    with connection.cursor() as cursor:
        partitions, schema = cursor.adbc_execute_partitions("SELECT 1")
    assert schema.names == RESULT.names
    with connect().cursor() as cursor:
        cursor.adbc_read_partition(partitions[0])
        assert len(cursor.fetchall()) == 1


def test_adbc_reads_partitions_after_the_connection_that_planned_them_is_closed(connect: Connect) -> None:
    with connect({"ClientId": "abc"}) as connection, connection.cursor() as cursor:
        partitions, _ = cursor.adbc_execute_partitions("SELECT 1")
    with connect({"ClientId": "abc"}).cursor() as cursor:
        cursor.adbc_read_partition(partitions[0])
        assert len(cursor.fetchall()) == 1


@pytest.mark.parametrize("others", [{}, {"ClientId": "abd"}, {"ClientId": "abc", "RefreshToken": "Atzr|x"}])
def test_partitions_are_read_with_the_credentials_that_planned_them_only(
    connect: Connect, queries: FakeQueries, others: dict[str, str]
) -> None:
    with connect({"ClientId": "abc"}) as connection, connection.cursor() as cursor:
        partitions, _ = cursor.adbc_execute_partitions("SELECT 1")
        with connect(others).cursor() as stranger, pytest.raises(Exception, match="belongs to other credentials"):
            stranger.adbc_read_partition(partitions[0])
            stranger.fetchall()
    assert not queries.runs


def test_closing_the_connection_that_planned_does_not_stop_who_reads(connect: Connect) -> None:
    planner = connect({"ClientId": "abc"}, db_kwargs={"username": "abc", "password": "s"})
    with planner.cursor() as cursor:
        partitions, _ = cursor.adbc_execute_partitions("SELECT 1 -- endless")
    with connect({"ClientId": "abc"}).cursor() as cursor:
        cursor.adbc_read_partition(partitions[0])
        reader = cursor.fetch_record_batch()
        reader.read_next_batch()
        planner.close()
        for _ in range(50):
            reader.read_next_batch()


def test_all_announcements_and_the_stream_share_one_schema(client: RawClient) -> None:
    prepared = client.prepare("SELECT ?")
    handle = prepared.prepared_statement_handle
    announced = pa.ipc.read_schema(pa.py_buffer(prepared.dataset_schema))
    info = client.info("CommandPreparedStatementQuery", prepared_statement_handle=handle)
    schemas = [
        info.schema,
        client.schema("CommandPreparedStatementQuery", prepared_statement_handle=handle),
        client.read(info.endpoints[0].ticket).schema,
        client.schema("CommandStatementQuery", query="SELECT 1"),
        client.info("CommandStatementQuery", query="SELECT 1").schema,
    ]
    assert all(schema.equals(announced, check_metadata=True) for schema in schemas)
    assert announced.field("word").metadata[b"ARROW:FLIGHT:SQL:TYPE_NAME"] == b"VARCHAR"
    assert announced.field("amount").metadata[b"ARROW:FLIGHT:SQL:SCALE"] == b"2"
    assert pa.ipc.read_schema(pa.py_buffer(prepared.parameter_schema)).names == ["parameter"]
    assert prepared.is_update is False


def test_nothing_runs_before_the_stream_is_read(client: RawClient, queries: FakeQueries) -> None:
    client.info("CommandStatementQuery", query="SELECT 1")
    assert not queries.runs


def test_a_ticket_outlives_its_statement_and_is_read_again(client: RawClient, queries: FakeQueries) -> None:
    handle = client.prepare("SELECT ?").prepared_statement_handle
    client.bind(handle, pa.record_batch({"x": ["first"]}))
    info = client.info("CommandPreparedStatementQuery", prepared_statement_handle=handle)
    client.bind(handle, pa.record_batch({"x": ["second"]}))
    client.act_on("ClosePreparedStatement", "ActionClosePreparedStatementRequest", prepared_statement_handle=handle)
    for _ in range(2):
        assert client.read(info.endpoints[0].ticket).column("word").to_pylist() == ["first"]
    assert len(queries.runs) == 2


def test_one_flight_endpoint_without_a_location(client: RawClient) -> None:
    info = client.info("CommandStatementQuery", query="SELECT 1")
    [endpoint] = info.endpoints
    assert endpoint.locations == []
    assert (info.total_records, info.total_bytes) == (-1, -1)
    assert unpack(endpoint.ticket.ticket).statement_handle


def test_a_closed_statement_says_prepare_again(client: RawClient) -> None:
    handle = client.prepare("SELECT 1").prepared_statement_handle
    for _ in range(2):
        client.act_on("ClosePreparedStatement", "ActionClosePreparedStatementRequest", prepared_statement_handle=handle)
    with pytest.raises(pa.ArrowKeyError, match="prepare it again"):
        client.info("CommandPreparedStatementQuery", prepared_statement_handle=handle)


def test_an_unknown_ticket_says_run_again(client: RawClient) -> None:
    with pytest.raises(pa.ArrowKeyError, match="run the query again"):
        client.read(flight.Ticket(command("TicketStatementQuery", statement_handle=b"\xff\xfe").command))


def test_several_batches_of_parameters_are_one_list_of_rows(client: RawClient, queries: FakeQueries) -> None:
    handle = client.prepare("SELECT ?").prepared_statement_handle
    rows = pa.table({"x": pa.chunked_array([["a"], ["b", "c"], []], pa.utf8())})
    writer, _ = client.connection.do_put(
        command("CommandPreparedStatementQuery", prepared_statement_handle=handle), rows.schema, client.options
    )
    with writer:
        writer.write_table(rows)
    result = client.ask("CommandPreparedStatementQuery", prepared_statement_handle=handle)
    assert result.column("word").to_pylist() == ["a", "b", "c"]


def test_too_many_parameter_rows_are_refused(client: RawClient) -> None:
    handle = client.prepare("SELECT ?").prepared_statement_handle
    with pytest.raises(pa.ArrowInvalid, match="at most 10000 rows"):
        client.bind(handle, pa.record_batch({"x": ["a"] * 10_001}))


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("CommandStatementUpdate", {"query": "DELETE FROM orders"}),
        ("CommandPreparedStatementUpdate", {"prepared_statement_handle": b"x"}),
        ("CommandStatementIngest", {"table": "orders"}),
    ],
)
def test_whatever_writes_is_refused(client: RawClient, name: str, fields: dict[str, Any]) -> None:
    writer, _ = client.connection.do_put(command(name, **fields), pa.schema([("x", pa.int64())]), client.options)
    with pytest.raises(pa.ArrowInvalid, match="only reads"):
        writer.close()


def test_adbc_hears_that_updates_are_refused(connect: Connect) -> None:
    connection = connect()
    with (
        connection.cursor() as cursor,
        pytest.raises(connection.ProgrammingError, match="only reads"),
    ):
        cursor.executemany("INSERT INTO orders VALUES (?)", [("a",)])


@pytest.mark.parametrize("action", ["BeginTransaction", "EndTransaction", "CreatePreparedSubstraitPlan", "Nonsense"])
def test_actions_that_are_not_offered(client: RawClient, action: str) -> None:
    with pytest.raises(pa.ArrowNotImplementedError, match="not offered"):
        client.act(action)


def test_actions_are_listed(client: RawClient) -> None:
    assert {action.type for action in client.connection.list_actions(client.options)} == {
        "CreatePreparedStatement",
        "ClosePreparedStatement",
        "CancelQuery",
        "CancelFlightInfo",
        "SetSessionOptions",
        "GetSessionOptions",
        "CloseSession",
    }


def test_a_path_is_no_command(client: RawClient) -> None:
    with pytest.raises(pa.ArrowInvalid, match="not a path"):
        client.connection.get_flight_info(flight.FlightDescriptor.for_path("orders"), client.options)


def test_nonsense_is_no_command(client: RawClient) -> None:
    with pytest.raises(pa.ArrowInvalid, match="Flight SQL"):
        client.connection.get_flight_info(flight.FlightDescriptor.for_command(b"\xff\xff"), client.options)


def test_other_flight_methods_are_answered(client: RawClient) -> None:
    assert list(client.connection.list_flights(b"", client.options)) == []


def test_warnings_follow_the_rows_as_metadata_of_an_empty_batch(client: RawClient) -> None:
    info = client.info("CommandStatementQuery", query="SELECT warn")
    *rows, last = list(client.connection.do_get(info.endpoints[0].ticket, client.options))
    assert [chunk.app_metadata for chunk in rows] == [None]
    assert last.data.num_rows == 0
    assert json.loads(last.app_metadata.to_pybytes()) == {"warnings": ["wörd is null"]}


def test_a_stream_without_warnings_has_no_metadata(client: RawClient) -> None:
    info = client.info("CommandStatementQuery", query="SELECT 1")
    chunks = list(client.connection.do_get(info.endpoints[0].ticket, client.options))
    assert [(chunk.data.num_rows, chunk.app_metadata) for chunk in chunks] == [(1, None)]


def test_adbc_reads_the_rows_before_warnings(connect: Connect) -> None:
    with connect().cursor() as cursor:
        cursor.execute("SELECT warn")
        assert cursor.fetch_arrow_table().num_rows == 1
