"""Which suppliers are taken for keys: only those whose values are spelled as the column's own."""

import pytest

from tests.planner.test_plan import plan

ITEMS = "SELECT i.title FROM orders.order_items AS i"
RECENT = "SELECT * FROM orders.orders WHERE purchase_date >= '2026-06-01'"

OF_THE_COLUMNS_TYPE = [
    f"{ITEMS} WHERE i.amazon_order_id = (SELECT '007')",
    f"{ITEMS} WHERE i.amazon_order_id = (SELECT CAST(7 AS VARCHAR))",
    f"{ITEMS} WHERE i.amazon_order_id IN (SELECT 'a' || r.i FROM range(3) AS r(i))",
    f"{ITEMS} JOIN (VALUES ('007'), ('8')) AS t(id) ON t.id = i.amazon_order_id",
    f"WITH recent AS ({RECENT}) {ITEMS} JOIN recent AS r ON r.amazon_order_id = i.amazon_order_id",
    f"{ITEMS} JOIN (SELECT max(amazon_order_id) AS id FROM ({RECENT}) AS r) AS t ON t.id = i.amazon_order_id",
]

OF_ANOTHER_TYPE = [
    f"{ITEMS} WHERE i.amazon_order_id = (SELECT 7)",
    f"{ITEMS} WHERE i.amazon_order_id = (SELECT max(number_of_items_shipped) FROM ({RECENT}) AS r)",
    f"{ITEMS} WHERE (i.amazon_order_id, i.title) IN (VALUES (7, 'a'))",
    f"{ITEMS} JOIN (VALUES (7), (8)) AS t(id) ON t.id = i.amazon_order_id",
    f"{ITEMS} JOIN orders.orders AS o ON o.number_of_items_shipped = i.amazon_order_id",
    f"WITH recent AS ({RECENT}) {ITEMS} JOIN recent AS r ON r.number_of_items_shipped = i.amazon_order_id",
]


def _is_supplied_by_query(sql: str) -> bool:
    items = next(scan for scan in plan(sql).scans if scan.table.name == "order_items")
    return [supply.parent for supply in items.supplies] == [None]


@pytest.mark.parametrize("sql", OF_THE_COLUMNS_TYPE)
def test_values_of_the_columns_own_type_are_keys(sql: str) -> None:
    assert _is_supplied_by_query(sql)


@pytest.mark.parametrize("sql", OF_ANOTHER_TYPE)
def test_values_of_another_type_are_compared_by_the_engine_alone(sql: str) -> None:
    """It holds 7 equal to '007', which a call for 7 would not find."""
    assert not _is_supplied_by_query(sql)
