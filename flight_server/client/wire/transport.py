"""One HTTP request out, one whole answer in, or a `ConnectionFault`.

Knows nothing of operations, tokens, quota or retries. Thread-safe: one pool of connections serves all threads and
accounts. A body that ends early is a fault, never an answer, packed or not. Redirects are not followed: the access
token must not travel. Proxies and certificate bundles come from the environment as for any `requests` program, but are
read once per host; `.netrc` is not read, since a password found there would be sent along.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_environ_proxies
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError

from flight_server.activity import QueryActivity
from flight_server.client.clock import Clock
from flight_server.client.wire.body_stream import MOST_BYTES, CutShort, TooLong, UnknownEncoding, whole_body
from flight_server.client.wire.http_request import HttpRequest

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
_CONNECTIONS_KEPT = 256  # per host; a query thread holds one at most
_CHUNK_BYTES = 1 << 18
CUT = "the connection broke in the middle of the answer"


class ConnectionFault(Exception):
    """No whole answer came; the text says why, without secrets and addresses in memory."""


class Unacceptable(Exception):
    """An answer that is not read to its end, and would be no better the next time; the text says why."""


@dataclass(frozen=True)
class Answer:
    """A whole answer, whatever its status."""

    http_status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    answered_at: float = 0.0  # monotonic, when its headers were there
    content_type: str = ""  # of the body; empty: JSON in UTF-8

    @property
    def request_id(self) -> str:
        """Amazon's id of the request, which its support asks for."""
        return self.headers.get("x-amzn-requestid", "")

    @property
    def is_framed(self) -> bool:
        """Whether the answer said how long it is; else only its text can tell that it is whole."""
        return "content-length" in self.headers or "transfer-encoding" in self.headers


@dataclass(frozen=True)
class OpenAnswer:
    """An answer whose body is read as it comes: the bytes as they were sent, not unpacked."""

    http_status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]  # raises ConnectionFault
    close: Callable[[], None]


class Transport:
    """A pool of connections."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # No `requests.Session`: accounts share no cookies, and what it prepares a request with takes a quarter longer.
        self._http = HTTPAdapter(pool_connections=32, pool_maxsize=_CONNECTIONS_KEPT)
        self._verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True

    def exchange(self, request: HttpRequest, query: QueryActivity, most_bytes: int = MOST_BYTES) -> Answer:
        """Send a request and read the answer to its end, if it is no longer than that."""
        timeout = _timeout(query)
        with _faults(query, timeout):
            response = self._send(request, timeout)
            answered_at = self._clock.monotonic()
            with closing(response):
                body = _read(response, query, most_bytes)
        headers = CaseInsensitiveDict(response.headers)
        return Answer(response.status_code, headers, body, answered_at, headers.get("content-type", ""))

    def open(self, request: HttpRequest, query: QueryActivity) -> OpenAnswer:
        """Send a request and read no more than the headers of its answer, which is to be closed."""
        timeout = _timeout(query)
        with _faults(query, timeout):
            response = self._send(request, timeout)
        return OpenAnswer(
            response.status_code,
            CaseInsensitiveDict(response.headers),
            _guarded(_chunks(response, query), query, timeout),
            response.close,
        )

    def _send(self, request: HttpRequest, timeout: tuple[float, float]) -> requests.Response:
        return self._http.send(
            _prepared(request),
            stream=True,
            timeout=timeout,
            verify=self._verify,
            proxies=_proxies(_origin(request.url)),
        )

    def close(self) -> None:
        """Close every connection."""
        self._http.close()


@contextmanager
def _faults(query: QueryActivity, timeout: tuple[float, float]) -> Iterator[None]:
    """What goes wrong on the wire as a ConnectionFault; a query that is stopped says so instead."""
    query.check()
    try:
        yield
    except CutShort:
        raise ConnectionFault(CUT) from None
    except (requests.RequestException, HTTPError, OSError) as error:
        query.check()
        raise ConnectionFault(_reason(error, timeout)) from None


def _guarded(chunks: Iterator[bytes], query: QueryActivity, timeout: tuple[float, float]) -> Iterator[bytes]:
    while True:
        with _faults(query, timeout):
            chunk = next(chunks, None)
        if chunk is None:
            return
        yield chunk


def is_proxied(url: str) -> bool:
    """Whether the environment has a proxy for a URL: then names are the proxy's to look up."""
    return bool(_proxies(_origin(url)).get(urlsplit(url).scheme))


def _prepared(request: HttpRequest) -> requests.PreparedRequest:
    """The request as it stands; preparing would decode some characters of the URL."""
    prepared = requests.PreparedRequest()
    prepared.method, prepared.url, prepared.body = request.method, request.url, request.body
    prepared.headers = CaseInsensitiveDict(request.headers)
    if request.body is not None:
        prepared.headers["content-length"] = str(len(request.body))
    return prepared


def _read(response: requests.Response, query: QueryActivity, most_bytes: int) -> bytes:
    try:
        return whole_body(_chunks(response, query), response.headers.get("content-encoding", ""), most_bytes)
    except TooLong:
        raise Unacceptable(f"it is longer than {most_bytes // 2**20} MB, which no answer of Amazon's is") from None
    except UnknownEncoding as encoding:
        raise Unacceptable(f"it is packed as {str(encoding)[:60]!r}, which was not asked for") from None


def _chunks(response: requests.Response, query: QueryActivity) -> Iterator[bytes]:
    for chunk in response.raw.stream(_CHUNK_BYTES, decode_content=False):
        query.check()
        yield chunk


def _timeout(query: QueryActivity) -> tuple[float, float]:
    remaining = query.remaining_seconds()
    longest = READ_SECONDS if remaining is None else max(0.001, remaining)
    return min(CONNECT_SECONDS, longest), min(READ_SECONDS, longest)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


@lru_cache(maxsize=256)
def _proxies(origin: str) -> dict[str, str]:
    return get_environ_proxies(origin)


def _reason(error: Exception, timeout: tuple[float, float]) -> str:
    match error:
        case requests.exceptions.ConnectTimeout():
            return f"no connection within {timeout[0]:g} s"
        case requests.exceptions.Timeout() | ReadTimeoutError():
            return f"no answer within {timeout[1]:g} s"
        case requests.exceptions.SSLError():
            return "no secure connection: the server's certificate was not accepted"
        case requests.exceptions.ProxyError():
            return "the proxy of the environment (HTTPS_PROXY) did not connect"
        case ProtocolError():  # of the body: until its headers are there, `requests` has an exception of its own
            return CUT
        case requests.exceptions.InvalidURL() | requests.exceptions.InvalidSchema():
            return "the address cannot be used"
    return (
        f"no connection ({cause})" if (cause := _system_error(error)) else "the connection broke before an answer came"
    )


def _system_error(error: BaseException | None) -> str:
    """What the operating system said: somewhere down the chain of causes."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, OSError) and error.strerror and not isinstance(error, requests.RequestException):
            return error.strerror.lower()
        reasons = [getattr(error, "reason", None), *error.args, error.__cause__, error.__context__]
        error = next((one for one in reasons if isinstance(one, BaseException)), None)
    return ""
