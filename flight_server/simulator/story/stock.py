"""FBA stock per marketplace, as FBA Inventory v1 tells it with details.

Goes from seed, day and listings to InventorySummary documents; knows no paging and no filters. Members are those of
Amazon's FBA Inventory model.
"""

import random
from collections.abc import Sequence
from datetime import date

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
_RESEARCH = ("researchingQuantityInShortTerm", "researchingQuantityInMidTerm", "researchingQuantityInLongTerm")


def stock(seed: int, today: date, marketplace: Marketplace, listings: Sequence[Listing]) -> list[Document]:
    """The inventory summaries of one marketplace, in order of SKU, each with its details."""
    held = [
        listing
        for listing in listings
        if listing.channel == "AFN" and marketplace.marketplace_id in listing.product.marketplace_ids
    ]
    return [_summary(seed, today, marketplace, listing) for listing in sorted(held, key=lambda listing: listing.sku)]


def _summary(seed: int, today: date, marketplace: Marketplace, listing: Listing) -> Document:
    rng = random.Random(f"{seed}/stock/{marketplace.country}/{listing.sku}")
    held, details = _details(rng)
    summary: Document = {
        "asin": listing.product.asin,
        "fnSku": listing.fnsku,
        "sellerSku": listing.sku,
        "condition": "NewItem",
        "inventoryDetails": details,
        "productName": listing.product.title(marketplace.language),
        "totalQuantity": held,
        "stores": ["nordhain-store"] if rng.random() < 0.1 else [],
    }
    if rng.random() < 0.95:  # a SKU that never moved has no time of change
        age = int(rng.expovariate(1 / (20 * DAY_SECONDS))) + 600
        summary["lastUpdatedTime"] = iso(midnight(today) - age)
    return summary


def _details(rng: random.Random) -> tuple[int, Document]:
    """The units held in all, and how they are spread."""
    fulfillable = rng.choice((0, rng.randrange(1, 6), rng.randrange(6, 60), rng.randrange(60, 900)))
    receiving = rng.choice((0, 0, 0, 40))
    reserved = {
        "pendingCustomerOrderQuantity": rng.randrange(4),
        "pendingTransshipmentQuantity": rng.choice((0, 0, 12)),
        "fcProcessingQuantity": rng.choice((0, 0, 1)),
    }
    damaged = {name: rng.choice((0, 0, 0, 0, rng.randrange(1, 9))) for name in _DAMAGES}
    researched = [{"name": name, "quantity": rng.choice((0, 0, 0, 0, 0, 2))} for name in _RESEARCH]
    in_research = sum(int(entry["quantity"]) for entry in researched)
    held = fulfillable + receiving + sum(reserved.values()) + sum(damaged.values()) + in_research
    return held, {
        "fulfillableQuantity": fulfillable,
        "inboundWorkingQuantity": rng.choice((0, 0, 120)),
        "inboundShippedQuantity": rng.choice((0, 0, 60)),
        "inboundReceivingQuantity": receiving,
        "reservedQuantity": {"totalReservedQuantity": sum(reserved.values()), **reserved},
        "researchingQuantity": {
            "totalResearchingQuantity": in_research,
            "researchingQuantityBreakdown": researched,
        },
        "unfulfillableQuantity": {"totalUnfulfillableQuantity": sum(damaged.values()), **damaged},
    }
