"""Every table of the catalog answers through the ADBC driver: rows, the announced types, no call in vain.

Keys that a parent lists are left to it, or are taken from it by a subquery where the parent wants conditions of its
own; the others come from the simulated seller or from `key_values.toml`. All child tables are described, and one of
each operation is read.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from string import Template
from typing import Any

import pytest

import catalog
from catalog.arrow_types import arrow_schema
from catalog.table import KeyColumn, Table
from flight_server.simulator import SimulatorOptions
from tests.server_fixtures import NOW, Stack, running_stack

US = "ATVPDKIKX0DER"
VALUES: Mapping[str, Any] = tomllib.loads((Path(__file__).parent / "key_values.toml").read_text("utf-8"))
CATALOG = catalog.load()
REFUSED = "aplus_content.content_validation_warnings"  # what is wrong with a made-up document is told as an error
TABLES = [table for table in CATALOG.tables if table.kind == "operation" and table.qualified_name != REFUSED]
CHILDREN = [table for table in CATALOG.tables if table.kind == "child"]


@dataclass(frozen=True)
class Seller:
    """A simulated seller, a connection to the server before it, and values of keys as SQL literals."""

    stack: Stack
    connection: Any
    known: Mapping[str, str]


@pytest.fixture(scope="module")
def seller() -> Iterator[Seller]:
    options = SimulatorOptions(port=0, orders=60, limits=False, now=NOW)
    with running_stack(options) as stack, stack.connected() as connection:
        (item,) = stack.query(
            f"SELECT asin, seller_sku FROM fba_inventory.inventory_summaries WHERE marketplace_id = '{US}' "
            "AND regexp_full_match(seller_sku, '[A-Za-z0-9-]+') LIMIT 1"
        )
        (order,) = stack.query("SELECT amazon_order_id FROM orders.orders LIMIT 1")
        yield Seller(stack, connection, _known(stack, {**item, **order}))


def _known(stack: Stack, found: Mapping[str, str]) -> Mapping[str, str]:
    sku, asin, order_id = (f"'{found[name]}'" for name in ("seller_sku", "asin", "amazon_order_id"))
    own = {"sku": sku, "seller_sku": sku, "msku": sku, "requested_sku": sku, "merchant_sku": sku, "asin": asin}
    own |= {"amazon_order_id": order_id, "order_id": order_id, "requested_order_id": order_id}
    ids = {
        place: f"'{stack.simulator.ids(model, name, **parents)[0]}'"
        for place, (model, name, parents) in VALUES["ids"].items()
    }
    bare = {"sku": found["seller_sku"], "asin": found["asin"]}
    texts = {place: Template(text).substitute(bare) for place, text in VALUES["columns"].items()}
    return {**texts, **own, "marketplace_id": f"'{US}'", **ids}


def _conditions(table: Table, known: Mapping[str, str]) -> list[str]:
    """What the query must say: required keys without a source, one of each group of alternatives, one marketplace."""
    needed = [key.column for key in table.key_columns if key.required and not _has_source(key)]
    for group in table.requires_one_of:
        if not set(group) & set(needed):
            needed += [column for column in group if _value(table, column, known) is not None][:1]
    found = [_comparison(table, column, known) for column in needed]
    found += [VALUES["further"][name] for name in (table.qualified_name.split("__")[0],) if name in VALUES["further"]]
    found += [
        f"{key.column} = {known['marketplace_id']}"
        for key in table.key_columns
        if key.default_from and key.column not in needed
    ]
    for place in dict.fromkeys((key.parent.db_schema, key.parent.table) for key in table.key_columns if key.parent):
        parent = CATALOG.resolve(place[1], place[0])
        if inner := _conditions(parent, known):
            keys = [
                (key.column, key.parent.column)
                for key in table.key_columns
                if key.parent and key.parent.table == place[1]
            ]
            columns, parent_columns = (", ".join(names) for names in zip(*keys, strict=True))
            source = f"SELECT {parent_columns} FROM {parent.qualified_name} WHERE {' AND '.join(inner)} LIMIT 3"
            found.append(f"({columns}) IN ({source})")
    return found


def _has_source(key: KeyColumn) -> bool:
    return bool(key.parent or key.default or key.default_from)


def _comparison(table: Table, column: str, known: Mapping[str, str]) -> str:
    value = _value(table, column, known)
    assert value is not None, f"key_values.toml: give a value for {table.qualified_name}.{column}"
    (key,) = (key for key in table.key_columns if key.column == column)
    if key.eq or key.in_:
        return f"{column} = {value}"
    return f"{column} >= {value}" + (f" AND {column} < TIMESTAMP '2026-06-10'" if key.le or key.lt else "")


def _value(table: Table, column: str, known: Mapping[str, str]) -> str | None:
    name = column.removeprefix("parent_") if table.kind == "child" else column
    places = (f"{table.db_schema}.{table.name.split('__')[0]}.{name}", f"{table.db_schema}.{name}", name)
    return next((known[place] for place in places if place in known), None)


def _query(table: Table, known: Mapping[str, str]) -> str:
    where = " AND ".join(_conditions(table, known))
    return f"SELECT * FROM {table.qualified_name}" + (f" WHERE {where}" if where else "") + " LIMIT 5"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.qualified_name)
def test_it_answers(table: Table, seller: Seller) -> None:
    sql = _query(table, seller.known)
    with seller.connection.cursor() as cursor:
        seller.stack.simulator.clear_calls()
        cursor.execute(sql)
        found = cursor.fetch_arrow_table()
    assert found.schema.equals(arrow_schema(table.columns))
    assert table.operation is not None
    calls = seller.stack.calls(table.operation.operation_id)
    assert calls, sql
    assert len({f"{call['path']} {call['query']} {call.get('body')}" for call in calls}) == len(calls), "asked twice"
    may_be_empty = any(fnmatch(table.qualified_name, pattern) for pattern in VALUES["may_be_empty"])
    assert found.num_rows or may_be_empty, sql


def _one_an_operation(tables: list[Table]) -> list[Table]:
    return list({table.operation: table for table in tables}.values())


@pytest.mark.parametrize("child", _one_an_operation(CHILDREN), ids=lambda child: child.qualified_name)
def test_a_child_answers(child: Table, seller: Seller) -> None:
    with seller.connection.cursor() as cursor:
        cursor.execute(_query(child, seller.known))
        assert cursor.fetch_arrow_table().schema.equals(arrow_schema(child.columns))


@pytest.mark.parametrize("part", range(4))
def test_all_children_are_described(part: int, seller: Seller) -> None:
    with seller.connection.cursor() as cursor:
        for child in CHILDREN[part::4]:
            described = cursor.adbc_execute_schema(f"SELECT * FROM {child.qualified_name}")
            assert described.equals(arrow_schema(child.columns)), child.qualified_name
