"""Flight SQL spoken by hand: pyarrow's Flight client and the messages, without a driver in between."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from pyarrow import flight

from flight_server.protocol.commands import MESSAGES, decode, pack, unpack


@dataclass
class RawClient:
    connection: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def options(self) -> Any:
        return flight.FlightCallOptions(
            headers=[(name.encode(), text.encode()) for name, text in self.headers.items()], timeout=30
        )

    def info(self, name: str, **fields: Any) -> Any:
        return self.connection.get_flight_info(command(name, **fields), self.options)

    def schema(self, name: str, **fields: Any) -> pa.Schema:
        return self.connection.get_schema(command(name, **fields), self.options).schema

    def read(self, ticket: Any) -> pa.Table:
        return drained(self.connection.do_get(ticket, self.options))

    def ask(self, name: str, **fields: Any) -> pa.Table:
        return self.read(self.info(name, **fields).endpoints[0].ticket)

    def act(self, name: str, body: bytes = b"") -> list[bytes]:
        return [result.body.to_pybytes() for result in self.connection.do_action((name, body), self.options)]

    def act_on(self, name: str, message: str, **fields: Any) -> list[bytes]:
        """An action of Flight SQL, whose body is packed."""
        return self.act(name, pack(MESSAGES[message](**fields)))

    def prepare(self, sql: str) -> Any:
        [body] = self.act_on("CreatePreparedStatement", "ActionCreatePreparedStatementRequest", query=sql)
        return unpack(body)

    def bind(self, handle: bytes, parameters: pa.RecordBatch) -> None:
        descriptor = command("CommandPreparedStatementQuery", prepared_statement_handle=handle)
        writer, _ = self.connection.do_put(descriptor, parameters.schema, self.options)
        with writer:
            writer.write_batch(parameters)

    def set_options(self, **options: Mapping[str, Any]) -> dict[str, int]:
        """Set session options; give the errors."""
        request = MESSAGES["SetSessionOptionsRequest"]()
        for name, value in options.items():
            request.session_options[name].CopyFrom(MESSAGES["SessionOptionValue"](**value))
        [body] = self.act("SetSessionOptions", request.SerializeToString())
        return {name: error.value for name, error in decode("SetSessionOptionsResult", body).errors.items()}

    def get_options(self) -> dict[str, Any]:
        [body] = self.act("GetSessionOptions")
        values = decode("GetSessionOptionsResult", body).session_options
        return {name: getattr(value, value.WhichOneof("option_value")) for name, value in values.items()}


def command(name: str, **fields: Any) -> Any:
    return flight.FlightDescriptor.for_command(pack(MESSAGES[name](**fields)))


def drained(reader: Any) -> pa.Table:
    """The whole stream. pyarrow's own `read_all` answers CANCELLED by interrupting the process."""
    return pa.Table.from_batches([chunk.data for chunk in reader], reader.schema)
