"""Options that can also be given as environment variables `SPAPI_FLIGHT_<NAME>`.

Knows how an option and its variable are named; knows none of them.
"""

import os
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

from flight_server.cli.help_sections import OWN, SectionedOption
from flight_server.connection.setting_values import BadValue, as_period

PREFIX = "SPAPI_FLIGHT_"

Value = TypeVar("Value")
Function = TypeVar("Function", bound=Callable[..., Any])


def variable(option_name: str) -> str:
    """The environment variable of an option.

    >>> variable("--tls-cert")
    'SPAPI_FLIGHT_TLS_CERT'
    """
    return PREFIX + option_name.lstrip("-").replace("-", "_").upper()


def option(name: str, *further: str, **settings: Any) -> Callable[[Function], Function]:
    """`click.option` that reads its variable too and shows its default."""
    settings.setdefault("envvar", variable(name))
    settings.setdefault("show_default", True)
    return click.option(name, *further, **settings)


def allowed_hosts_option(function: Function, section: str = OWN) -> Function:
    """`--allow-host`, repeatable; `SPAPI_FLIGHT_ALLOW_HOSTS` holds them all, separated by commas."""
    return click.option(
        "--allow-host",
        "allowed_hosts",
        cls=SectionedOption,
        section=section,
        metavar="HOST[:PORT]",
        multiple=True,
        callback=_hosts,
        help="A further host that TokenUrl and Endpoint may name; repeatable.  [env: SPAPI_FLIGHT_ALLOW_HOSTS]",
    )(function)


def _hosts(context: click.Context, parameter: click.Parameter, given: Iterable[str]) -> tuple[str, ...]:
    listed = tuple(given) or tuple(os.environ.get(PREFIX + "ALLOW_HOSTS", "").split(","))
    return tuple(host.strip() for host in listed if host.strip())


def read_by(read: Callable[[str], Value]) -> Callable[[click.Context, click.Parameter, str | None], Value | None]:
    """A callback that reads an option's text."""

    def value(_: click.Context, __: click.Parameter, text: str | None) -> Value | None:
        try:
            return None if text is None else read(text)
        except BadValue as error:
            raise click.BadParameter(str(error)) from None

    return value


forget_after_option = option(
    "--forget-after",
    callback=read_by(as_period),
    help="Forget personal data that are kept (MirrorRestricted=True) at this age: 30d.  [default: never]",
)
