"""The document that Amazon leaves about a report on which it failed → its sentence.

Facts: behaviours of the API, section 8: a JSON object with `errorDetails`, packed or not.
"""

import zlib
from collections.abc import Iterable

import msgspec

_MOST_BYTES = 1 << 20
_SHOWN_CHARACTERS = 500
_ANY_HEADER = zlib.MAX_WBITS | 32


def error_sentence(chunks: Iterable[bytes]) -> str:
    """What it says; of a document in another form its beginning.

    >>> error_sentence([b'{"errorDetails": "The data ', b'is unavailable"}']), error_sentence([])
    ('The data is unavailable', '')
    """
    content = b""
    for chunk in chunks:
        content += chunk
        if len(content) > _MOST_BYTES:
            break
    if content.startswith(b"\x1f\x8b"):
        try:
            content = zlib.decompressobj(_ANY_HEADER).decompress(content, _MOST_BYTES)
        except zlib.error:
            return ""
    try:
        told = msgspec.json.decode(content)
    except msgspec.DecodeError:
        told = None
    sentence = told.get("errorDetails") if isinstance(told, dict) else None
    text = sentence if isinstance(sentence, str) else content.decode("utf-8", errors="replace")
    return " ".join(text.split())[:_SHOWN_CHARACTERS]
