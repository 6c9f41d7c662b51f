"""Whatever supplies keys, the rows are those of the full data, and each key is asked for once.

Every query comes with the calls that it may make, pages and marketplaces left out of account: a walk over all parents
would be fifty of them.
"""

from collections import Counter

import adbc_driver_manager
import duckdb
import pytest

from tests.server_fixtures import Stack

ITEMS = "SELECT i.amazon_order_id, i.seller_sku FROM orders.order_items AS i"
LATE = "SELECT amazon_order_id FROM orders.orders WHERE purchase_date >= '2026-05-01'"
ONE = {"getOrders": 1, "getOrderItems": 1}
TWO = {"getOrders": 1, "getOrderItems": 2}
NONE = {"getOrders": 1}

SCALAR_SUBQUERIES = [
    (f"{ITEMS} WHERE i.amazon_order_id = (SELECT max(amazon_order_id) FROM ({LATE}) AS late)", ONE),
    (f"{ITEMS} WHERE ((SELECT min(amazon_order_id) FROM ({LATE}) AS late)) = i.amazon_order_id", ONE),
    (f"{ITEMS} WHERE i.amazon_order_id = ({LATE} AND order_status = 'no such status')", NONE),
    (f"{ITEMS} WHERE i.amazon_order_id = (SELECT NULL)", {}),
    (f"WITH late AS ({LATE}) {ITEMS} WHERE i.amazon_order_id = (SELECT max(amazon_order_id) FROM late)", ONE),
    (
        "SELECT p.store_name, i.title FROM sellers.marketplace_participations AS p LEFT JOIN orders.order_items AS i"
        f" ON p.store_name IS NOT NULL AND i.amazon_order_id = (SELECT max(amazon_order_id) FROM ({LATE}) AS late)",
        ONE,
    ),
    (f"{ITEMS} WHERE i.amazon_order_id = ({LATE} ORDER BY purchase_date DESC LIMIT 1)", ONE),
    (f"{ITEMS} WHERE i.amazon_order_id = ({LATE} ORDER BY 1 DESC FETCH FIRST 1 ROWS ONLY)", ONE),
    (f"{ITEMS} WHERE i.amazon_order_id IN ({LATE} ORDER BY amazon_order_id LIMIT 2)", TWO),
    (f"{ITEMS} WHERE i.amazon_order_id = ANY (SELECT max(amazon_order_id) FROM ({LATE}) AS late)", ONE),
]

LISTED = "(VALUES ({one}), ({two}), (NULL))"
KEYS = {"getOrderItems": 2}
WANTED = "WITH wanted AS (SELECT {one} AS id UNION ALL SELECT {two})"
JOINED = "SELECT t.id, i.seller_sku FROM"

LISTS = [
    (f"{JOINED} orders.order_items AS i JOIN {LISTED} AS t(id) ON i.amazon_order_id = t.id", KEYS),
    (f"{JOINED} {LISTED} AS t(id) JOIN orders.order_items AS i ON t.id = i.amazon_order_id", KEYS),
    (f"{JOINED} {LISTED} AS t(id) LEFT JOIN orders.order_items AS i ON i.amazon_order_id = t.id", KEYS),
    (f"{JOINED} orders.order_items AS i RIGHT JOIN {LISTED} AS t(id) ON i.amazon_order_id = t.id", KEYS),
    (f"{JOINED} orders.order_items AS i, {LISTED} AS t(id) WHERE t.id = i.amazon_order_id", KEYS),
    (f"{ITEMS} JOIN {LISTED} AS t(amazon_order_id) USING (amazon_order_id)", KEYS),
    (f"{ITEMS} JOIN {LISTED} AS t ON t.col0 = i.amazon_order_id", KEYS),
    (f"{ITEMS} WHERE i.amazon_order_id IN (FROM {LISTED})", KEYS),
    (f"{ITEMS} JOIN unnest([{{one}}, {{two}}]) AS t(id) ON i.amazon_order_id = t.id", KEYS),
    (f"{ITEMS} WHERE i.amazon_order_id IN (SELECT unnest([{{one}}, {{two}}]))", KEYS),
    (f"{WANTED} {JOINED} wanted AS t JOIN orders.order_items AS i ON i.amazon_order_id = t.id", KEYS),
    (f"{WANTED} {JOINED} orders.order_items AS i JOIN wanted AS t ON i.amazon_order_id = t.id", KEYS),
    (f"{WANTED} {JOINED} wanted AS t LEFT JOIN orders.order_items AS i ON i.amazon_order_id = t.id", KEYS),
    (f"{WANTED} {ITEMS} WHERE i.amazon_order_id IN (SELECT id FROM wanted)", KEYS),
    (f"WITH w(id) AS {LISTED} {JOINED} w AS t JOIN orders.order_items AS i ON i.amazon_order_id = t.id", KEYS),
    (f"WITH w AS {LISTED} {ITEMS} WHERE i.amazon_order_id IN (SELECT col0 FROM w)", KEYS),
]

STOCK = "SELECT seller_sku, marketplace_id, total_quantity FROM fba_inventory.inventory_summaries WHERE"
PAIRS = "({sku}, {market}), ({other_sku}, {other_market})"
TWO_PAIRS = {"getInventorySummaries": 2}

ROWS = [
    (f"{STOCK} (seller_sku, marketplace_id) IN ({PAIRS})", TWO_PAIRS),
    (f"{STOCK} (marketplace_id, seller_sku) IN (({{market}}, {{sku}}), ({{other_market}}, 'none'))", TWO_PAIRS),
    (f"{STOCK} (seller_sku, marketplace_id) IN (VALUES {PAIRS})", TWO_PAIRS),
    (
        f"{STOCK} (seller_sku, marketplace_id) IN ({PAIRS}) AND marketplace_id = {{market}}",
        {"getInventorySummaries": 1},
    ),
    (f"{STOCK} (seller_sku, marketplace_id) = ({{sku}}, {{market}})", {"getInventorySummaries": 1}),
    (f"{STOCK} row(seller_sku, marketplace_id) IN (row({{sku}}, {{market}}))", {"getInventorySummaries": 1}),
    (f"{ITEMS} WHERE (i.amazon_order_id, i.quantity_ordered) IN (({{one}}, 1), ({{two}}, 1), ({{two}}, 2))", KEYS),
    (f"{ITEMS} WHERE (i.amazon_order_id, i.seller_sku) IN (({{one}}, NULL), ({{two}}, 'none'))", KEYS),
    (
        "SELECT amazon_order_id FROM orders.orders WHERE (amazon_order_id, replaced_order_id) IN (({one}, NULL), "
        "({two}, 'none'))",
        {"getOrders": 1},
    ),
    (
        "SELECT o.order_status, i.title FROM orders.orders AS o JOIN orders.order_items AS i USING (amazon_order_id)"
        " WHERE (o.order_status, i.amazon_order_id) IN (('Shipped', {one}), ('Canceled', {two}))",
        {"getOrders": 1, "getOrderItems": 2},
    ),
    (f"{ITEMS} WHERE i.amazon_order_id IN (VALUES ({{one}}), ({{two}}))", KEYS),
    (f"{ITEMS} WHERE i.amazon_order_id = ANY([{{one}}, {{two}}])", KEYS),
    (f"{ITEMS} WHERE list_contains([{{one}}, {{two}}], i.amazon_order_id)", KEYS),
    (f"{ITEMS} WHERE array_contains([], i.amazon_order_id)", {}),
    ("SELECT amazon_order_id FROM orders.orders WHERE NOT list_contains([{one}, NULL], amazon_order_id)", NONE),
    ("SELECT amazon_order_id FROM orders.orders WHERE (amazon_order_id, order_status) NOT IN (({one}, 'x'))", NONE),
]

# What has rows only beside another's row supplies nothing by itself.
BESIDE = [
    "SELECT t.id, i.seller_sku FROM orders.orders AS o, unnest([o.amazon_order_id]) AS t(id)"
    " JOIN orders.order_items AS i ON i.amazon_order_id = t.id",
    "SELECT t.id, i.seller_sku FROM orders.orders AS o CROSS JOIN LATERAL (SELECT o.amazon_order_id AS id) AS t"
    " JOIN orders.order_items AS i ON i.amazon_order_id = t.id",
]


@pytest.mark.parametrize(("sql", "calls"), SCALAR_SUBQUERIES + LISTS + ROWS)
def test_keys_are_supplied_and_no_row_is_lost(
    sql: str, calls: dict[str, int], small: tuple[Stack, duckdb.DuckDBPyConnection]
) -> None:
    stack, truth = small
    sql = _with_values(sql, truth)
    stack.simulator.clear_calls()
    rows = stack.query(sql)
    expected = truth.sql(sql).to_arrow_table().to_pylist()
    assert sorted(map(repr, rows)) == sorted(map(repr, expected))
    assert Counter(call["operation"] for call in stack.calls()) == calls


@pytest.mark.parametrize(
    "subquery", [LATE, "SELECT id FROM (VALUES ('no-such-order'), ('nor-this')) AS t(id)", f"{LATE} LIMIT 2"]
)
def test_several_rows_after_an_equals_sign_stay_an_error(
    subquery: str, small: tuple[Stack, duckdb.DuckDBPyConnection]
) -> None:
    """Also where none of the keys has a row, so that the engine would have nothing to compare."""
    stack, truth = small
    sql = f"{ITEMS} WHERE i.amazon_order_id = ({subquery})"
    with pytest.raises(duckdb.InvalidInputException, match="More than one row"):
        truth.sql(sql).fetchall()
    stack.simulator.clear_calls()
    with pytest.raises(adbc_driver_manager.Error, match="More than one row"):
        stack.query(sql)
    assert not stack.calls("getOrderItems")


CORRELATED = f"{ITEMS} WHERE i.amazon_order_id = ({LATE} AND amazon_order_id = i.amazon_order_id)"


@pytest.mark.parametrize("sql", [CORRELATED, *BESIDE])
def test_what_depends_on_the_row_outside_supplies_nothing(
    sql: str, small: tuple[Stack, duckdb.DuckDBPyConnection]
) -> None:
    stack, truth = small
    rows = truth.sql(sql).to_arrow_table().to_pylist()
    assert len(rows) > 0
    assert sorted(map(repr, stack.query(sql))) == sorted(map(repr, rows))


def _with_values(sql: str, truth: duckdb.DuckDBPyConnection) -> str:
    """The query with two orders that there are, and with two SKUs of two marketplaces."""
    orders = truth.sql("SELECT amazon_order_id FROM orders.orders ORDER BY purchase_date LIMIT 2").fetchall()
    stock = truth.sql(
        "SELECT min(seller_sku), marketplace_id FROM fba_inventory.inventory_summaries GROUP BY ALL ORDER BY 2 LIMIT 2"
    ).fetchall()
    values = dict(zip(("one", "two"), (order for (order,) in orders), strict=True))
    values |= dict(zip(("sku", "market", "other_sku", "other_market"), (*stock[0], *stock[1]), strict=True))
    return sql.format(**{name: f"'{value}'" for name, value in values.items()})
