"""An order as Orders v0 tells it: the complete Order document with everything restricted.

Goes from a Purchase and an instant to dictionaries; knows nothing of tokens or of what callers may see. Members,
their JSON types and when they are absent are those of Amazon's Orders v0 model.
"""

from flight_server.simulator.story import words
from flight_server.simulator.story.amounts import Document, iso, money, order_total
from flight_server.simulator.story.people import SHIP_FROM
from flight_server.simulator.story.purchases import DAY, Purchase

UNPRICED = frozenset({"Pending", "PendingAvailability"})
_ADDRESSED = frozenset({"Unshipped", "PartiallyShipped", "Shipped", "InvoiceUnconfirmed"})
_SPEEDS = ("Standard", "Expedited", "SecondDay")


def is_priced(status: str, before: str) -> bool:
    """Whether payment has cleared at some time, so that prices are told."""
    return status not in UNPRICED and not (status == "Canceled" and before in UNPRICED)


def shipped_lines(purchase: Purchase, status: str) -> int:
    """How many lines, counted from the first, have left."""
    if status == "PartiallyShipped":
        return (len(purchase.lines) + 1) // 2
    return len(purchase.lines) if status == "Shipped" else 0


def order_document(purchase: Purchase, as_of: int) -> Document:
    """The Order as it stands at an instant."""
    updated_at, status, before = purchase.moment(as_of)
    marketplace, whim = purchase.marketplace, purchase.whim
    gone = sum(line.quantity for line in purchase.lines[: shipped_lines(purchase, status)])
    open_count = 0 if status in UNPRICED or status == "Canceled" else sum(x.quantity for x in purchase.lines) - gone
    order: Document = {"AmazonOrderId": purchase.order_id}
    if purchase.channel == "MFN":
        order["SellerOrderId"] = f"WEB/{purchase.order_id[-7:]}" if whim % 9 == 0 else purchase.order_id
    order |= {
        "PurchaseDate": iso(purchase.placed_at),
        "LastUpdateDate": iso(updated_at),
        "OrderStatus": status,
        "FulfillmentChannel": purchase.channel,
        "SalesChannel": marketplace.name,
        "ShipServiceLevel": words.CARRIERS[whim % len(words.CARRIERS)],
    }
    if is_priced(status, before):
        order["OrderTotal"] = money(marketplace.currency, order_total(purchase))
    order |= {
        "NumberOfItemsShipped": gone,
        "NumberOfItemsUnshipped": open_count,
        "PaymentMethod": purchase.payment,
        "PaymentMethodDetails": _payment_details(purchase),
        "MarketplaceId": marketplace.marketplace_id,
        "ShipmentServiceLevelCategory": _SPEEDS[purchase.speed],
        "OrderType": "Preorder" if purchase.events[0][1] == "PendingAvailability" else "StandardOrder",
        "IsBusinessOrder": purchase.is_business,
        "IsPrime": purchase.channel == "AFN" or whim % 11 == 0,
        "IsPremiumOrder": purchase.speed == 2,
        "IsGlobalExpressEnabled": False,
        "IsReplacementOrder": whim % 97 == 0,
        "IsSoldByAB": False,
        "IsIBA": False,
        "IsISPU": is_pickup(purchase),
        "IsAccessPointOrder": whim % 41 == 0,
        "HasRegulatedItems": False,
    }
    if purchase.payment == "COD" and is_priced(status, before):
        order["PaymentExecutionDetail"] = _payments(purchase)
    if whim % 97 == 0:
        order["ReplacedOrderId"] = f"{purchase.order_id[:4]}{whim % 10**7:07d}-{purchase.order_id[-7:]}"
    return order | _seller_fulfilled(purchase) | _people(purchase, status)


def is_pickup(purchase: Purchase) -> bool:
    """Whether the buyer collects the order in a store."""
    return purchase.marketplace.country == "US" and purchase.channel == "MFN" and purchase.whim % 31 == 0


def _payment_details(purchase: Purchase) -> list[str]:
    if purchase.payment == "COD":
        return ["COD"]
    if purchase.whim % 17 == 0:
        return ["CreditCard", "GiftCertificate"]
    return ["CreditCard"] if purchase.whim % 3 else ["Standard"]


def _payments(purchase: Purchase) -> list[Document]:
    total, currency = order_total(purchase), purchase.marketplace.currency
    if purchase.whim % 2:
        return [{"Payment": money(currency, total), "PaymentMethod": "COD"}]
    card = total // 3
    return [
        {"Payment": money(currency, total - card), "PaymentMethod": "COD"},
        {"Payment": money(currency, card), "PaymentMethod": "GC"},
    ]


def _seller_fulfilled(purchase: Purchase) -> Document:
    if purchase.channel == "AFN":
        return {}
    day = purchase.placed_at - purchase.placed_at % DAY
    speed = 2 - purchase.speed
    region = "EU" if purchase.marketplace.utc_offset >= 0 else "NA"
    members: Document = {
        "EarliestShipDate": iso(day + DAY),
        "LatestShipDate": iso(day + (2 + speed) * DAY - 1),
        "EarliestDeliveryDate": iso(day + (3 + speed) * DAY),
        "LatestDeliveryDate": iso(day + (5 + 2 * speed) * DAY - 1),
        "DefaultShipFromLocationAddress": SHIP_FROM[region],
        "AutomatedShippingSettings": {"HasAutomatedShippingSettings": purchase.whim % 5 == 0},
    }
    if purchase.whim % 5 == 0:
        members["AutomatedShippingSettings"] = {
            "HasAutomatedShippingSettings": True,
            "AutomatedCarrier": "UPS",
            "AutomatedShipMethod": "UPS_2DAY",
        }
    if purchase.whim % 4 == 0:
        members["FulfillmentInstruction"] = {"FulfillmentSupplySourceId": f"supply-source-{purchase.whim % 3}"}
    return members


def _people(purchase: Purchase, status: str) -> Document:
    members: Document = {}
    if status not in UNPRICED:
        members["BuyerInfo"] = buyer_info(purchase)
    if status in _ADDRESSED:
        members["ShippingAddress"] = purchase.buyer.address
    if purchase.marketplace.country == "IT":
        members["ElectronicInvoiceStatus"] = "NotRequired" if status in UNPRICED else "Accepted"
    if purchase.whim % 13 == 0:
        members["SellerDisplayName"] = "Nordhain"
        members["MarketplaceTaxInfo"] = {"TaxClassifications": []}
    return members


def buyer_info(purchase: Purchase) -> Document:
    """The BuyerInfo of an order, complete."""
    info: Document = {"BuyerEmail": purchase.buyer.email, "BuyerName": purchase.buyer.name}
    if purchase.is_business:
        info["BuyerTaxInfo"] = {
            "CompanyLegalName": purchase.buyer.company,
            "TaxingRegion": purchase.marketplace.country,
            "TaxClassifications": [{"Name": "VATNumber", "Value": f"XX{purchase.whim % 10**9:09d}"}],
        }
        if purchase.whim % 2:
            info["PurchaseOrderNumber"] = f"PO#{purchase.whim % 9973}"
    return info
