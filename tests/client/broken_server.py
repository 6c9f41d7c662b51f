"""A stand-in of Amazon that answers what a test scripts, broken in any way: standard library only."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import parse_qs, urlsplit

Framing = Literal["length", "chunked", "until close"]


@dataclass(frozen=True)
class Received:
    """One request as it arrived."""

    method: str
    target: str  # undecoded path and query
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query_text(self) -> str:
        return self.target.partition("?")[2]

    @property
    def access_token(self) -> str:
        return self.headers["x-amz-access-token"]

    def parameter(self, name: str) -> str:
        return ",".join(parse_qs(urlsplit(self.target).query, keep_blank_values=True).get(name, []))

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass(frozen=True)
class Reply:
    """What to answer; `missing_bytes` ends the body too early, `is_dropped` closes the connection without a word."""

    status: int = 200
    body: object = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    framing: Framing = "length"
    missing_bytes: int = 0
    is_dropped: bool = False

    @property
    def text(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def refusal(status: int, code: str, message: str = "", details: str = "", **headers: str) -> Reply:
    error = {"code": code, "message": message, "details": details}
    return Reply(status, {"errors": [error]}, {name.replace("_", "-"): value for name, value in headers.items()})


def grant(number: int = 1, expires_in: float = 3600) -> Reply:
    return Reply(200, {"access_token": f"Atza|access-{number}", "token_type": "bearer", "expires_in": expires_in})


class BrokenServer:
    """Serves `answer` for SP-API and `login` for Login with Amazon; remembers what it received."""

    def __init__(self) -> None:
        self.calls: list[Received] = []
        self.logins: list[Received] = []
        self.answer: Callable[[Received], Reply] = lambda _: Reply()
        self.login: Callable[[Received], Reply] = lambda _: grant(len(self.logins))
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def script(self, *replies: Reply) -> None:
        """Answer these in turn, the last one for ever."""
        left = list(replies)
        self.answer = lambda _: left.pop(0) if len(left) > 1 else left[0]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _reply(self, received: Received) -> Reply:
        is_login = received.path == "/auth/o2/token"
        with self._lock:
            (self.logins if is_login else self.calls).append(received)
        return (self.login if is_login else self.answer)(received)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", "0")))
                headers = {name.lower(): value for name, value in self.headers.items()}
                write(self, server._reply(Received(self.command, self.path, headers, body)))

            do_POST = do_GET

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler


def write(handler: BaseHTTPRequestHandler, reply: Reply) -> None:
    handler.close_connection = reply.is_dropped or reply.missing_bytes > 0 or reply.framing == "until close"
    if reply.is_dropped:
        return
    text = reply.text
    handler.send_response(reply.status)
    for name, value in reply.headers.items():
        handler.send_header(name, value)
    if reply.framing == "length":
        handler.send_header("content-length", str(len(text)))
    elif reply.framing == "chunked":
        handler.send_header("transfer-encoding", "chunked")
    handler.end_headers()
    sent = text[: len(text) - reply.missing_bytes]
    if reply.framing == "chunked":
        ending = b"" if reply.missing_bytes else b"\r\n0\r\n\r\n"
        sent = f"{len(text):x}\r\n".encode() + sent + ending
    handler.wfile.write(sent)


def eventually(condition: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.001)
