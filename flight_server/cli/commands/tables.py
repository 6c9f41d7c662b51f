"""`spapi-flight tables` and `describe`: the catalog, read through Flight SQL; needs no credentials."""

import fnmatch
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from flight_server.cli.connection import rows_of
from flight_server.cli.help_sections import SectionedCommand
from flight_server.cli.parameters import Target, with_target
from flight_server.cli.showing.render import console, rows_table, show
from flight_server.cli.targets import connections

_TABLES = "SELECT * FROM system.tables ORDER BY schema_name, table_name"
_COLUMNS = "SELECT * FROM system.columns WHERE schema_name = ? AND table_name = ? ORDER BY ordinal"
_CHILD = "child"


@click.command(cls=SectionedCommand, short_help="List the tables, or those with PATTERN in the name.")
@click.argument("pattern", default="")
@with_target
def tables(pattern: str, target: Target) -> None:
    """List the tables whose name contains PATTERN; * and ? stand for any text and any character.

    Child tables, which hold the elements of an array, are listed where PATTERN has two underscores.
    """
    with connections(target) as connect, connect() as connection:
        found = [row for row in rows_of(connection, _TABLES) if matches(_full_name(row), pattern)]
    if not found:
        raise click.ClickException(f"no table has {pattern!r} in its name; spapi-flight tables lists them all")
    listed = [row for row in found if row["kind"] != _CHILD or "__" in pattern] or found
    _print_tables(console(), listed)
    if len(listed) < len(found):
        click.echo(f"and {len(found) - len(listed)} child tables: spapi-flight tables '*__*'", err=True)


def matches(name: str, pattern: str) -> bool:
    """Whether a table's full name is meant.

    >>> matches("orders.order_items", "item"), matches("orders.orders", "orders.*"), matches("sales.x", "orders.*")
    (True, True, False)
    """
    pattern = pattern.lower().replace("%", "*")
    if "*" not in pattern and "?" not in pattern:
        return pattern in name
    return any(fnmatch.fnmatchcase(each, pattern) for each in (name, name.partition(".")[2]))


def _print_tables(out: Console, rows: list[dict[str, Any]]) -> None:
    """One line a table: what does not fit the terminal ends in an ellipsis, names are never cut."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    longest = max(len(_full_name(row)) for row in rows)
    table.add_column("table", no_wrap=True, min_width=longest)
    table.add_column("description", no_wrap=True, overflow="ellipsis", max_width=max(20, out.width - longest - 3))
    for row in rows:
        table.add_row(_full_name(row), Text(row["description"] or "", no_wrap=True, overflow="ellipsis"))
    show(out, table)


def _quota_text(row: dict[str, Any]) -> str:
    return "" if row["rate"] is None else f"{row['burst']} + {row['rate']:g}/s"


@click.command(cls=SectionedCommand, short_help="Show a table's columns and what saves API calls.")
@click.argument("table")
@with_target
def describe(table: str, target: Target) -> None:
    """Show one table: its columns, and which conditions on them save API calls."""
    with connections(target) as connect, connect() as connection:
        row = _the_one(table, rows_of(connection, _TABLES))
        columns = rows_of(connection, _COLUMNS, row["schema_name"], row["table_name"])
    _print_table(console(), row, columns)


def _the_one(name: str, known: list[dict[str, Any]]) -> dict[str, Any]:
    """The table of that name; without a schema, the one whose schema holds the chosen version wins."""
    wanted = name.lower().removeprefix("spapi.")
    found = [row for row in known if wanted in (_full_name(row), row["table_name"])]
    chosen = [row for row in found if row["schema_name"] in (row["api"], "system")] or found
    if len(chosen) == 1:
        return chosen[0]
    if chosen:
        names = ", ".join(_full_name(row) for row in chosen)
        raise click.ClickException(f"table {name} exists in several schemas, write one of: {names}")
    raise click.ClickException(f"there is no table {name}; spapi-flight tables lists them all")


def _print_table(out: Console, row: dict[str, Any], columns: list[dict[str, Any]]) -> None:
    out.print(Text(_full_name(row), style="bold"))
    out.print(row["description"] or "", markup=False)
    if row["operation_id"]:
        out.print(f"{row['operation_id']}  {row['method']} {row['path']}  quota {_quota_text(row)}", markup=False)
    bound = [column for column in columns if column["parameter"]]
    if bound:
        out.print()
        cells = [
            (column["column_name"], column["operators"], column["parameter"], _remarks(column)) for column in bound
        ]
        show(out, rows_table(("condition on", "by", "becomes", ""), cells, (False,) * 4))
    out.print()
    names = [(column["column_name"], column["arrow_type"], _restriction(column)) for column in columns]
    show(out, rows_table(("column", "type", ""), names, (False,) * 3))
    if row.get("example"):
        out.print(Text.assemble(("\nexample  ", "bold"), row["example"]))


def _remarks(column: dict[str, Any]) -> str:
    remarks = (
        "required" if column["required"] else "",
        f"else from {column['default_from']}" if column["default_from"] else "",
        f"at most {column['batch_max']} a call" if column["batch_max"] else "",
    )
    return "; ".join(filter(None, remarks))


def _restriction(column: dict[str, Any]) -> str:
    return "restricted data" if column["restricted"] else ""


def _full_name(row: dict[str, Any]) -> str:
    return f"{row['schema_name']}.{row['table_name']}"
