"""The generated parts of README and docs/configuration.md: `python -m tests.cli.readme` writes them again.

The table of parameters comes from `settings`; queries, results and plan from the demo's simulated seller.
"""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console

from flight_server.cli.assembly import ServerOptions, running_server
from flight_server.cli.commands.demo import SPEED, cost_text, demo_parameters
from flight_server.cli.commands.demo_queries import OPEN_ORDERS, TOP_SKUS, SampleQuery
from flight_server.cli.commands.explain import print_plan
from flight_server.cli.connection import connected, rows_of, table_of
from flight_server.cli.showing.render import print_rows
from flight_server.connection.settings import connection_parameters
from flight_server.simulator import Simulator, SimulatorOptions

README = Path(__file__).parents[2] / "README.md"
CONFIGURATION = README.parent / "docs/configuration.md"

WIDTH = 110


def parameter_table(heading: str = "parameter", without: tuple[str, ...] = ()) -> str:
    """The connection parameters as a Markdown table."""
    rows = [f"| {heading} | default | meaning |", "| --- | --- | --- |"]
    for row in (row for row in connection_parameters() if row.name not in without):
        default = "" if row.is_secret or not row.default else _cell(row.default)
        rows.append(f"| `{row.name}` | {default} | {row.description} |")
    return "\n".join(rows)


def key_table() -> str:
    """The keys that a profile may have, as a Markdown table; one profile does not name another."""
    return parameter_table("key", without=("Profile",))


def _cell(default: str) -> str:
    return default if " " in default else f"`{default}`"


def sample(connection: Any, query: SampleQuery) -> str:
    """A query with its result and its cost."""
    started = time.monotonic()
    result = table_of(connection, query.sql)
    seconds = time.monotonic() - started
    shown = _shown(lambda out: print_rows(out, result.schema, result.to_batches()))
    cost = cost_text(connection, query.sql, result.num_rows, seconds)
    return f"```sql\n{query.sql}\n```\n\n```text\n{shown}{cost}\n```"


def plan(connection: Any, query: SampleQuery) -> str:
    """The plan of a query."""
    shown = _shown(lambda out: print_plan(out, rows_of(connection, f"EXPLAIN {query.sql}")))
    return f"```text\n{shown}```"


def _shown(write: Any) -> str:
    text = StringIO()
    write(Console(file=text, width=WIDTH, highlight=False))
    return text.getvalue()


def section(text: str, name: str) -> str:
    """What stands between a section's marks."""
    found = re.search(rf"<!-- {name} -->\n(.*?)\n?<!-- /{name} -->", text, re.DOTALL)
    assert found is not None, f"there is no section {name}"
    return found.group(1)


def with_sections(text: str, sections: Mapping[str, str]) -> str:
    """The text with new sections."""
    for name, content in sections.items():
        whole = f"<!-- {name} -->\n{content}\n<!-- /{name} -->"
        text = re.sub(rf"<!-- {name} -->\n.*?<!-- /{name} -->", lambda _, whole=whole: whole, text, flags=re.DOTALL)  # type: ignore[misc]
    return text


@contextmanager
def demo_connection() -> Iterator[Any]:
    """A connection to a server before the demo's simulator."""
    with Simulator(SimulatorOptions(port=0, speed=SPEED)) as simulator:
        options = ServerOptions(allowed_hosts=(simulator.url.removeprefix("http://"),), environment={})
        with (
            running_server(options) as server,
            connected(server.location, demo_parameters(simulator.url)) as connection,
        ):
            yield connection


def write_keys() -> None:
    """Write the table of keys again."""
    text = with_sections(CONFIGURATION.read_text("utf-8"), {"parameters": key_table()})
    CONFIGURATION.write_text(text, "utf-8")


def main() -> None:
    """Write the README again."""
    with demo_connection() as connection:
        sections = {
            "demo": sample(connection, OPEN_ORDERS),
            "top-skus": sample(connection, TOP_SKUS),
            "explain": plan(connection, TOP_SKUS),
            "parameters": parameter_table(),
        }
    README.write_text(with_sections(README.read_text("utf-8"), sections), "utf-8")
    write_keys()


if __name__ == "__main__":
    main()
