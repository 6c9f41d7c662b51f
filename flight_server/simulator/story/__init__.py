"""The seller's story: everything the simulated Amazon knows at one instant.

Goes from seed, number of orders and an instant to complete documents, with all that is restricted, in the shape of
the APIs. Knows no HTTP, tokens, filters or pages. The same seed on the same day tells the same story; a later
instant of that day only knows more of it. A Story stays as it is, unless orders are told to move; a world that lives
(`living`) has one for every instant.
"""

import threading
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Protocol

from flight_server.simulator.story import account as seller
from flight_server.simulator.story.amounts import Document
from flight_server.simulator.story.calendar import aged_instants, instants
from flight_server.simulator.story.catalog_documents import DATASETS, catalog_document
from flight_server.simulator.story.marketplaces import MARKETPLACE_BY_ID, TAKEN_PART
from flight_server.simulator.story.offers import competition, offer
from flight_server.simulator.story.products import Listing, Product, listings, products
from flight_server.simulator.story.purchases import Shop, purchase
from flight_server.simulator.story.records import OrderRecord, record_of
from flight_server.simulator.story.stock import stock

__all__ = ["LAG_SECONDS", "OrderRecord", "Story", "World"]

# Amazon tells orders only up to two minutes before now (Orders v0, CreatedBefore).
LAG_SECONDS = 120


class World(Protocol):
    """What tells the story of every instant."""

    @property
    def seed(self) -> int:
        """What all of it follows from."""

    def at(self, moment: datetime) -> "Story":
        """The story as it is known at an instant."""


class Story:
    """All data of one seller. What its methods return is shared: read it, do not change it."""

    lives = False  # whether another instant has another story
    # How many records a world has forgotten before the first of either list: what counts places goes on counting.
    placed_before = 0
    updated_before = 0

    def __init__(self, seed: int, order_count: int, now: datetime) -> None:
        sold = products(seed)
        self._begin(seed, int(now.timestamp()) - LAG_SECONDS, now.date(), sold, listings(seed, sold))
        shop = self._shop = Shop(seed, self.listings)
        moments = sorted(instants(seed, order_count, self.today))
        large = {int(len(moments) * share): lines for share, lines in ((0.55, 137), (0.93, 230))}
        told = [
            record_of(purchase(shop, placed_at, name, large.get(place, 0)), self.as_of)
            for place, (placed_at, name) in enumerate(moments)
            if placed_at <= self.as_of
        ]
        aged = [record_of(purchase(shop, *moment), self.as_of) for moment in aged_instants(self.today)]
        self._told = told
        self._moving = threading.Lock()
        self.by_placed = sorted([*aged, *told], key=lambda record: (record.placed_at, record.order_id))
        self.by_updated = sorted(self.by_placed, key=lambda record: (record.updated_at, record.order_id))
        self.record_by_id = {record.order_id: record for record in self.by_placed}
        self._stock = {
            marketplace.marketplace_id: stock(seed, self.today, marketplace, self.listings)
            for marketplace in TAKEN_PART
        }

    def _begin(
        self, seed: int, as_of: int, today: date, sold: tuple[Product, ...], offered: tuple[Listing, ...]
    ) -> None:
        self.seed = seed
        self.as_of = as_of
        self.today = today
        self.products = sold
        self.listings = offered
        self.product_by_asin = {product.asin: product for product in sold}
        self.listing_by_sku = {listing.sku: listing for listing in offered}
        self._listings_by_asin: dict[str, list[Listing]] = {}
        for listing in offered:
            self._listings_by_asin.setdefault(listing.product.asin, []).append(listing)
        self.seller_id = seller.SELLER_ID

    def at(self, _moment: datetime) -> "Story":
        """This story, whatever the instant: it is frozen."""
        return self

    def orders(self) -> list[Document]:
        """Every order that getOrders can return, by purchase date, complete with what is restricted."""
        told = sorted(self._told, key=lambda record: (record.placed_at, record.order_id))
        return [self.record_by_id[record.order_id].order for record in told]

    def change(self, order_id: str, status: str, as_of: int) -> None:
        """Let an order take a step: it stands at the end of `by_updated`, where its earlier state is left behind."""
        with self._moving:
            earlier = self.record_by_id[order_id]
            events = (*(event for event in earlier.purchase.events if event[0] <= as_of), (as_of, status))
            record = record_of(replace(earlier.purchase, events=events), as_of)
            self.by_placed[self.by_placed.index(earlier)] = record
            self._tell(record)

    def place(self, as_of: int) -> None:
        """Let a new order arrive."""
        with self._moving:
            record = record_of(purchase(self._shop, as_of, f"arrived/{len(self._told)}"), as_of)
            self._told.append(record)
            self.by_placed.append(record)
            self._tell(record)

    def is_current(self, record: OrderRecord) -> bool:
        """Whether the record is the last state of its order."""
        return self.record_by_id.get(record.order_id) is record

    def _tell(self, record: OrderRecord) -> None:
        self.record_by_id[record.order_id] = record
        self.by_updated.append(record)

    def aged_orders(self) -> list[Document]:
        """Orders over two years old, which getOrders leaves out."""
        told = {record.order_id for record in self._told}
        return [record.order for record in self.by_placed if record.order_id not in told]

    def order_items(self, order_id: str) -> list[Document]:
        """The items of an order, complete."""
        return self.record_by_id[order_id].items

    def placed_between(self, start: float, end: float) -> Iterable[OrderRecord]:
        """Records placed from start to before end (epoch seconds), oldest first."""
        first = bisect_left(self.by_placed, start, key=lambda record: record.placed_at)
        last = bisect_left(self.by_placed, end, key=lambda record: record.placed_at)
        return self.by_placed[first:last]

    def inventory(self, marketplace_id: str) -> list[Document]:
        """The FBA inventory summaries of a marketplace, by SKU, with details."""
        return self._stock[marketplace_id]

    def asins(self, marketplace_id: str) -> list[str]:
        """The ASINs that a marketplace's catalog holds, other sellers' too."""
        return [product.asin for product in self.products if marketplace_id in product.marketplace_ids]

    def skus(self, marketplace_id: str) -> list[str]:
        """This seller's SKUs in a marketplace."""
        return [listing.sku for listing in self.listings if marketplace_id in listing.product.marketplace_ids]

    def catalog_item(self, asin: str, marketplace_id: str, datasets: Iterable[str] = DATASETS) -> Document:
        """The catalog's Item of one marketplace, with every dataset unless told otherwise."""
        return catalog_document(self.product_by_asin[asin], [MARKETPLACE_BY_ID[marketplace_id]], list(datasets))

    def listings_of(self, asin: str, marketplace_id: str) -> list[Listing]:
        """This seller's listings of a product in a marketplace."""
        found = self._listings_by_asin.get(asin, [])
        return [listing for listing in found if marketplace_id in listing.product.marketplace_ids]

    def repriced_at(self, sku: str) -> int | None:
        """Since when a SKU has its price; None where prices do not change."""
        return None

    def offer(self, sku: str, marketplace_id: str, offer_type: str = "B2C") -> Document | None:
        """This seller's offer of a SKU in a marketplace, as getPricing tells it."""
        return offer(self.listing_by_sku[sku], MARKETPLACE_BY_ID[marketplace_id], offer_type)

    def competition(self, asin: str, marketplace_id: str, customer: str = "Consumer") -> Document:
        """Competitive prices and sales ranks of a product, as getCompetitivePricing tells them."""
        mine = self.listings_of(asin, marketplace_id)
        marketplace = MARKETPLACE_BY_ID[marketplace_id]
        return competition(self.product_by_asin[asin], marketplace, mine, customer, self.seller_id)

    def participations(self) -> list[Document]:
        """The seller's marketplaces."""
        return seller.participations()

    def account(self) -> Document:
        """The seller account."""
        return seller.account()
