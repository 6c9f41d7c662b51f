"""Connection parameters as options of a command, generated from the table in `settings`, and where to send them.

`ClientId` is `--client-id`; every one also comes from the environment. A secret is never an argument, which any process
of the machine can read: it comes from the environment, from a file, or is asked for.
"""

import functools
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from flight_server.cli.environment import allowed_hosts_option, option, variable
from flight_server.cli.help_sections import PARAMETERS, SERVER, SectionedOption
from flight_server.connection.settings import ConnectionParameter, connection_parameters, from_environment

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@dataclass(frozen=True)
class Target:
    """Whom to ask: a running server, or one of our own; and with which connection parameters."""

    url: str | None
    given: Mapping[str, str] = field(repr=False)  # parameters of this command: options, files, prompts
    environment: Mapping[str, str] = field(repr=False)  # parameters of the environment
    password: str = field(repr=False)  # the secret of a profile
    allowed_hosts: tuple[str, ...]
    config: Path | None
    tls_ca: Path | None
    data: Path | None = None  # where a server of our own keeps what outlives it

    @property
    def parameters(self) -> Mapping[str, str]:
        """All parameters, those of the command first."""
        return {**self.environment, **self.given}


def option_name(parameter_name: str) -> str:
    """The option of a connection parameter.

    >>> option_name("ClientId"), option_name("TokenUIMode"), option_name("FbaApiVersion")
    ('--client-id', '--token-ui-mode', '--fba-api-version')
    """
    return "--" + _WORD_START.sub("-", parameter_name).lower()


def with_target(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--url` and every connection parameter; it receives them as `target`."""
    wrapped = _receiving_target(function)
    for row in reversed(connection_parameters()):
        wrapped = _parameter_option(row)(wrapped)
    wrapped = _server_option("--config", type=_FILE, help="Without --url: profiles of our own server.")(
        allowed_hosts_option(wrapped, SERVER)
    )
    wrapped = _server_option(
        "--data", "own_data", type=_FOLDER, help="Without --url: where reports and rows are kept (MaxAge)."
    )(wrapped)
    wrapped = _server_option("--tls-ca", type=_FILE, help="Certificates (PEM) to trust for grpc+tls:// URLs.")(wrapped)
    return _server_option("--url", help="A running server: grpc://HOST:PORT or grpc+tls://…  [default: start one]")(
        wrapped
    )


def with_parameters(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command that has a server of its own every connection parameter; it receives them as `target`."""
    wrapped = _receiving_target(function)
    for row in reversed(connection_parameters()):
        wrapped = _parameter_option(row)(wrapped)
    return _server_option("--config", type=_FILE, help="File with profiles.")(allowed_hosts_option(wrapped, SERVER))


_server_option = functools.partial(option, cls=SectionedOption, section=SERVER)


def with_credentials(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command that writes a profile every connection parameter; it asks by itself for what is missing."""
    wrapped = _receiving_target(function, asks=False)
    for row in reversed(connection_parameters()):
        wrapped = _parameter_option(row)(wrapped)
    return allowed_hosts_option(wrapped)


def _receiving_target(function: Callable[..., Any], asks: bool = True) -> Callable[..., Any]:
    @functools.wraps(function)
    def command(
        allowed_hosts: tuple[str, ...],
        config: Path | None = None,
        url: str | None = None,
        tls_ca: Path | None = None,
        own_data: Path | None = None,
        **options: Any,
    ) -> Any:
        given = {row.name: options.pop(_python_name(row)) for row in connection_parameters()}
        environment = from_environment(os.environ)
        password = os.environ.get(variable("password"), "")
        found = _asked(_given(given), environment) if asks else _given(given)
        return function(
            target=Target(url or None, found, environment, password, allowed_hosts, config, tls_ca, own_data), **options
        )

    return command


def _given(options: Mapping[str, str | Path | None]) -> dict[str, str]:
    """What the options and their files say."""
    return {
        name: value.read_text("utf-8").strip() if isinstance(value, Path) else value
        for name, value in options.items()
        if value is not None
    }


def _asked(given: Mapping[str, str], environment: Mapping[str, str]) -> dict[str, str]:
    """A person is asked for the secrets that are missing."""
    found, known = dict(given), {**environment, **given}
    if known.get("ClientId") and not known.get("Profile") and sys.stdin.isatty() and sys.stderr.isatty():
        for row in connection_parameters():
            if row.is_secret and not known.get(row.name):
                found[row.name] = click.prompt(row.name, hide_input=True, err=True)
    return found


_parameter = functools.partial(click.option, cls=SectionedOption, section=PARAMETERS)


def _parameter_option(row: ConnectionParameter) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    name = option_name(row.name)
    if not row.is_secret:
        shown = f"{row.description}  [default: {row.default}]" if row.default else row.description
        return _parameter(name, _python_name(row), help=shown, metavar="TEXT")

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        refused = click.option(name, expose_value=False, hidden=True, callback=_refuse_argument)(function)
        shown = f"File with the {row.description}; or set {variable(name)}."
        return option(
            f"{name}-file", _python_name(row), cls=SectionedOption, section=PARAMETERS, type=_FILE, help=shown
        )(refused)

    return decorate


def _refuse_argument(context: click.Context, parameter: click.Parameter, given: str | None) -> None:
    if given is not None:
        name = parameter.opts[0]
        raise click.UsageError(
            f"{name} is not taken from the command line, where every process can read it: "
            f"set {variable(name)} or give {name}-file"
        )


def _python_name(row: ConnectionParameter) -> str:
    return "parameter_" + row.name.lower()
