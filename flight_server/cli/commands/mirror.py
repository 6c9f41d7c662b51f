"""`spapi-flight mirror`: what a directory keeps of Amazon's tables; or deletes it, files and all."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click
import pyarrow as pa

from catalog import catalog
from flight_server.cli.assembly import ServerOptions, open_rooms
from flight_server.cli.environment import option
from flight_server.cli.showing.render import console, print_rows
from flight_server.mirror import MirrorRecord, kept_in
from flight_server.scan.mirrored.scopes import kept_names

_SCHEMA = pa.schema(
    [
        ("account", pa.string()),
        ("table", pa.string()),
        ("covered", pa.string()),
        ("rows", pa.int64()),
        ("bytes", pa.int64()),
        ("fresh_at", pa.timestamp("s", "UTC")),
        ("calls", pa.int64()),
        ("error", pa.string()),
        ("folder", pa.string()),
    ]
)


@click.command()
@option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="Directory where rows are kept.",
)
@option(
    "--forget",
    multiple=True,
    metavar="ACCOUNT|TABLE",
    help="Delete what is kept of an account, or of a table, as the list names it; repeatable. No server may run.",
)
def mirror(data: Path, forget: tuple[str, ...]) -> None:
    """List what is kept of Amazon's tables, so that queries with MaxAge need not ask for it; or delete it."""
    names = kept_names(catalog.load().tables)
    if forget:
        _forget(data, forget, names)
        return
    rows = [_row(record, names) for record in kept_in(data)]
    if not rows:
        click.echo(f"nothing is kept in {data}", err=True)
        return
    print_rows(console(), _SCHEMA, [pa.RecordBatch.from_pylist(rows, schema=_SCHEMA)])


def _forget(data: Path, wanted: Sequence[str], names: Mapping[str, str]) -> None:
    with open_rooms(ServerOptions(data=data)) as rooms:
        assert rooms.mirror is not None
        for name in wanted:
            found = [
                each
                for each in rooms.mirror.records()
                if name in (each.account, each.folder, names.get(each.folder, each.folder))
            ]
            if not found:
                raise click.ClickException(
                    f"nothing is kept of {name}; spapi-flight mirror --data {data} lists what there is"
                )
            for each in found:
                rooms.mirror.forget(each.account, each.folder)
                table = names.get(each.folder, each.folder)
                click.echo(f"forgot {each.rows:,} rows of {table} of account {each.account}", err=True)


def _row(record: MirrorRecord, names: Mapping[str, str]) -> dict[str, object]:
    return {**vars(record), "table": names.get(record.folder, record.folder), "error": record.error or None}
