"""Every child table tells what stands in its array, in the announced types, for the call that its parent row takes."""

from collections.abc import Iterator

import pytest

from catalog.table import Table
from tests.end_to_end.keyed_queries import Seller
from tests.end_to_end.told_rows import TABLES, ask_and_compare, running_seller

CHILDREN = [table for table in TABLES if table.kind == "child"]


@pytest.fixture(scope="module")
def seller() -> Iterator[Seller]:
    yield from running_seller()


@pytest.mark.parametrize("child", CHILDREN, ids=lambda table: table.qualified_name)
def test_it_answers(child: Table, seller: Seller) -> None:
    ask_and_compare(child, seller)
