"""Flight SQL from the client's side: the real ADBC driver, connection parameters as headers of every call.

Knows the driver's option names; knows no server. Whoever has a URL gets the same answers as any other ADBC client.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import adbc_driver_flightsql.dbapi
import pyarrow as pa

from flight_server.errors import SettingError

CALL_HEADER = "adbc.flight.sql.rpc.call_header."


SignIn = tuple[str, str]
"""User name and password: a profile of the server and its secret."""


@contextmanager
def connected(
    url: str, parameters: Mapping[str, str], sign_in: SignIn | None = None, tls_ca: Path | None = None
) -> Iterator[Any]:
    """A DBAPI connection; values are sent as they are."""
    options = {CALL_HEADER + name: _header_value(name, value) for name, value in parameters.items()}
    if sign_in is not None:
        options["username"], options["password"] = sign_in
    if tls_ca is not None:
        options["adbc.flight.sql.client_option.tls_root_certs"] = tls_ca.read_text("ascii")
    with adbc_driver_flightsql.dbapi.connect(url, db_kwargs=options, autocommit=True) as connection:
        yield connection


def _header_value(name: str, value: str) -> str:
    if not (value.isascii() and value.isprintable()):
        raise SettingError(name, f"{name} holds a character that cannot be sent: only printable ASCII can")
    return value


def rows_of(connection: Any, sql: str, *parameters: object) -> list[dict[str, Any]]:
    """All rows of a small query."""
    table = table_of(connection, sql, *parameters)
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def table_of(connection: Any, sql: str, *parameters: object) -> pa.Table:
    """A small query's result."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)
        return cursor.fetch_arrow_table()
