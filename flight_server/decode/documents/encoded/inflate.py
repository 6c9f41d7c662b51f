"""Bytes as storage sends them → the document's bytes, unzipped wherever they are gzip.

Only the first bytes say whether they are: documents are labelled GZIP and come plain, and the other way round. A
document of several gzip members is one; one that ends in the middle is an error, since rows would be missing.
Knows no text. isal unzips three times as fast as zlib (design: measured) and holds no more than a block.
"""

from collections.abc import Iterable, Iterator

from isal import isal_zlib

from flight_server.decode.documents.facts import DocumentFacts, unreadable_document

_MAGIC = b"\x1f\x8b\x08"
_GZIP = 16 + isal_zlib.MAX_WBITS
_BLOCK = 1 << 20
_LAYERS = 2
"""Gzip by Amazon and gzip once more by the storage."""


def inflated(chunks: Iterable[bytes], facts: DocumentFacts) -> Iterator[bytes]:
    """The document's bytes, in blocks of at most 1 MiB where they were zipped."""
    stream = iter(chunks)
    for _ in range(_LAYERS):
        stream = _one_layer(stream, facts)
    return stream


def _one_layer(chunks: Iterator[bytes], facts: DocumentFacts) -> Iterator[bytes]:
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= len(_MAGIC):
            break
    if head.startswith(_MAGIC):
        yield from _members(head, chunks, facts)
        return
    if head:
        yield head
    yield from chunks


def _members(head: bytes, chunks: Iterator[bytes], facts: DocumentFacts) -> Iterator[bytes]:
    """Unzip one member after another; zeros after the last one are padding."""
    member = isal_zlib.decompressobj(_GZIP)
    rest = head
    while True:
        if member.eof:
            rest = rest.lstrip(b"\0") or _next(chunks)
            if not rest:
                return
            if member.eof and rest.lstrip(b"\0"):
                member = isal_zlib.decompressobj(_GZIP)
            continue
        try:
            block = member.decompress(rest, _BLOCK)
        except isal_zlib.IsalError as error:  # type: ignore[misc]  # its stubs call the class an instance
            raise unreadable_document(facts, f"its gzip is damaged ({error})") from None
        rest = member.unused_data if member.eof else member.unconsumed_tail
        if block:
            yield block
        if not member.eof and not rest and len(block) < _BLOCK:
            rest = _next(chunks)
            if not rest:
                raise unreadable_document(facts, "its gzip ends in the middle: rows are missing; ask for it again")


def _next(chunks: Iterator[bytes]) -> bytes:
    return next((chunk for chunk in chunks if chunk), b"")
