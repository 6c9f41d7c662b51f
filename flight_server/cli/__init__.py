"""The command line `spapi-flight`: the only place that prints. stdout is for results, stderr for everything else.

One module a command. Every failure of the user's, of the server's or of the system's is one sentence and exit code 1.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import NoReturn

import click

from flight_server import __version__
from flight_server.cli.failures import sentence
from flight_server.cli.misspelt_variables import refuse_misspelt, variables_of

COMMANDS = {
    "serve": "serve",
    "demo": "demo",
    "query": "query",
    "explain": "explain",
    "report": "report",
    "tables": "tables",
    "describe": "tables",
    "sync": "sync",
    "mirror": "mirror",
    "check": "check",
    "init": "init",
    "hash-secret": "hash_secret",
    "simulator": "simulator",
    "catalog": "catalog",
}
"""Command → the module of `commands` that has it."""


class _Commands(click.Group):
    """Imports a command when it is called for: the server shall not wait for what only clients need."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(
            import_module(f"{__name__}.commands.{COMMANDS[cmd_name]}"), cmd_name.replace("-", "_")
        )
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="spapi-flight")
@click.pass_context
def spapi_flight(context: click.Context) -> None:
    """SQL over Amazon's Selling Partner API, served as Arrow Flight SQL.

    Every option also reads SPAPI_FLIGHT_<NAME> from the environment.
    """
    refuse_misspelt(
        os.environ,
        own=lambda: variables_of(_commands(context, context.invoked_subcommand or "")),
        every=lambda: variables_of(_commands(context, *COMMANDS)),
    )


def _commands(context: click.Context, *names: str) -> Iterator[click.Command]:
    for name in names:
        command = spapi_flight.get_command(context, name)
        if command is not None:
            yield command


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run one command and exit: 0, or 1 with one sentence on stderr."""
    code = run(arguments)
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    # Everything is closed by now, but a thread of gRPC may still be letting go of a query that was stopped; taking the
    # interpreter down around it makes DuckDB's binding report leaks, a page of noise after the one sentence.
    os._exit(code)


def run(arguments: list[str] | None = None) -> int:
    """Run one command and give its exit code."""
    try:
        outcome = spapi_flight.main(arguments, prog_name="spapi-flight", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 1
    except (click.Abort, KeyboardInterrupt):
        click.echo("spapi-flight: interrupted", err=True)
        return 1
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`); nobody is left to tell, and the interpreter shall not try.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        text = sentence(error)
        if text is None:
            raise
        click.echo(f"spapi-flight: {text}", err=True)
        return 1
    return outcome if isinstance(outcome, int) else 0
