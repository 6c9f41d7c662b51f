"""Where packed documents lie: files in a directory, or memory where a server may write nothing. Knows only names."""

import contextlib
from io import BytesIO
from pathlib import Path
from typing import IO, Protocol

_PART = ".part"


class Shelf(Protocol):
    """Named documents; every method but `drop` and `discard` may raise OSError."""

    def begin(self, name: str) -> IO[bytes]:
        """Where to write a document, which is not there before it is `put`."""

    def put(self, name: str, file: IO[bytes]) -> None:
        """Take a document that was written whole, in the place of another of its name."""

    def discard(self, name: str, file: IO[bytes]) -> None:
        """Let go of what was begun; nothing is left of it unless it was put."""

    def open(self, name: str) -> IO[bytes]:
        """Read a document."""

    def drop(self, name: str) -> None:
        """Forget a document, if it is there."""

    def names(self) -> set[str]:
        """All that lies here, parts that a killed server left among them."""


class DirectoryShelf:
    """Files that nobody but the server's user may read."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def begin(self, name: str) -> IO[bytes]:
        """A file beside those that are whole."""
        path = self._directory / (name + _PART)
        file = path.open("wb")
        path.chmod(0o600)
        return file

    def put(self, name: str, file: IO[bytes]) -> None:
        """At once, for whoever opens it."""
        file.close()
        (self._directory / (name + _PART)).replace(self._directory / name)

    def discard(self, name: str, file: IO[bytes]) -> None:
        """Whatever the disk says."""
        with contextlib.suppress(OSError):
            file.close()
            (self._directory / (name + _PART)).unlink(missing_ok=True)

    def open(self, name: str) -> IO[bytes]:
        """As it is on the disk: who reads judges whether it is as it was written."""
        return (self._directory / name).open("rb")

    def drop(self, name: str) -> None:
        """Remove the file."""
        (self._directory / name).unlink(missing_ok=True)

    def names(self) -> set[str]:
        """The files of the directory."""
        return {path.name for path in self._directory.iterdir() if path.is_file()}


class MemoryShelf:
    """Documents that go with the process."""

    def __init__(self) -> None:
        self._documents: dict[str, bytes] = {}

    def begin(self, name: str) -> IO[bytes]:
        """A buffer of its own."""
        return BytesIO()

    def put(self, name: str, file: IO[bytes]) -> None:
        """Keep what the buffer holds."""
        file.seek(0)
        self._documents[name] = file.read()
        file.close()

    def discard(self, name: str, file: IO[bytes]) -> None:
        """Free the buffer."""
        file.close()

    def open(self, name: str) -> IO[bytes]:
        """The bytes, which are shared; raises FileNotFoundError."""
        try:
            return BytesIO(self._documents[name])
        except KeyError:
            raise FileNotFoundError(name) from None

    def drop(self, name: str) -> None:
        """Forget it."""
        self._documents.pop(name, None)

    def names(self) -> set[str]:
        """What is kept."""
        return set(self._documents)
