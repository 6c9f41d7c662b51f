"""All-orders reports: one row an order item, as `getOrders` and `getOrderItems` tell them.

Goes from what is asked for to a table; quantities and prices are those of the story's documents, so that a report and
the Orders API agree. Header names are those of the fact table of report types.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from flight_server.simulator.reports.report import Asked
from flight_server.simulator.reports.rows.sheet import Row, Sheet, iso, sheet
from flight_server.simulator.story import OrderRecord, Story

_OLDEST_SECONDS = 731 * 86_400
_STATUS = {"Canceled": "Cancelled", "PendingAvailability": "Pending", "PartiallyShipped": "Shipping"}


def by_order_date(asked: Asked, story: Story) -> Sheet | None:
    """Orders placed in the period."""
    records = story.placed_between(_start(asked, story), asked.end.timestamp())
    return sheet((column.name for column in asked.type.columns), _rows(asked, records))


def by_last_update(asked: Asked, story: Story) -> Sheet | None:
    """Orders that changed in the period, as they are now."""
    start, end = _start(asked, story), asked.end.timestamp()
    oldest = story.as_of - _OLDEST_SECONDS
    records = (
        record
        for record in story.by_updated
        if start <= record.updated_at < end and record.placed_at >= oldest and story.is_current(record)
    )
    return sheet((column.name for column in asked.type.columns), _rows(asked, records))


def _start(asked: Asked, story: Story) -> float:
    return max(asked.start.timestamp(), story.as_of - _OLDEST_SECONDS)


def _rows(asked: Asked, records: Iterable[OrderRecord]) -> Iterator[Row]:
    wanted = {one.marketplace_id for one in asked.places}
    for record in records:
        if record.order["MarketplaceId"] in wanted:
            shared = _order_cells(record)
            for item in record.items:
                yield shared | _item_cells(record, item)


def _order_cells(record: OrderRecord) -> dict[str, str]:
    order: Any = record.order
    status = str(order["OrderStatus"])
    address = order.get("ShippingAddress", {})
    buyer = order.get("BuyerInfo", {})
    return {
        "amazon-order-id": record.order_id,
        "merchant-order-id": order.get("SellerOrderId", ""),
        "purchase-date": iso(record.placed_at),
        "last-updated-date": iso(record.updated_at),
        "order-status": _STATUS.get(status, status),
        "fulfillment-channel": "Amazon" if order["FulfillmentChannel"] == "AFN" else "Merchant",
        "sales-channel": order["SalesChannel"],
        "ship-service-level": order["ShipmentServiceLevelCategory"],
        "ship-city": address.get("City", ""),
        "ship-state": address.get("StateOrRegion", ""),
        "ship-postal-code": address.get("PostalCode", ""),
        "ship-country": address.get("CountryCode", ""),
        "is-business-order": _flag(order["IsBusinessOrder"]),
        "purchase-order-number": buyer.get("PurchaseOrderNumber", ""),
        "payment-method-details": ",".join(order["PaymentMethodDetails"]),
        "fulfilled-by": "Amazon" if order["FulfillmentChannel"] == "AFN" else "",
        "is-replacement-order": _flag(order["IsReplacementOrder"]),
        "original-order-id": order.get("ReplacedOrderId", ""),
        "is-iba": _flag(order["IsIBA"]),
    }


def _item_cells(record: OrderRecord, item: Any) -> dict[str, str]:
    info = item.get("BuyerInfo", {})
    price = item.get("ItemPrice")
    status = str(record.order["OrderStatus"])
    shipped = "Shipped" if item["QuantityShipped"] else _STATUS.get(status, status)
    return {
        "product-name": item["Title"],
        "sku": item["SellerSKU"],
        "asin": item["ASIN"],
        "item-status": "Unshipped" if shipped in {"Pending", "Shipping"} else shipped,
        "quantity": str(item["QuantityOrdered"]),
        "currency": price["CurrencyCode"] if price else "",
        "item-price": _amount(price),
        "item-tax": _amount(item.get("ItemTax")),
        "shipping-price": _amount(item.get("ShippingPrice")),
        "shipping-tax": _amount(item.get("ShippingTax")),
        "gift-wrap-price": _amount(info.get("GiftWrapPrice")),
        "gift-wrap-tax": _amount(info.get("GiftWrapTax")),
        "item-promotion-discount": _amount(item.get("PromotionDiscount")),
        "ship-promotion-discount": _amount(item.get("ShippingDiscount")),
        "promotion-ids": ",".join(item.get("PromotionIds", ())),
        "price-designation": item.get("PriceDesignation", ""),
        "order-item-id": item["OrderItemId"],
        "number-of-items": item["ProductInfo"]["NumberOfItems"],
        "is-transparency": _flag(item["IsTransparency"]),
        "ioss-number": item.get("IossNumber", ""),
        "is-buyer-requested-cancellation": _flag("BuyerRequestedCancel" in item),
        "buyer-requested-cancel-reason": item.get("BuyerRequestedCancel", {}).get("BuyerCancelReason", ""),
    }


def _amount(told: Any) -> str:
    return str(told["Amount"]) if told else ""


def _flag(told: object) -> str:
    return "true" if told else "false"
