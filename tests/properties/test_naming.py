"""Columns that the planner names by itself lead to the plans that sqlglot's `qualify` leads to."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pytest
import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import Scope

import catalog
from catalog.catalog import Catalog
from flight_server import engine, planner
from flight_server.connection.settings import Settings
from flight_server.engine import Engine
from flight_server.plan import KeySupply, Plan, Scan
from flight_server.planner.reading.naming import name_columns
from flight_server.planner.reading.nodes import Nodes
from flight_server.planner.reading.references import Reference
from tests.cases.case_files import read_cases
from tests.properties.domains import generator
from tests.properties.generated_sql import Generator
from tests.properties.selecting_sql import SelectingGenerator
from tests.properties.wider_sql import WiderGenerator
from tests.server_fixtures import NOW, Stack

QUERIES = 150

NAMING = "flight_server.planner.conditions.analysis.name_columns"

# What leaves doubt, or nearly does, and what must not be told apart from its neighbours.
ODD = [
    "SELECT order_status AS s, count(*) FROM orders.orders GROUP BY s",
    "SELECT order_status AS S, count(*) FROM orders.orders GROUP BY 1 ORDER BY 2",
    "SELECT upper(order_status) AS order_status FROM orders.orders GROUP BY order_status",
    "SELECT 7 AS seven, count(*) FROM orders.orders GROUP BY 1",
    "SELECT order_status, count(*) AS n FROM orders.orders GROUP BY ALL HAVING n > 1 ORDER BY n",
    "SELECT order_status AS s FROM orders.orders WHERE s = 'Shipped'",
    "SELECT amazon_order_id AS k FROM orders.orders WHERE amazon_order_id = '1' ORDER BY upper(k), sum(1) OVER ()",
    "SELECT max(purchase_date) AS buyer_info_buyer_name FROM orders.orders ORDER BY sum(buyer_info_buyer_name)",
    "SELECT O.Purchase_Date FROM Orders.ORDERS o WHERE o.AMAZON_ORDER_ID = '1'",
    "SELECT t.\"Amazon_Order_Id\" FROM (SELECT * FROM orders.orders) t WHERE t.amazon_order_id = '1'",
    "SELECT * EXCLUDE (order_status) FROM orders.orders WHERE amazon_order_id = '1'",
    "SELECT COLUMNS('.*_id') FROM orders.orders WHERE amazon_order_id = '1'",
    "SELECT o FROM orders.orders o WHERE amazon_order_id = '1'",
    "SELECT count(o.*) FROM orders.orders o WHERE amazon_order_id = '1'",
    "SELECT i.* FROM orders.orders o JOIN orders.order_items i USING (amazon_order_id) WHERE amazon_order_id = '1'",
    "SELECT title FROM orders.orders NATURAL JOIN orders.order_items WHERE amazon_order_id = '1'",
    "SELECT title FROM orders.orders o JOIN orders.order_items i ON o.amazon_order_id = i.amazon_order_id "
    "WHERE order_status = 'Shipped'",
    "SELECT title FROM orders.orders o SEMI JOIN orders.order_items i ON o.amazon_order_id = i.amazon_order_id",
    "SELECT order_status FROM orders.orders WHERE EXISTS "
    "(SELECT 1 FROM orders.order_items i WHERE i.amazon_order_id = orders.amazon_order_id AND order_status = 'New')",
    "SELECT order_status FROM orders.orders o WHERE amazon_order_id IN "
    "(SELECT amazon_order_id FROM orders.order_items WHERE amazon_order_id = o.amazon_order_id ORDER BY 1 LIMIT 2)",
    "SELECT title FROM orders.order_items WHERE amazon_order_id IN "
    "(SELECT amazon_order_id AS k FROM orders.orders ORDER BY purchase_date, 1 LIMIT 2)",
    "WITH o AS (SELECT amazon_order_id AS k, purchase_date FROM orders.orders) SELECT * FROM o WHERE k = '1'",
    "WITH o(k) AS (SELECT amazon_order_id FROM orders.orders) SELECT * FROM o WHERE k = '1'",
    "SELECT * FROM (SELECT amazon_order_id FROM orders.orders) WHERE amazon_order_id = '1'",
    "SELECT * FROM ((SELECT amazon_order_id FROM orders.orders)) AS t WHERE amazon_order_id = '1'",
    "(SELECT amazon_order_id FROM orders.orders WHERE amazon_order_id = '1') LIMIT 1",
    "SELECT * FROM (SELECT amazon_order_id AS k FROM orders.orders UNION ALL SELECT amazon_order_id FROM "
    "orders.order_items) WHERE k = '1'",
    "SELECT t.k FROM (SELECT amazon_order_id AS k FROM orders.orders UNION ALL SELECT amazon_order_id FROM "
    "orders.order_items) AS t WHERE k = '1' ORDER BY 1",
    "SELECT a.amazon_order_id FROM orders.orders a, (SELECT b.title FROM orders.order_items b WHERE "
    "b.amazon_order_id = a.amazon_order_id) c WHERE a.amazon_order_id = '1'",
    "SELECT x FROM orders.orders, LATERAL (SELECT amazon_order_id AS x) WHERE x = '1'",
    "SELECT purchase_date.year FROM orders.orders WHERE amazon_order_id = '1'",
    "SELECT list_transform([1, 2], order_status -> order_status + 1) FROM orders.orders WHERE amazon_order_id = '1'",
    "SELECT nothing FROM orders.orders WHERE amazon_order_id = '1'",
    "SELECT o.nothing FROM orders.orders o WHERE amazon_order_id = '1'",
    "SELECT p.order_status FROM orders.orders o WHERE amazon_order_id = '1'",
    "SELECT a.order_status FROM orders.orders a, orders.orders A WHERE amazon_order_id = '1'",
    "SELECT sum(order_total_amount) OVER w FROM orders.orders WHERE amazon_order_id = '1' "
    "WINDOW w AS (PARTITION BY order_status ORDER BY purchase_date)",
    "SELECT order_status FROM orders.orders QUALIFY row_number() OVER (ORDER BY purchase_date) = 1",
    "SELECT DISTINCT ON (order_status) amazon_order_id FROM orders.orders ORDER BY order_status, purchase_date",
]


@pytest.fixture(scope="module")
def tables() -> Catalog:
    return catalog.load().for_versions({})


def plans(sql: str, dialect: str, tables: Catalog, database: Engine) -> Plan | str:
    """The plan without what differs in spelling alone, or the error."""
    try:
        statement = planner.read(sql, tables, dialect)
        made = planner.plan(statement, Settings(), lambda constants: engine.fold(database, constants), NOW)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return dataclasses.replace(made, scans=tuple(map(_plainly_spelt, made.scans)))


def _plainly_spelt(scan: Scan) -> Scan:
    bindings = (
        dataclasses.replace(binding, supplies=tuple(map(_plain_supply, binding.supplies))) for binding in scan.bindings
    )
    return dataclasses.replace(scan, bindings=tuple(bindings))


def _plain_supply(supply: KeySupply) -> KeySupply:
    parent = supply.parent and _plainly_spelt(supply.parent)
    return dataclasses.replace(supply, sql=_without_needless_names(supply.sql), parent=parent)


def _without_needless_names(sql: str) -> str:
    """`SELECT t.a AS a, 'x' AS "x" FROM c AS c` → `SELECT t.a, 'x' FROM c`."""
    if not sql:
        return sql
    tree = sqlglot.parse_one(sql, read="duckdb")
    for identifier in tree.find_all(exp.Identifier):
        identifier.set("quoted", False)
    for item in list(tree.find_all(exp.Alias)):
        if item.alias == item.this.name.lower() or item.alias.startswith("_col_"):
            item.replace(item.this)
    for source in tree.find_all(exp.Table):
        if source.alias == source.name:
            source.set("alias", None)
    return tree.sql("duckdb")


def compared(queries: Iterator[tuple[str, str]], tables: Catalog, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many queries the planner names by itself, each with the plan that `qualify` leads to."""
    database, named = Engine(), []

    def noted(nodes: Nodes, references: Sequence[Reference]) -> list[Scope] | None:
        scopes = name_columns(nodes, references)
        named.append(scopes is not None)
        return scopes

    for sql, dialect in queries:
        monkeypatch.setattr(NAMING, noted)
        by_us = plans(sql, dialect, tables, database)
        monkeypatch.setattr(NAMING, lambda *_: None)
        assert by_us == plans(sql, dialect, tables, database), sql
    database.close()
    return sum(named)


@pytest.mark.parametrize("kind", [Generator, WiderGenerator, SelectingGenerator])
def test_generated_queries_are_planned_as_sqlglot_names_them(
    kind: type[Generator],
    small: tuple[Stack, duckdb.DuckDBPyConnection],
    tables: Catalog,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    queries = generator(small[1], 11, kind)
    named = compared(((queries.query(), "duckdb") for _ in range(QUERIES)), tables, monkeypatch)
    assert named > QUERIES * 0.9


def test_queries_of_business_tools_are_planned_as_sqlglot_names_them(
    tables: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [case for case in read_cases(Path(__file__).parents[1] / "cases") if case.calls is not None]
    queries = ((case.sql, case.settings.get("SqlDialect", "duckdb")) for case in cases)
    assert compared(queries, tables, monkeypatch) > len(cases) * 0.8


def test_odd_queries_are_planned_as_sqlglot_names_them(tables: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    named = compared(((sql, "duckdb") for sql in ODD), tables, monkeypatch)
    assert 0 < named < len(ODD)
