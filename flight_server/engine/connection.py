"""One locked-down DuckDB database per process, a cursor per query.

Knows no scan and no API. Locked: no files, no network, no extensions, no settings; memory is bounded, and what does not
fit spills to a directory of the server's own that goes when the engine is closed.
"""

import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from flight_server.errors import Error, QueryError, ServerBusy

# A cursor starts from defaults for these; the rest of the lock holds for the whole database.
_PER_CURSOR = ("SET timezone='UTC'", "SET python_enable_replacements=false", "SET streaming_buffer_size='0B'")


class Engine:
    """The database of a server. Thread-safe: every query takes a cursor of its own."""

    def __init__(self, memory_limit: str = "4GB", threads: int = 2) -> None:
        self._spill_directory = Path(tempfile.mkdtemp(prefix="spapi-flight-"))
        self._database = duckdb.connect(":memory:")
        self._closed = threading.Event()
        self.constants: dict[tuple[str, str], Any] = {}  # what constants come to, see engine.folding
        for setting in _lock_down(self._spill_directory, memory_limit, threads):
            self._database.execute(setting)

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor whose relations and temporary tables nobody else sees; closed at the end."""
        if self._closed.is_set():
            raise ServerBusy("the server is shutting down; connect again later")
        cursor = self._database.cursor()
        try:
            for setting in _PER_CURSOR:
                cursor.execute(setting)
            yield cursor
        finally:
            cursor.close()

    def close(self) -> None:
        """Close the database and remove what it spilled."""
        self._closed.set()
        self._database.close()
        shutil.rmtree(self._spill_directory, ignore_errors=True)


def _lock_down(spill_directory: Path, memory_limit: str, threads: int) -> Iterator[str]:
    yield f"SET temp_directory='{spill_directory}'"
    yield "SET GLOBAL timezone='UTC'"
    yield "SET autoinstall_known_extensions=false"
    yield "SET autoload_known_extensions=false"
    yield "SET allow_community_extensions=false"
    yield "SET allow_persistent_secrets=false"
    yield f"SET memory_limit='{memory_limit}'"
    yield f"SET threads={threads}"
    yield "SET enable_external_access=false"
    yield "SET allowed_configs=['streaming_buffer_size', 'python_enable_replacements', 'timezone']"
    yield "SET lock_configuration=true"


def query_error(error: Exception) -> Error:
    """The engine's complaint as one of ours: its first line, without source excerpts, paths or relation names."""
    text = str(error).strip()
    first = text.split("\n\nLINE", 1)[0].split("\nLINE", 1)[0]
    message = " ".join(first.split()).removeprefix("Binder Error: ")[:600]
    return QueryError(message or "the engine refused the query")
