"""All-orders reports as XML: one message an order, its items within, as the tables of the same orders tell them.

Goes from what is asked for to a tree; element names are those of the fact table of report types.
"""

from xml.etree import ElementTree

from flight_server.simulator.reports.report import Asked
from flight_server.simulator.reports.rows import orders
from flight_server.simulator.reports.rows.sheet import Row, Sheet, Tree
from flight_server.simulator.story import Story

_ORDER = {
    "AmazonOrderID": "amazon-order-id",
    "MerchantOrderID": "merchant-order-id",
    "PurchaseDate": "purchase-date",
    "LastUpdatedDate": "last-updated-date",
    "OrderStatus": "order-status",
    "SalesChannel": "sales-channel",
}
_ADDRESS = {"City": "ship-city", "State": "ship-state", "PostalCode": "ship-postal-code", "Country": "ship-country"}
_ITEM = {
    "AmazonOrderItemCode": "order-item-id",
    "ASIN": "asin",
    "SKU": "sku",
    "ItemStatus": "item-status",
    "ProductName": "product-name",
    "Quantity": "quantity",
}
_PRICES = {"Principal": "item-price", "Tax": "item-tax", "Shipping": "shipping-price", "ShippingTax": "shipping-tax"}


def by_order_date(asked: Asked, story: Story) -> Tree | None:
    """Orders placed in the period."""
    return _tree(orders.by_order_date(asked, story))


def by_last_update(asked: Asked, story: Story) -> Tree | None:
    """Orders that changed in the period."""
    return _tree(orders.by_last_update(asked, story))


def _tree(told: Sheet | None) -> Tree | None:
    if told is None:
        return None
    envelope = ElementTree.Element("AmazonEnvelope")
    _leaf(_leaf(envelope, "Header"), "DocumentVersion", "1.00")
    _leaf(envelope, "MessageType", "AllOrdersReport")
    by_order: dict[str, list[Row]] = {}
    for row in told.rows:
        by_order.setdefault(row["amazon-order-id"], []).append(row)
    for rows in by_order.values():
        _order(_leaf(_leaf(envelope, "Message"), "Order"), rows)
    text = ElementTree.tostring(envelope, encoding="unicode")
    return Tree(f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n')


def _order(element: ElementTree.Element, rows: list[Row]) -> None:
    first = rows[0]
    _leaves(element, first, _ORDER)
    fulfilment = _leaf(element, "FulfillmentData")
    _leaf(fulfilment, "FulfillmentChannel", first["fulfillment-channel"])
    _leaf(fulfilment, "ShipServiceLevel", first["ship-service-level"])
    _leaves(_leaf(fulfilment, "Address"), first, _ADDRESS)
    _leaf(element, "IsBusinessOrder", first["is-business-order"])
    for row in rows:
        item = _leaf(element, "OrderItem")
        _leaves(item, row, _ITEM)
        price = _leaf(item, "ItemPrice")
        for kind, name in _PRICES.items():
            if row[name]:
                component = _leaf(price, "Component")
                _leaf(component, "Type", kind)
                _leaf(component, "Amount", row[name]).set("currency", row["currency"])


def _leaves(element: ElementTree.Element, row: Row, names: dict[str, str]) -> None:
    for member, name in names.items():
        _leaf(element, member, row[name])


def _leaf(element: ElementTree.Element, name: str, text: str | None = None) -> ElementTree.Element:
    leaf = ElementTree.SubElement(element, name)
    leaf.text = text
    return leaf
