"""Every table of an operation answers through the ADBC driver: the rows that the simulated Amazon told, value by value,
in the announced types, for exactly the calls that its pages take. Keys come from real parent rows.
"""

from collections.abc import Iterator

import pytest

from catalog.table import Table
from tests.end_to_end.keyed_queries import Seller, may_be_empty, walking
from tests.end_to_end.told_rows import TABLES, ask_and_compare, running_seller

OPERATION_TABLES = [table for table in TABLES if table.kind == "operation"]
WALKED = [table for table in OPERATION_TABLES if any(key.parent for key in table.key_columns)]


@pytest.fixture(scope="module")
def seller() -> Iterator[Seller]:
    yield from running_seller()


@pytest.mark.parametrize("table", OPERATION_TABLES, ids=lambda table: table.qualified_name)
def test_it_answers(table: Table, seller: Seller) -> None:
    assert ask_and_compare(table, seller) or may_be_empty(table)


@pytest.mark.parametrize("table", WALKED, ids=lambda table: table.qualified_name)
def test_parents_supply_what_a_query_leaves_out(table: Table, seller: Seller) -> None:
    where = " AND ".join(walking(table, seller))
    seller.stack.simulator.clear_calls()
    rows = seller.rows(f"SELECT * FROM {table.qualified_name}" + (f" WHERE {where}" if where else "") + " LIMIT 5")
    calls = seller.stack.calls()
    assert len({f"{call['path']} {call['query']} {call.get('body')}" for call in calls}) == len(calls), "asked twice"
    assert rows or may_be_empty(table)
