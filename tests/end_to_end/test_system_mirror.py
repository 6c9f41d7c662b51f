import json

import adbc_driver_manager
import pytest

from tests.server_fixtures import NOW, Stack

ORDERS = "SELECT count(*) AS n FROM orders.orders WHERE purchase_date >= '2026-03-01'"
KEPT = 'SELECT * FROM system.mirror ORDER BY "table"'


def test_system_mirror_tells_what_is_kept_of_each_table_and_what_it_cost(keeping_stack: Stack) -> None:
    (counted,) = keeping_stack.query(ORDERS, Marketplaces="US", MaxAge="1h")
    calls = len(keeping_stack.calls("getOrders"))
    (kept,) = keeping_stack.query(KEPT)
    assert kept["table"] == "orders.orders"
    assert json.loads(kept["covered"]) == [{"from": "2026-03-01T00:00:00+00:00", "to": "now"}]
    assert (kept["rows"], kept["calls"], kept["error"]) == (counted["n"], calls, None)
    assert kept["bytes"] > 1000
    assert abs((kept["fresh_at"] - NOW).total_seconds()) < 60


def test_system_mirror_counts_the_keys_whose_rows_are_kept(keeping_stack: Stack) -> None:
    ids = keeping_stack.query("SELECT amazon_order_id AS id FROM orders.orders WHERE purchase_date >= '2026-06-01'")
    listed = ", ".join(f"'{each['id']}'" for each in ids[:3])
    keeping_stack.query(f"SELECT count(*) FROM orders.order_items WHERE amazon_order_id IN ({listed})", MaxAge="1h")
    (kept,) = keeping_stack.query(KEPT)
    assert (kept["table"], json.loads(kept["covered"])) == ("orders.order_items", [{"keys": 3}])


def test_a_connection_sees_what_is_kept_of_its_own_account_alone(keeping_stack: Stack) -> None:
    keeping_stack.query(ORDERS, MaxAge="1h")
    assert len(keeping_stack.query(KEPT)) == 1
    assert keeping_stack.query(KEPT, RefreshToken="Atzr|another") == []
    assert keeping_stack.query(KEPT, RefreshToken="") == []


def test_system_mirror_is_empty_where_nothing_is_kept(stack: Stack) -> None:
    assert stack.query(KEPT, MaxAge="1h") == []


def test_an_error_of_the_last_reading_stands_in_system_mirror_until_one_succeeds(keeping_stack: Stack) -> None:
    all_orders = "SELECT count(*) AS n FROM orders.orders WHERE purchase_date >= '2024-07-01'"
    with pytest.raises(adbc_driver_manager.Error, match="MaxCalls"):
        keeping_stack.query(all_orders, Marketplaces="US", MaxAge="1h", MaxCalls="1")
    (kept,) = keeping_stack.query(KEPT)
    assert "MaxCalls" in kept["error"]
    keeping_stack.query(all_orders, Marketplaces="US", MaxAge="1h")
    (kept,) = keeping_stack.query(KEPT)
    assert kept["error"] is None
