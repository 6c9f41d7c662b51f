"""Options that can also be given as environment variables `SPAPI_FLIGHT_<NAME>`.

Knows how an option and its variable are named; knows none of them.
"""

import os
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

from flight_server.cli.help_sections import OWN, SectionedOption

PREFIX = "SPAPI_FLIGHT_"

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
