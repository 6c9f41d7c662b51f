"""A link of Amazon's to a document → its bytes as storage sends them, from any byte on.

No access token goes along: the link itself is the permission. Bytes are neither unpacked nor read. Knows neither how a
link is got nor when a broken download is tried again. Facts: "Retrieve a report" (a link lives for five minutes, then
storage refuses it); RFC 9110, sections 13 and 14 (ranges, `If-Range`).

A link could lead into the operator's own network: a host that the operator does not allow by name is looked up first,
and every address of it must be a public one. Redirects are not followed.
"""

import ipaddress
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from flight_server.activity import ApiCall, Journal, QueryActivity
from flight_server.client.clock import Clock
from flight_server.client.wire.http_request import USER_AGENT, HttpRequest
from flight_server.client.wire.transport import CUT, ConnectionFault, OpenAnswer, Transport, is_proxied
from flight_server.connection.hosts import document_host
from flight_server.connection.setting_values import BadValue
from flight_server.errors import UnexpectedAnswer

OPERATION_ID = "download"
"""How the journal calls the fetching of a document; Amazon has no operation id for it."""

_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_PACKED_AS_STORED = ("", "identity", "gzip", "x-gzip")
_GZIP_BEGINS = b"\x1f\x8b"


class LinkRefused(Exception):
    """Storage does not answer to the link: it has expired, or what it leads to is gone."""


class StorageFault(Exception):
    """Storage failed or the connection broke; the text says why. Another try may do better."""


@dataclass(frozen=True)
class DocumentStream:
    """A document that is being sent; `chunks` raises StorageFault where it ends too early."""

    content_type: str
    first_byte: int  # where the chunks begin: storage that knows no ranges begins at 0, whatever was asked for
    total_bytes: int | None
    entity_tag: str  # equal tags: equal bytes
    chunks: Iterator[bytes]
    close: Callable[[], None]


@dataclass(frozen=True)
class DocumentStreams:
    """The way to storage."""

    transport: Transport
    journal: Journal
    clock: Clock

    def open(
        self, link: str, first_byte: int, entity_tag: str, allowed_hosts: frozenset[str], query: QueryActivity
    ) -> DocumentStream:
        """Begin to fetch what a link leads to; raises LinkRefused, StorageFault, UnexpectedAnswer."""
        _refuse_private(link, allowed_hosts)
        headers = {"user-agent": USER_AGENT, "accept-encoding": "identity"}
        if first_byte:
            headers["range"] = f"bytes={first_byte}-"
            if entity_tag.startswith('"'):  # weak tags say nothing of bytes
                headers["if-range"] = entity_tag
        request = HttpRequest("GET", link, urlsplit(link).path, headers)
        started_at, time = self.clock.monotonic(), self.clock.utc()
        try:
            answer = self.transport.open(request, query)
        except ConnectionFault as fault:
            raise StorageFault(str(fault)) from None
        duration_ms = (self.clock.monotonic() - started_at) * 1000
        call = ApiCall(
            query_id=query.query_id,
            time=time,
            operation_id=OPERATION_ID,
            method=request.method,
            path=request.path,
            status=answer.http_status,
            attempt=1,
            duration_ms=duration_ms,
            waited_ms=0,
            bytes=int(_length(answer) or 0),
            request_id=answer.headers.get("x-amz-request-id", ""),
            account=query.account,
        )
        self.journal.record(query, call, is_counted=False)
        try:
            return _stream(answer, first_byte)
        except BaseException:
            answer.close()
            raise


def _stream(answer: OpenAnswer, asked_from: int) -> DocumentStream:
    status, headers = answer.http_status, answer.headers
    if status in (400, 401, 403, 404, 410):
        raise LinkRefused(f"HTTP {status}")
    if status >= 500 or status in (408, 416, 429):
        raise StorageFault(f"HTTP {status}")
    if status not in (200, 206):
        raise UnexpectedAnswer(f"the storage of documents answered HTTP {status}, which is not followed")
    if (encoding := headers.get("content-encoding", "").strip().lower()) not in _PACKED_AS_STORED:
        raise UnexpectedAnswer(f"the document is packed as {encoding[:60]!r}, which was not asked for")
    length = _length(answer)
    first_byte, total = 0, length
    if status == 206:
        found = _RANGE.fullmatch(headers.get("content-range", "").strip())
        if found is None or int(found[1]) > asked_from:
            raise StorageFault("storage sent another part than was asked for")
        first_byte, total = int(found[1]), None if found[2] == "*" else int(found[2])
    is_framed = length is not None or "transfer-encoding" in headers
    chunks = _whole(answer, length, is_framed=is_framed or first_byte > 0)
    content_type, entity_tag = headers.get("content-type", ""), headers.get("etag", "")
    return DocumentStream(content_type, first_byte, total, entity_tag, chunks, answer.close)


def _whole(answer: OpenAnswer, length: int | None, *, is_framed: bool) -> Iterator[bytes]:
    """The chunks, as many bytes as were announced. Where nothing was, only packed bytes show by themselves a cut."""
    received, begin = 0, b""
    try:
        for chunk in answer.chunks:
            received += len(chunk)
            begin = (begin + chunk)[:2] if len(begin) < 2 else begin
            if not is_framed and len(begin) == 2 and begin != _GZIP_BEGINS:
                raise UnexpectedAnswer("the storage of documents does not say how long a document is")
            yield chunk
    except ConnectionFault as fault:
        raise StorageFault(str(fault)) from None
    if length is not None and received != length:
        raise StorageFault(CUT)


def _length(answer: OpenAnswer) -> int | None:
    text = answer.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and "transfer-encoding" not in answer.headers else None


def _refuse_private(link: str, allowed_hosts: frozenset[str]) -> None:
    try:
        found = document_host(link, allowed_hosts)
    except BadValue as reason:
        raise UnexpectedAnswer(f"the link to the document {reason}; it was not followed") from None
    if found.is_allowed or _is_left_to_proxy(found.host, link):
        return
    try:
        known = socket.getaddrinfo(found.host, found.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise StorageFault(f"the host {found.host} is not found") from None
    if not all(ipaddress.ip_address(str(address[4][0]).partition("%")[0]).is_global for address in known):
        raise UnexpectedAnswer(
            f"the link to the document leads to {found.host}, which has a private address; it was not followed: "
            "the server's operator may allow the host (--allow-host)"
        )


def _is_left_to_proxy(host: str, link: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return is_proxied(link)
    return False
