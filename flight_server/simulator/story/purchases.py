"""What was bought in one order, and what happens to it over time.

Goes from a seed and the name of a purchase to a Purchase with its events; knows no JSON members. A status follows
from the events up to an instant: Pending, Unshipped, PartiallyShipped, Shipped; or Canceled on the way.
"""

import random
from bisect import bisect
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import accumulate

from flight_server.simulator.story.marketplaces import TAKEN_PART, Marketplace
from flight_server.simulator.story.people import Buyer, buyer
from flight_server.simulator.story.products import Listing

HOUR = 3600
DAY = 24 * HOUR


@dataclass(frozen=True)
class Line:
    """One item of an order; money in cents, per line."""

    listing: Listing
    item_id: str
    quantity: int
    price: int
    shipping: int
    promotion: int
    is_gift: bool


@dataclass(frozen=True)
class Purchase:
    """An order with everything that is fixed when it is placed, and its future."""

    order_id: str
    marketplace: Marketplace
    channel: str
    placed_at: int  # epoch seconds
    events: tuple[tuple[int, str], ...]  # instant and the status it brings, oldest first
    lines: tuple[Line, ...]
    buyer: Buyer
    is_business: bool
    payment: str
    speed: int  # index of the shipping speed
    whim: int  # a number that decides small irregularities

    def moment(self, as_of: int) -> tuple[int, str, str]:
        """Instant of the last event up to as_of, the status it brought, and the status before."""
        known = [event for event in self.events if event[0] <= as_of]
        return known[-1][0], known[-1][1], known[-2][1] if len(known) > 1 else ""


class Shop:
    """Which listings a marketplace offers by channel, ready to be drawn by popularity."""

    def __init__(self, seed: int, listings: Sequence[Listing]) -> None:
        self.seed = seed
        self._offers: dict[tuple[str, str], tuple[list[Listing], list[float]]] = {}
        for marketplace in TAKEN_PART:
            for channel in ("AFN", "MFN"):
                offered = [
                    listing
                    for listing in listings
                    if listing.channel == channel and marketplace.marketplace_id in listing.product.marketplace_ids
                ]
                self._offers[marketplace.marketplace_id, channel] = (
                    offered,
                    list(accumulate(listing.popularity for listing in offered)),
                )
        self._shares = list(accumulate(marketplace.share for marketplace in TAKEN_PART))
        self._buyers: dict[tuple[str, int, bool], Buyer] = {}
        self._priced: Callable[[Listing], Listing] = lambda listing: listing

    def priced(self, priced: Callable[[Listing], Listing]) -> "Shop":
        """The same shop at other prices."""
        other = copy(self)
        other._priced = priced
        return other

    def draw(self, rng: random.Random, marketplace: Marketplace, channel: str) -> Listing:
        """One listing, popular ones more often."""
        offered, weights = self._offers[marketplace.marketplace_id, channel]
        return self._priced(offered[min(bisect(weights, rng.random() * weights[-1]), len(offered) - 1)])

    def marketplace(self, rng: random.Random) -> Marketplace:
        """One marketplace, large ones more often."""
        return TAKEN_PART[bisect(self._shares, rng.random() * self._shares[-1] * 0.999_999)]

    def buyer(self, marketplace: Marketplace, number: int, *, is_business: bool) -> Buyer:
        """The buyer with this number; people come back."""
        key = (marketplace.country, number, is_business)
        if key not in self._buyers:
            self._buyers[key] = buyer(self.seed, marketplace, number, is_business=is_business)
        return self._buyers[key]


def purchase(shop: Shop, placed_at: int, name: str, line_count: int = 0) -> Purchase:
    """The purchase of that name; line_count forces a number of items, 0 lets chance decide."""
    rng = random.Random(f"{shop.seed}/order/{name}")
    marketplace = shop.marketplace(rng)
    channel = "AFN" if rng.random() < 0.68 else "MFN"
    is_business = rng.random() < 0.1 or line_count > 0
    count = line_count or bisect((0.72, 0.88, 0.95, 0.985), rng.random()) + 1
    lines = tuple(_line(rng, shop, marketplace, channel) for _ in range(count))
    order_id = f"{rng.choice(marketplace.order_prefixes)}-{rng.randrange(10**7):07d}-{rng.randrange(10**7):07d}"
    payment = "COD" if marketplace.country in {"MX", "IT", "ES"} and rng.random() < 0.06 else "Other"
    return Purchase(
        order_id=order_id,
        marketplace=marketplace,
        channel=channel,
        placed_at=placed_at,
        events=_events(rng, placed_at, channel, count, is_kept=line_count > 0),
        lines=lines,
        buyer=shop.buyer(marketplace, int(rng.random() * 3000), is_business=is_business),
        is_business=is_business,
        payment=payment,
        speed=bisect((0.7, 0.9), rng.random()),
        whim=rng.getrandbits(30),
    )


def _line(rng: random.Random, shop: Shop, marketplace: Marketplace, channel: str) -> Line:
    listing = shop.draw(rng, marketplace, channel)
    quantity = bisect((0.86, 0.95, 0.98), rng.random()) + 1
    price = listing.cents(marketplace) * quantity
    return Line(
        listing=listing,
        item_id=f"{rng.randrange(10**14):014d}",
        quantity=quantity,
        price=price,
        shipping=399 + 100 * rng.randrange(5) if channel == "MFN" and rng.random() < 0.5 else 0,
        promotion=price * rng.choice((5, 10, 15, 20)) // 100 if rng.random() < 0.12 else 0,
        is_gift=rng.random() < 0.06,
    )


def _events(
    rng: random.Random, placed_at: int, channel: str, line_count: int, *, is_kept: bool
) -> tuple[tuple[int, str], ...]:
    if rng.random() < 0.01 and not is_kept:  # pre-orders wait for their release
        opened = placed_at + rng.randrange(20, 40) * DAY
        start = [(placed_at, "PendingAvailability"), (opened, "Pending")]
    else:
        opened = placed_at
        start = [(placed_at, "Pending")]
    paid = opened + (rng.randrange(20 * 60, 9 * HOUR) if channel == "AFN" else rng.randrange(60, HOUR))
    chance = 1.0 if is_kept else rng.random()
    if chance < 0.02:
        return (*start, (opened + rng.randrange(HOUR, 20 * HOUR), "Canceled"))
    start.append((paid, "Unshipped"))
    if chance < 0.045:
        return (*start, (paid + rng.randrange(600, 2 * DAY), "Canceled"))
    shipped = paid + rng.randrange(4 * HOUR, (2 if channel == "AFN" else 4) * DAY)
    if line_count > 1 and rng.random() < 0.75:
        start.append(((paid + shipped) // 2, "PartiallyShipped"))
    start.append((shipped, "Shipped"))
    if rng.random() < 0.3:  # a late correction moves LastUpdateDate once more
        start.append((shipped + rng.randrange(DAY, 12 * DAY), "Shipped"))
    return tuple(start)
