"""`spapi-flight sync`: fills the mirror in a directory and brings it up to date, once or again and again."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import click

from flight_server.cli.assembly import Rooms, ServerOptions, filler, open_rooms
from flight_server.cli.environment import option
from flight_server.cli.help_sections import SectionedCommand
from flight_server.cli.parameters import Target, with_parameters
from flight_server.cli.showing.filling import FillingShown
from flight_server.cli.signals import wait_for_stop
from flight_server.connection.mirror_words import DEFAULT_SINCE, EXAMPLE, MirrorWords, read_mirror_words
from flight_server.connection.setting_values import BadValue, as_period, as_seconds

Value = TypeVar("Value")


def _read_by(read: Callable[[str], Value]) -> Callable[[click.Context, click.Parameter, str | None], Value | None]:
    def value(_: click.Context, __: click.Parameter, text: str | None) -> Value | None:
        try:
            return None if text is None else read(text)
        except BadValue as error:
            raise click.BadParameter(str(error)) from None

    return value


@click.command(cls=SectionedCommand)
@click.argument("tables", metavar="[TABLE]...", nargs=-1)
@option("--since", callback=_read_by(as_period), help="How far back: 90d, 12w, 2y.  [default: 2y]")
@option("--every", callback=_read_by(as_seconds), help="Bring it up to date so often, until stopped: 15m.")
@option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Directory where rows are kept; no server may have it open.",
)
@with_parameters
def sync(tables: tuple[str, ...], since: timedelta | None, every: float | None, data: Path, target: Target) -> int:
    """Read tables into the mirror, within Amazon's quota, and bring what is there up to date.

    Without TABLE: those that [mirror] of the configuration file names. Stop it at any time; it goes on where it was.
    """
    words = read_mirror_words(target.config)
    names = tables or (words.tables if words is not None else ())
    if not names:
        raise click.UsageError(f"name a table, as orders.orders, or write into the --config file:\n\n{EXAMPLE}")
    wanted = MirrorWords(
        names,
        since or (words.since if words is not None else DEFAULT_SINCE),
        every or 0.0,
        target.parameters.get("Profile", "") or (words.profile if words is not None else ""),
    )
    options = ServerOptions(allowed_hosts=target.allowed_hosts, config=target.config, data=data)
    with wait_for_stop() as stop, open_rooms(options) as rooms:
        return _rounds(rooms, wanted, target, stop)


def _rounds(rooms: Rooms, wanted: MirrorWords, target: Target, stop: threading.Event) -> int:
    with FillingShown() as shown:
        fill = filler(rooms, wanted, stop, shown.tell, shown.failed, target.given)
        failures = fill.rounds(fill.targets(wanted.tables), wanted.since, wanted.every_seconds)
    if stop.is_set():
        click.echo("stopped; what was read is kept, and the next sync goes on from there", err=True)
        return 0
    return 1 if failures else 0
