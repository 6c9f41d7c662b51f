"""Columns come as a person would order them, in every table of every version."""

from collections.abc import Iterator

import pytest

import catalog
from catalog.load import load_tables
from catalog.table import ITEM_ERROR, ITEM_STATUS, Column, Table
from tests.catalog.published_models import answers, needs_models

TABLES = [table for table in load_tables() if table.kind in ("operation", "child")]
ORDERS = catalog.load().resolve("orders", "orders")

every_table = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.qualified_name)
every_modelled_table = pytest.mark.parametrize(
    "table", [table for table in TABLES if table.report is None], ids=lambda table: table.qualified_name
)


def names(table: Table) -> list[str]:
    return [column.name for column in table.columns]


@every_table
def test_the_primary_key_comes_first_in_its_order(table: Table) -> None:
    assert names(table)[: len(table.primary_key)] == list(table.primary_key)


@every_table
def test_restricted_data_comes_last(table: Table) -> None:
    free = [bool(column.restricted) for column in table.columns if column.name not in table.primary_key]
    assert free == sorted(free)


@every_table
def test_what_is_null_unless_asked_for_comes_after_what_amazon_tells(table: Table) -> None:
    kinds = [_kind(column, table) for column in table.columns if column.name not in table.primary_key]
    assert kinds == sorted(kinds)


def _kind(column: Column, table: Table) -> tuple[bool, int]:
    key = next((key for key in table.key_columns if key.column == column.name), None)
    if column.name in _of_items(table):
        kind = 3
    elif column.is_echo and key and not (key.required or key.default or key.default_from or key.parent):
        kind = 2
    else:
        kind = 0 if key else 1
    return bool(column.restricted), kind


def _of_items(table: Table) -> tuple[str, ...]:
    return (ITEM_STATUS, ITEM_ERROR) if table.item_errors is not None else ()


@needs_models
@every_modelled_table
def test_amazons_members_come_in_the_order_of_amazons_model(table: Table) -> None:
    assert table.operation is not None
    operation = table.operation
    paths = [leaf.path for leaf in answers()[operation.api, operation.api_version, operation.operation_id]]
    beside = {key.column for key in table.key_columns} | {*table.primary_key, *_of_items(table)}
    for restricted in (False, True):
        told = [
            column for column in table.columns if column.name not in beside and bool(column.restricted) == restricted
        ]
        places = list(_places(told, table.row_path, paths))
        assert places == sorted(places)


def _places(columns: list[Column], row_path: str, paths: list[str]) -> Iterator[int]:
    prefix = "" if row_path == "$" else f"{row_path}."
    for column in columns:
        if column.member and column.member.startswith(prefix):
            within = (column.member, f"{column.member}.", f"{column.member}[]")
            yield next(n for n, path in enumerate(paths) if path == within[0] or path.startswith(within[1:]))


def test_orders_open_with_what_a_person_looks_for() -> None:
    assert names(ORDERS)[:7] == [
        "amazon_order_id",
        "seller_order_id",
        "purchase_date",
        "last_update_date",
        "order_status",
        "fulfillment_channel",
        "payment_method",
    ]
    assert names(ORDERS).index("order_total_currency_code") < names(ORDERS).index("store_chain_store_id")


def test_a_child_table_opens_with_its_own_key() -> None:
    child = catalog.load().resolve("orders__payment_execution_detail", "orders")
    assert names(child)[:2] == ["amazon_order_id", "index"]
