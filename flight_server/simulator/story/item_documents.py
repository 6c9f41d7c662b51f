"""The items of an order as Orders v0 tells them, complete with everything restricted.

Goes from a Purchase and an instant to OrderItem documents; knows nothing of tokens or of what callers may see.
Before payment clears there are no prices, taxes, gift or promotion members (Orders v0, getOrderItems).
"""

from flight_server.simulator.story import words
from flight_server.simulator.story.amounts import Document, money, tax, wrap
from flight_server.simulator.story.order_documents import is_pickup, is_priced, shipped_lines
from flight_server.simulator.story.purchases import Line, Purchase


def item_documents(purchase: Purchase, as_of: int) -> list[Document]:
    """The OrderItems as they stand at an instant."""
    _, status, before = purchase.moment(as_of)
    gone = shipped_lines(purchase, status)
    has_prices = is_priced(status, before)
    return [
        _item(purchase, line, is_shipped=place < gone, has_prices=has_prices, status=status)
        for place, line in enumerate(purchase.lines)
    ]


def _item(purchase: Purchase, line: Line, *, is_shipped: bool, has_prices: bool, status: str) -> Document:
    product = line.listing.product
    item: Document = {
        "ASIN": product.asin,
        "SellerSKU": line.listing.sku,
        "OrderItemId": line.item_id,
        "Title": product.title(purchase.marketplace.language),
        "QuantityOrdered": 0 if status == "Canceled" and not has_prices else line.quantity,
        "QuantityShipped": line.quantity if is_shipped else 0,
        "ProductInfo": {"NumberOfItems": "1"},
        "IsTransparency": False,
    }
    if line.listing.condition == "Used":
        item["ConditionNote"] = words.CONDITION_NOTES[product.number % len(words.CONDITION_NOTES)]
    if product.number % 8:
        item |= {"ConditionId": line.listing.condition, "ConditionSubtypeId": line.listing.subcondition}
    if is_pickup(purchase):
        item["StoreChainStoreId"] = f"ISPU_Store_{purchase.whim % 4}"
    if status == "Canceled" and purchase.whim % 2:
        reason = words.CANCEL_REASONS[purchase.whim % len(words.CANCEL_REASONS)]
        item["BuyerRequestedCancel"] = {"IsBuyerRequestedCancel": "true", "BuyerCancelReason": reason}
    return item | _priced(purchase, line) if has_prices else item


def _priced(purchase: Purchase, line: Line) -> Document:
    currency = purchase.marketplace.currency
    members: Document = {
        "ItemPrice": money(currency, line.price),
        "ItemTax": money(currency, tax(purchase, line.price)),
        "PromotionDiscount": money(currency, line.promotion),
        "IsGift": "true" if line.is_gift else "false",
    }
    if line.shipping:
        members |= {
            "ShippingPrice": money(currency, line.shipping),
            "ShippingTax": money(currency, tax(purchase, line.shipping)),
            "ShippingDiscount": money(currency, 0),
        }
    if line.promotion:
        members["PromotionDiscountTax"] = money(currency, 0)
        members["PromotionIds"] = [
            f"VPC-{line.promotion % 89}|Core Free Shipping",
            f"Saisonrabatt {line.promotion % 7}",
        ]
    if purchase.is_business:
        members["PriceDesignation"] = "BusinessPrice"
    if purchase.payment == "COD":
        members |= {"CODFee": money(currency, 300), "CODFeeDiscount": money(currency, 300)}
    if purchase.marketplace.country == "US":
        members["TaxCollection"] = {"Model": "MarketplaceFacilitator", "ResponsibleParty": "Amazon Services, Inc."}
    if purchase.marketplace.currency == "EUR" and purchase.whim % 19 == 0:
        members["IossNumber"] = ""  # seen in Amazon's own examples: present and empty
    if purchase.channel == "AFN" and line.listing.product.noun.code in {"EAR", "PWR"}:
        members["SerialNumbers"] = [f"SN{line.item_id[-6:]}{n}" for n in range(line.quantity)]
    if purchase.whim % 23 == 0:
        members["AmazonPrograms"] = {"Programs": ["SUBSCRIBE_AND_SAVE"]}
    if line.listing.product.noun.code == "SCK":
        members["Measurement"] = {"Unit": "COUNT", "Value": float(2 * line.quantity)}
    info = _item_buyer_info(purchase, line)
    return members | {"BuyerInfo": info} if info else members


def _item_buyer_info(purchase: Purchase, line: Line) -> Document:
    info: Document = {}
    wrapping = wrap(purchase, line)
    if purchase.channel == "MFN" and line.listing.product.noun.code == "MUG":
        url = f"https://zme-caps.amazon.com/t/{line.item_id}/custom.zip"
        info["BuyerCustomizedInfo"] = {"CustomizedURL": url}
    if wrapping:
        info["GiftWrapPrice"] = money(purchase.marketplace.currency, wrapping)
        info["GiftWrapTax"] = money(purchase.marketplace.currency, 0)
        info["GiftWrapLevel"] = "Classic"
    if line.is_gift and purchase.channel == "MFN":
        info["GiftMessageText"] = words.GIFT_MESSAGES[purchase.whim % len(words.GIFT_MESSAGES)]
    return info
