"""Amazon's stock: the inventory reports, with the quantities of the FBA Inventory API.

Goes from what is asked for to tables of the story's inventory summaries.
"""

from collections.abc import Iterator
from typing import Any

from flight_server.simulator.reports.places import Place
from flight_server.simulator.reports.report import Asked
from flight_server.simulator.reports.rows.sheet import Row, Sheet, decimal, sheet
from flight_server.simulator.story import Story


def managed(asked: Asked, story: Story) -> Sheet | None:
    """The report of managed inventory."""
    rows = (_managed(story, place, one) for place, one in _summaries(asked, story))
    return sheet(_header(asked), rows)


def fulfillable(asked: Asked, story: Story) -> Sheet | None:
    """What can be sold, and what cannot."""
    return sheet(_header(asked), (row for _, one in _summaries(asked, story) for row in _by_condition(one)))


def by_country(asked: Asked, story: Story) -> Sheet | None:
    """What can be sold, by country."""
    rows = (
        {**row, "country": place.country, "quantity-for-local-fulfillment": row["Quantity Available"]}
        for place, one in _summaries(asked, story)
        for row in _by_condition(one)
        if row["Warehouse-Condition-code"] == "SELLABLE"
    )
    return sheet(_header(asked), rows)


def reserved(asked: Asked, story: Story) -> Sheet | None:
    """What is held back, and why."""
    rows = [_reserved(one) for _, one in _summaries(asked, story)]
    return sheet(_header(asked), (row for row in rows if row["reserved_qty"] != "0"))


def _header(asked: Asked) -> list[str]:
    return [column.name for column in asked.type.columns if column.is_always]


def _summaries(asked: Asked, story: Story) -> Iterator[tuple[Place, Any]]:
    for place in asked.places:
        if place.has_orders:
            yield from ((place, one) for one in story.inventory(place.marketplace_id))


def _managed(story: Story, place: Place, one: Any) -> Row:
    details = one["inventoryDetails"]
    listing = story.listing_by_sku[one["sellerSku"]]
    quantities = {
        "afn-warehouse-quantity": one["totalQuantity"],
        "afn-fulfillable-quantity": details["fulfillableQuantity"],
        "afn-unsellable-quantity": details["unfulfillableQuantity"]["totalUnfulfillableQuantity"],
        "afn-reserved-quantity": details["reservedQuantity"]["totalReservedQuantity"],
        "afn-total-quantity": one["totalQuantity"],
        "afn-inbound-working-quantity": details["inboundWorkingQuantity"],
        "afn-inbound-shipped-quantity": details["inboundShippedQuantity"],
        "afn-inbound-receiving-quantity": details["inboundReceivingQuantity"],
        "afn-researching-quantity": details["researchingQuantity"]["totalResearchingQuantity"],
        "afn-reserved-future-supply": 0,
        "afn-future-supply-buyable": 0,
    }
    return {
        "sku": one["sellerSku"],
        "fnsku": one["fnSku"],
        "asin": one["asin"],
        "product-name": one["productName"],
        "condition": "New",
        "your-price": decimal(listing.cents(place.marketplace)),
        "mfn-listing-exists": "No",
        "mfn-fulfillable-quantity": "",
        "afn-listing-exists": "Yes",
        "per-unit-volume": f"{listing.product.noun.grams / 1000:.2f}",
        **{name: str(quantity) for name, quantity in quantities.items()},
    }


def _by_condition(one: Any) -> Iterator[dict[str, str]]:
    details = one["inventoryDetails"]
    conditions = {
        "SELLABLE": details["fulfillableQuantity"],
        "UNSELLABLE": details["unfulfillableQuantity"]["totalUnfulfillableQuantity"],
    }
    for condition, quantity in conditions.items():
        if quantity:
            yield {
                "seller-sku": one["sellerSku"],
                "fulfillment-channel-sku": one["fnSku"],
                "asin": one["asin"],
                "condition-type": one["condition"],
                "Warehouse-Condition-code": condition,
                "Quantity Available": str(quantity),
            }


def _reserved(one: Any) -> dict[str, str]:
    held = one["inventoryDetails"]["reservedQuantity"]
    return {
        "sku": one["sellerSku"].replace("&", "&amp;"),  # here alone, and in the SKU alone
        "fnsku": one["fnSku"],
        "asin": one["asin"],
        "product-name": one["productName"],
        "reserved_qty": str(held["totalReservedQuantity"]),
        "reserved_customerorders": str(held["pendingCustomerOrderQuantity"]),
        "reserved_fc-transfers": str(held["pendingTransshipmentQuantity"]),
        "reserved_fc-processing": str(held["fcProcessingQuantity"]),
    }
