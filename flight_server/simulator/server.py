"""The HTTP side: sockets, HTTP/1.1 framing, broken connections; and the Simulator that starts and stops it all.

Goes from bytes to a Request and from a Delivery to bytes, one write an answer; knows no operation. One thread a
connection: clients keep theirs open, and a hundred of them are fine.
"""

import contextlib
import socket
import threading
import uuid
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType

# These modules register their operations when they are imported.
from flight_server.simulator import catalog_items, inventory, orders, pricing, sales, sellers, tokens  # noqa: F401
from flight_server.simulator.call_log import Entry
from flight_server.simulator.clock import SimulatedClock
from flight_server.simulator.generic.identities import Identities, plain
from flight_server.simulator.generic.models import load_model
from flight_server.simulator.kiosk import operations as _kiosk  # noqa: F401
from flight_server.simulator.options import SimulatorOptions
from flight_server.simulator.reports import operations as _reports  # noqa: F401
from flight_server.simulator.service import Delivery, Request, Service
from flight_server.simulator.story import Story, World
from flight_server.simulator.story.living import LivingWorld


class Simulator:
    """A stand-in of SP-API and Login with Amazon on one port of this machine; use it in a `with` block."""

    def __init__(self, options: SimulatorOptions | None = None, clock: SimulatedClock | None = None) -> None:
        self.options = options or SimulatorOptions()
        self._clock = clock or SimulatedClock(self.options.now, pace=self.options.pace)
        self._world = _world(self.options, self._clock)
        self._service: Service | None = None
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> "Simulator":
        """Listen and answer, in threads of its own."""
        self._service = Service(self.options, self._world, self._clock)
        try:
            self._server = _Server((self.options.host, self.options.port), self._service.respond)
        except OSError:
            self._service.log.close()
            raise
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="simulator", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close the port and every open connection; calls already made can still be read."""
        if self._server and self._thread:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server.close_connections()
            self._running.log.close()
        self._server = self._thread = None

    def __enter__(self) -> "Simulator":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def story(self) -> Story:
        """All that it knows now."""
        return self._world.at(self._clock.now())

    @property
    def port(self) -> int:
        """The port it listens on."""
        if self._server is None:
            raise RuntimeError("the simulator is not running: call start() or use it in a with block")
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """The base URL, to be given as Endpoint; the token endpoint is at /auth/o2/token below it."""
        return f"http://{self.options.host}:{self.port}"

    @property
    def calls(self) -> list[Entry]:
        """A copy of every call so far, as the log writes them."""
        return self._running.log.entries()

    def clear_calls(self) -> None:
        """Forget the calls so far."""
        self._running.log.clear()

    def expire_tokens(self) -> None:
        """Let every access token given so far be answered as expired."""
        self._running.login.expire_all()

    def ids(self, model: str, name: str, **parents: str) -> tuple[str, ...]:
        """The ids that an API's answers know by a name; for tests, since some ids no list tells."""
        identities = Identities(load_model(model), self.options.seed, self.story)
        return identities.ids(plain(name), {plain(parent): value for parent, value in parents.items()})

    @property
    def _running(self) -> Service:
        if self._service is None:
            raise RuntimeError("the simulator was never started: call start() or use it in a with block")
        return self._service


def _world(options: SimulatorOptions, clock: SimulatedClock) -> World:
    if options.lives:
        return LivingWorld(options.seed, options.orders)
    return Story(options.seed, options.orders, clock.now())


class _Server(ThreadingHTTPServer):
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], respond: Callable[[Request, str], Delivery]) -> None:
        self.respond = respond
        self._lock = threading.Lock()
        self._connections: dict[socket.socket, threading.Thread] = {}
        super().__init__(address, _Connection)

    def process_request(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]  # always a TCP socket here
        """Serve one connection in a thread of its own that `close_connections` can end."""
        name = f"simulator-{self.server_address[1]}"
        thread = threading.Thread(target=self._serve, args=(request, client_address), name=name, daemon=True)
        with self._lock:
            self._connections[request] = thread
        thread.start()

    def _serve(self, connection: socket.socket, client_address: object) -> None:
        # A client that goes away is its own affair; everything else is a fault of ours and shall be seen.
        try:
            with contextlib.suppress(ConnectionError):
                self.finish_request(connection, client_address)
        finally:
            with self._lock:
                self._connections.pop(connection, None)
            self.shutdown_request(connection)

    def close_connections(self) -> None:
        """End every open connection and wait for its thread."""
        with self._lock:
            open_now = list(self._connections.items())
        for connection, _ in open_now:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for _, thread in open_now:
            thread.join()


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def _answer(self) -> None:
        path, _, query = self.path.partition("?")
        size = int(self.headers.get("content-length") or 0)
        request = Request(
            method=self.command,
            path=path,
            query=query,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(size) if size else b"",
        )
        self._deliver(self.server.respond(request, str(uuid.uuid4())))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _answer

    def _deliver(self, delivery: Delivery) -> None:
        answer = delivery.answer
        lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
        headers = {"Date": self.date_time_string(), "Content-Type": answer.content_type, **answer.headers}
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines.append(f"Content-Length: {len(answer.body)}")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        if delivery.share == 1.0:
            self.wfile.write(head + (b"" if self.command == "HEAD" else answer.body))
            return
        self.close_connection = True
        if delivery.share:
            self.wfile.write(head + answer.body[: int(len(answer.body) * delivery.share)])

    def log_message(self, *_: object) -> None:
        """Say nothing: the calls are in the log, and only the command line prints."""
