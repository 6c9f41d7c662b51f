"""Bounds on columns that no answer holds, through the real driver: what Amazon is asked, and what comes of it."""

from collections.abc import Iterator

import adbc_driver_manager
import pytest

from tests.scripted_amazon import ScriptedAmazon, scripted_amazon

PATHS = {
    "vendor_orders.purchase_orders": "/vendor/orders/v1/purchaseOrders",
    "services.service_jobs": "/service/v1/serviceJobs",
    "fba_inventory.inventory_summaries": "/fba/inventory/v1/summaries",
    "vehicles.vehicles": "/catalog/2024-11-01/automotive/vehicles",
    "listings_items.items": "/listings/2021-08-01/items/A1",
}
ANSWERS = {
    "vendor_orders.purchase_orders": {"payload": {"orders": [{"purchaseOrderNumber": "one"}]}},
    "services.service_jobs": {"payload": {"jobs": [{"serviceOrderId": "one"}]}},
    "fba_inventory.inventory_summaries": {"payload": {"inventorySummaries": [{"sellerSku": "one"}]}},
    "vehicles.vehicles": {"vehicles": [{"make": "one"}]},
    "listings_items.items": {"items": [{"sku": "one"}]},
}


@pytest.fixture(scope="module")
def amazon() -> Iterator[ScriptedAmazon]:
    with scripted_amazon() as scripted:
        for table, path in PATHS.items():
            scripted.answer(path, ANSWERS[table])
        yield scripted


@pytest.mark.parametrize(
    ("table", "condition", "parameter", "sent"),
    [
        ("vendor_orders.purchase_orders", "created_after >= now() - INTERVAL 3 DAY", "createdAfter", "2026-06-12T12:0"),
        ("listings_items.items", "seller_id = 'A1' AND created_after >= '2026-06-01'", "createdAfter", "2026-06-01T00"),
        (
            "listings_items.items",
            "seller_id = 'A1' AND created_after BETWEEN '2026-06-01' AND '2026-06-03'",
            "createdAfter",
            "2026-06-01T00:00:00Z",
        ),
        ("services.service_jobs", "last_updated_after >= '2026-06-01'", "lastUpdatedAfter", "2026-06-01T00:00:00Z"),
        (
            "fba_inventory.inventory_summaries",
            "start_date_time >= '2026-06-01'",
            "startDateTime",
            "2026-06-01T00:00:00Z",
        ),
        (
            "vehicles.vehicles",
            "updated_after > '2026-06-01' AND vehicle_type = 'CAR'",
            "updatedAfter",
            "2026-06-01T00:00:00.001Z",
        ),
    ],
)
def test_a_bound_is_asked_of_amazon_and_its_rows_are_told(
    amazon: ScriptedAmazon, table: str, condition: str, parameter: str, sent: str
) -> None:
    rows = amazon.query(f"SELECT * FROM {table} WHERE {condition}")
    assert len(rows) == 1
    assert amazon.asked[-1].parameter(parameter).startswith(sent)


def test_a_condition_that_cannot_be_asked_is_an_error_before_any_call(amazon: ScriptedAmazon) -> None:
    before = len(amazon.asked)
    for condition in ("created_after IS NOT NULL", "sort_order LIKE 'A%'", "created_after > '2026-06-01' OR 1 = 1"):
        with pytest.raises(adbc_driver_manager.ProgrammingError, match="no answer of Amazon's holds"):
            amazon.query(f"SELECT * FROM vendor_orders.purchase_orders WHERE {condition}")
    assert len(amazon.asked) == before


def test_events_of_a_group_before_what_amazon_keeps_are_asked_for_without_a_period(amazon: ScriptedAmazon) -> None:
    event = {"AmazonOrderId": "old", "PostedDate": "2024-01-07T00:00:00Z"}
    young = event | {"AmazonOrderId": "young", "PostedDate": "2024-02-07T00:00:00Z"}
    path = "/finances/v0/financialEventGroups/g/financialEvents"
    amazon.answer(path, {"payload": {"FinancialEvents": {"ShipmentEventList": [event, young]}}})
    rows = amazon.query(
        "SELECT amazon_order_id FROM finances_v0.shipment_events_by_group_id "
        "WHERE event_group_id = 'g' AND posted_date < '2024-01-08'"
    )
    assert rows == [{"amazon_order_id": "old"}]
    assert "Posted" not in amazon.asked[-1].query_text
