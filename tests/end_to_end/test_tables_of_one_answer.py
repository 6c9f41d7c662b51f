"""Tables that come out of the same calls: in whatever order a query names them, each tells what was asked for."""

import pytest

from tests.server_fixtures import Stack

FULFILLMENT = "fulfillment_outbound_2020_07_01"


@pytest.mark.parametrize(
    ("tables", "keys", "source"),
    [
        (
            (f"{FULFILLMENT}.fulfillment_order", f"{FULFILLMENT}.fulfillment_order_items"),
            ("seller_fulfillment_order_id",),
            f"{FULFILLMENT}.fulfillment_orders",
        ),
        (
            ("catalog_items.item", "catalog_items.item__images"),
            ("asin", "marketplace_id"),
            "fba_inventory.inventory_summaries",
        ),
    ],
)
def test_an_echo_beside_a_member_of_its_name_is_told(
    tables: tuple[str, str], keys: tuple[str, ...], source: str, stack: Stack
) -> None:
    """One of the tables holds the key as a member, the other only echoes it."""
    (row,) = stack.query(f"SELECT min({keys[0]}) AS key FROM {source}")
    counts = set()
    for first, second in (tables, tables[::-1]):
        sql = f"""SELECT count(*) AS n FROM {first} AS a JOIN {second} AS b USING ({", ".join(keys)})
            WHERE a.{keys[0]} = '{row["key"]}' AND b.{keys[0]} = '{row["key"]}'"""
        counts.add(stack.query(sql)[0]["n"])
    (alone,) = stack.query(f"SELECT count(*) AS n FROM {tables[1]} WHERE {keys[0]} = '{row['key']}'")
    assert counts == {alone["n"]}
    assert alone["n"]
