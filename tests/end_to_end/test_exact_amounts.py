"""A bound number is compared as what it is: an amount that is there to the cent, and numbers next to it."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import adbc_driver_flightsql.dbapi as flightsql
import pyarrow as pa
import pytest

from tests.scripted_amazon import ScriptedAmazon, scripted_amazon
from tests.server_fixtures import HEADER

ORDERS = {
    "payload": {
        "Orders": [
            {
                "AmazonOrderId": "902-0000000-0000001",
                "PurchaseDate": "2026-06-10T00:00:00Z",
                "LastUpdateDate": "2026-06-10T00:00:00Z",
                "OrderStatus": "Shipped",
                "OrderTotal": {"Amount": "41.30", "CurrencyCode": "USD"},
                "NumberOfItemsShipped": 1,
            }
        ]
    }
}

SELECT = "SELECT count(*) AS n FROM orders.orders WHERE purchase_date >= '2026-06-01' AND"


@pytest.fixture(scope="module")
def scripted() -> Iterator[ScriptedAmazon]:
    with scripted_amazon() as scripted:
        scripted.answer("/orders/v0/orders", ORDERS)
        yield scripted


def count(scripted: ScriptedAmazon, condition: str, bound: pa.RecordBatch | list[Any]) -> int:
    headers = {HEADER + name: value for name, value in scripted.connection_parameters().items()}
    with (
        flightsql.connect(scripted.location, db_kwargs=headers, autocommit=True) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(f"{SELECT} {condition}", bound)
        found: list[dict[str, int]] = cursor.fetch_arrow_table().to_pylist()
        return found[0]["n"]


@pytest.mark.parametrize(
    ("condition", "value", "expected"),
    [
        ("order_total_amount = ?", Decimal("41.30"), 1),
        ("order_total_amount = ?", 41.3, 1),
        ("order_total_amount = ?", 41.3000001, 0),
        ("order_total_amount = ?", Decimal("41.3000001"), 0),
        ("order_total_amount > ?", 41.2999999, 1),
        ("order_total_amount > ?", 41.3000001, 0),
        ("order_total_amount < ?", 41.3000001, 1),
        ("order_total_amount >= ?", Decimal("41.30000001"), 0),
        ("order_total_amount BETWEEN ? AND 42", Decimal("41.3000001"), 0),
        ("order_total_amount IN (?, 7)", 41.3000001, 0),
        ("number_of_items_shipped = ?", 1.4, 0),
        ("number_of_items_shipped = ?", Decimal("1.0000001"), 0),
        ("number_of_items_shipped > ?", 0.6, 1),
        ("number_of_items_shipped < ?", 1.0000001, 1),
        ("number_of_items_shipped = ?", 1.0, 1),
    ],
)
def test_no_bound_number_is_rounded_to_the_column(
    scripted: ScriptedAmazon, condition: str, value: Any, expected: int
) -> None:
    assert count(scripted, condition, [value]) == expected
    assert count(scripted, condition, pa.RecordBatch.from_pydict({"0": [value]})) == expected
