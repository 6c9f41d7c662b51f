"""`spapi-flight query`: SQL through Flight SQL to a table, or to csv, json, parquet or Arrow."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import adbc_driver_manager
import click
import pyarrow as pa

from flight_server.cli.connection import rows_of
from flight_server.cli.environment import option
from flight_server.cli.parameters import Target, with_target
from flight_server.cli.showing.output import FORMATS, check_destination, write_result
from flight_server.cli.showing.progress import QueryProgress
from flight_server.cli.showing.streaming import streamed
from flight_server.cli.targets import connections

_WARNINGS = "SELECT warnings FROM system.queries WHERE sql = ? ORDER BY started_at DESC LIMIT 1"


@click.command()
@click.argument("sql")
@option("--format", "file_format", type=click.Choice(FORMATS), default="table", help="json is one object a line.")
@option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file instead of stdout.")
@with_target
def query(sql: str, file_format: str, output: Path | None, target: Target) -> None:
    """Run one query and print its rows.

    Without --url, a server of our own answers. Long queries show their progress on stderr.
    """
    run_query(sql, file_format, output, target)


def run_query(sql: str, file_format: str, output: Path | None, target: Target) -> None:
    """Run it and write its rows, with progress and warnings on stderr."""
    check_destination(file_format, output)
    with (
        connections(target) as connect,
        connect() as connection,
        connect(SqlDialect="duckdb") as observer,
        connection.cursor() as cursor,
        QueryProgress(observer, sql) as progress,
        streamed(cursor, sql, progress.tick) as stream,
    ):
        write_result(file_format, output, stream.arrow_schema, _quietly(stream.record_batches, progress))
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
