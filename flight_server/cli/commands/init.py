"""`spapi-flight init`: credentials → a profile that is known to work, and the connection strings that lead to it.

Asks for what neither options nor variables say; a script answers line by line on stdin. Amazon is asked before anything
is written.
"""

import shlex
import sys
from pathlib import Path

import click

from flight_server.cli.asking import asked_secret
from flight_server.cli.assembly import ServerOptions, open_rooms
from flight_server.cli.commands.check import report_steps
from flight_server.cli.environment import option, variable
from flight_server.cli.help_sections import SectionedCommand
from flight_server.cli.parameters import Target, option_name, with_credentials
from flight_server.cli.profile_file import PLACES, add_profile, check_new_profile
from flight_server.cli.showing.render import console
from flight_server.cli.showing.strings import print_connection_strings
from flight_server.connection.profiles import hashed_secret
from flight_server.connection.session import Sender
from flight_server.connection.settings import parse

_CREDENTIALS = ("ClientId", "ClientSecret", "RefreshToken")


@click.command(cls=SectionedCommand, short_help="Write a profile with your credentials, once they are known to work.")
@option(
    "--config",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("profiles.toml"),
    help="File to write the profile to; what it holds already stays.",
)
@option("--secrets", "place", type=click.Choice(PLACES), default="value", help="Where the two secrets are kept.")
@option("--with-secret", is_flag=True, help="Ask for a secret of the profile, too: who connects must know it.")
@option("--no-check", is_flag=True, help="Write without asking Amazon.")
@option("--host", default="localhost", help="Host of the server in the connection strings.")
@option("--port", type=click.IntRange(1, 65535), default=31337, help="Port of the server in the connection strings.")
@with_credentials
def init(path: Path, place: str, with_secret: bool, no_check: bool, host: str, port: int, target: Target) -> None:
    """Ask for the credentials without echo, check them by a call, and write them as a profile.

    Client id, client secret and refresh token are those of your app in Seller Central. A script gives them by variables
    and --client-secret-file, --refresh-token-file, or sends them on stdin, a line each. --profile names the profile
    [default: default]; every other connection parameter that is given is kept in it.
    """
    values = dict(target.parameters)
    name = values.pop("Profile", "") or "default"
    check_new_profile(path, name, frozenset(target.allowed_hosts))
    values = _asked(values)
    parse(values, frozenset(target.allowed_hosts))
    secret = target.password or (asked_secret("Secret of the profile", _how("Password")) if with_secret else "")
    if not no_check:
        _check(target, values)
    variables = add_profile(path, name, values, hashed_secret(secret) if secret else "", place)
    _tell(path, name, bool(secret), target.allowed_hosts, variables)
    parameters, profile = ({}, name) if secret else ({"Profile": name}, "")
    print_connection_strings(console(), host, port, parameters, profile)


def _asked(given: dict[str, str]) -> dict[str, str]:
    """The values, credentials first, those that are missing asked for."""
    asked = {}
    for name in _CREDENTIALS:
        asked[name] = given.get(name) or asked_secret(name, _how(name))
    return {**asked, **given}


def _how(name: str) -> str:
    named = variable(option_name(name))
    return f"type it, set {named}, or send it on stdin, a line each of {', '.join(_CREDENTIALS)}"


def _check(target: Target, values: dict[str, str]) -> None:
    with open_rooms(ServerOptions(allowed_hosts=target.allowed_hosts, environment={})) as rooms:
        report_steps(rooms, rooms.sessions.caller(Sender(parameters={**values, "SqlDialect": "duckdb"})))


def _tell(path: Path, name: str, has_secret: bool, hosts: tuple[str, ...], variables: tuple[str, ...]) -> None:
    click.echo(f"profile {name} is written to {path}", err=True)
    if variables:
        click.echo(f"set {' and '.join(variables)} before you use it", err=True)
    allowed = "".join(f" --allow-host {host}" for host in hosts)
    file = shlex.quote(str(path)) if sys.platform != "win32" else f'"{path}"'
    sign_in = ", with SPAPI_FLIGHT_PASSWORD set to its secret" if has_secret else ""
    click.echo(f"try it      spapi-flight check --config {file} --profile {name}{allowed}{sign_in}", err=True)
    click.echo(f"serve it    spapi-flight serve --config {file}{allowed}", err=True)
