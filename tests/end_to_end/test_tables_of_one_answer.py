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


@pytest.mark.parametrize(("table", "key"), [("invalid_prep_skus", "seller_sku"), ("invalid_prep_asins", "asin")])
def test_what_amazon_does_not_know_is_told_in_a_list_of_its_own(table: str, key: str, stack: Stack) -> None:
    sql = f"FROM fulfillment_inbound_v0.{table} WHERE ship_to_country_code = 'US' AND {key} IN ('no such', 'nor this')"
    rows = stack.query(f"SELECT {key}, error_reason {sql} ORDER BY ALL")
    assert rows == [{key: unknown, "error_reason": "DoesNotExist"} for unknown in ("no such", "nor this")]
