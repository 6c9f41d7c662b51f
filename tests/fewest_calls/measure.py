"""The table of docs/planning.md: queries, the calls they make, the least number that could answer them.

`python -m tests.fewest_calls.measure` writes the table again. The least number is SQL over the whole data.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from flight_server.simulator import SimulatorOptions
from tests.server_fixtures import NOW, Stack, running_stack

QUERIES = Path(__file__).parent / "queries.toml"
PAGE = Path(__file__).parents[2] / "docs" / "planning.md"
OPTIONS = SimulatorOptions(port=0, orders=300, limits=False, now=NOW, strict=True)

_SIZES = {"page": 100, "fifty": 50, "twenty": 20}


@dataclass(frozen=True)
class Measured:
    """One query with its number of calls."""

    sql: str
    why: str
    least: str
    calls: int = 0
    least_calls: int = 0


def read_queries() -> list[Measured]:
    """The queries, not yet measured."""
    return [Measured(**query) for query in tomllib.loads(QUERIES.read_text("utf-8"))["query"]]


def measure(query: Measured, stack: Stack) -> Measured:
    """Run the query and count; the sign-in and the seller's marketplaces are known before."""
    stack.query("SELECT count(*) FROM sellers.marketplace_participations")
    (row,) = stack.query(f"SELECT CAST({in_calls(query.least)} AS INTEGER) AS least")
    stack.simulator.clear_calls()
    stack.query(query.sql)
    return Measured(query.sql, query.why, query.least, len(stack.calls()), row["least"])


def in_calls(least: str) -> str:
    """`page(n)` and its like as SQL: rows divided by the size of a page, one call at least."""
    for name, size in _SIZES.items():
        least = re.sub(rf"\b{name}\(((?:[^()]|\([^()]*\))*)\)", rf"greatest(1, ceil((\1) / {size}.0))", least)
    return least


def table(measured: list[Measured]) -> str:
    """The table in Markdown."""
    head = "| query | calls | least | |\n| --- | --- | --- | --- |"
    rows = (
        f"| `{query.sql.replace('|', '&#124;')}` | {query.calls} | {query.least_calls} | {query.why} |"
        for query in measured
    )
    return "\n".join((head, *rows))


def with_table(text: str, content: str) -> str:
    """The page with a new table between its marks."""
    return re.sub(r"(?<=<!-- table -->\n).*(?=\n<!-- /table -->)", lambda _: content, text, flags=re.DOTALL)


def main() -> None:
    """Write the table of docs/planning.md."""
    with running_stack(OPTIONS) as stack:
        content = table([measure(query, stack) for query in read_queries()])
    PAGE.write_text(with_table(PAGE.read_text("utf-8"), content), "utf-8")


if __name__ == "__main__":
    main()
