"""A small HTTP server: `/healthz`, `/readyz`, `/metrics`. Knows HTTP and nothing of what the numbers mean."""

import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET6

from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST

from flight_server.errors import SettingError
from flight_server.monitoring.metrics import Sources, open_metrics

_TEXT = "text/plain; charset=utf-8"
_SILENCE_SECONDS = 10.0
"""How long a client may take to say what it wants."""


class HealthEndpoint:
    """Listens from its making until it is closed; raises SettingError where the port is taken."""

    def __init__(self, host: str, port: int, sources: Sources, is_ready: Callable[[], bool]) -> None:
        answers: dict[str, Callable[[], tuple[HTTPStatus, str, bytes]]] = {
            "/healthz": lambda: (HTTPStatus.OK, _TEXT, b"ok\n"),
            "/readyz": lambda: _readiness(is_ready()),
            "/metrics": lambda: (HTTPStatus.OK, CONTENT_TYPE_LATEST, open_metrics(sources)),
        }

        class Handler(BaseHTTPRequestHandler):
            timeout = _SILENCE_SECONDS
            server_version, sys_version = "spapi-flight", ""

            def do_GET(self) -> None:
                answer = answers.get(self.path.partition("?")[0])
                status, kind, body = answer() if answer else (HTTPStatus.NOT_FOUND, _TEXT, _NOT_HERE)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

            do_HEAD = do_GET

            def log_message(self, format: str, *args: object) -> None:
                """A probe every few seconds is no event."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

        class Server6(Server):
            address_family = AF_INET6

        try:
            self._server = (Server6 if ":" in host else Server)((host.strip("[]"), port), Handler)
        except OSError as error:
            raise SettingError("health-port", f"--health-port {port}: cannot listen there: {error.strerror}") from None
        self._thread = threading.Thread(target=self._server.serve_forever, name="health", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port it listens on, also where 0 was asked for."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


_NOT_HERE = b"there is /healthz, /readyz and /metrics\n"


def _readiness(is_ready: bool) -> tuple[HTTPStatus, str, bytes]:
    if is_ready:
        return HTTPStatus.OK, _TEXT, b"ready\n"
    return HTTPStatus.SERVICE_UNAVAILABLE, _TEXT, b"the server is stopping and takes no queries\n"
