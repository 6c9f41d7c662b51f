"""The help of a command in parts: its own options first, then those of the server it asks, then connection parameters.

Knows how click writes help; knows no option.
"""

from typing import Any

import click

OWN = "Options"
SERVER = "Server"
PARAMETERS = "Connection parameters"


class SectionedOption(click.Option):
    """An option that the help shows under a heading of its own."""

    def __init__(self, *names: Any, section: str, **settings: Any) -> None:
        super().__init__(*names, **settings)
        self.section = section


class SectionedCommand(click.Command):
    """A command whose own options are not lost among those that many commands share."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, part by part."""
        parts: dict[str, list[tuple[str, str]]] = {OWN: [], SERVER: [], PARAMETERS: []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx) if isinstance(parameter, click.Option) else None
            if record is not None:
                section = parameter.section if isinstance(parameter, SectionedOption) else OWN
                parts[section].append(record)
        for heading, records in parts.items():
            if records:
                with formatter.section(heading):
                    formatter.write_dl(records)
