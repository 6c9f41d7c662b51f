"""The scripted Amazon itself: what it is told to answer comes out as rows."""

from tests.scripted_amazon import scripted_amazon


def test_a_scripted_answer_becomes_rows_through_adbc() -> None:
    order = {"AmazonOrderId": "902-1845936-5435065", "OrderStatus": "Shipped", "PurchaseDate": "2026-06-02T00:00:00Z"}
    with scripted_amazon() as amazon:
        amazon.answer("/orders/v0/orders", {"payload": {"Orders": [order]}})
        rows = amazon.query(
            "SELECT amazon_order_id, order_status FROM orders.orders WHERE purchase_date > '2026-06-01'"
        )
    assert rows == [{"amazon_order_id": "902-1845936-5435065", "order_status": "Shipped"}]
