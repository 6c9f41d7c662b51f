"""A target → connections to it: to its URL, or to a server of our own that lives as long as they do."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from flight_server.cli.assembly import ServerOptions, running_server
from flight_server.cli.connection import SignIn, connected
from flight_server.cli.parameters import Target


class Connect(Protocol):
    """Opens one more connection; keyword arguments are connection parameters that differ."""

    def __call__(self, **changed: str) -> AbstractContextManager[Any]:
        """Open it."""


@contextmanager
def connections(target: Target) -> Iterator[Connect]:
    """A function that connects, as often as it is called.

    For a server of our own the environment stays what it is for every server: defaults that a profile may overrule.
    """
    sign_in = (target.parameters.get("Profile", ""), target.password) if target.password else None
    if target.url is not None:
        yield partial(_connected, target.url, target.parameters, sign_in, target.tls_ca)
        return
    options = ServerOptions(port=0, allowed_hosts=target.allowed_hosts, config=target.config, data=target.data)
    with running_server(options) as server:
        yield partial(_connected, server.location, target.given, sign_in, None)


def _connected(
    url: str, parameters: Mapping[str, str], sign_in: SignIn | None, tls_ca: Path | None, **changed: str
) -> AbstractContextManager[Any]:
    return connected(url, {**parameters, **changed}, sign_in, tls_ca)
