"""Pages that wait for a reader: in memory while they are few, in a temporary file beyond that.

Knows nothing of calls. Not thread-safe: its owner locks.
"""

import os
from tempfile import SpooledTemporaryFile

IN_MEMORY_BYTES = 4 * 1024 * 1024


class PageSpool:
    """Bodies in the order in which they came, by number from `first`."""

    def __init__(self, first: int = 0, in_memory_bytes: int = IN_MEMORY_BYTES) -> None:
        self.first = first
        self._file: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(max_size=in_memory_bytes)  # noqa: SIM115  # lives as long as its owner
        self._ends = [0]

    @property
    def count(self) -> int:
        """The number of the page that would come next."""
        return self.first + len(self._ends) - 1

    @property
    def held_bytes(self) -> int:
        """The size of all that waits."""
        return self._ends[-1]

    def append(self, body: bytes) -> None:
        """Keep a page."""
        self._file.seek(0, os.SEEK_END)
        self._file.write(body)
        self._ends.append(self._ends[-1] + len(body))

    def read(self, number: int) -> bytes:
        """The page of that number, which must be here."""
        place = number - self.first
        start, end = self._ends[place], self._ends[place + 1]
        self._file.seek(start)
        return self._file.read(end - start)

    def close(self) -> None:
        """Let go of what it holds."""
        self._file.close()
