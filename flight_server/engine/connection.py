"""One locked-down DuckDB database per process, a cursor per query.

Knows no scan and no API. Locked: no files, no network, no extensions, no settings; memory is bounded, and what does not
fit spills to a directory of the server's own that goes when the engine is closed.
"""

import re
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from catalog.arrow_types import arrow_schema
from catalog.table import Column
from flight_server.engine.watchdog import Watchdog
from flight_server.errors import ConstantWanted, Error, QueryError, ServerBusy, UnknownColumn

_UNKNOWN_COLUMN = re.compile(
    r"""(?:Referenced\ column\ "(?P<column>.+?)"\ not\ found\ in\ FROM\ clause
      | (?:Table|Values\ list|Subquery)\ "(?P<source>.+?)"\ does\ not\ have\ a\ column\ named\ "(?P<of_source>.+?)"
      | Column\ "(?P<in_list>.+?)"\ (?:in\ \w+\ list\ not\ found|does\ not\ exist\ on\ (?:left|right)\ side))""",
    re.VERBOSE,
)
"""How the engine says that it cannot bind a name; it says so nowhere but in its text."""

_CONSTANT_WANTED = re.compile(r"The .+ argument in function .+ must not be NULL")
"""How it says that it must know a value to tell the type of a result."""

_TOO_DEEP = re.compile(r".*Max expression depth limit of (\d+) exceeded")
"""How it says that too much stands one within the other, as each sum of a long chain does."""

_DESCRIBING_KEPT = 8
_TABLES_KEPT = 200


@dataclass(frozen=True)
class DescribingCursor:
    """A cursor that runs nothing of a query, and the tables without rows that it has, by name."""

    cursor: duckdb.DuckDBPyConnection
    tables: dict[str, Sequence[Column]] = field(default_factory=dict)

    def have(self, name: str, columns: Sequence[Column]) -> None:
        """Make sure of a table: to it a query is bound sooner than to an Arrow relation, by far if it is wide."""
        if self.tables.get(name) is columns:
            return
        self.cursor.register("arriving", arrow_schema(columns).empty_table())
        self.cursor.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS SELECT * FROM arriving LIMIT 0')
        self.cursor.unregister("arriving")
        self.tables[name] = columns


class Engine:
    """The database of a server. Thread-safe: every query takes a cursor of its own."""

    def __init__(
        self, memory_limit: str = "4GB", threads: int = 2, *, is_alone: bool = False, directory: Path | None = None
    ) -> None:
        """`is_alone`: no other work is done in this process, whose memory may be bound as a whole.

        `directory`: whose files it may read; statements that would name one are refused before they come here.
        """
        self._spill_directory = Path(tempfile.mkdtemp(prefix="spapi-flight-"))
        self._database = duckdb.connect(":memory:")
        self._closed = threading.Event()
        self._describing: list[DescribingCursor] = []
        self.watchdog = Watchdog(memory_limit, is_alone=is_alone)
        self.constants: dict[tuple[str, str], Any] = {}  # what constants come to, see engine.folding
        for setting in _lock_down(self._spill_directory, memory_limit, threads, directory):
            self._database.execute(setting)

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor whose relations and temporary tables nobody else sees; closed at the end."""
        cursor = self._new_cursor()
        try:
            with self.watchdog.bounded():
                yield cursor
        finally:
            cursor.close()

    @contextmanager
    def streaming_cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The same; rows leave it as they come. This is the one setting that a database cannot keep for its cursors."""
        with self.cursor() as cursor:
            cursor.execute("SET streaming_buffer_size='0B'")
            yield cursor

    @contextmanager
    def describing_cursor(self) -> Iterator[DescribingCursor]:
        """A cursor to bind queries with. It goes from one to the next: what it has is the catalog's, not theirs."""
        try:
            kept = self._describing.pop()
        except IndexError:
            kept = DescribingCursor(self._new_cursor())
        try:
            with self.watchdog.bounded():
                yield kept
        finally:
            if len(self._describing) < _DESCRIBING_KEPT and len(kept.tables) <= _TABLES_KEPT:
                self._describing.append(kept)
            else:
                kept.cursor.close()

    def _new_cursor(self) -> duckdb.DuckDBPyConnection:
        if self._closed.is_set():
            raise ServerBusy("the server is shutting down; connect again later")
        return self._database.cursor()

    def close(self) -> None:
        """Close the database and remove what it spilled."""
        self._closed.set()
        self.watchdog.close()
        while self._describing:
            self._describing.pop().cursor.close()
        with suppress(duckdb.ResourceInUseException):  # whatever cannot be stopped has the database till it lets go
            self._database.close()
        shutil.rmtree(self._spill_directory, ignore_errors=True)


def _lock_down(spill_directory: Path, memory_limit: str, threads: int, directory: Path | None) -> Iterator[str]:
    yield f"SET temp_directory='{spill_directory}'"
    yield "SET GLOBAL timezone='UTC'"
    yield "SET GLOBAL python_enable_replacements=false"
    yield "SET autoinstall_known_extensions=false"
    yield "SET autoload_known_extensions=false"
    yield "SET allow_community_extensions=false"
    yield "SET allow_persistent_secrets=false"
    yield f"SET memory_limit='{memory_limit}'"
    yield f"SET threads={threads}"
    yield "SET allocator_background_threads=true"  # returns to the system what a query has freed
    if directory is not None:
        yield f"SET allowed_directories=['{str(directory.resolve()).replace(chr(39), chr(39) * 2)}']"
    yield "SET enable_external_access=false"
    yield "SET allowed_configs=['streaming_buffer_size']"
    yield "SET lock_configuration=true"


def query_error(error: Exception) -> Error:
    """The engine's complaint as one of ours: its first line, without source excerpts, paths or relation names."""
    text = str(error).strip()
    first = text.split("\n\nLINE", 1)[0].split("\nLINE", 1)[0]
    message = " ".join(first.split())
    for kind in ("Binder Error: ", "Invalid Input Error: "):  # what the engine was asked to say, too, begins so
        message = message.removeprefix(kind)
    message = message[:600]
    unknown = _UNKNOWN_COLUMN.match(message)
    if unknown is not None:
        name = unknown["column"] or unknown["of_source"] or unknown["in_list"]
        return UnknownColumn(message, name, unknown["source"] or "")
    if _CONSTANT_WANTED.match(message):
        return ConstantWanted(message)
    if too_deep := _TOO_DEEP.match(message):
        return QueryError(
            f"the SQL is nested too deeply: more than {int(too_deep[1]):,} operators or functions stand one within the "
            "other; write a long chain of || as concat(...), one of + as list_sum([...]), others with brackets within"
        )
    return QueryError(message or "the engine refused the query")
