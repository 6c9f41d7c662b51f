"""A world that lives: the story of every instant, derived from the seed and the instant alone.

Nothing is changed as time passes. A day's purchases follow from the day, each with all that will ever happen to it;
the story of an instant holds what has happened until then. So two looks at one instant agree, whichever came first
and whenever the world was made. What is long past two years old is forgotten, day by day; stories between which
nothing happened to orders share their lists.
"""

import threading
from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from operator import attrgetter

from flight_server.simulator.chance import number
from flight_server.simulator.story import LAG_SECONDS, Story
from flight_server.simulator.story.amounts import Document
from flight_server.simulator.story.calendar import DAY_SECONDS, DAYS_BACK, living_instants, midnight
from flight_server.simulator.story.living_stock import LOOKS_BACK, living_stock
from flight_server.simulator.story.marketplaces import MARKETPLACE_BY_ID
from flight_server.simulator.story.prices import Prices
from flight_server.simulator.story.products import Listing, listings, products
from flight_server.simulator.story.purchases import Purchase, Shop, purchase
from flight_server.simulator.story.records import OrderRecord

_DAYS_TOLD = 730
# Reports look at moments up to ninety days ago, and those look two years back as well.
_DAYS_KEPT = _DAYS_TOLD + 130
_STORIES_KEPT = 8
_LARGE = {0: 137, 1: 230}  # items of two orders out of so many
_LARGE_ONE_OF = 1500
_PLACED, _UPDATED = attrgetter("placed_at", "order_id"), attrgetter("updated_at", "order_id")


@dataclass(frozen=True)
class _Orders:
    """Orders as they stand after everything that has happened until an instant."""

    by_placed: list[OrderRecord]
    by_updated: list[OrderRecord]  # every state that there was: the earlier ones keep their places
    record_by_id: dict[str, OrderRecord]
    placed_before: int
    updated_before: int


class LivingStory(Story):
    """The story of one instant of a living world."""

    lives = True

    def __init__(self, world: "LivingWorld", as_of: int, orders: _Orders) -> None:
        self._begin(world.seed, as_of, _day(as_of), world.products, world.listings_on(_day(as_of)))
        self.by_placed, self.by_updated, self.record_by_id = orders.by_placed, orders.by_updated, orders.record_by_id
        self.placed_before, self.updated_before = orders.placed_before, orders.updated_before

        self._orders_a_day = world.orders_a_day
        self._prices = world.prices
        self._held: dict[str, list[Document]] = {}

    def inventory(self, marketplace_id: str) -> list[Document]:
        """The FBA inventory summaries of a marketplace, by SKU, with details."""
        if marketplace_id not in self._held:
            marketplace = MARKETPLACE_BY_ID[marketplace_id]
            records = list(self.placed_between(self.as_of - LOOKS_BACK, self.as_of + 1))
            self._held[marketplace_id] = living_stock(
                self.seed, self.as_of, marketplace, self.listings, records, self._orders_a_day
            )
        return self._held[marketplace_id]

    def repriced_at(self, sku: str) -> int | None:
        """Since when a SKU has its price."""
        return midnight(self._prices.changed_on(sku, self.today))

    def orders(self) -> list[Document]:
        """Every order that getOrders can return, by purchase date, complete with what is restricted."""
        return [record.order for record in self.by_placed if record.placed_at >= self._oldest]

    def aged_orders(self) -> list[Document]:
        """Orders over two years old, which getOrders leaves out."""
        return [record.order for record in self.by_placed if record.placed_at < self._oldest]

    @property
    def _oldest(self) -> int:
        return self.as_of + LAG_SECONDS - _DAYS_TOLD * DAY_SECONDS


class LivingWorld:
    """Tells the story of every instant; may be asked from any thread."""

    def __init__(self, seed: int, order_count: int) -> None:
        self.seed = seed
        self.products = products(seed)
        self.prices = Prices(seed)
        self._listings = listings(seed, self.products)
        self.orders_a_day = order_count / DAYS_BACK
        self._order_count = order_count
        self._shop = Shop(seed, self._listings)
        self._lock = threading.Lock()
        self._placed: list[OrderRecord] = []  # the first state of every order
        self._states: list[OrderRecord] = []  # every state of every order, those to come too
        self._first: date | None = None
        self._next = date.min  # the first day that is not yet derived
        self._placed_before = self._updated_before = 0
        self._stories: OrderedDict[int, LivingStory] = OrderedDict()
        self._offered: tuple[date, tuple[Listing, ...]] | None = None
        self._orders: tuple[tuple[int, int], _Orders] | None = None

    def at(self, moment: datetime) -> LivingStory:
        """The story as it is known at an instant."""
        as_of = int(moment.timestamp()) - LAG_SECONDS
        with self._lock:
            story = self._stories.get(as_of)
            if story is None:
                self._derive_until(_day(as_of))
                story = self._stories[as_of] = LivingStory(self, as_of, self._orders_at(as_of))
                if len(self._stories) > _STORIES_KEPT:
                    self._stories.popitem(last=False)
            self._stories.move_to_end(as_of)
            return story

    def listings_on(self, day: date) -> tuple[Listing, ...]:
        """What is offered on a day, at that day's prices."""
        if self._offered is None or self._offered[0] != day:
            self._offered = day, tuple(self.prices.on(listing, day) for listing in self._listings)
        return self._offered[1]

    def _orders_at(self, as_of: int) -> _Orders:
        count = bisect_right(self._states, as_of, key=attrgetter("updated_at"))
        key = (self._updated_before + count, self._placed_before)
        if self._orders is None or self._orders[0] != key:
            self._orders = key, self._told(as_of, count)
        return self._orders[1]

    def _told(self, as_of: int, count: int) -> _Orders:
        placed = self._placed[: bisect_right(self._placed, as_of, key=attrgetter("placed_at"))]
        states = self._states[:count]
        current = {record.order_id: record for record in states}
        records = [current[record.order_id] for record in placed]
        by_id = {record.order_id: record for record in records}
        return _Orders(records, states, by_id, self._placed_before, self._updated_before)

    def _derive_until(self, day: date) -> None:
        """Derive the purchases of every day until this one, and forget those of days long past."""
        if day < self._next:
            return
        oldest = day - timedelta(days=_DAYS_KEPT)
        if self._first is None:
            self._first = oldest
        self._next = max(self._next, oldest)
        while self._next <= day:
            shop = self._shop.priced(partial(self.prices.on, day=self._next))
            for placed_at, name in living_instants(self.seed, self._order_count, self._next):
                states = _states(purchase(shop, placed_at, name, self._line_count(name)))
                self._placed.append(states[0])
                self._states += states
            self._next += timedelta(days=1)
        # Nearly sorted already, which sorting makes use of. What is new lies after all that has been told.
        self._placed.sort(key=_PLACED)
        self._states.sort(key=_UPDATED)
        if oldest > self._first:
            self._forget(midnight(oldest))
            self._first = oldest

    def _line_count(self, name: str) -> int:
        return _LARGE.get(number(self.seed, name, "large", below=_LARGE_ONE_OF), 0)

    def _forget(self, until: int) -> None:
        placed = bisect_right(self._placed, until - 1, key=attrgetter("placed_at"))
        updated = bisect_right(self._states, until - 1, key=attrgetter("updated_at"))
        del self._placed[:placed], self._states[:updated]
        self._placed_before += placed
        self._updated_before += updated


def _states(bought: Purchase) -> list[OrderRecord]:
    return [OrderRecord(bought.order_id, bought.placed_at, at, bought, at) for at, _ in bought.events]


def _day(epoch: int) -> date:
    return datetime.fromtimestamp(epoch, UTC).date()
