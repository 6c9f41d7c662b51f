"""Prepared statements: created, bound, turned into statements to run, closed.

Knows handles and parameters; SQL is only passed on. JDBC, ODBC and ADBC send every query this way. A statement belongs
to the session that made it and goes with it, or when it was not used for long; its handle cannot be guessed.
"""

from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from flight_server.connection.session import Caller
from flight_server.errors import QueryError
from flight_server.protocol.commands import MESSAGES, pack
from flight_server.protocol.statements import Statement, Statements
from flight_server.protocol.status import UnknownHandle
from flight_server.shelf import Shelf

IDLE_SECONDS = 4 * 3600.0
MAX_STATEMENTS = 20_000
MAX_STATEMENTS_OF_SESSION = 2000

MAX_PARAMETER_ROWS = 10_000
MAX_PARAMETER_BYTES = 16 * 1024 * 1024


@dataclass
class PreparedStatement:
    """A prepared query, and the same with the parameters bound to it last."""

    statement: Statement
    bound: Statement | None = None

    @property
    def latest(self) -> Statement:
        """What would be run now."""
        return self.bound or self.statement


class PreparedStatements:
    """All prepared statements of a server."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._kept: Shelf[PreparedStatement] = Shelf(IDLE_SECONDS, MAX_STATEMENTS, MAX_STATEMENTS_OF_SESSION)

    def create(self, sql: str, caller: Caller) -> bytes:
        """Prepare a query; give the packed result with its handle and both schemas."""
        statement = self._statements.prepare(sql, caller)
        handle = self._kept.put(PreparedStatement(statement), caller.session_id)
        result = MESSAGES["ActionCreatePreparedStatementResult"](
            prepared_statement_handle=handle.encode(),
            dataset_schema=statement.arrow_schema.serialize().to_pybytes(),
            parameter_schema=statement.query.parameter_schema.serialize().to_pybytes(),
            is_update=False,
        )
        return pack(result)

    def bind(self, handle: bytes, reader: Any) -> None:
        """Keep the parameters that the client sends; each row of them is one run."""
        prepared = self._get(handle)
        prepared.bound = None
        prepared.bound = self._statements.bound(prepared.statement, _parameters(reader))

    def statement(self, handle: bytes, caller: Caller) -> Statement:
        """The statement as it stands now, to be run with the settings of this call."""
        return replace(self._get(handle).latest, caller=caller)

    def arrow_schema(self, handle: bytes) -> pa.Schema:
        """The schema of the result."""
        return self._get(handle).latest.arrow_schema

    def close(self, handle: bytes) -> None:
        """Forget the statement; a second time is no error, JDBC would throw."""
        self._kept.remove(_text(handle))

    def forget(self, session_id: str) -> None:
        """Forget the statements of a session."""
        self._kept.remove_owned(session_id)

    def _get(self, handle: bytes) -> PreparedStatement:
        prepared = self._kept.get(_text(handle))
        if prepared is None:
            raise UnknownHandle("this prepared statement has expired or was closed; prepare it again")
        return prepared


def _parameters(reader: Any) -> pa.RecordBatch:
    chunks: list[pa.RecordBatch] = []
    row_count = byte_count = 0
    for chunk in reader:
        chunks.append(chunk.data)
        row_count += chunk.data.num_rows
        byte_count += chunk.data.nbytes
        if row_count > MAX_PARAMETER_ROWS or byte_count > MAX_PARAMETER_BYTES:
            raise QueryError(
                f"too many parameters: at most {MAX_PARAMETER_ROWS} rows and {MAX_PARAMETER_BYTES >> 20} MiB at a time"
            )
    table = pa.Table.from_batches(chunks, schema=reader.schema).combine_chunks()
    columns = [pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type) for column in table]
    return pa.RecordBatch.from_arrays(columns, schema=table.schema)


def _text(handle: bytes) -> str:
    return handle.decode("ascii", errors="replace")
