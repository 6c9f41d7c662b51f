"""`spapi-flight demo`: the simulator and the server on free ports, queries through the ADBC driver, then all stopped.

Everything shown comes over the wire: results as any client gets them, costs from the tables of the `system` schema.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.rule import Rule
from rich.syntax import Syntax
from rich.text import Text

from flight_server.cli.assembly import ServerOptions, running_server
from flight_server.cli.commands.demo_queries import SAMPLE_QUERIES, TOP_SKUS, SampleQuery
from flight_server.cli.commands.explain import print_plan
from flight_server.cli.commands.simulator import DEMO_CREDENTIALS
from flight_server.cli.connection import connected, rows_of, table_of
from flight_server.cli.environment import option
from flight_server.cli.showing.render import console, print_rows
from flight_server.cli.showing.strings import print_connection_strings
from flight_server.cli.signals import wait_for_stop
from flight_server.client.tokens.access_token import OPERATION_ID as LOGIN_OPERATION_ID
from flight_server.protocol import FlightSqlServer
from flight_server.simulator import Simulator, SimulatorOptions

HOST = "127.0.0.1"

WIDTH = 110
"""What is long is folded here, also in a pipe."""

SPEED = 20.0
"""At Amazon's own rates the join alone would wait minutes for quota; twenty times as fast it still waits a little."""

_QUERY = "SELECT * FROM system.queries WHERE sql = ? ORDER BY started_at DESC LIMIT 1"
_CALLS = """
SELECT operation_id, count(*) AS calls FROM system.api_calls
WHERE query_id = ? AND operation_id <> ? GROUP BY operation_id ORDER BY calls DESC, operation_id
"""


@click.command(short_help="Run sample queries against a simulated SP-API.")
@option("--keep", is_flag=True, help="Go on serving until Ctrl-C.")
@option("--port", type=click.IntRange(0, 65535), default=0, help="Port of the server; 0 takes a free one.")
@option("--simulator-port", type=click.IntRange(0, 65535), default=0, help="Port of the simulator; 0 takes a free one.")
@option("--seed", type=int, default=1, help="Another seed is another seller.")
def demo(keep: bool, port: int, simulator_port: int, seed: int) -> None:
    """Run sample queries against a simulated SP-API; needs no account and no network."""
    out = console()
    with wait_for_stop() as stopped, _running(port, simulator_port, seed) as (simulator, server):
        parameters = demo_parameters(simulator.url)
        _print_start(out, simulator, server)
        with connected(server.location, parameters) as connection:
            for number, sample in enumerate(SAMPLE_QUERIES, start=1):
                if stopped.is_set():
                    return
                _show(out, connection, number, sample)
            _show_plan(out, connection, len(SAMPLE_QUERIES) + 1)
        if not keep:
            _print_how_to_keep(out, simulator, server)
        print_connection_strings(out, HOST, server.port, parameters)
        if keep:
            click.echo(f"serving on {server.location} until Ctrl-C", err=True)
            stopped.wait()


def demo_parameters(simulator_url: str) -> dict[str, str]:
    """The connection parameters that lead to a simulator."""
    return {**DEMO_CREDENTIALS, "TokenUrl": f"{simulator_url}/auth/o2/token", "Endpoint": simulator_url}


@contextmanager
def _running(port: int, simulator_port: int, seed: int) -> Iterator[tuple[Simulator, FlightSqlServer]]:
    with Simulator(SimulatorOptions(port=simulator_port, seed=seed, speed=SPEED)) as simulator:
        allowed = simulator.url.removeprefix("http://")
        with running_server(ServerOptions(host=HOST, port=port, allowed_hosts=(allowed,))) as server:
            yield simulator, server


def _print_start(out: Console, simulator: Simulator, server: FlightSqlServer) -> None:
    options = simulator.options
    out.print(Text("spapi-flight demo", style="bold"))
    story = f"{options.orders:,} orders, seed {options.seed}, quotas at {options.speed:g} times Amazon's rates"
    out.print(f"simulated SP-API    {simulator.url}  {story}", markup=False)
    out.print(f"Flight SQL server   {server.location}  asked through the ADBC driver", markup=False)


def _print_how_to_keep(out: Console, simulator: Simulator, server: FlightSqlServer) -> None:
    """What serves under the connection strings that follow, for they should open something."""
    simulator_port = simulator.url.rpartition(":")[2]
    out.print("\nAll of it stops here. This leaves it serving, where the connection strings below open it:")
    command = f'make demo ARGS="--keep --port {server.port} --simulator-port {simulator_port}"'
    out.print(f"\n    {command}", markup=False)


def _show(out: Console, connection: Any, number: int, sample: SampleQuery) -> None:
    _print_query(out, number, sample.title, sample.sql)
    started = time.monotonic()
    with out.status("asking …"):
        result = table_of(connection, sample.sql)
    seconds = time.monotonic() - started
    print_rows(out, result.schema, result.to_batches())
    out.print(Text(cost_text(connection, sample.sql, result.num_rows, seconds), style="green"))


def cost_text(connection: Any, sql: str, row_count: int, seconds: float) -> str:
    """What a query cost, as the server tells it; the login is no call of the API."""
    query = rows_of(connection, _QUERY, sql)[0]
    calls = rows_of(connection, _CALLS, query["query_id"], LOGIN_OPERATION_ID)
    by_operation = ", ".join(f"{row['operation_id']} {row['calls']}" for row in calls)
    waiting = min(query["throttled_ms"] / 1000, seconds)  # calls that wait side by side are counted each
    waited = f", {waiting:.1f} s of it waiting for quota" if waiting >= 0.1 else ""
    cost = f"{_counted(query['api_calls'], 'API call')} ({by_operation})"
    return f"{_counted(row_count, 'row')} · {cost} · {seconds:.1f} s{waited}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _show_plan(out: Console, connection: Any, number: int) -> None:
    _print_query(out, number, "What a query would call, without calling it", f"EXPLAIN {TOP_SKUS.sql}")
    print_plan(out, rows_of(connection, f"EXPLAIN {TOP_SKUS.sql}"), WIDTH)


def _print_query(out: Console, number: int, title: str, sql: str) -> None:
    out.print()
    out.print(Rule(Text(f"{number}  {title}", style="bold"), align="left"), width=min(out.width, 100))
    out.print(Syntax(sql, "sql", theme="ansi_light", background_color="default", word_wrap=True))
    out.print()
