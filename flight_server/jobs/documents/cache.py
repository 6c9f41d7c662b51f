"""Documents of finished reports, which never change: packed, bounded, what was used longest ago out first.

Knows no Amazon: an account and a document's id in, bytes as storage sent them out (gzip where storage sent plain ones).
Their names are hashes. One that is not what was written is thrown away, and counts as not kept.
"""

import contextlib
import hashlib
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from flight_server.client import Clock
from flight_server.jobs.documents.shelves import Shelf
from flight_server.jobs.store import KeptDocument, Store

DEFAULT_BYTES = 5 * 1000**3
_CHUNK_BYTES = 1 << 18
_GZIP_BEGINS = b"\x1f\x8b"
_GZIP = 31  # window bits
_QUICKLY = 1


class DocumentCache:
    """A shelf of documents, thread-safe; what is on it is noted in the store."""

    def __init__(self, shelf: Shelf, store: Store, clock: Clock, most_bytes: int = DEFAULT_BYTES) -> None:
        self._shelf = shelf
        self._store = store
        self._clock = clock
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._written: set[str] = set()
        self._tidy()

    def has(self, account: str, document_id: str) -> bool:
        """Whether a document is kept."""
        return self._store.document(_file(account, document_id)) is not None

    def read(self, account: str, document_id: str) -> tuple[str, IO[bytes]] | None:
        """Content type and file of a document, whole and as it was written; None where it is not kept."""
        kept = self._store.document(_file(account, document_id))
        if kept is None:
            return None
        try:
            file = self._shelf.open(kept.file)
        except OSError:
            self._drop(kept.file)
            return None
        if not _is_as_written(file, kept):
            file.close()
            self._drop(kept.file)
            return None
        self._store.use_document(kept.file, self._clock.utc())
        return kept.content_type, file

    def writer(self, account: str, document_id: str, content_type: str) -> "CacheWriter | None":
        """Where to write a document as it comes; None while somebody else writes it."""
        file = _file(account, document_id)
        with self._lock:
            if file in self._written:
                return None
            self._written.add(file)
        return CacheWriter(self, self._shelf, file, content_type, self._most_bytes)

    def keep(self, writer: "CacheWriter") -> None:
        """Take a document that is written whole, and let go of others where there is no more room."""
        kept = KeptDocument(writer.name, writer.content_type, writer.size, writer.checksum)
        self._store.keep_document(kept, self._clock.utc())
        documents = self._store.documents()
        total = sum(document.size for document in documents)
        for document in documents:
            if total <= self._most_bytes:
                break
            total -= document.size
            self._drop(document.file)

    def leave(self, name: str) -> None:
        """Let others write the document."""
        with self._lock:
            self._written.discard(name)

    def _drop(self, file: str) -> None:
        self._store.drop_document(file)
        self._shelf.drop(file)

    def _tidy(self) -> None:
        """Files that nothing tells of, as a server leaves that is killed; notes of files that are not there."""
        noted = {document.file for document in self._store.documents()}
        present = self._shelf.names()
        for stray in present - noted:
            self._shelf.drop(stray)
        for missing in noted - present:
            self._store.drop_document(missing)


@dataclass
class CacheWriter:
    """One document that is being written; no fault of the disk is a fault of the query that reads the document."""

    cache: DocumentCache
    shelf: Shelf
    name: str
    content_type: str
    most_bytes: int
    size: int = 0
    checksum: int = 0
    fault: str = ""
    _file: IO[bytes] | None = None
    _begin: bytes = b""
    _packer: "zlib._Compress | None" = None
    _is_begun: bool = field(default=False)

    def write(self, chunk: bytes) -> None:
        """Write on."""
        if not self._is_begun:
            self._begin += chunk
            if len(self._begin) < len(_GZIP_BEGINS):
                return
            chunk = self._start()
        self._pack(chunk)

    def commit(self) -> None:
        """The document is whole."""
        if not self._is_begun:
            self._pack(self._start())
        if self._packer:
            self._put(self._packer.flush())
        if self._file is None or self.fault:
            self.abandon()
            return
        with self._noting_faults():
            self.shelf.put(self.name, self._file)
            self.cache.keep(self)
        self.abandon()

    def abandon(self) -> None:
        """Let go of what is written and not kept."""
        if self._file is not None:
            self.shelf.discard(self.name, self._file)
        self.cache.leave(self.name)

    def _start(self) -> bytes:
        self._is_begun = True
        if not self._begin.startswith(_GZIP_BEGINS):
            self._packer = zlib.compressobj(_QUICKLY, wbits=_GZIP)
        with self._noting_faults():
            self._file = self.shelf.begin(self.name)
        return self._begin

    def _pack(self, chunk: bytes) -> None:
        self._put(self._packer.compress(chunk) if self._packer else chunk)

    def _put(self, chunk: bytes) -> None:
        if self.fault or self._file is None:
            return
        self.size += len(chunk)
        self.checksum = zlib.crc32(chunk, self.checksum)
        if self.size > self.most_bytes:
            self.fault = "it is larger than all that may be kept"
            self.shelf.discard(self.name, self._file)
            return
        with self._noting_faults():
            self._file.write(chunk)

    @contextlib.contextmanager
    def _noting_faults(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.fault = (error.strerror or str(error)).lower()


def _file(account: str, document_id: str) -> str:
    return hashlib.sha256(f"{account}\n{document_id}".encode()).hexdigest()[:40] + ".gz"


def _is_as_written(file: IO[bytes], kept: KeptDocument) -> bool:
    """Whether every byte is there: rows must not be given out before that is known."""
    size = checksum = 0
    for chunk in chunks_of(file):
        size += len(chunk)
        checksum = zlib.crc32(chunk, checksum)
    file.seek(0)
    return (size, checksum) == (kept.size, kept.checksum)


def chunks_of(file: IO[bytes]) -> Iterator[bytes]:
    """The bytes of a file, from where it stands."""
    return iter(lambda: file.read(_CHUNK_BYTES), b"")
