"""Plays Login with Amazon and one operation: whatever is asked is answered with one body, further pages with none."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

TOKEN_PARAMETERS = ("nexttoken", "pagetoken", "paginationtoken", "nextpagetoken", "nexttokenforlineitems")


class Stub:
    """An HTTP server on a free port; set `status` and `body` before a query."""

    def __init__(self) -> None:
        self.status = 200
        self.body: Any = {}
        self.asked: list[str] = []
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                return

            def _answer(self) -> None:
                sent = self.rfile.read(int(self.headers.get("content-length") or 0))
                status, body = stub.answer(self.path, sent)
                text = b"" if status == 204 else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(text)))
                self.send_header("x-amzn-requestid", "example")
                self.send_header("x-amzn-RateLimit-Limit", "1000")  # examples are asked faster than Amazon would like
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_PUT = _answer

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self) -> str:
        """host:port."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def answer(self, path: str, sent: bytes) -> tuple[int, Any]:
        """Status and body for one request."""
        split = urlsplit(path)
        if split.path == "/auth/o2/token":
            return 200, {"access_token": "Atza|x", "token_type": "bearer", "expires_in": 3600}
        if split.path.endswith("/restrictedDataToken") and b"restrictedResources" in sent:
            return 200, {"restrictedDataToken": "Atz.sprdt|x", "expiresIn": 3600}
        self.asked.append(path)
        names = {name.lower() for name, _ in parse_qsl(split.query)}
        if names & set(TOKEN_PARAMETERS):
            return 200, [] if isinstance(self.body, list) else {}
        return self.status, self.body

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
