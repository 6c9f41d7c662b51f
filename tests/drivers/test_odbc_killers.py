"""Five ways in which a server ends the process of an ODBC user: none of them can happen here.

The drivers do not check what they get; Excel, Power BI or Python then die with the driver. Each way is tried by hand.
"""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import flight

import catalog
from flight_server.connection.session import Sessions
from flight_server.protocol import FlightSqlServer
from flight_server.protocol.metadata import METADATA_COMMANDS
from tests.protocol.fake_service import FakeQueries
from tests.protocol.raw_client import RawClient


@pytest.fixture
def server() -> Iterator[FlightSqlServer]:
    started = FlightSqlServer("127.0.0.1", 0, FakeQueries(), catalog.load(), Sessions())
    started.start()
    yield started
    assert started.shutdown(0)


@pytest.fixture
def client(server: FlightSqlServer) -> Iterator[RawClient]:
    with flight.connect(server.location) as connected:
        yield RawClient(connected)


class HandshakeOnly(flight.ClientAuthHandler):  # type: ignore[misc]  # pyarrow has no annotations
    """A driver's Handshake: `messages` are written, then the client closes its side."""

    def __init__(self, messages: list[bytes]) -> None:
        super().__init__()
        self._messages = messages

    def authenticate(self, outgoing: Any, incoming: Any) -> None:
        for message in self._messages:
            outgoing.write(message)

    def get_token(self) -> bytes:
        return b""


class AnswerHeaders(flight.ClientMiddlewareFactory):  # type: ignore[misc]
    """Notes the headers of every answer."""

    def __init__(self) -> None:
        super().__init__()
        self.received: list[dict[str, list[str]]] = []

    def start_call(self, info: Any) -> Any:
        noted = self.received

        class Noting(flight.ClientMiddleware):  # type: ignore[misc]
            def received_headers(self, headers: dict[str, list[str]]) -> None:
                noted.append(headers)

        return Noting()


def shake_hands(server: FlightSqlServer, authorization: str, messages: list[bytes], **headers: str) -> str:
    """Shake hands; the bearer of the answer."""
    answers = AnswerHeaders()
    sent = [(name.encode(), text.encode()) for name, text in {"authorization": authorization, **headers}.items()]
    with flight.connect(server.location, middleware=[answers]) as connected:
        options = flight.FlightCallOptions(headers=sent, timeout=30)
        connected.authenticate(HandshakeOnly(messages), options)
    return answers.received[0]["authorization"][0]


@pytest.mark.parametrize(
    ("authorization", "messages"),
    [("Basic bWU6cHc=", []), ("Basic Og", []), ("Bearer tok", [b""]), ("bearer tok", [b"", b"more"])],
)
def test_1_every_handshake_is_answered_with_a_bearer(
    server: FlightSqlServer, authorization: str, messages: list[bytes]
) -> None:
    kind, _, bearer = shake_hands(server, authorization, messages).partition(" ")
    assert kind == "Bearer"
    assert bearer.strip()


def test_2_the_handshake_reads_to_the_end_of_the_clients_stream(server: FlightSqlServer) -> None:
    for _ in range(60):
        shake_hands(server, "Bearer tok", [b""], clientid="abc", refreshtoken="Atzr|x")


def test_3_every_field_in_a_table_schema_has_metadata(client: RawClient) -> None:
    tables = client.ask("CommandGetTables", include_schema=True)
    assert tables.num_rows > 0
    for serialized in tables.column("table_schema").to_pylist():
        for field in pa.ipc.read_schema(pa.py_buffer(serialized)):
            assert field.metadata, field.name


@pytest.mark.parametrize("name", [*METADATA_COMMANDS, "CommandStatementQuery", "CommandPreparedStatementQuery"])
def test_4_every_flight_info_has_a_schema(client: RawClient, name: str) -> None:
    fields = {
        "CommandStatementQuery": {"query": "SELECT 1"},
        "CommandPreparedStatementQuery": {
            "prepared_statement_handle": client.prepare("SELECT 1").prepared_statement_handle
        },
        "CommandGetTables": {"include_schema": True},
        "CommandGetPrimaryKeys": {"table": "orders"},
        "CommandGetImportedKeys": {"table": "orders"},
        "CommandGetExportedKeys": {"table": "orders"},
        "CommandGetCrossReference": {"pk_table": "orders", "fk_table": "order_items"},
    }
    info = client.info(name, **fields.get(name, {}))
    assert len(info.schema) > 0
    assert client.read(info.endpoints[0].ticket).schema.equals(info.schema, check_metadata=True)


def test_5_a_prepared_statement_always_has_a_dataset_schema(client: RawClient) -> None:
    prepared = client.prepare("SELECT 1")
    assert len(pa.ipc.read_schema(pa.py_buffer(prepared.dataset_schema))) > 0
    assert len(pa.ipc.read_schema(pa.py_buffer(prepared.parameter_schema))) == 0
