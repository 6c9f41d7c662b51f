"""Long chains of AND and OR become balanced, and say the same."""

import pytest
import sqlglot
from sqlglot import exp

from flight_server.planner.reading.chains import balanced
from flight_server.planner.reading.nodes import Nodes


@pytest.mark.parametrize(
    "condition",
    [
        " OR ".join(f"x = {number}" for number in range(1000)),
        " AND ".join(f"x <> {number}" for number in range(1001)),
        f"y = 1 AND ({' OR '.join(f'x = {number}' for number in range(100))}) AND z = 1",
        " OR ".join(f"x = {number} AND y = {number}" for number in range(100)),
    ],
)
def test_the_text_stays_and_the_tree_is_low(condition: str) -> None:
    tree = sqlglot.parse_one(f"SELECT 1 FROM t WHERE {condition}", read="duckdb")
    assert isinstance(tree, exp.Query)
    before = tree.sql("duckdb")
    nodes = balanced(Nodes(tree))
    assert nodes.tree.sql("duckdb") == before
    assert max(node.depth for node in nodes) < 30


def test_short_chains_are_left_alone() -> None:
    tree = sqlglot.parse_one("SELECT 1 FROM t WHERE x = 1 OR x = 2", read="duckdb")
    assert isinstance(tree, exp.Query)
    nodes = Nodes(tree)
    assert balanced(nodes) is nodes
