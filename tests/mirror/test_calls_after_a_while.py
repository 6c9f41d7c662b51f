"""What is asked again when rows have become too old: a list of what changed, and children of what changed."""

from tests.mirror.worlds import asked, living_world

SINCE = "purchase_date >= '2026-05-01'"
ORDERS = f"SELECT amazon_order_id, last_update_date, order_status FROM orders.orders WHERE {SINCE}"
ITEMS = (
    "SELECT o.amazon_order_id, i.order_item_id, i.quantity_shipped FROM orders.orders AS o "
    "JOIN orders.order_items AS i USING (amazon_order_id) WHERE o.purchase_date >= '2026-06-05'"
)
AGE = {"MaxAge": "15m"}


def test_within_max_age_nothing_is_asked_even_by_a_server_that_was_started_anew() -> None:
    with living_world() as world:
        with world.server() as stack:
            rows, calls = asked(stack, ORDERS, **AGE)
            items, _ = asked(stack, ITEMS, **AGE)
            assert calls
        world.wait(minutes=14)
        with world.server() as stack:
            assert asked(stack, ORDERS, **AGE) == (rows, [])
            assert asked(stack, ITEMS, **AGE) == (items, [])


def test_after_max_age_the_list_of_what_changed_is_asked_and_items_of_changed_orders_only() -> None:
    with living_world(orders=30_000) as world, world.server() as stack:
        asked(stack, ORDERS, **AGE)
        before = {row["amazon_order_id"]: row for row in stack.query(ORDERS)}
        asked(stack, ITEMS, **AGE)
        world.wait(hours=30)
        after = {row["amazon_order_id"]: row for row in stack.query(ORDERS)}
        changed = {key for key, row in after.items() if before.get(key) != row}
        assert len(changed) > 30
        rows, calls = asked(stack, ORDERS, **AGE)
        assert rows == asked(stack, ORDERS)[0]
        # the list begins a little before the last reading, so that it may hold some more orders than have changed
        assert {call["operation"] for call in calls} == {"getOrders"}
        assert len(calls) <= -(-(len(changed) + 5) // 100)
        items, calls = asked(stack, ITEMS, **AGE)
        assert items == asked(stack, ITEMS)[0]
        operations = [call["operation"] for call in calls]
        assert set(operations) == {"getOrderItems"}
        recent = {row["amazon_order_id"] for row in stack.query(f"{ORDERS} AND purchase_date >= '2026-06-05'")}
        assert len(operations) <= len(changed & recent) + 2
        assert asked(stack, ITEMS, **AGE) == (items, [])


def test_a_status_that_was_asked_for_alone_is_brought_up_to_date_by_the_list_of_all_that_changed() -> None:
    sql = f"{ORDERS} AND order_status = 'Unshipped'"
    with living_world(orders=20_000) as world, world.server() as stack:
        asked(stack, sql, **AGE)
        world.wait(hours=30)
        rows, calls = asked(stack, sql, **AGE)
        assert rows == asked(stack, sql)[0]
        assert len(calls) == 1


def test_periods_that_were_read_at_other_times_are_each_as_old_as_their_reading() -> None:
    early = ORDERS.replace(SINCE, "purchase_date >= '2026-06-10' AND purchase_date < '2026-06-14'")
    late = ORDERS.replace(SINCE, "purchase_date >= '2026-06-14'")
    with living_world(orders=20_000) as world, world.server() as stack:
        asked(stack, early, **AGE)
        world.wait(hours=12)
        asked(stack, late, **AGE)
        world.wait(hours=12)
        assert asked(stack, late, **AGE)[0] == asked(stack, late)[0]
        assert asked(stack, early, **AGE)[0] == asked(stack, early)[0]


def test_events_that_are_posted_late_are_found_and_settled_ones_are_not_asked_for_again() -> None:
    events = "SELECT amazon_order_id, posted_date FROM finances_v0.shipment_events WHERE posted_date {}"
    old = events.format(">= '2026-05-20' AND posted_date < '2026-06-01'")
    recent = events.format(">= '2026-06-12'")
    with living_world(orders=2000) as world, world.server() as stack:
        settled, _ = asked(stack, old, **AGE)
        asked(stack, recent, **AGE)
        for _ in range(4):
            world.wait(hours=20)
            assert asked(stack, recent, **AGE)[0] == asked(stack, recent)[0]
            assert asked(stack, old, **AGE) == (settled, [])


def test_a_list_that_is_read_as_a_whole_forgets_what_is_gone() -> None:
    sql = "SELECT seller_sku, marketplace_id, total_quantity FROM fba_inventory.inventory_summaries"
    with living_world(orders=500) as world, world.server() as stack:
        asked(stack, sql, Marketplaces="US", **AGE)
        world.wait(days=3)
        rows, _ = asked(stack, sql, Marketplaces="US", **AGE)
        assert rows == asked(stack, sql, Marketplaces="US")[0]
        assert asked(stack, sql, Marketplaces="US", **AGE) == (rows, [])
