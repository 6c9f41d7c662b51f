"""`query --data`: a server that lives for one query keeps its rows for the next."""

from pathlib import Path

import pytest

from tests.cli.running import CommandLine, simulator_environment
from tests.server_fixtures import Stack

SQL = "SELECT count(*) AS n FROM orders.orders WHERE purchase_date >= '2026-03-01'"


def test_a_second_command_asks_for_nothing_that_the_first_one_kept(
    cli: CommandLine, stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in simulator_environment(stack).items():
        monkeypatch.setenv(name, value)
    command = ("query", SQL, "--data", str(tmp_path / "kept"), "--max-age", "any", "--marketplaces", "US")
    first = cli(*command)
    assert first.code == 0, first.err
    stack.settle()
    second = cli(*command)
    assert second.out == first.out
    assert stack.calls("getOrders") == []
