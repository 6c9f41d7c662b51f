from typing import Any

import pytest
from google.protobuf import any_pb2
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import flight

from flight_server.protocol.commands import (
    FLIGHT_MESSAGES,
    MESSAGES,
    SQL_MESSAGES,
    UndecodableMessage,
    UnknownMessage,
    decode,
    name_of,
    pack,
    unpack,
)

TYPE_URL = b"type.googleapis.com/arrow.flight.protocol.sql."

# Written by hand from Arrow's .proto files: tag = number * 8 + wire type, then the value.
BY_HAND = [
    ("CommandGetSqlInfo", {"info": [4, 508]}, b"\x0a\x03\x04\xfc\x03"),
    ("CommandGetXdbcTypeInfo", {"data_type": -9}, b"\x08\xf7" + b"\xff" * 8 + b"\x01"),
    ("CommandGetXdbcTypeInfo", {"data_type": 0}, b"\x08\x00"),
    ("CommandGetDbSchemas", {"catalog": "", "db_schema_filter_pattern": "%"}, b"\x0a\x00\x12\x01%"),
    (
        "CommandGetTables",
        {"table_name_filter_pattern": "o_", "table_types": ["TABLE", "VIEW"], "include_schema": True},
        b"\x1a\x02o_\x22\x05TABLE\x22\x04VIEW\x28\x01",
    ),
    ("CommandGetPrimaryKeys", {"db_schema": "s", "table": "t"}, b"\x12\x01s\x1a\x01t"),
    ("CommandGetCrossReference", {"pk_table": "p", "fk_table": "f"}, b"\x1a\x01p\x32\x01f"),
    ("CommandStatementQuery", {"query": "SELECT 1", "transaction_id": b""}, b"\x0a\x08SELECT 1\x12\x00"),
    (
        "ActionCreatePreparedStatementResult",
        {"prepared_statement_handle": b"h", "dataset_schema": b"d", "is_update": False},
        b"\x0a\x01h\x12\x01d\x20\x00",
    ),
    ("DoPutUpdateResult", {"record_count": -1}, b"\x08" + b"\xff" * 9 + b"\x01"),
    ("ActionCancelQueryResult", {"result": 1}, b"\x08\x01"),
    ("CommandStatementIngest", {"options": {"k": "v"}}, b"\xc2\x3e\x06\x0a\x01k\x12\x01v"),
    ("CancelFlightInfoResult", {"status": 3}, b"\x08\x03"),
    ("CloseSessionResult", {"status": 1}, b"\x08\x01"),
    ("SessionOptionValue", {"int64_value": 5}, b"\x19\x05" + b"\x00" * 7),
    ("SessionOptionValue", {"string_list_value": {"values": ["a", ""]}}, b"\x2a\x05\x0a\x01a\x0a\x00"),
    (
        "SetSessionOptionsRequest",
        {"session_options": {"catalog": {"string_value": "spapi"}}},
        b"\x0a\x12\x0a\x07catalog\x12\x07\x0a\x05spapi",
    ),
    ("SetSessionOptionsResult", {"errors": {"x": {"value": 1}}}, b"\x0a\x07\x0a\x01x\x12\x02\x08\x01"),
]


@pytest.mark.parametrize(("name", "fields", "wire"), BY_HAND)
def test_messages_have_the_bytes_of_the_specification(name: str, fields: dict[str, Any], wire: bytes) -> None:
    assert MESSAGES[name](**fields).SerializeToString() == wire
    assert decode(name, wire) == MESSAGES[name](**fields)


def test_an_absent_optional_field_differs_from_an_empty_one() -> None:
    command = decode("CommandGetTables", b"\x0a\x00")
    assert command.HasField("catalog")
    assert not command.HasField("db_schema_filter_pattern")


def test_a_session_option_without_a_value_is_told_from_an_empty_text() -> None:
    options = decode(
        "SetSessionOptionsRequest", b"\x0a\x05\x0a\x01a\x12\x00\x0a\x07\x0a\x01b\x12\x02\x0a\x00"
    ).session_options
    assert options["a"].WhichOneof("option_value") is None
    assert options["b"].WhichOneof("option_value") == "string_value"


def test_flight_info_of_pyarrow_is_read_and_written_back_byte_for_byte() -> None:
    endpoint = flight.FlightEndpoint(b"ticket", ["grpc://localhost:1"])
    info = flight.FlightInfo(None, flight.FlightDescriptor.for_command(b"cmd"), [endpoint], -1, -1)
    decoded = decode("FlightInfo", info.serialize())
    assert decoded.endpoint[0].ticket.ticket == b"ticket"
    assert decoded.flight_descriptor.cmd == b"cmd"
    assert decoded.SerializeToString() == info.serialize()


def test_what_is_packed_carries_the_type_url_that_clients_expect() -> None:
    data = pack(MESSAGES["TicketStatementQuery"](statement_handle=b"1"))
    assert data == b"\x0a\x42" + TYPE_URL + b"TicketStatementQuery" + b"\x12\x03\x0a\x011"


@pytest.mark.parametrize("prefix", ["type.googleapis.com/", "/", "", "example.org/a/b/"])
def test_only_the_part_after_the_last_slash_of_a_type_url_counts(prefix: str) -> None:
    envelope = any_pb2.Any(type_url=f"{prefix}arrow.flight.protocol.sql.CommandGetCatalogs")
    assert name_of(unpack(envelope.SerializeToString())) == "CommandGetCatalogs"


@pytest.mark.parametrize("name", sorted(SQL_MESSAGES))
def test_every_sql_message_survives_packing(name: str) -> None:
    if "." not in name:
        assert unpack(pack(MESSAGES[name]())) == MESSAGES[name]()


def test_a_message_of_another_package_is_unknown_rather_than_undecodable() -> None:
    for type_name in (
        "example.Other",
        "arrow.flight.protocol.FlightInfo",
        "arrow.flight.protocol.sql.CommandOfTomorrow",
    ):
        with pytest.raises(UnknownMessage, match=type_name):
            unpack(any_pb2.Any(type_url=f"type.googleapis.com/{type_name}").SerializeToString())


@pytest.mark.parametrize("data", [b"", b"SELECT 1", b"\xff\xff", b"\x0a\x05ab"])
def test_bytes_that_are_no_command_are_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(UndecodableMessage, match="not a Flight SQL command"):
        unpack(data)


def test_a_broken_message_inside_a_good_envelope_is_refused_by_name() -> None:
    envelope = any_pb2.Any(type_url="/arrow.flight.protocol.sql.CommandGetTables", value=b"\x0a\x09a")
    with pytest.raises(UndecodableMessage, match="not a CommandGetTables message"):
        unpack(envelope.SerializeToString())


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    for name in ("SetSessionOptionsRequest", "CancelFlightInfoRequest", "CommandGetTables"):
        try:
            decode(name, data)
            unpack(data)
        except UndecodableMessage:
            pass


def test_fields_of_a_newer_client_are_kept() -> None:
    newer = b"\x0a\x01a\xfa\x3e\x03new"
    assert decode("CommandGetDbSchemas", newer).SerializeToString() == newer


def test_building_the_classes_leaves_the_default_pool_alone() -> None:
    from google.protobuf import descriptor_pool

    with pytest.raises(KeyError):
        descriptor_pool.Default().FindMessageTypeByName("arrow.flight.protocol.sql.CommandGetTables")
    assert set(MESSAGES) == set(SQL_MESSAGES) | set(FLIGHT_MESSAGES)


class _Recorder(flight.FlightServerBase):  # type: ignore[misc]
    """Refuses every call, and remembers the command or the body that it came with."""

    def __init__(self) -> None:
        super().__init__("grpc://127.0.0.1:0")
        self.commands: list[bytes] = []
        self.bodies: list[tuple[str, bytes]] = []

    def get_flight_info(self, context: Any, descriptor: Any) -> Any:
        self.commands.append(descriptor.command)
        raise flight.FlightServerError("recorded")

    def do_action(self, context: Any, action: Any) -> Any:
        self.bodies.append((action.type, action.body.to_pybytes()))
        raise flight.FlightServerError("recorded")


def test_what_the_adbc_driver_sends_is_read_and_written_back_byte_for_byte() -> None:
    manager = pytest.importorskip("adbc_driver_manager")
    driver = pytest.importorskip("adbc_driver_flightsql.dbapi", reason="the ADBC Flight SQL driver is not installed")
    with _Recorder() as server:
        connection = driver.connect(f"grpc://127.0.0.1:{server.port}", autocommit=True)
        with connection, connection.cursor() as cursor:
            for send in (
                connection.adbc_get_table_types,
                lambda: connection.adbc_get_objects(depth="db_schemas", db_schema_filter="ord%").read_all(),
                lambda: connection.adbc_get_objects(depth="all", table_name_filter="o_", table_types_filter=["TABLE"]),
                lambda: connection.adbc_get_table_schema("order_items", db_schema_filter="orders"),
                connection.adbc_get_info,
                lambda: cursor.execute("SELECT 'Grüße'"),
            ):
                with pytest.raises(manager.Error):
                    send()
    seen = {name_of(unpack(command)) for command in server.commands}
    assert {"CommandGetTableTypes", "CommandGetDbSchemas", "CommandGetTables"} <= seen
    assert [pack(unpack(command)) for command in server.commands] == server.commands
    sql_bodies = [body for name, body in server.bodies if "PreparedStatement" in name]
    assert [unpack(body).query for body in sql_bodies] == ["SELECT 'Grüße'"]
    assert [pack(unpack(body)) for body in sql_bodies] == sql_bodies


def test_a_handle_of_any_bytes_survives_the_ticket() -> None:
    handle = bytes(range(256))
    assert unpack(pack(MESSAGES["TicketStatementQuery"](statement_handle=handle))).statement_handle == handle
