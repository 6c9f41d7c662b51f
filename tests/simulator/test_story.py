from datetime import UTC, datetime, timedelta

from flight_server.simulator import Story

NOW = datetime(2026, 3, 18, 15, 30, tzinfo=UTC)


def test_the_same_seed_tells_the_same_story() -> None:
    first, again, other = Story(7, 200, NOW), Story(7, 200, NOW), Story(8, 200, NOW)
    assert first.orders() == again.orders()
    assert [first.order_items(one) for one in first.record_by_id] == [
        again.order_items(one) for one in again.record_by_id
    ]
    marketplace_id = first.participations()[0]["marketplace"]["id"]  # type: ignore[index]  # a dictionary
    assert first.inventory(marketplace_id) == again.inventory(marketplace_id)
    assert first.orders() != other.orders()


def test_later_the_same_day_only_more_has_happened() -> None:
    early, late = Story(7, 400, NOW), Story(7, 400, NOW + timedelta(hours=6))
    ids = [order["AmazonOrderId"] for order in early.orders()]
    assert [order["AmazonOrderId"] for order in late.orders()][: len(ids)] == ids
    assert len(late.orders()) > len(ids)


def test_data_reaches_up_to_now_over_two_years() -> None:
    story = Story(1, 2000, NOW)
    placed = [datetime.fromisoformat(str(order["PurchaseDate"])) for order in story.orders()]
    assert placed == sorted(placed)
    assert placed[-1] > NOW - timedelta(hours=2)
    assert all(moment <= NOW - timedelta(minutes=2) for moment in placed)
    assert NOW - placed[0] > timedelta(days=700)
    assert len(placed) <= 2000 < len(placed) + 60


def test_the_day_has_orders_from_its_first_minutes() -> None:
    story = Story(1, 1000, datetime(2026, 3, 18, 0, 6, tzinfo=UTC))
    assert str(story.orders()[-1]["PurchaseDate"]).startswith("2026-03-18")


def test_recent_orders_are_still_under_way() -> None:
    story = Story(1, 5000, NOW)
    recent = {order["OrderStatus"] for order in story.orders()[-80:]}
    assert recent >= {"Pending", "Unshipped", "Shipped", "Canceled", "PartiallyShipped"}
    assert {order["OrderStatus"] for order in story.orders()[:3000]} == {"Shipped", "Canceled"}


def test_some_orders_hold_over_a_hundred_items() -> None:
    story = Story(1, 100, NOW)
    assert sorted(len(record.items) for record in story.by_placed)[-2:] == [137, 230]


def test_item_ids_and_order_ids_are_unique() -> None:
    story = Story(1, 3000, NOW)
    items = [item["OrderItemId"] for record in story.by_placed for item in record.items]
    assert len(set(items)) == len(items)
    assert len(story.record_by_id) == len(story.by_placed)


def test_skus_hold_no_comma_which_lists_could_not_carry() -> None:
    assert not any("," in sku for sku in Story(1, 10, NOW).listing_by_sku)
