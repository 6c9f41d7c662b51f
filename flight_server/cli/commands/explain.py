"""`spapi-flight explain`: what a query would call, without calling it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from flight_server.cli.connection import rows_of
from flight_server.cli.help_sections import SectionedCommand
from flight_server.cli.parameters import Target, with_target
from flight_server.cli.showing.render import console, show
from flight_server.cli.showing.values import text_of
from flight_server.cli.sql_argument import sql_argument
from flight_server.cli.targets import connections


@click.command(cls=SectionedCommand, short_help="Show the API calls that a query would make.")
@sql_argument
@with_target
def explain(sql: str, target: Target) -> None:
    """Show the API calls that a query would make, step by step; makes none."""
    with connections(target) as connect, connect() as connection:
        print_plan(console(), rows_of(connection, f"EXPLAIN {sql}"))


def print_plan(out: Console, steps: list[dict[str, Any]], width: int | None = None) -> None:
    """Print the rows of an EXPLAIN, a block a step; folded to `width`, else as the console is."""
    grid = Table.grid(padding=(0, 2))
    grid.width = min(width, out.width) if width is not None else None
    for step in steps:
        for label, text in _lines(step):
            style = "" if label.startswith(" ") else "bold"
            grid.add_row(Text(label, style=style), Text(text, overflow="fold"))
    show(out, grid)


def _lines(step: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if step["table"]:
        yield f"step {step['step']}", step["table"]
    if step["operation_id"]:
        yield "  call", f"{step['operation_id']}  {step['method']} {step['path']}"
        yield "  parameters", _parameters_text(step)
        yield "  calls", _calls_text(step)
    if step["depends_on"]:
        yield "  after", f"step {step['depends_on']}"
    if step["residual"]:
        yield "then", text_of(step["residual"])


def _parameters_text(step: Mapping[str, Any]) -> str:
    parameters: dict[str, str] = json.loads(step["parameters"] or "{}")
    return "  ".join(f"{name}={text_of(value)}" for name, value in parameters.items()) or "none"


def _calls_text(step: Mapping[str, Any]) -> str:
    """How often, and what quota makes of it.

    >>> _calls_text({"calls_min": 1, "calls_max": None, "rate": 0.5, "burst": 30, "est_seconds": 0.0})
    '1 or more; quota: 30 at once, then 1 every 2 s'
    """
    fewest, most = step["calls_min"], step["calls_max"]
    count = f"{fewest} or more" if most is None else str(fewest) if fewest == most else f"{fewest} to {most}"
    if step["rate"] is None:
        return f"{count}; no quota is stated"
    pace = f"1 every {1 / step['rate']:.3g} s" if step["rate"] < 1 else f"{step['rate']:g} a second"
    waiting = f"; takes {step['est_seconds']:.0f} s or more" if step["est_seconds"] >= 1 else ""
    return f"{count}; quota: {step['burst']} at once, then {pace}{waiting}"
