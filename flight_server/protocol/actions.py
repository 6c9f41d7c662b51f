"""The actions: name → what it does with its body; everything that is no query and no metadata.

Knows the messages and the rooms beside it. Bodies of Flight SQL's actions are packed in an Any, Flight's own are not.
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from catalog.catalog import Catalog
from flight_server.connection.session import Caller, Sender, Sessions
from flight_server.errors import SettingError, enumerated
from flight_server.protocol.commands import MESSAGES, decode, name_of, pack, unpack
from flight_server.protocol.prepared import PreparedStatements
from flight_server.protocol.session_options import get_session_options, session_closed, set_session_options
from flight_server.protocol.statements import Statements
from flight_server.protocol.status import BadRequest, NotOffered


@dataclass(frozen=True)
class Rooms:
    """What actions and commands work on."""

    catalog: Catalog
    sessions: Sessions
    statements: Statements
    prepared: PreparedStatements

    def caller(self, sender: Sender) -> Caller:
        """Who sends this call; raise SettingError for parameters, or for a schema, that cannot be."""
        caller = self.sessions.caller(sender)
        known = self.catalog.for_versions(caller.settings.api_versions).schemas
        if sender.db_schema and sender.db_schema not in known:
            near = difflib.get_close_matches(sender.db_schema, known, n=3)
            hint = f"did you mean {enumerated(near, 'or')}?" if near else "SHOW SCHEMAS lists them"
            raise SettingError("Schema", f"Schema names no schema of the catalog; {hint}")
        return caller


Action = Callable[[Rooms, Sender, bytes], list[bytes]]


def _create_prepared_statement(rooms: Rooms, sender: Sender, body: bytes) -> list[bytes]:
    request = _request("ActionCreatePreparedStatementRequest", body)
    return [rooms.prepared.create(request.query, rooms.caller(sender))]


def _close_prepared_statement(rooms: Rooms, _: Sender, body: bytes) -> list[bytes]:
    rooms.prepared.close(_request("ActionClosePreparedStatementRequest", body).prepared_statement_handle)
    return []


def _cancel_flight_info(rooms: Rooms, _: Sender, body: bytes) -> list[bytes]:
    is_cancelled = _cancel(rooms, decode("CancelFlightInfoRequest", body).info)
    return [MESSAGES["CancelFlightInfoResult"](status=_outcome("CANCEL_STATUS", is_cancelled)).SerializeToString()]


def _cancel_query(rooms: Rooms, _: Sender, body: bytes) -> list[bytes]:
    info = decode("FlightInfo", _request("ActionCancelQueryRequest", body).info)
    return [pack(MESSAGES["ActionCancelQueryResult"](result=_outcome("CANCEL_RESULT", _cancel(rooms, info))))]


def _cancel(rooms: Rooms, info: Any) -> bool:
    """Cancel every ticket of a FlightInfo; whether one was known."""
    tickets = [unpack(endpoint.ticket.ticket) for endpoint in info.endpoint]
    known = [
        rooms.statements.cancel(ticket.statement_handle)
        for ticket in tickets
        if name_of(ticket) == "TicketStatementQuery"
    ]
    return any(known)


def _set_session_options(rooms: Rooms, sender: Sender, body: bytes) -> list[bytes]:
    request = decode("SetSessionOptionsRequest", body)
    return [set_session_options(request, rooms.sessions, sender, rooms.catalog.all_schemas).SerializeToString()]


def _get_session_options(rooms: Rooms, sender: Sender, body: bytes) -> list[bytes]:
    decode("GetSessionOptionsRequest", body)
    return [get_session_options(rooms.sessions, sender).SerializeToString()]


def _close_session(rooms: Rooms, sender: Sender, _: bytes) -> list[bytes]:
    session_id = rooms.sessions.close(sender)
    rooms.prepared.forget(session_id)
    rooms.statements.forget(session_id)
    return [session_closed().SerializeToString()]


def _request(name: str, body: bytes) -> Any:
    message = unpack(body)
    if name_of(message) != name:
        raise BadRequest(f"the action needs a {name}, but a {name_of(message)} was sent")
    return message


def _outcome(prefix: str, is_cancelled: bool) -> str:
    return f"{prefix}_{'CANCELLED' if is_cancelled else 'NOT_CANCELLABLE'}"


ACTIONS: Mapping[str, tuple[Action, str]] = MappingProxyType(
    {
        "CreatePreparedStatement": (_create_prepared_statement, "prepare a query"),
        "ClosePreparedStatement": (_close_prepared_statement, "close a prepared query"),
        "CancelFlightInfo": (_cancel_flight_info, "cancel a query by its FlightInfo"),
        "CancelQuery": (_cancel_query, "cancel a query, as older clients do"),
        "SetSessionOptions": (_set_session_options, "set connection parameters for the session"),
        "GetSessionOptions": (_get_session_options, "read them"),
        "CloseSession": (_close_session, "end the session"),
    }
)
"""Name → (what it does, description for ListActions)."""


def run_action(rooms: Rooms, sender: Sender, name: str, body: bytes) -> list[bytes]:
    """Do the action; its results as bytes."""
    if name not in ACTIONS:
        raise NotOffered(
            f"action {name[:60]} is not offered: this server only reads, without transactions or Substrait"
        )
    return ACTIONS[name][0](rooms, sender, body)
