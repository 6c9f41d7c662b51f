"""`spapi-flight sync`: fills the mirror in a directory and brings it up to date, once or again and again."""

from datetime import timedelta
from pathlib import Path

import click

from flight_server.cli.assembly import Rooms, ServerOptions, filler, open_rooms
from flight_server.cli.environment import forget_after_option, option, read_by
from flight_server.cli.help_sections import SectionedCommand
from flight_server.cli.parameters import Target, with_parameters
from flight_server.cli.showing.filling import FillingShown
from flight_server.cli.signals import Stop, wait_for_stop
from flight_server.connection.mirror_words import DEFAULT_SINCE, EXAMPLE, MirrorWords, read_mirror_words
from flight_server.connection.setting_values import as_period, as_seconds


@click.command(cls=SectionedCommand)
@click.argument("tables", metavar="[TABLE]...", nargs=-1)
@option("--since", callback=read_by(as_period), help="How far back: 90d, 12w, 2y.  [default: 2y]")
@option("--every", callback=read_by(as_seconds), help="Bring it up to date so often, until stopped: 15m.")
@option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Directory where rows are kept; no server may have it open.",
)
@forget_after_option
@with_parameters
def sync(
    tables: tuple[str, ...],
    since: timedelta | None,
    every: float | None,
    data: Path,
    forget_after: timedelta | None,
    target: Target,
) -> int:
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
    options = ServerOptions(
        allowed_hosts=target.allowed_hosts, config=target.config, data=data, forget_after=forget_after
    )
    with wait_for_stop() as stop, open_rooms(options) as rooms:
        return _rounds(rooms, wanted, target, stop)


def _rounds(rooms: Rooms, wanted: MirrorWords, target: Target, stop: Stop) -> int:
    with FillingShown() as shown:
        fill = filler(rooms, wanted, stop, shown.tell, shown.failed, target.given)
        failures = fill.rounds(fill.targets(wanted.tables), wanted.since, wanted.every_seconds)
    if stop.is_set():
        click.echo("stopped; what was read is kept, and the next sync goes on from there", err=True)
        return 0
    return 1 if failures else 0
