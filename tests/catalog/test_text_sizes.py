"""Texts are as long as drivers are told: none of Amazon's examples is longer, nor any value that its models list."""

from collections.abc import Iterator
from typing import Any

import pytest

import catalog
from catalog.columns.text_sizes import LONG, text_size
from catalog.load import load_tables
from catalog.table import Table
from tests.catalog.published_models import answers, needs_models
from tests.examples.cases import read_examples

TABLES = [table for table in load_tables() if table.operation is not None]


@needs_models
def test_no_text_of_amazons_examples_is_longer_than_its_column() -> None:
    of_operation: dict[str, list[Table]] = {}
    for table in TABLES:
        assert table.operation is not None
        of_operation.setdefault(table.operation.operation_id, []).append(table)
    longer = {
        (column.name, len(text))
        for example in read_examples()
        for table in of_operation.get(example.operation_id, ())
        for column in table.columns
        if column.declared_type == "string" and column.member
        for text in _texts(example.body, column.member.split("."))
        if len(text) > text_size(column)
    }
    assert not longer


def _texts(body: Any, steps: list[str]) -> Iterator[str]:
    if not steps:
        if isinstance(body, str):
            yield body
        return
    name = steps[0].removesuffix("[]")
    inner = body if name == "$" else body.get(name) if isinstance(body, dict) else None
    for each in inner if steps[0].endswith("[]") and isinstance(inner, list) else [inner]:
        yield from _texts(each, steps[1:])


@needs_models
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.qualified_name)
def test_every_value_that_amazon_lists_has_room(table: Table) -> None:
    assert table.operation is not None
    operation = table.operation
    leaves = {leaf.path: leaf for leaf in answers()[operation.api, operation.api_version, operation.operation_id]}
    for column in table.columns:
        if column.declared_type == "string" and column.member in leaves:
            values = leaves[column.member].schema.get("enum", ())
            assert all(len(str(value)) <= text_size(column) for value in values)


def test_few_columns_are_as_long_as_json_text() -> None:
    orders = catalog.load().resolve("orders", "orders")
    sizes = {column.name: text_size(column) for column in orders.columns if column.declared_type == "string"}
    assert sizes["amazon_order_id"] == sizes["marketplace_id"] == sizes["order_status"] == 64
    assert sizes["buyer_info_buyer_name"] == sizes["shipping_address_address_line1"] == 512
    assert sum(sizes.values()) < LONG
