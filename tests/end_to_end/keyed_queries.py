"""For any table of the catalog: the conditions that a query must state, with values that exist.

Keys that a declared parent lists are read from a row of the parent; the others come from the simulated seller or from
`key_values.toml`.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from string import Template
from typing import Any

import catalog
from catalog.arrow_types import arrow_type
from catalog.table import KeyColumn, Table
from tests.examples.as_sql import literal
from tests.server_fixtures import Stack

US = "ATVPDKIKX0DER"
CATALOG = catalog.load()
_VALUES: Mapping[str, Any] = tomllib.loads((Path(__file__).parent / "key_values.toml").read_text("utf-8"))

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Seller:
    """A simulated seller, a connection to the server before it, and values of keys as SQL literals."""

    stack: Stack
    connection: Any
    known: Mapping[str, str]
    parent_rows: dict[str, Row] = field(default_factory=dict)  # by the query that found them

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """All rows of one query."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            found: list[dict[str, Any]] = cursor.fetch_arrow_table().to_pylist()
            return found


def known_values(stack: Stack) -> Mapping[str, str]:
    """Column, `schema.column` or `schema.table.column` → SQL literal."""
    (item,) = stack.query(
        f"SELECT asin, seller_sku FROM fba_inventory.inventory_summaries WHERE marketplace_id = '{US}' "
        "AND regexp_full_match(seller_sku, '[A-Za-z0-9-]+') LIMIT 1"
    )
    (order,) = stack.query("SELECT amazon_order_id FROM orders.orders LIMIT 1")
    found = {**item, **order}
    sku, asin, order_id = (f"'{found[name]}'" for name in ("seller_sku", "asin", "amazon_order_id"))
    own = {"sku": sku, "seller_sku": sku, "msku": sku, "requested_sku": sku, "merchant_sku": sku, "asin": asin}
    own |= {"amazon_order_id": order_id, "order_id": order_id, "requested_order_id": order_id}
    ids = {
        place: f"'{stack.simulator.ids(model, name, **parents)[0]}'"
        for place, (model, name, parents) in _VALUES["ids"].items()
    }
    bare = {"sku": found["seller_sku"], "asin": found["asin"]}
    texts = {place: Template(text).substitute(bare) for place, text in _VALUES["columns"].items()}
    return {**texts, **own, "marketplace_id": f"'{US}'", **ids}


def may_be_empty(table: Table) -> bool:
    """Whether the simulator may have nothing to tell there."""
    return any(fnmatch(table.qualified_name, pattern) for pattern in _VALUES["may_be_empty"])


def walking(table: Table, seller: Seller) -> list[str]:
    """What a query must say at least; keys that parents list are left to the parents, or come from a subquery."""
    found = _own_conditions(table, seller.known)
    for parent, columns, parent_columns in _parents(table):
        if inner := walking(parent, seller):
            source = f"SELECT {', '.join(parent_columns)} FROM {parent.qualified_name} WHERE {' AND '.join(inner)}"
            found.append(f"({', '.join(columns)}) IN ({source} LIMIT 3)")
    return found


def stated(table: Table, seller: Seller) -> list[str]:
    """Every key stated: one call, if it has no further page, answers such a query."""
    found = [*_own_conditions(table, seller.known), *_instead_of_defaults(table, seller.known)]
    for parent, columns, parent_columns in _parents(table):
        row = _parent_row(parent, parent_columns, seller)
        types = {column.name: str(arrow_type(column)) for column in parent.columns}
        for column, parent_column in zip(columns, parent_columns, strict=True):
            found.append(f"{column} = {literal(row[parent_column], types[parent_column])}")
    return found


def _parent_row(parent: Table, columns: list[str], seller: Seller) -> Row:
    where = [*walking(parent, seller), *(f"{column} IS NOT NULL" for column in columns)]
    sql = f"SELECT {', '.join(columns)} FROM {parent.qualified_name} WHERE {' AND '.join(where)} LIMIT 1"
    if sql not in seller.parent_rows:
        (seller.parent_rows[sql],) = seller.rows(sql)
    return seller.parent_rows[sql]


def _parents(table: Table) -> list[tuple[Table, list[str], list[str]]]:
    """Parent, its keys here, its keys there."""
    found = []
    for place in dict.fromkeys((key.parent.db_schema, key.parent.table) for key in table.key_columns if key.parent):
        keys = [(key.column, key.parent) for key in table.key_columns if key.parent and key.parent.table == place[1]]
        columns = [column for column, _ in keys]
        found.append((CATALOG.resolve(place[1], place[0]), columns, [parent.column for _, parent in keys]))
    return found


def _own_conditions(table: Table, known: Mapping[str, str]) -> list[str]:
    """Required keys without a source, one of each group of alternatives, one marketplace."""
    needed = [key.column for key in table.key_columns if key.required and not _has_source(key)]
    for group in table.requires_one_of:
        if not set(group) & set(needed):
            needed += [column for column in group if _value(table, column, known) is not None][:1]
    found = [_comparison(table, column, known) for column in needed]
    further = _VALUES["further"]
    found += [further[name] for name in (table.qualified_name.split("__")[0],) if name in further]
    found += [
        f"{key.column} = {known['marketplace_id']}"
        for key in table.key_columns
        if key.default_from and key.column not in needed
    ]
    return found


def _instead_of_defaults(table: Table, known: Mapping[str, str]) -> list[str]:
    """What keeps a query to one call where nothing said means several: values, or a long past in periods."""
    several = [
        f"{key.column} = {_value(table, key.column, known) or repr(key.default[0])}"
        for key in table.key_columns
        if len(key.default) > 1
    ]
    window = table.window
    if window is not None and window.until:
        has_beginning = any(key.column == window.column and key.required for key in table.key_columns)
        return [*several, _comparison(table, window.until, known)] if has_beginning else several
    if window is None or not window.max_days or not any(key.earliest for key in table.key_columns):
        return several
    return [*several, _comparison(table, window.column, known)]


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
