"""`spapi-flight tables` and `describe`: the catalog, read through Flight SQL; needs no credentials."""

import fnmatch
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from flight_server.cli.connection import rows_of
from flight_server.cli.parameters import Target, with_target
from flight_server.cli.render import console, rows_table
from flight_server.cli.targets import connections

_TABLES = "SELECT * FROM system.tables ORDER BY schema_name, table_name"
_COLUMNS = "SELECT * FROM system.columns WHERE schema_name = ? AND table_name = ? ORDER BY ordinal"
_NEEDED = (
    "SELECT DISTINCT schema_name, table_name, column_name FROM system.columns WHERE required AND default_from IS NULL"
)


@click.command()
@click.argument("pattern", default="")
@with_target
def tables(pattern: str, target: Target) -> None:
    """List the tables whose name contains PATTERN; * and ? stand for any text and any character."""
    with connections(target) as connect, connect() as connection:
        found = [row for row in rows_of(connection, _TABLES) if matches(_full_name(row), pattern)]
        needed = rows_of(connection, _NEEDED)
    if not found:
        raise click.ClickException(f"no table has {pattern!r} in its name; spapi-flight tables lists them all")
    needs: dict[tuple[str, str], list[str]] = {}
    for row in needed:
        needs.setdefault((row["schema_name"], row["table_name"]), []).append(row["column_name"])
    _print_tables(console(), found, needs)


def matches(name: str, pattern: str) -> bool:
    """Whether a table's full name is meant.

    >>> matches("orders.order_items", "item"), matches("orders.orders", "orders.*"), matches("sales.x", "orders.*")
    (True, True, False)
    """
    pattern = pattern.lower().replace("%", "*")
    is_glob = "*" in pattern or "?" in pattern
    return fnmatch.fnmatchcase(name, pattern if is_glob else f"*{pattern}*")


def _print_tables(out: Console, found: list[dict[str, Any]], needs: dict[tuple[str, str], list[str]]) -> None:
    rows = [
        (
            _full_name(row),
            row["operation_id"] or "",
            _quota_text(row),
            ", ".join(needs.get((row["schema_name"], row["table_name"]), ())),
            row["description"] or "",
        )
        for row in found
    ]
    out.print(rows_table(("table", "operation", "quota", "needs", "description"), rows, (False,) * 5))


def _quota_text(row: dict[str, Any]) -> str:
    return "" if row["rate"] is None else f"{row['burst']} + {row['rate']:g}/s"


@click.command()
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
    out.print()
    names = ("column", "type", "condition", "becomes parameter", "")
    out.print(rows_table(names, [_column_cells(column) for column in columns], (False,) * 5))
    if row.get("example"):
        out.print(Text("\nexample  ", style="bold").append(row["example"]))


def _column_cells(column: dict[str, Any]) -> tuple[str, str, str, str, str]:
    remarks = [
        "required" if column["required"] else "",
        f"else from {column['default_from']}" if column["default_from"] else "",
        f"at most {column['batch_max']} a call" if column["batch_max"] else "",
        "restricted data" if column["restricted"] else "",
    ]
    return (
        column["column_name"],
        column["arrow_type"],
        column["operators"] or "",
        column["parameter"] or "",
        "; ".join(filter(None, remarks)),
    )


def _full_name(row: dict[str, Any]) -> str:
    return f"{row['schema_name']}.{row['table_name']}"
