"""`spapi-flight report`: one report, straight to a file; a query on its table in few words."""

from pathlib import Path

import click

from catalog import catalog
from catalog.catalog import Catalog
from catalog.reports.report import DATA_END_TIME, DATA_START_TIME
from catalog.table import Table
from flight_server.cli.commands.query import run_query
from flight_server.cli.environment import option
from flight_server.cli.help_sections import SectionedCommand
from flight_server.cli.parameters import Target, with_target
from flight_server.cli.showing.output import output_options


@click.command(cls=SectionedCommand)
@click.argument("report_type", metavar="TYPE")
@option("--from", "start", help="Beginning of the period: a date, or a time (UTC where it names no zone).")
@option("--to", "end", help="End of the period; of types that count in days, weeks or months: its last day.")
@option("--option", "options", multiple=True, metavar="NAME=VALUE", help="A report option, repeatable.")
@output_options
@with_target
def report(
    report_type: str,
    start: str | None,
    end: str | None,
    options: tuple[str, ...],
    file_format: str | None,
    output: Path | None,
    target: Target,
) -> None:
    """Fetch one report and print its rows; TYPE is Amazon's name (GET_…) or that of a table in schema report.

    A report that is there already is read again; else it is asked for and waited for, which may take minutes.
    """
    table = report_table(report_type, catalog.load())
    run_query(report_sql(table, start, end, options), file_format, output, target)


def report_table(report_type: str, known: Catalog) -> Table:
    """The table of a report type or of that name; raise UsageError where there is none, or more than one."""
    wanted = report_type.strip().removeprefix("report.").lower()
    tables = [table for table in known.tables if table.report is not None and table.kind == "report"]
    named = [table for table in tables if table.name == wanted]
    of_type = [table for table in tables if table.report is not None and table.report.report_type.lower() == wanted]
    found = of_type or named
    if len(found) > 1:
        names = ", ".join(table.name for table in found)
        raise click.UsageError(f"{report_type} has several sets of rows: name one of {names}")
    if not found:
        raise click.UsageError(f"there is no report {report_type}; `spapi-flight tables report.` lists all there are")
    return found[0]


def report_sql(table: Table, start: str | None, end: str | None, options: tuple[str, ...]) -> str:
    """The query that reads all columns of a report; raise UsageError for an option that the type does not have."""
    assert table.report is not None
    if (start or end) and table.report.period == "none":
        raise click.UsageError(f"{table.report.report_type} takes no period: leave --from and --to out")
    conditions = [f"{DATA_START_TIME} >= {_text(start)}"] if start else []
    conditions += [f"{DATA_END_TIME} <= {_text(end)}"] if end else []
    columns = {each.name.lower(): each.column for each in table.report.options}
    for given in options:
        name, equals, value = given.partition("=")
        column = columns.get(name.strip().lower())
        if not equals or column is None:
            known = ", ".join(f"{each.name}=…" for each in table.report.options) or "none"
            raise click.UsageError(f"--option {given}: the options of {table.report.report_type} are: {known}")
        conditions.append(f"{column} = {_text(value)}")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT * FROM {table.qualified_name}{where}"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
