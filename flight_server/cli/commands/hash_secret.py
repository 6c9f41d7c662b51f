"""`spapi-flight hash-secret`: a profile's secret → what to write as `Secret`, so that it stands nowhere itself."""

import sys

import click

from flight_server.cli.asking import asked_secret
from flight_server.connection.profiles import hashed_secret

_HOW = "type it, or send it on stdin"


@click.command("hash-secret", short_help="Hash a profile's secret for the configuration file.")
def hash_secret() -> None:
    """Ask for the secret of a profile, without echo, and print what to write as its Secret.

    Where stdin is no terminal, the secret is its first line.
    """
    secret = asked_secret("Secret", _HOW)
    if sys.stdin.isatty() and asked_secret("Secret once more", _HOW) != secret:
        raise click.UsageError("the two differ: try again")
    click.echo(hashed_secret(secret))
