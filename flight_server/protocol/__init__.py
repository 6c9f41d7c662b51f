"""Arrow Flight SQL: what ODBC, JDBC and ADBC drivers speak. Commands come in, FlightInfo and record batches go out.

Knows sessions, the catalog and a service that answers queries; nothing of where answers come from.
"""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from catalog.catalog import Catalog
from flight_server.connection.session import Sessions
from flight_server.errors import Error, ServerBusy
from flight_server.protocol.actions import Rooms
from flight_server.protocol.handshake import DrainedHandshake
from flight_server.protocol.middleware import NAME, ReadHeaders
from flight_server.protocol.prepared import PreparedStatements
from flight_server.protocol.runs import Runs
from flight_server.protocol.server import FlightService
from flight_server.protocol.service import PreparedQuery, QueryService, RunningQuery
from flight_server.protocol.statements import Statements

__all__ = ["FlightSqlServer", "PreparedQuery", "QueryService", "RunningQuery", "ServerNotStarted", "Tls", "read_tls"]

MAX_CONCURRENT = 64

FORCED_SECONDS = 5.0
"""How long stopped queries may take to let go; a client that has stopped reading never does."""


class ServerNotStarted(Error):
    """The server cannot listen: the port is taken, or the certificate is no good."""


@dataclass(frozen=True)
class Tls:
    """Certificate and key in PEM; with `client_ca`, clients must show a certificate of that authority."""

    certificate: bytes
    key: bytes = field(repr=False)
    client_ca: bytes = b""


def read_tls(certificate: Path, key: Path, client_ca: Path | None = None) -> Tls:
    """Read the PEM files; raise ServerNotStarted."""
    try:
        return Tls(certificate.read_bytes(), key.read_bytes(), client_ca.read_bytes() if client_ca else b"")
    except OSError as error:
        raise ServerNotStarted(f"a TLS file cannot be read: {error.filename}: {error.strerror}") from None


class FlightSqlServer:
    """A Flight SQL server on one port; `start` and `shutdown` are called by its owner's thread only."""

    def __init__(
        self,
        host: str,
        port: int,
        queries: QueryService[Any],
        catalog: Catalog,
        sessions: Sessions,
        tls: Tls | None = None,
        max_concurrent: int = MAX_CONCURRENT,
        max_waiting: int | None = None,
    ) -> None:
        self._host = f"[{host}]" if ":" in host else host
        self._wanted_port = port
        self._sessions = sessions
        self._tls = tls
        self._runs = Runs(max_concurrent, max_waiting)
        statements = Statements(queries, self._runs)
        self._rooms = Rooms(catalog, sessions, statements, PreparedStatements(statements))
        self._service: FlightService | None = None
        self._closing: threading.Thread | None = None

    def start(self) -> None:
        """Listen; raise ServerNotStarted. Calls are served by pyarrow's threads, this one is free."""
        try:
            self._service = FlightService(self._rooms, self._location(self._wanted_port), **self._options())
        except pa.ArrowException as error:
            place = f"{self._host}:{self._wanted_port}"
            raise ServerNotStarted(
                f"cannot listen on {place}; is the port taken, or the certificate wrong? ({error})"
            ) from None

    @property
    def port(self) -> int:
        """The port it listens on, also where 0 was asked for."""
        return int(self._service.port) if self._service is not None else self._wanted_port

    @property
    def takes_queries(self) -> bool:
        """Whether it listens and is not about to stop."""
        return self._service is not None and not self._runs.is_closed

    @property
    def location(self) -> str:
        """The address in Flight's notation, `grpc://HOST:PORT`."""
        return self._location(self.port)

    def shutdown(self, grace_seconds: float = 10.0) -> bool:
        """Take no new queries, let running ones end, then stop them; whether the service has let go of its port.

        False means that a client holds its stream without reading, for which gRPC waits without end: the process has to
        leave by `os._exit`.
        """
        if self._service is None:
            return True
        self._runs.close(grace_seconds, ServerBusy("the server is shutting down; run the query again in a while"))
        if self._closing is None:
            self._closing = threading.Thread(target=self._service.shutdown, name="flight-shutdown", daemon=True)
            self._closing.start()
        self._closing.join(FORCED_SECONDS)
        return not self._closing.is_alive()

    def _location(self, port: int) -> str:
        return f"{'grpc' if self._tls is None else 'grpc+tls'}://{self._host}:{port}"

    def _options(self) -> dict[str, Any]:
        options: dict[str, Any] = {
            "auth_handler": DrainedHandshake(),
            "middleware": {NAME: ReadHeaders(self._sessions)},
        }
        if self._tls is not None:
            options["tls_certificates"] = [(self._tls.certificate, self._tls.key)]
            if self._tls.client_ca:
                options |= {"verify_client": True, "root_certificates": self._tls.client_ca}
        return options
