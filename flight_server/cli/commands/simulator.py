"""`spapi-flight simulator`: the simulated SP-API and Login with Amazon, until it is told to stop."""

from datetime import datetime
from pathlib import Path

import click

from flight_server.cli.environment import option
from flight_server.cli.signals import wait_for_stop
from flight_server.simulator import Simulator, SimulatorOptions

DEFAULTS = SimulatorOptions()

DEMO_CREDENTIALS = {
    "ClientId": "amzn1.application-oa2-client.demo",
    "ClientSecret": "demo-secret",
    "RefreshToken": "Atzr|demo",
}
"""What the simulator accepts out of the box; secrets of nothing."""

Share = click.FloatRange(0, 1)


def _instant(_context: click.Context, _parameter: click.Parameter, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no instant: write it as 2026-03-18T15:30:00Z.") from None
    if told.tzinfo is None:
        raise click.BadParameter(f"{text!r} names no time zone: write it as 2026-03-18T15:30:00Z.")
    return told


@click.command(short_help="Run a stand-in of SP-API, with quotas and data.")
@option("--host", default=DEFAULTS.host, help="Address to listen on.")
@option("--port", type=click.IntRange(0, 65535), default=DEFAULTS.port, help="Port to listen on; 0 takes a free one.")
@option("--seed", type=int, default=DEFAULTS.seed, help="Another seed is another seller.")
@option("--orders", type=click.IntRange(0), default=DEFAULTS.orders, help="Orders of the last two years.")
@option("--speed", type=click.FloatRange(0, min_open=True), default=DEFAULTS.speed, help="Multiplies every quota.")
@option("--no-limits", is_flag=True, help="Throttle nothing.")
@option("--fail-rate", type=Share, default=DEFAULTS.fail_rate, help="Share of calls that fail.")
@option(
    "--fail-status",
    "fail_statuses",
    type=click.Choice(("429", "500", "503")),
    multiple=True,
    default=tuple(map(str, DEFAULTS.fail_statuses)),
    help="How they fail; repeatable.",
)
@option("--drop-rate", type=Share, default=DEFAULTS.drop_rate, help="Share of calls whose connection breaks.")
@option(
    "--at",
    metavar="INSTANT",
    callback=_instant,
    help="Where its clock starts, as 2026-03-18T15:30:00Z; the present if left out.",
)
@option(
    "--lives",
    is_flag=True,
    help="Let the seller's world go on with the clock: orders come in and change, stock and prices move, postings come "
    "late. Without it, all stays as it was at the start.",
)
@option(
    "--pace",
    type=click.FloatRange(0, min_open=True),
    default=DEFAULTS.pace,
    help="With --lives: simulated seconds a second; 86400 lets a day pass in one.",
)
@option("--moving", is_flag=True, help="Let orders change and arrive while they are listed.")
@option("--strict", is_flag=True, help="Refuse what Amazon passes over, and say why: finds slips of a client.")
@option("--odd", is_flag=True, help="Answer as oddly as the real API is reported to: numbers, envelopes, escapes.")
@option(
    "--report-seconds",
    type=click.FloatRange(0),
    default=DEFAULTS.report_seconds,
    help="How long a report or a query of Data Kiosk takes at speed 1.",
)
@option(
    "--link-seconds",
    type=click.FloatRange(0),
    default=DEFAULTS.link_seconds,
    help="How long the link to a document lives.",
)
@option(
    "--query-lines",
    type=click.IntRange(1),
    default=DEFAULTS.query_lines,
    help="Most lines of a document of Data Kiosk; the rest are further pages.",
)
@option("--log", type=click.Path(dir_okay=False, path_type=Path), help="Write one JSON line a call to this file.")
def simulator(
    host: str,
    port: int,
    seed: int,
    orders: int,
    speed: float,
    no_limits: bool,
    fail_rate: float,
    fail_statuses: tuple[str, ...],
    drop_rate: float,
    at: datetime | None,
    lives: bool,
    pace: float,
    moving: bool,
    strict: bool,
    odd: bool,
    report_seconds: float,
    link_seconds: float,
    query_lines: int,
    log: Path | None,
) -> None:
    """Run a stand-in of SP-API and Login with Amazon, with quotas, page tokens and data of its own."""
    _check_time(lives=lives, pace=pace, moving=moving)
    options = SimulatorOptions(
        host=host,
        port=port,
        seed=seed,
        orders=orders,
        speed=speed,
        limits=not no_limits,
        fail_rate=fail_rate,
        fail_statuses=tuple(map(int, fail_statuses)),
        drop_rate=drop_rate,
        now=at,
        lives=lives,
        pace=pace,
        moving=moving,
        strict=strict,
        odd=odd,
        report_seconds=report_seconds,
        link_seconds=link_seconds,
        query_lines=query_lines,
        log=log,
    )
    with wait_for_stop() as stopped, Simulator(options) as running:
        click.echo(f"simulating SP-API on {running.url}", err=True)
        click.echo(f"  Endpoint={running.url}  TokenUrl={running.url}/auth/o2/token", err=True)
        click.echo("  " + "  ".join(f"{name}={value}" for name, value in DEMO_CREDENTIALS.items()), err=True)
        stopped.wait()


def _check_time(*, lives: bool, pace: float, moving: bool) -> None:
    if pace != DEFAULTS.pace and not lives:
        raise click.UsageError("--pace is that of a world that lives: add --lives.")
    if moving and lives:
        raise click.UsageError("--moving and --lives exclude each other: with --lives, orders move by themselves.")
