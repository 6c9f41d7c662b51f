"""What stands behind the link of an account's document: the bytes, whole or a range, while the link lives.

Goes from a document id to a link, and from the link to an Answer as S3 gives it: who has the link needs no token. A
link is signed and remembers when it was made, so nothing is kept here; documents stand on the shelves of those who
made them.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, quote, unquote, urlencode
from xml.sax.saxutils import escape

from flight_server.simulator.answers import Answer

PREFIX = "/documents/stored/"
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True)
class Document:
    """The bytes that storage keeps, and what is told of them."""

    content: bytes
    content_type: str
    is_packed: bool = False  # whether the bytes are gzip
    algorithm: str = ""  # what getReportDocument says: GZIP or nothing
    sends_encoding: bool = False  # storage says `Content-Encoding: gzip` unasked


# Document id and moment to the document, if it is there.
Shelf = Callable[[str, datetime], Document | None]


def link(document_id: str, now: datetime, seconds: float, lives: float, seed: int, encoding: str) -> str:
    """A link to a document without its host, made at a second of the simulator's clock."""
    made_at = f"simulator/{seconds:.6f}"
    told = {
        "response-content-encoding": encoding,
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Date": f"{now:%Y%m%dT%H%M%SZ}",
        "X-Amz-Expires": f"{lives:.0f}",
        "X-Amz-SignedHeaders": "host",
        "X-Amz-Credential": made_at,
        "X-Amz-Signature": _signature(seed, document_id, made_at, encoding),
    }
    return f"{PREFIX}{quote(document_id, safe='')}?{urlencode(told)}"


def fetch(
    path: str,
    query: str,
    headers: Mapping[str, str],
    shelves: Iterable[Shelf],
    *,
    seed: int,
    seconds: float,
    link_seconds: float,
    now: datetime,
) -> Answer:
    """The answer of storage to a link."""
    document_id = unquote(path.removeprefix(PREFIX))
    told = {name: values[0] for name, values in parse_qs(query).items()}
    made_at, encoding = told.get("X-Amz-Credential", ""), told.get("response-content-encoding", "")
    if told.get("X-Amz-Signature") != _signature(seed, document_id, made_at, encoding):
        return _refused(403, "SignatureDoesNotMatch", "The request signature does not match.")
    if seconds >= float(made_at.partition("/")[2]) + link_seconds:
        return _refused(403, "AccessDenied", "Request has expired")
    for shelf in shelves:
        document = shelf(document_id, now)
        if document:
            return _sent(document, encoding, headers.get("range", ""))
    return _refused(404, "NoSuchKey", "The specified key does not exist.")


def _sent(document: Document, encoding: str, asked: str) -> Answer:
    content = document.content
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"',
        "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT",
    }
    sends_gzip = document.is_packed and (document.sends_encoding or encoding == "gzip")
    headers["Content-Encoding"] = "gzip" if sends_gzip else "identity"
    match = _RANGE.fullmatch(asked)
    if match is None or match.groups() == ("", ""):
        return Answer(200, content, headers, document.content_type)
    first, last = _bounds(match[1], match[2], len(content))
    if first > last:
        told = _refused(416, "InvalidRange", "The requested range is not satisfiable")
        return Answer(416, told.body, {"Content-Range": f"bytes */{len(content)}"}, told.content_type)
    headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    return Answer(206, content[first : last + 1], headers, document.content_type)


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """First and last byte of a range; a range without a beginning counts from the end."""
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last) if last else size - 1, size - 1)


def _refused(status: int, code: str, message: str) -> Answer:
    error = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{error}'
    return Answer(status, body.encode(), content_type="application/xml")


def _signature(seed: int, *parts: str) -> str:
    return hashlib.blake2b("\n".join(parts).encode(), key=f"links of {seed}".encode(), digest_size=32).hexdigest()
