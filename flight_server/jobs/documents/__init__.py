"""The document of a finished report: from the cache, else from storage and on the way into the cache.

Knows no state of a job and no rows. A link is fetched when a download begins and shared as long as it lives, so that
many readers of one document cost one getReportDocument, or getDocument.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flight_server.client import Clock, SellingPartnerClient
from flight_server.client.tokens.token_cache import Grant, TokenCache
from flight_server.errors import AccessDenied
from flight_server.jobs.amazon import Amazon
from flight_server.jobs.asking import Kind
from flight_server.jobs.documents.cache import CacheWriter, DocumentCache, chunks_of
from flight_server.jobs.documents.download import Download, Links, Open

_LINK_RENEWED_SECONDS, _LINK_LIVES_SECONDS = 200.0, 280.0
"""Of the five minutes that a link lives."""


@dataclass(frozen=True)
class Document:
    """A document that is being read: bytes as storage has them, packed or not."""

    content_type: str
    chunks: Iterator[bytes]


class Documents:
    """All documents of a server, thread-safe."""

    def __init__(
        self, client: SellingPartnerClient, cache: DocumentCache, clock: Clock, allowed_hosts: frozenset[str]
    ) -> None:
        self._client = client
        self._cache = cache
        self._clock = clock
        self._allowed_hosts = allowed_hosts
        self._links = TokenCache(clock)

    def has(self, account: str, kind: Kind, document_id: str) -> bool:
        """Whether a document can be read without Amazon."""
        return self._cache.has(account, kind.kept_as(document_id))

    @contextmanager
    def open(
        self, account: str, kind: Kind, document_id: str, name: str, amazon: Amazon, *, is_restricted: bool = False
    ) -> Iterator[Document]:
        """A document as long as the block runs; `name` is how errors call it.

        Restricted ones are written to disk only where the connection says so, and read only by who may.
        """
        if is_restricted and amazon.settings.restricted_data == "Never":
            raise AccessDenied(
                f"the document of {name} holds personal data, which Amazon gives out for a restricted data token only: "
                "set RestrictedData=Auto"
            )
        kept_as = kind.kept_as(document_id)
        kept = self._cache.read(account, kept_as)
        if kept is not None:
            content_type, file = kept
            amazon.query.hit("documents")
            with file:
                yield Document(content_type, _counted(chunks_of(file), amazon))
            return
        links = self._links_of(account, kind, document_id, amazon, is_restricted=is_restricted)
        download = Download(name, links, self._opener(amazon), amazon.settings.retry, amazon.query)
        may_be_kept = not is_restricted or amazon.settings.mirror_restricted
        writer = self._cache.writer(account, kept_as, download.content_type) if may_be_kept else None
        try:
            yield Document(download.content_type, _counted(_written(download.chunks(), writer, amazon), amazon))
        finally:
            download.close()
            if writer is not None:
                writer.abandon()

    def _opener(self, amazon: Amazon) -> Open:
        return lambda link, first_byte, entity_tag: self._client.open_document(
            link, first_byte, entity_tag, self._allowed_hosts, amazon.query
        )

    def _links_of(self, account: str, kind: Kind, document_id: str, amazon: Amazon, *, is_restricted: bool) -> Links:
        key = (account, kind.kept_as(document_id))

        def fetch() -> Grant:
            link = kind.link(amazon, document_id, is_restricted=is_restricted)
            now = self._clock.monotonic()
            return Grant(link, now + _LINK_RENEWED_SECONDS, now + _LINK_LIVES_SECONDS)

        return Links(
            operation_id=kind.document_operation.operation_id,
            get=lambda: self._links.token(key, amazon.query, fetch),
            drop=lambda link: self._links.drop(key, link),
        )


def _counted(chunks: Iterator[bytes], amazon: Amazon) -> Iterator[bytes]:
    for chunk in chunks:
        amazon.query.document_bytes += len(chunk)
        yield chunk


def _written(chunks: Iterator[bytes], writer: CacheWriter | None, amazon: Amazon) -> Iterator[bytes]:
    """The chunks, each written on its way; kept when the last one has come."""
    for chunk in chunks:
        if writer is not None:
            writer.write(chunk)
        yield chunk
    if writer is not None:
        writer.commit()
        if writer.fault:
            amazon.query.warn(f"the server could not keep a document for later queries: {writer.fault}")
