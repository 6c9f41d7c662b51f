"""Statements and their tickets: planned when FlightInfo is asked for, run when the ticket is read.

Knows handles and Arrow schemas; SQL is only passed on. Warnings follow the rows, in the stream's metadata. A ticket
holds all that a run needs, so it outlives its prepared statement and, for a while, its session, and may be read again:
from another connection, too, if that has the same credentials. Spark and Ray plan on one machine, close the connection,
and read the partitions on others.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import pyarrow as pa
from pyarrow import flight

from flight_server.connection.session import Caller
from flight_server.errors import Cancelled, SignInError
from flight_server.protocol.column_metadata import with_column_metadata
from flight_server.protocol.commands import MESSAGES, pack
from flight_server.protocol.runs import Run, Runs
from flight_server.protocol.service import PreparedQuery, QueryService, RunningQuery
from flight_server.protocol.status import QUERY_ID_TRAILER, UnknownHandle, add_trailers, flight_error
from flight_server.shelf import Shelf

TICKET_SECONDS = 3600.0
MAX_TICKETS = 10_000
MAX_TICKETS_OF_SESSION = 1000

LEFT_SECONDS = 600.0
"""How long a ticket may still be read when its session has ended."""


@dataclass(frozen=True)
class Statement:
    """A prepared query with its parameters and its caller: what a ticket stands for."""

    query: PreparedQuery
    arrow_schema: pa.Schema  # the one that FlightInfo, dataset_schema and the stream share
    caller: Caller
    parameters: pa.RecordBatch | None = None


class Statements:
    """Prepares statements, gives tickets, reads them."""

    def __init__(self, queries: QueryService[Any], runs: Runs) -> None:
        self._queries = queries
        self._runs = runs
        self._tickets: Shelf[Statement] = Shelf(TICKET_SECONDS, MAX_TICKETS, MAX_TICKETS_OF_SESSION)
        self._left: Shelf[Statement] = Shelf(LEFT_SECONDS, MAX_TICKETS, MAX_TICKETS_OF_SESSION)

    def prepare(self, sql: str, caller: Caller) -> Statement:
        """Read and describe a statement."""
        query = self._queries.prepare(sql, caller)
        return Statement(query, with_column_metadata(query.arrow_schema, query.homes), caller)

    def bound(self, statement: Statement, parameters: pa.RecordBatch) -> Statement:
        """The statement with its parameters, described again: their types may be those of its result."""
        query = self._queries.bind(statement.query, parameters, statement.caller)
        arrow_schema = with_column_metadata(query.arrow_schema)
        return replace(statement, query=query, arrow_schema=arrow_schema, parameters=parameters)

    def ticket(self, statement: Statement) -> bytes:
        """A ticket under which the statement can be run for an hour after its last use."""
        handle = self._tickets.put(statement, statement.caller.session_id)
        return pack(MESSAGES["TicketStatementQuery"](statement_handle=handle.encode()))

    def stream(self, handle: bytes, reader: Caller, context: Any) -> flight.GeneratorStream:
        """The record batches of a ticket; nothing runs before the first is asked for."""
        key = _text(handle)
        statement = self._tickets.get(key) or self._left.get(key)
        if statement is None:
            raise UnknownHandle("this result has expired or was cancelled; run the query again")
        if reader.settings.account != statement.caller.settings.account:
            raise SignInError(
                "this result belongs to other credentials: read it with those that the query was run with"
            )
        return self.run(statement, key, reader.session_id, context)

    def run(self, statement: Statement, ticket: str, session_id: str, context: Any) -> flight.GeneratorStream:
        """The record batches of a statement, read by a session."""
        run = Run(ticket, session_id, context, statement.caller.settings.account)
        return flight.GeneratorStream(statement.arrow_schema, self._announced(statement, run))

    def cancel(self, handle: bytes) -> bool:
        """Stop the runs of a ticket and void it; whether it was known."""
        key = _text(handle)
        is_running = self._runs.stop_ticket(key, Cancelled())
        was_kept = [shelf.remove(key) is not None for shelf in (self._tickets, self._left)]
        return any(was_kept) or is_running

    def forget(self, session_id: str) -> None:
        """Keep the tickets of a session that has ended only for a while, and stop what it reads."""
        for key, statement in self._tickets.remove_owned(session_id).items():
            self._left.put(statement, session_id, key)
        self._runs.stop_session(session_id, Cancelled("the session was closed"))

    def _announced(self, statement: Statement, run: Run) -> Iterator[pa.RecordBatch | tuple[pa.RecordBatch, bytes]]:
        """The run's record batches under the announced schema, its errors with their status.

        Warnings, if any, follow as the metadata of an empty batch: clients that know nothing of them see no row more.
        """
        batches = self._runs.record_batches(run, lambda: self._started(statement))
        try:
            for record_batch in batches:
                yield pa.RecordBatch.from_arrays(record_batch.columns, schema=statement.arrow_schema)
            if run.running is not None and run.running.warnings:
                nothing = pa.RecordBatch.from_pylist([], schema=statement.arrow_schema)
                yield nothing, msgspec.json.encode({"warnings": list(run.running.warnings)})
        except Exception as error:
            add_trailers(run.context, error)
            raise flight_error(error, run.query_id) from None
        finally:
            if run.query_id:
                run.context.add_trailer(QUERY_ID_TRAILER, run.query_id)
            batches.close()  # type: ignore[attr-defined]  # a generator

    def _started(self, statement: Statement) -> RunningQuery:
        return self._queries.run(statement.query, statement.parameters, statement.caller)


def _text(handle: bytes) -> str:
    return handle.decode("ascii", errors="replace")
