"""`spapi-flight query`: SQL through Flight SQL to a table, or to csv, json, parquet or Arrow."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import adbc_driver_manager
import click
import pyarrow as pa

from flight_server.cli.connection import rows_of
from flight_server.cli.environment import option
from flight_server.cli.help_sections import SectionedCommand
from flight_server.cli.parameters import Target, with_target
from flight_server.cli.showing.output import check_destination, format_for, output_options, write_result
from flight_server.cli.showing.plot import PLOTS, print_plot
from flight_server.cli.showing.progress import QueryProgress
from flight_server.cli.showing.render import console
from flight_server.cli.showing.streaming import streamed
from flight_server.cli.sql_argument import sql_argument
from flight_server.cli.targets import connections

_WARNINGS = "SELECT warnings FROM system.queries WHERE sql = ? ORDER BY started_at DESC LIMIT 1"


@click.command(cls=SectionedCommand)
@sql_argument
@output_options
@option("--plot", type=click.Choice(PLOTS), help="Draw two columns, the second a number, in the terminal.")
@with_target
def query(sql: str, file_format: str | None, output: Path | None, plot: str | None, target: Target) -> None:
    """Run one query and print its rows. The SQL is the argument, or stands in a FILE, or comes from stdin (-).

    Without --url, a server of our own answers. Long queries show their progress on stderr.
    """
    if plot is not None and (output is not None or file_format not in (None, "table")):
        raise click.UsageError("--plot draws in the terminal: leave --output and --format out")
    run_query(sql, file_format, output, target, plot)


def run_query(sql: str, file_format: str | None, output: Path | None, target: Target, plot: str | None = None) -> None:
    """Run it and write its rows, with progress and warnings on stderr."""
    file_format = format_for(file_format, output)
    check_destination(file_format, output)
    with (
        connections(target) as connect,
        connect() as connection,
        connect(SqlDialect="duckdb") as observer,
        connection.cursor() as cursor,
        QueryProgress(observer, sql) as progress,
        streamed(cursor, sql, progress.tick) as stream,
    ):
        rows = _quietly(stream.record_batches, progress)
        if plot is not None:
            print_plot(console(), plot, stream.arrow_schema, rows)
        else:
            write_result(file_format, output, stream.arrow_schema, rows)
        _tell_warnings(observer, sql, progress)


def _tell_warnings(connection: Any, sql: str, progress: QueryProgress) -> None:
    """Say on stderr what the server says of the rows, as far as it was not said while they came."""
    try:
        found = rows_of(connection, _WARNINGS, sql)
    except adbc_driver_manager.Error:
        return  # the rows are told; a server that cannot say more of them need not
    if found:
        progress.tell_warnings(found[0]["warnings"])


def _quietly(record_batches: Iterator[pa.RecordBatch], progress: QueryProgress) -> Iterator[Any]:
    """Rows and the progress line shall not be mixed on the terminal."""
    for record_batch in record_batches:
        progress.hide()
        yield record_batch
    progress.hide()
