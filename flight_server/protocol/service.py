"""The seam to whatever answers queries: what this room asks of it, and nothing more.

`flight_server.query` fulfils it; the tests of this room fulfil it with a few lines.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

import pyarrow as pa

from catalog.table import Column, Table
from flight_server.connection.session import Caller
from flight_server.errors import Error


class PreparedQuery(Protocol):
    """A statement that was read and described; valid for any number of runs."""

    @property
    def sql(self) -> str:
        """The statement's text."""

    @property
    def arrow_schema(self) -> pa.Schema:
        """The result's schema, of types that every driver reads."""

    @property
    def homes(self) -> Sequence[tuple[Table, Column] | None]:
        """The catalog's column behind each of the result's, None behind a computed one; empty: none is known."""

    @property
    def parameter_schema(self) -> pa.Schema:
        """One field for each parameter."""

    @property
    def is_for_session(self) -> bool:
        """Whether it tells the session something and asks for nothing: drivers may send it as an update."""

    @property
    def new_schema(self) -> str | None:
        """The session's schema once this has run: "" for none, None: it stays."""


class RunningQuery(Protocol):
    """One run. Iterating does the work; closing the iterator stops it."""

    @property
    def query_id(self) -> str:
        """The id under which the server's own tables list the run."""

    @property
    def timeout_seconds(self) -> float:
        """How long it may take in all, waiting for its place included; 0: as long as it likes."""

    @property
    def warnings(self) -> Sequence[str]:
        """What whoever reads the rows should know of them, as far as it is known by now."""

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Record batches of at most 4 MiB, with exactly the prepared query's schema."""

    def cancel(self) -> None:
        """Stop the run from another thread: whatever it waits for ends at once."""

    def refuse(self, error: Error) -> None:
        """Note that the run was not let in; it will not be iterated."""


Prepared = TypeVar("Prepared", bound=PreparedQuery)


class QueryService(Protocol[Prepared]):
    """Prepares and runs queries. Preparing makes no call to anywhere; running does so only while it is read."""

    def prepare(self, sql: str, caller: Caller) -> Prepared:
        """Read a statement; raise what is wrong with it."""

    def bind(self, prepared: Prepared, parameters: pa.RecordBatch, caller: Caller) -> Prepared:
        """The statement as it is for such parameters; raise what is wrong with them."""

    def run(self, prepared: Prepared, parameters: pa.RecordBatch | None, caller: Caller) -> RunningQuery:
        """Start a run, once for every row of `parameters`."""
