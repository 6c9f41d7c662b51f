"""Prices of this seller's offers and of the competition, as Product Pricing v0 tells them.

Goes from product or listing and marketplace to Product documents; knows no parameters. Amounts are JSON numbers in
this API, so they are Decimals here. Members are those of Amazon's model.
"""

import random
from collections.abc import Sequence
from decimal import Decimal

from flight_server.simulator.story.catalog_documents import sales_rank
from flight_server.simulator.story.marketplaces import Marketplace
from flight_server.simulator.story.products import Listing, Product

Document = dict[str, object]


def _amount(marketplace: Marketplace, cents: int) -> Document:
    return {"CurrencyCode": marketplace.currency, "Amount": Decimal(cents).scaleb(-2)}


def _price(marketplace: Marketplace, listing_cents: int, shipping_cents: int) -> Document:
    return {
        "LandedPrice": _amount(marketplace, listing_cents + shipping_cents),
        "ListingPrice": _amount(marketplace, listing_cents),
        "Shipping": _amount(marketplace, shipping_cents),
    }


def offer(listing: Listing, marketplace: Marketplace, offer_type: str) -> Document | None:
    """This seller's offer of a listing to consumers (B2C) or businesses (B2B), if there is one."""
    regular = listing.cents(marketplace)
    sale = regular * 90 // 100 if listing.product.number % 6 == 0 else regular
    shipping = 499 if listing.channel == "MFN" and listing.product.number % 2 else 0
    told: Document = {
        "offerType": offer_type,
        "BuyingPrice": _price(marketplace, sale, shipping),
        "RegularPrice": _amount(marketplace, regular),
        "FulfillmentChannel": "AMAZON" if listing.channel == "AFN" else "MERCHANT",
        "ItemCondition": listing.condition,
        "ItemSubCondition": listing.subcondition,
        "SellerSKU": listing.sku,
    }
    if offer_type == "B2C":
        return told
    if listing.product.number % 3:
        return None
    business = regular * 95 // 100
    return told | {
        "BuyingPrice": _price(marketplace, business, shipping),
        "businessPrice": _amount(marketplace, business),
        "quantityDiscountPrices": [
            {
                "quantityTier": tier,
                "quantityDiscountType": "QUANTITY_DISCOUNT",
                "listingPrice": _amount(marketplace, business * percent // 100),
            }
            for tier, percent in ((5, 97), (20, 92))
        ],
    }


def competition(
    product: Product, marketplace: Marketplace, listings: Sequence[Listing], customer: str, seller_id: str
) -> Document:
    """Competitive prices, the number of offers and the sales ranks of a product."""
    rng = random.Random(f"{product.asin}/{marketplace.country}/competition")
    base = product.cents * marketplace.price_percent // 100
    others = rng.randrange(9)
    mine = next((listing for listing in listings if listing.condition == "New"), None)
    prices: list[Document] = []
    if others or mine:
        is_mine = mine is not None and (not others or rng.random() < 0.5)
        cents = mine.cents(marketplace) if mine and is_mine else base * rng.randrange(88, 110) // 100
        prices.append(_competitive_price("1", "New", is_mine, customer, _price(marketplace, cents, 0)))
        if is_mine:
            prices[0]["sellerId"] = seller_id
    if others > 5:
        used = _price(marketplace, base * 6 // 10, 399)
        prices.append(_competitive_price("2", "Used", False, customer, used))
    count = others + len(listings)
    new_count = min(others, 6) + (mine is not None)
    counts = [{"Count": count, "condition": "Any"}, {"Count": new_count, "condition": "New"}]
    pricing: Document = {"CompetitivePrices": prices, "NumberOfOfferListings": counts if count else []}
    if rng.random() < 0.1:
        pricing["TradeInValue"] = _amount(marketplace, base // 5)
    rank = sales_rank(product, marketplace)
    ranks = [
        {"ProductCategoryId": product.category.display_group, "Rank": rank},
        {"ProductCategoryId": product.category.node, "Rank": rank // 40 + 1},
    ]
    return {"CompetitivePricing": pricing, "SalesRankings": ranks if product.number % 10 != 9 else []}


def _competitive_price(price_id: str, condition: str, is_mine: bool, customer: str, price: Document) -> Document:
    told: Document = {
        "CompetitivePriceId": price_id,
        "Price": price,
        "condition": condition,
        "subcondition": "New" if condition == "New" else "Good",
        "belongsToRequester": is_mine,
    }
    return told | ({"offerType": "B2B"} if customer == "Business" else {})
