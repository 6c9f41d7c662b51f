"""A document from storage, whole, over as many connections and links as it takes: no byte twice, none left out.

A link that has expired is renewed, a broken connection goes on where it broke; where storage knows no ranges, the bytes
that were given out before are skipped, and must be the same ones. Knows no cache and no rows.
"""

import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

from flight_server.activity import QueryActivity
from flight_server.client.wire.document_stream import DocumentStream, LinkRefused, StorageFault
from flight_server.connection.settings import RetrySettings
from flight_server.errors import AmazonDetail, ApiError, ApiUnavailable, UnexpectedAnswer

_LINKS_TRIED = 3
"""Links one after another that storage refuses before a single byte has come."""

_LONGEST_WAIT_SECONDS = 30.0


@dataclass(frozen=True)
class Links:
    """Where a document's link comes from, and whom to tell that storage refused it."""

    operation_id: str
    get: Callable[[], str]
    drop: Callable[[str], None]


Open = Callable[[str, int, str], DocumentStream]
"""(link, first byte, entity tag) → the document from there on."""


class Download:
    """One document on its way; used by one thread."""

    def __init__(self, name: str, links: Links, open_: Open, retry: RetrySettings, query: QueryActivity) -> None:
        self._name = name
        self._links = links
        self._open = open_
        self._retry = retry
        self._query = query
        self._position = 0
        self._checksum = 0
        self._fault_count = 0
        self._refused_count = 0
        self._total: int | None = None
        self._entity_tag = ""
        self._stream = self._opened()
        self.content_type = self._stream.content_type

    def close(self) -> None:
        """Let go of the connection."""
        self._stream.close()

    def chunks(self) -> Iterator[bytes]:
        """All bytes, as storage sends them."""
        while True:
            try:
                with closing(self._stream):
                    for chunk in self._news():
                        self._position += len(chunk)
                        self._checksum = 0 if self._is_tagged else zlib.crc32(chunk, self._checksum)
                        self._fault_count = self._refused_count = 0
                        yield chunk
                if self._total is not None and self._position < self._total:
                    raise StorageFault("the document ended too early")
                return
            except StorageFault as fault:
                self._forgive(fault)
                self._stream = self._opened()

    def _news(self) -> Iterator[bytes]:
        """The chunks of the stream, without what was given out before."""
        to_skip, skipped = self._position - self._stream.first_byte, 0
        for chunk in self._stream.chunks:
            if to_skip:
                old, chunk = chunk[:to_skip], chunk[to_skip:]
                to_skip -= len(old)
                skipped = 0 if self._is_tagged else zlib.crc32(old, skipped)
                if not to_skip and self._stream.first_byte == 0 and skipped != self._checksum:
                    raise UnexpectedAnswer(f"the document of {self._name} changed while it was read")
            if chunk:
                yield chunk
        if to_skip:
            raise StorageFault("the document ended too early")

    @property
    def _is_tagged(self) -> bool:
        """Whether storage itself says whether the bytes are still the same."""
        return self._entity_tag.startswith('"')

    def _opened(self) -> DocumentStream:
        while True:
            self._query.check()
            link = self._links.get()
            try:
                stream = self._open(link, self._position, self._entity_tag)
            except LinkRefused as refusal:
                self._links.drop(link)
                self._renew(refusal)
                continue
            except StorageFault as fault:
                self._forgive(fault)
                continue
            is_other = self._total is not None and stream.total_bytes not in (None, self._total)
            if is_other or (self._entity_tag and stream.entity_tag != self._entity_tag):
                stream.close()
                raise UnexpectedAnswer(f"the document of {self._name} changed while it was read")
            self._total = stream.total_bytes if self._total is None else self._total
            self._entity_tag = self._entity_tag or stream.entity_tag
            return stream

    def _renew(self, refusal: LinkRefused) -> None:
        self._refused_count += 1
        if self._refused_count >= max(_LINKS_TRIED, self._retry.count_max):
            raise ApiError(
                f"the document of {self._name} cannot be fetched: storage refuses every link to it ({refusal}); "
                "ask again later",
                AmazonDetail(self._links.operation_id),
            )
        if self._refused_count > 1:
            self._wait(self._refused_count - 1)

    def _forgive(self, fault: StorageFault) -> None:
        self._fault_count += 1
        if self._retry.mode == "None" or self._fault_count > self._retry.count_max:
            tries = f" after {self._fault_count} tries" if self._fault_count > 1 else ""
            raise ApiUnavailable(
                f"the document of {self._name} cannot be fetched{tries}: {fault}; try later, or raise RetryCountMax",
                AmazonDetail(self._links.operation_id),
            )
        self._wait(self._fault_count)

    def _wait(self, count: int) -> None:
        seconds = self._retry.wait_time_ms / 1000 * (2 ** (count - 1) if self._retry.multiply_wait_time else 1)
        self._query.wait(min(seconds, _LONGEST_WAIT_SECONDS))
