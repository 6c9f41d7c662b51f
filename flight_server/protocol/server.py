"""The Flight service: unpack a command, look it up in a table, call what it names.

Knows Flight's methods and the rooms beside it; no SQL. Planning happens in GetFlightInfo, all work in DoGet: only there
do timeouts and cancelling of JDBC reach. One flight endpoint without a location, so that clients stay on their channel.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import pyarrow as pa
from pyarrow import flight

from flight_server.connection.listing import listed
from flight_server.connection.session import SCHEMA_OPTION, Caller
from flight_server.errors import Unsupported
from flight_server.events import note
from flight_server.protocol.actions import ACTIONS, Rooms, run_action
from flight_server.protocol.commands import MESSAGES, name_of, unpack
from flight_server.protocol.metadata import METADATA_COMMANDS, metadata_of, schema_of
from flight_server.protocol.middleware import sender_of
from flight_server.protocol.statements import Statement
from flight_server.protocol.status import (
    BadRequest,
    InvalidArgument,
    NotOffered,
    UnknownHandle,
    add_trailers,
    flight_error,
)

_WRITES = frozenset({"CommandStatementUpdate", "CommandPreparedStatementUpdate", "CommandStatementIngest"})

_NO_ROWS_CHANGED = MESSAGES["DoPutUpdateResult"](record_count=0).SerializeToString()


def _statement_query(rooms: Rooms, message: Any, caller: Caller) -> Statement:
    return rooms.statements.prepare(message.query, caller)


def _prepared_statement_query(rooms: Rooms, message: Any, caller: Caller) -> Statement:
    return rooms.prepared.statement(message.prepared_statement_handle, caller)


QUERY_COMMANDS: Mapping[str, Callable[[Rooms, Any, Caller], Statement]] = MappingProxyType(
    {
        "CommandStatementQuery": _statement_query,
        "CommandPreparedStatementQuery": _prepared_statement_query,
    }
)
"""Command → the statement that it means."""

UPDATE_COMMANDS: Mapping[str, Callable[[Rooms, Any, Caller], Statement]] = MappingProxyType(
    {
        "CommandStatementUpdate": _statement_query,
        "CommandPreparedStatementUpdate": _prepared_statement_query,
    }
)
"""The same for what drivers send as an update: Go's `Exec`, JDBC's `executeUpdate`."""


class FlightService(flight.FlightServerBase):  # type: ignore[misc]  # pyarrow has no annotations
    """What gRPC calls. Threads come and go by the call; state is in the rooms."""

    def __init__(self, rooms: Rooms, location: str, **options: Any) -> None:
        self._rooms = rooms
        super().__init__(location, **options)

    def get_flight_info(self, context: Any, descriptor: Any) -> Any:
        """Announce the result of a command: its schema and a ticket."""
        with _told(context):
            arrow_schema, ticket = self._announced(context, descriptor)
            flight_endpoint = flight.FlightEndpoint(ticket, [])
            return flight.FlightInfo(arrow_schema, descriptor, [flight_endpoint], -1, -1)

    def get_schema(self, context: Any, descriptor: Any) -> Any:
        """Announce the schema of a command's result only."""
        with _told(context, _for_get_schema):
            message = _command(descriptor)
            caller = self._caller(context)
            name = name_of(message)
            if name in METADATA_COMMANDS:
                return flight.SchemaResult(schema_of(name, message))
            return flight.SchemaResult(self._statement(message, caller).arrow_schema)

    def do_get(self, context: Any, ticket: Any) -> Any:
        """Stream the result behind a ticket; some clients send a command as the ticket."""
        with _told(context):
            message = unpack(ticket.ticket)
            name = name_of(message)
            caller = self._caller(context)
            if name == "TicketStatementQuery":
                return self._rooms.statements.stream(message.statement_handle, caller, context)
            if name in METADATA_COMMANDS:
                return flight.RecordBatchStream(self._metadata(name, message, caller))
            statement = self._statement(message, caller)
            self._keep_schema(statement, context)
            return self._rooms.statements.run(statement, "", caller.session_id, context)

    def do_put(self, context: Any, descriptor: Any, reader: Any, writer: Any) -> None:
        """Bind parameters, or do what a SET sent as an update says.

        Whatever writes is refused before its data is read: some clients send none.
        """
        with _told(context):
            message = _command(descriptor)
            name = name_of(message)
            if name in UPDATE_COMMANDS and self._is_done(name, message, context):
                writer.write(pa.py_buffer(_NO_ROWS_CHANGED))
                return
            if name in _WRITES:
                raise Unsupported("this server only reads: INSERT, UPDATE, DELETE, DDL and ingest are not accepted")
            if name != "CommandPreparedStatementQuery":
                raise NotOffered(f"{name} cannot be sent by DoPut to this server")
            self._caller(context)
            self._rooms.prepared.bind(message.prepared_statement_handle, reader)

    def do_action(self, context: Any, action: Any) -> list[bytes]:
        """Do one of the actions that `list_actions` names."""
        with _told(context):
            body = action.body.to_pybytes() if action.body is not None else b""
            return run_action(self._rooms, sender_of(context), action.type, body)

    def list_actions(self, context: Any) -> list[tuple[str, str]]:
        """Names and descriptions of the actions."""
        return [(name, description) for name, (_, description) in ACTIONS.items()]

    def list_flights(self, context: Any, criteria: bytes) -> Iterator[Any]:
        """Nothing: Flight SQL has its own metadata commands."""
        return iter(())

    def do_exchange(self, context: Any, descriptor: Any, reader: Any, writer: Any) -> None:
        """Refuse: no part of Flight SQL."""
        with _told(context):
            raise NotOffered("DoExchange is no part of Flight SQL")

    def _announced(self, context: Any, descriptor: Any) -> tuple[pa.Schema, bytes]:
        message = _command(descriptor)
        caller = self._caller(context)
        name = name_of(message)
        if name in METADATA_COMMANDS:
            return schema_of(name, message), descriptor.command
        statement = self._statement(message, caller)
        self._keep_schema(statement, context)
        return statement.arrow_schema, self._rooms.statements.ticket(statement)

    def _statement(self, message: Any, caller: Caller) -> Statement:
        name = name_of(message)
        if name not in QUERY_COMMANDS:
            raise NotOffered(f"{name} is not offered: this server only reads, without transactions or Substrait")
        return QUERY_COMMANDS[name](self._rooms, message, caller)

    def _is_done(self, name: str, message: Any, context: Any) -> bool:
        """Do what an update says, if it only tells the session something; whether it did."""
        try:
            statement = UPDATE_COMMANDS[name](self._rooms, message, self._caller(context))
        except UnknownHandle:
            return False
        if statement.query.is_for_session:
            self._keep_schema(statement, context)
        return bool(statement.query.is_for_session)

    def _keep_schema(self, statement: Statement, context: Any) -> None:
        """Do what USE and SET search_path are for, at once: the rows, which are none, may be read later or never."""
        new_schema = statement.query.new_schema
        if new_schema is not None:
            self._rooms.sessions.set_option(sender_of(context), SCHEMA_OPTION, new_schema or None)

    def _metadata(self, name: str, message: Any, caller: Caller) -> pa.Table:
        tables = listed(self._rooms.catalog, caller.settings)
        return METADATA_COMMANDS[name](message, metadata_of(tables, plain_times=caller.settings.timestamps == "plain"))

    def _caller(self, context: Any) -> Caller:
        return self._rooms.caller(sender_of(context))


def _command(descriptor: Any) -> Any:
    if descriptor.descriptor_type != flight.DescriptorType.CMD:
        raise BadRequest("the descriptor must be a Flight SQL command, not a path")
    return unpack(descriptor.command)


def _same(error: Exception) -> Exception:
    return error


def _for_get_schema(error: Exception) -> Exception:
    """The error as GetSchema can tell it: there, pyarrow turns a Flight error into UNKNOWN and adds its traceback."""
    return InvalidArgument(str(error)) if isinstance(error, flight.FlightError) else error


@contextmanager
def _told(context: Any, adapt: Callable[[Exception], Exception] = _same) -> Iterator[None]:
    """Turn what goes wrong into what the client is told."""
    try:
        yield
    except Exception as error:
        note(logging.INFO, "call refused", kind=type(error).__name__, error=error)
        add_trailers(context, error)
        raise adapt(flight_error(error)) from None
