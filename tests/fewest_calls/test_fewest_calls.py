"""No query makes a call more than it must, and the page that says so is fresh."""

import pytest

from tests.fewest_calls.measure import PAGE, Measured, measure, read_queries, table
from tests.server_fixtures import Stack


@pytest.mark.parametrize("query", read_queries(), ids=lambda query: query.sql[:80])
def test_no_call_is_made_in_vain(query: Measured, stack: Stack) -> None:
    measured = measure(query, stack)
    assert measured.calls == measured.least_calls
    assert f"\n{table([measured]).splitlines()[-1]}\n" in PAGE.read_text("utf-8"), (
        "run python -m tests.fewest_calls.measure"
    )


def test_every_line_of_the_page_is_a_query() -> None:
    assert PAGE.read_text("utf-8").count("\n| `") == len(read_queries()) >= 40
