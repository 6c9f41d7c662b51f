"""A SQLAlchemy URL → what the ADBC driver is opened with.

Knows the names of ADBC's options and that a connection parameter is a header of each call; knows no parameter by name:
the server does. A header takes printable ASCII; other values are sent as options of the session.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.engine.url import URL
from sqlalchemy.exc import ArgumentError

DEFAULT_PORT = 31337

CALL_HEADER = "adbc.flight.sql.rpc.call_header."
SESSION_OPTION = "adbc.flight.sql.session.option."
_CLIENT_OPTION = "adbc.flight.sql.client_option."
_TLS_FILES = {
    "tls_ca": _CLIENT_OPTION + "tls_root_certs",
    "tls_cert": _CLIENT_OPTION + "mtls_cert_chain",
    "tls_key": _CLIENT_OPTION + "mtls_private_key",
}
"""Argument that names a file in PEM → ADBC's option for what is in it."""

_PARAMETER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Place:
    """Where the server is, who signs in, and in which schema names without one are looked for first."""

    uri: str
    username: str
    password: str = field(repr=False)
    db_schema: str


def place_of(url: URL, transport: str) -> Place:
    """What the part of the URL before the question mark says.

    >>> from sqlalchemy.engine import make_url
    >>> place_of(make_url("spapi://shop:p%40ss@[::1]:8080/orders"), "grpc")
    Place(uri='grpc://[::1]:8080', username='shop', db_schema='orders')
    """
    host = url.host or "localhost"
    bracketed = f"[{host}]" if ":" in host else host
    return Place(
        f"{transport}://{bracketed}:{url.port or DEFAULT_PORT}",
        url.username or "",
        str(url.password or ""),
        (url.database or "").strip("/"),
    )


@dataclass(frozen=True)
class Opening:
    """The driver's options; `parameters` are the names of the server's parameters among them."""

    database: Mapping[str, str]
    connection: Mapping[str, str]
    parameters: tuple[str, ...]


def opening(place: Place, arguments: Mapping[str, Any]) -> Opening:
    """The options for a place and the arguments: the URL's, and `connect_args` of the engine.

    >>> place = Place("grpc://localhost:31337", "", "", "")
    >>> opening(place, {"Marketplaces": ("DE", "FR"), "MaxCalls": 5}).database
    {'adbc.flight.sql.rpc.call_header.Marketplaces': 'DE,FR', 'adbc.flight.sql.rpc.call_header.MaxCalls': '5'}
    """
    database: dict[str, str] = {}
    connection: dict[str, str] = {}
    parameters = []
    if place.username or place.password:
        database |= {"username": place.username, "password": place.password}
    if place.db_schema:
        connection[SESSION_OPTION + "schema"] = place.db_schema
    for name, value in arguments.items():
        text = _text(value)
        if name.startswith("adbc."):
            database[name] = text
        elif name in _TLS_FILES:
            database[_TLS_FILES[name]] = _pem(name, text)
        elif not _PARAMETER_NAME.fullmatch(name):
            raise ArgumentError(f"{name[:60]!a} cannot be the name of a connection parameter")
        else:
            parameters.append(name)
            as_header = text.isascii() and text.isprintable()
            (database if as_header else connection)[(CALL_HEADER if as_header else SESSION_OPTION) + name] = text
    return Opening(database, connection, tuple(parameters))


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def _pem(name: str, path: str) -> str:
    try:
        return Path(path).read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no file in PEM"
        raise ArgumentError(f"{name} names a file that cannot be read: {path}: {reason}") from None
