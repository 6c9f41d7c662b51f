"""`spapi-flight explain`: what a query would call, without calling it."""

import json
from collections.abc import Mapping
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from flight_server.cli.connection import rows_of
from flight_server.cli.parameters import Target, with_target
from flight_server.cli.render import console
from flight_server.cli.targets import connections
from flight_server.cli.values import text_of


@click.command()
@click.argument("sql")
@with_target
def explain(sql: str, target: Target) -> None:
    """Show the API calls that a query would make, step by step; makes none."""
    with connections(target) as connect, connect() as connection:
        print_plan(console(), rows_of(connection, f"EXPLAIN {sql}"))


def print_plan(out: Console, steps: list[dict[str, Any]]) -> None:
    """Print the rows of an EXPLAIN, a block a step."""
    for step in steps:
        if step["table"]:
            out.print(Text(f"step {step['step']}  ", style="bold").append(step["table"]))
        if step["operation_id"]:
            out.print(f"  call        {step['operation_id']}  {step['method']} {step['path']}", markup=False)
            out.print(f"  parameters  {_parameters_text(step)}", markup=False)
            out.print(f"  calls       {_calls_text(step)}", markup=False)
        if step["depends_on"]:
            out.print(f"  after       step {step['depends_on']}", markup=False)
        if step["residual"]:
            out.print(Text("then  ", style="bold").append(text_of(step["residual"])))


def _parameters_text(step: Mapping[str, Any]) -> str:
    parameters: dict[str, str] = json.loads(step["parameters"] or "{}")
    return "  ".join(f"{name}={text_of(value)}" for name, value in parameters.items()) or "none"


def _calls_text(step: Mapping[str, Any]) -> str:
    """How often, and what quota makes of it.

    >>> _calls_text({"calls_min": 1, "calls_max": None, "rate": 0.5, "burst": 30, "est_seconds": 0.0})
    '1 or more; quota 30 at once, then 0.5 a second; at least 0 s of waiting'
    """
    fewest, most = step["calls_min"], step["calls_max"]
    count = f"{fewest} or more" if most is None else str(fewest) if fewest == most else f"{fewest} to {most}"
    if step["rate"] is None:
        return f"{count}; no quota is stated"
    quota = f"quota {step['burst']} at once, then {step['rate']:g} a second"
    return f"{count}; {quota}; at least {step['est_seconds']:.0f} s of waiting"
