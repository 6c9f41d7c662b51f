"""Lists that move while they are read: each row is told once, in its last state, and asked about once."""

from collections.abc import Iterator
from typing import Any

import pytest

from flight_server.simulator import SimulatorOptions
from tests.scripted_amazon import scripted_amazon
from tests.server_fixtures import NOW, Stack, running_stack

EVER = "last_update_date >= '2016-01-01'"
LATELY = "last_update_date >= '2026-03-15'"


@pytest.fixture
def moving() -> Iterator[Stack]:
    """A seller whose orders change after each page of a list of them."""
    with running_stack(SimulatorOptions(port=0, orders=600, limits=False, now=NOW, moving=True)) as stack:
        yield stack


def pages_read(stack: Stack) -> int:
    return len(stack.calls("getOrders"))


@pytest.mark.parametrize("ending", ["", " ORDER BY last_update_date", " ORDER BY 1 LIMIT 5000", " LIMIT 5000"])
def test_a_list_in_the_order_of_changes_tells_the_last_state_of_each_order_once(moving: Stack, ending: str) -> None:
    told = moving.query(f"SELECT amazon_order_id AS id, order_status AS status FROM orders.orders WHERE {EVER}{ending}")
    assert pages_read(moving) > 5
    states = [
        {"id": order["AmazonOrderId"], "status": order["OrderStatus"]} for order in moving.simulator.story.orders()
    ]
    assert len(states) > 600
    assert sorted(told, key=str) == sorted(states, key=str)


def test_so_does_an_aggregate(moving: Stack) -> None:
    (told,) = moving.query(
        f"SELECT count(*) AS n, count(DISTINCT amazon_order_id) AS d FROM orders.orders WHERE {EVER}"
    )
    assert told == {"n": len(moving.simulator.story.orders()), "d": told["n"]}


def test_so_do_the_child_tables(moving: Stack) -> None:
    told = moving.query(
        f"""SELECT amazon_order_id AS id, payment_amount AS amount FROM orders.orders__payment_execution_detail
            WHERE {EVER} AND payment_amount IS NOT NULL"""
    )
    paid: list[dict[str, Any]] = [
        {"id": order["AmazonOrderId"], "amount": part["Payment"]["Amount"]}
        for order in moving.simulator.story.orders()
        for part in order.get("PaymentExecutionDetail", [])  # type: ignore[attr-defined]
    ]
    assert paid
    assert sorted((row["id"], float(row["amount"])) for row in told) == sorted(
        (row["id"], float(row["amount"])) for row in paid
    )


@pytest.mark.parametrize("what", ["o.amazon_order_id, i.title", "count(*)"])
def test_a_join_asks_each_order_once(moving: Stack, what: str) -> None:
    moving.query(
        f"SELECT {what} FROM orders.orders AS o JOIN orders.order_items AS i USING (amazon_order_id) WHERE {LATELY}"
    )
    assert pages_read(moving) > 1
    asked = [call["path"] for call in moving.calls("getOrderItems") if "NextToken" not in call["query"]]
    assert len(asked) == len(set(asked)) > 100


def test_no_order_is_told_twice_where_rows_leave_before_the_list_is_read(moving: Stack) -> None:
    told = moving.query(
        "SELECT amazon_order_id AS id FROM orders.orders WHERE order_status IN ('Shipped', 'Unshipped')"
    )
    ids = [row["id"] for row in told]
    assert pages_read(moving) > 1
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(("limit", "calls"), [(10, 1), (150, 2)])
def test_a_limit_stops_paging(moving: Stack, limit: int, calls: int) -> None:
    assert len(moving.query(f"SELECT * FROM orders.orders WHERE {EVER} LIMIT {limit}")) == limit
    assert pages_read(moving) == calls


def test_a_change_between_the_pages_of_any_list_by_update_is_told_in_its_later_state() -> None:
    def order(state: str) -> dict[str, Any]:
        details = {"purchaseOrderChangedDate": "2026-06-02T00:00:00Z"}
        return {"purchaseOrderNumber": "L8266355", "purchaseOrderState": state, "orderDetails": details}

    with scripted_amazon() as amazon:
        amazon.answer(
            "/vendor/orders/v1/purchaseOrders",
            {"payload": {"orders": [order("New")], "pagination": {"nextToken": "more"}}},
            {"payload": {"orders": [order("Acknowledged")]}},
        )
        sql = "SELECT purchase_order_number, purchase_order_state AS state FROM vendor_orders.purchase_orders"
        rows = amazon.query(f"{sql} WHERE order_details_purchase_order_changed_date >= '2026-06-01'")
    assert rows == [{"purchase_order_number": "L8266355", "state": "Acknowledged"}]


def test_a_list_whose_pages_shift_tells_no_row_twice() -> None:
    items = [{"asin": f"B0000000{number:02}"} for number in range(40)]
    with scripted_amazon() as amazon:
        amazon.answer(
            "/catalog/2022-04-01/items",
            {"numberOfResults": 39, "items": items[1:21], "pagination": {"nextToken": "more"}},
            {"numberOfResults": 40, "items": items[20:]},  # one came before those, so that the last one slid here
        )
        rows = amazon.query("SELECT asin FROM catalog_items.search WHERE keywords = 'tea'")
    assert [row["asin"] for row in rows] == [item["asin"] for item in items[1:]]
