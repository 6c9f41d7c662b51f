"""The record of every call: kept in memory, and one JSON line a call in a file if wanted.

Goes from entries to lines; knows no HTTP. Each line is flushed at once, so that a reader sees finished calls.
"""

import json
import threading
from pathlib import Path

Entry = dict[str, object]


class CallLog:
    """All calls so far; may be used from any thread."""

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []
        self._file = path.open("a", encoding="utf-8", buffering=1) if path else None

    def add(self, entry: Entry) -> None:
        """Record one finished call."""
        with self._lock:
            self._entries.append(entry)
            if self._file:
                self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")

    def entries(self) -> list[Entry]:
        """A copy of all entries, oldest first."""
        with self._lock:
            return list(self._entries)

    def clear(self) -> None:
        """Forget the entries in memory; the file keeps its lines."""
        with self._lock:
            self._entries.clear()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._file:
                self._file.close()
                self._file = None
