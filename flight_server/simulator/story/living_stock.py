"""FBA stock of a world that lives: it goes down as orders ship, and a delivery fills it up again.

Goes from the story of an instant to summaries as `stock` writes them. What is held follows from the last delivery and
from the orders since, so nothing is counted up: a delivery comes every four weeks, to each SKU at a time of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from flight_server.simulator.chance import number
from flight_server.simulator.story.amounts import Document, iso
from flight_server.simulator.story.calendar import DAY_SECONDS
from flight_server.simulator.story.marketplaces import TAKEN_PART, Marketplace
from flight_server.simulator.story.order_documents import shipped_lines
from flight_server.simulator.story.products import Listing
from flight_server.simulator.story.purchases import Purchase
from flight_server.simulator.story.records import OrderRecord
from flight_server.simulator.story.stock import counted, held_listings, summary

PAUSE = 28 * DAY_SECONDS  # between two deliveries
# From the placing of an order to its shipping, and a delivery before that.
LOOKS_BACK = PAUSE + 45 * DAY_SECONDS
_UNITS = 1.5  # of an order, at most as a mean; a delivery holds enough for well over twice of that, and some
_ENOUGH, _SOME = 2.5, 60


@dataclass
class _Moved:
    """What has happened to one SKU since its last delivery."""

    shipped: int = 0
    waiting: int = 0  # of orders that are still to be shipped
    at: int = 0  # when the last of it happened


def living_stock(
    seed: int,
    as_of: int,
    marketplace: Marketplace,
    listings: Sequence[Listing],
    records: Sequence[OrderRecord],
    orders_a_day: float,
) -> list[Document]:
    """The summaries of a marketplace, given the records of orders placed in the time that matters."""
    held = held_listings(marketplace, listings)
    delivered = {one.sku: _delivered(seed, as_of, marketplace, one) for one in held}
    moved = {one.sku: _Moved(at=delivered[one.sku]) for one in held}
    for record in records:
        bought = record.purchase
        if bought.channel == "AFN" and bought.marketplace is marketplace:
            _count(bought, as_of, delivered, moved)
    units = _UNITS * orders_a_day * PAUSE / DAY_SECONDS * marketplace.share / sum(one.share for one in TAKEN_PART)
    popularity = sum(one.popularity for one in held)
    return [
        _standing(
            summary(seed, as_of, marketplace, one),
            moved[one.sku],
            ceil(_ENOUGH * units * one.popularity / popularity) + _SOME,
        )
        for one in held
    ]


def _delivered(seed: int, as_of: int, marketplace: Marketplace, listing: Listing) -> int:
    """When the last delivery came."""
    first = number(seed, marketplace.country, listing.sku, "delivery", below=PAUSE)
    return as_of - (as_of - first) % PAUSE


def _count(bought: Purchase, as_of: int, delivered: dict[str, int], moved: dict[str, _Moved]) -> None:
    for place, line in enumerate(bought.lines):
        sku = line.listing.sku
        one = moved[sku]
        at, status = _end(bought, place, as_of)
        one.at = max(one.at, at)
        if not status:
            one.waiting += line.quantity
        elif status != "Canceled" and at > delivered[sku]:
            one.shipped += line.quantity


def _end(bought: Purchase, place: int, as_of: int) -> tuple[int, str]:
    """When a line left or was set free again, and by which status; until then, when it was put aside, and none."""
    for at, status in bought.events:
        if at <= as_of and (status == "Canceled" or place < shipped_lines(bought, status)):
            return at, status
    return bought.placed_at, ""


def _standing(document: Document, moved: _Moved, delivery: int) -> Document:
    details = document["inventoryDetails"]
    assert isinstance(details, dict)
    fulfillable = max(0, details["fulfillableQuantity"] + delivery - moved.shipped - moved.waiting)
    reserved = {**details["reservedQuantity"], "pendingCustomerOrderQuantity": moved.waiting}
    told = counted({**details, "fulfillableQuantity": fulfillable, "reservedQuantity": reserved})
    return {**document, **told, "lastUpdatedTime": iso(moved.at)}
