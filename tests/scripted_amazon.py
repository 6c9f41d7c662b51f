"""A real server before an Amazon that a test scripts: SQL in through ADBC, the rows or the error out.

For answers that the simulator, which plays Amazon as it should be, does not give.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import adbc_driver_flightsql.dbapi as flightsql

from flight_server.cli.assembly import ServerOptions, running_server
from tests.client.broken_server import BrokenServer, Received, Reply
from tests.server_fixtures import CREDENTIALS, HEADER, NOW, clock_from

UNHURRIED = {"x-amzn-RateLimit-Limit": "1000"}
"""A quota that no test waits for."""

US = "ATVPDKIKX0DER"


@dataclass
class ScriptedAmazon:
    """Answers by path; `asked` has what was asked. A path without an answer is 404."""

    amazon: BrokenServer
    location: str
    by_path: dict[str, Callable[[Received], Reply]] = field(default_factory=dict)

    def answer(self, path: str, *bodies: object, status: int = 200, **headers: str) -> None:
        """Answer a path with these bodies in turn (the last for ever): bytes as they are, else as JSON."""
        named = UNHURRIED | {name.replace("_", "-"): value for name, value in headers.items()}
        left = [Reply(status, body, named) for body in bodies]
        self.by_path[path] = lambda _: left.pop(0) if len(left) > 1 else left[0]

    @property
    def asked(self) -> list[Received]:
        """The calls of SP-API so far, sign-ins left out."""
        return self.amazon.calls

    def connection_parameters(self, **parameters: str) -> dict[str, str]:
        """Those that lead here; `parameters` are added to, or replace, them."""
        addresses = {"TokenUrl": f"{self.amazon.url}/auth/o2/token", "Endpoint": self.amazon.url}
        given = {**CREDENTIALS, **addresses, "Marketplaces": US, **parameters}
        return {name: value for name, value in given.items() if value}

    def query(self, sql: str, **parameters: str) -> list[dict[str, Any]]:
        """All rows of one query over a connection of its own; Marketplaces is US unless it is given."""
        headers = {HEADER + name: value for name, value in self.connection_parameters(**parameters).items()}
        with (
            flightsql.connect(self.location, db_kwargs=headers, autocommit=True) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)
            rows: list[dict[str, Any]] = cursor.fetch_arrow_table().to_pylist()
            return rows


@contextmanager
def scripted_amazon() -> Iterator[ScriptedAmazon]:
    """A server of its own before a scripted Amazon."""
    amazon = BrokenServer()
    options = ServerOptions(allowed_hosts=(amazon.url.removeprefix("http://"),), clock=clock_from(NOW), environment={})
    try:
        with running_server(options) as server:
            scripted = ScriptedAmazon(amazon, server.location)
            amazon.answer = lambda received: scripted.by_path.get(received.path, _not_found)(received)
            yield scripted
    finally:
        amazon.close()


def _not_found(_: Received) -> Reply:
    return Reply(404, {"errors": [{"code": "NotFound", "message": "no answer is scripted for this path"}]}, UNHURRIED)
