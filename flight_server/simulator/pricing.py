"""Product Pricing v0: this seller's prices and the competition's, for up to twenty ASINs or SKUs.

Declares the operations as Amazon's model does; the data comes from the story. Every id asked for gets an entry in the
answer, in the order asked: `Success`, or `ClientError` where the marketplace does not know it.
"""

from collections.abc import Callable

from flight_server.simulator.answers import invalid
from flight_server.simulator.operations import OperationCall, operation
from flight_server.simulator.parameters import Parameter
from flight_server.simulator.story.amounts import Document
from flight_server.simulator.story.products import Listing

_ASKED = (
    Parameter("MarketplaceId", required=True, is_marketplace=True),
    Parameter("Asins", "texts", at_most=20),
    Parameter("Skus", "texts", at_most=20),
    Parameter("ItemType", required=True, allowed=("Asin", "Sku")),
)
Teller = Callable[[str, list[Listing]], Document]
_CONDITIONS = ("New", "Used", "Collectible", "Refurbished", "Club")


@operation(
    "GET",
    "/products/pricing/v0/price",
    "getPricing",
    rate="0.5",
    burst=1,
    parameters=(
        *_ASKED,
        Parameter("ItemCondition", allowed=_CONDITIONS),
        Parameter("OfferType", allowed=("B2C", "B2B")),
    ),
)
def get_pricing(call: OperationCall) -> object:
    """This seller's offers."""
    marketplace_id = call.parameters.text("MarketplaceId")
    offer_type = call.parameters.text("OfferType", "B2C")
    condition = call.parameters.text("ItemCondition")

    def told(_asin: str, listings: list[Listing]) -> Document:
        offers = [
            call.story.offer(listing.sku, marketplace_id, offer_type)
            for listing in listings
            if not condition or listing.condition == condition
        ]
        return {"Offers": [one for one in offers if one is not None]}

    return {"payload": _entries(call, told)}


@operation(
    "GET",
    "/products/pricing/v0/competitivePrice",
    "getCompetitivePricing",
    rate="0.5",
    burst=1,
    parameters=(*_ASKED, Parameter("CustomerType", allowed=("Consumer", "Business"))),
)
def get_competitive_pricing(call: OperationCall) -> object:
    """Competitive prices, numbers of offers and sales ranks."""
    marketplace_id = call.parameters.text("MarketplaceId")
    customer = call.parameters.text("CustomerType", "Consumer")
    return {"payload": _entries(call, lambda asin, _: call.story.competition(asin, marketplace_id, customer))}


def _entries(call: OperationCall, told: Teller) -> list[Document]:
    by_sku = call.parameters.text("ItemType") == "Sku"
    name = "Skus" if by_sku else "Asins"
    values = call.parameters.texts(name)
    if not values:
        raise invalid(f"{name} is required with ItemType {'Sku' if by_sku else 'Asin'}.")
    return [_entry(call, value, told, by_sku=by_sku) for value in values]


def _entry(call: OperationCall, value: str, told: Teller, *, by_sku: bool) -> Document:
    marketplace_id = call.parameters.text("MarketplaceId")
    member = "SellerSKU" if by_sku else "ASIN"
    if by_sku:
        listing = call.story.listing_by_sku.get(value)
        product = listing.product if listing else None
        listings = [listing] if listing else []
    else:
        product = call.story.product_by_asin.get(value)
        listings = call.story.listings_of(value, marketplace_id)
    if product is None or marketplace_id not in product.marketplace_ids:
        return {"status": "ClientError", member: value}
    # An entry asked for by ASIN carries an SKU identifier of empty texts, as in Amazon's own examples.
    identifiers = {
        "MarketplaceASIN": {"MarketplaceId": marketplace_id, "ASIN": product.asin},
        "SKUIdentifier": {
            "MarketplaceId": marketplace_id if by_sku else "",
            "SellerId": call.story.seller_id if by_sku else "",
            "SellerSKU": value if by_sku else "",
        },
    }
    told_of_it = told(product.asin, listings)
    return {"status": "Success", member: value, "Product": {"Identifiers": identifiers, **told_of_it}}
