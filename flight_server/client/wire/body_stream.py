"""The bytes of an answer as they come, unpacked as they come: whole, or an exception that says what was wrong.

Never holds more than it may keep, however small a packed answer is. Knows no HTTP but the names of its encodings.
"""

import zlib
from collections.abc import Iterable, Iterator

MOST_BYTES = 100 * 1024 * 1024
"""No longer answer is kept: ten times what Amazon's gateway lets through (10 MB, behaviours, section 6)."""

_AT_ONCE = 1 << 18
_GZIP_BEGINS = b"\x1f"  # the second byte of a member's mark may be in the next chunk
_ANY_HEADER = zlib.MAX_WBITS | 32  # of gzip or of zlib


class CutShort(Exception):
    """The packed bytes end too early or are no packed bytes."""


class TooLong(Exception):
    """The answer is longer than it may be."""


class UnknownEncoding(Exception):
    """The answer is packed in a way that was not asked for."""


def whole_body(chunks: Iterable[bytes], encoding: str, most_bytes: int) -> bytes:
    """Join and unpack the chunks of a body; raises CutShort, TooLong, UnknownEncoding."""
    kept: list[bytes] = []
    length = 0
    for piece in _unpacked(chunks, encoding.strip().casefold()):
        length += len(piece)
        if length > most_bytes:
            raise TooLong
        kept.append(piece)
    return b"".join(kept)


def _unpacked(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    if encoding in ("", "identity"):
        yield from chunks
    elif encoding in ("gzip", "x-gzip", "deflate"):
        try:
            yield from _inflated(chunks)
        except zlib.error:
            raise CutShort from None
    else:
        raise UnknownEncoding(encoding)


def _inflated(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The content of one packed member or of several in a row; what follows the last is padding."""
    inflater, is_begun = zlib.decompressobj(_ANY_HEADER), False
    for chunk in chunks:
        left = chunk
        while left:
            if inflater.eof:
                if not left.startswith(_GZIP_BEGINS):
                    break
                inflater = zlib.decompressobj(_ANY_HEADER)
            is_begun = True
            yield inflater.decompress(left, _AT_ONCE)
            left = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
    if is_begun and not inflater.eof:
        # What a member still holds when its bytes have ended is given out before it is known to be cut.
        yield inflater.flush(_AT_ONCE)
        if not inflater.eof:
            raise CutShort
