"""FBA stock per marketplace, as FBA Inventory v1 tells it with details.

Goes from seed, day and listings to InventorySummary documents; knows no paging and no filters. Members are those of
Amazon's FBA Inventory model.
"""

import random
from collections.abc import Sequence
from datetime import date
from typing import Any

from flight_server.simulator.story.amounts import Document, iso
from flight_server.simulator.story.calendar import DAY_SECONDS, midnight
from flight_server.simulator.story.marketplaces import Marketplace
from flight_server.simulator.story.products import Listing

_DAMAGES = (
    "customerDamagedQuantity",
    "warehouseDamagedQuantity",
    "distributorDamagedQuantity",
    "carrierDamagedQuantity",
    "defectiveQuantity",
    "expiredQuantity",
)
_RESERVES = ("pendingCustomerOrderQuantity", "pendingTransshipmentQuantity", "fcProcessingQuantity")
_RESEARCH = ("researchingQuantityInShortTerm", "researchingQuantityInMidTerm", "researchingQuantityInLongTerm")


def stock(seed: int, today: date, marketplace: Marketplace, listings: Sequence[Listing]) -> list[Document]:
    """The inventory summaries of one marketplace, in order of SKU, each with its details."""
    start = midnight(today)
    return [summary(seed, start, marketplace, listing) for listing in held_listings(marketplace, listings)]


def held_listings(marketplace: Marketplace, listings: Sequence[Listing]) -> list[Listing]:
    """What Amazon holds in a marketplace, by SKU."""
    held = [
        listing
        for listing in listings
        if listing.channel == "AFN" and marketplace.marketplace_id in listing.product.marketplace_ids
    ]
    return sorted(held, key=lambda listing: listing.sku)


def summary(seed: int, until: int, marketplace: Marketplace, listing: Listing) -> Document:
    """The stock of one listing, which changed last some time before an instant."""
    rng = random.Random(f"{seed}/stock/{marketplace.country}/{listing.sku}")
    told = counted(_details(rng))
    document: Document = {
        "asin": listing.product.asin,
        "fnSku": listing.fnsku,
        "sellerSku": listing.sku,
        "condition": "NewItem",
        "inventoryDetails": told["inventoryDetails"],
        "productName": listing.product.title(marketplace.language),
        "totalQuantity": told["totalQuantity"],
        "stores": ["nordhain-store"] if rng.random() < 0.1 else [],
    }
    if rng.random() < 0.95:  # a SKU that never moved has no time of change
        age = int(rng.expovariate(1 / (20 * DAY_SECONDS))) + 600
        document["lastUpdatedTime"] = iso(until - age)
    return document


def counted(details: dict[str, Any]) -> Document:
    """The details, with the units that are reserved and those held in all."""
    waiting = {name: details["reservedQuantity"][name] for name in _RESERVES}
    reserved = {"totalReservedQuantity": sum(waiting.values()), **waiting}
    held = (
        details["fulfillableQuantity"]
        + details["inboundReceivingQuantity"]
        + reserved["totalReservedQuantity"]
        + details["researchingQuantity"]["totalResearchingQuantity"]
        + details["unfulfillableQuantity"]["totalUnfulfillableQuantity"]
    )
    return {"totalQuantity": held, "inventoryDetails": {**details, "reservedQuantity": reserved}}


def _details(rng: random.Random) -> dict[str, Any]:
    """How units are spread."""
    fulfillable = rng.choice((0, rng.randrange(1, 6), rng.randrange(6, 60), rng.randrange(60, 900)))
    receiving = rng.choice((0, 0, 0, 40))
    reserved = {
        "pendingCustomerOrderQuantity": rng.randrange(4),
        "pendingTransshipmentQuantity": rng.choice((0, 0, 12)),
        "fcProcessingQuantity": rng.choice((0, 0, 1)),
    }
    damaged = {name: rng.choice((0, 0, 0, 0, rng.randrange(1, 9))) for name in _DAMAGES}
    researched = [{"name": name, "quantity": rng.choice((0, 0, 0, 0, 0, 2))} for name in _RESEARCH]
    return {
        "fulfillableQuantity": fulfillable,
        "inboundWorkingQuantity": rng.choice((0, 0, 120)),
        "inboundShippedQuantity": rng.choice((0, 0, 60)),
        "inboundReceivingQuantity": receiving,
        "reservedQuantity": reserved,
        "researchingQuantity": {
            "totalResearchingQuantity": sum(int(entry["quantity"]) for entry in researched),
            "researchingQuantityBreakdown": researched,
        },
        "unfulfillableQuantity": {"totalUnfulfillableQuantity": sum(damaged.values()), **damaged},
    }
