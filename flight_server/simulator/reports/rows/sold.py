"""What happened to the items of orders after they were sold: shipped, returned, refunded, reimbursed.

Goes from the story's orders to events, each with its moment; what an order does not tell follows from its item's id
alone, so that every report tells the same of it. Knows no document.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flight_server.simulator.chance import number
from flight_server.simulator.reports.places import PLACES, Place
from flight_server.simulator.story import OrderRecord, Story
from flight_server.simulator.story.postings import LONGEST, refunded_at, returned_at
from flight_server.simulator.story.purchases import DAY, Line

_CENTERS = {"US": ("ACY1", "LEX1", "PHX3"), "CA": ("YYZ4", "YVR2"), "MX": ("MEX1",), "GB": ("LTN1", "BHX4"),
            "DE": ("LEJ1", "DUS2"), "FR": ("ORY1",), "IT": ("MXP5",), "ES": ("MAD4",)}  # fmt: skip
_REASONS = ("DEFECTIVE", "UNWANTED_ITEM", "NOT_AS_DESCRIBED", "ORDERED_WRONG_ITEM", "DAMAGED_BY_FC")


@dataclass(frozen=True)
class Sold:
    """One item of an order that has left."""

    record: OrderRecord
    line: Line
    item: Any  # as getOrderItems tells it
    place: Place
    shipped_at: int

    @property
    def is_fba(self) -> bool:
        """Whether Amazon sent it."""
        return self.record.purchase.channel == "AFN"

    @cached_property
    def center(self) -> str:
        """The warehouse it left."""
        centers = _CENTERS.get(self.place.country, ("XXX1",))
        return centers[self._draw("center", len(centers))]

    @property
    def shipment_id(self) -> str:
        """The shipment it was part of."""
        return f"D{number(self.record.order_id, self.shipped_at, below=36**8):08X}"

    @cached_property
    def returned_at(self) -> int | None:
        """When it came back, if it did."""
        return returned_at(self.line.item_id, self.shipped_at)

    @property
    def refunded_at(self) -> int | None:
        """When the buyer got the money back."""
        return refunded_at(self.line.item_id, self.shipped_at)

    @cached_property
    def reimbursed_at(self) -> int | None:
        """When Amazon paid for one it lost or broke."""
        if not self.is_fba or self._draw("loses", 100) >= 3:
            return None
        return self.shipped_at + 20 * DAY + self._draw("claim", 20 * DAY)

    @property
    def return_reason(self) -> str:
        """Why it came back."""
        return _REASONS[self._draw("reason", len(_REASONS))]

    @property
    def commission(self) -> int:
        """Amazon's share of the price, in cents."""
        return (self.line.price * 15 + 50) // 100

    @property
    def fulfilment_fee(self) -> int:
        """What sending it cost, in cents; nothing where the seller sent it."""
        return 322 * self.line.quantity if self.is_fba else 0

    def _draw(self, what: str, below: int) -> int:
        return number(self.line.item_id, what, below=below)


def sold(story: Story, places: tuple[Place, ...], start: float, end: float) -> Iterator[Sold]:
    """Every item shipped so far to which something may have happened from start to before end."""
    wanted = {one.marketplace_id for one in places}
    for record in story.placed_between(start - LONGEST, end):
        if record.order["MarketplaceId"] not in wanted or not story.is_current(record):
            continue
        place = PLACES[str(record.order["MarketplaceId"])]
        for line, item in zip(record.purchase.lines, record.items, strict=True):
            if item["QuantityShipped"]:
                yield Sold(record, line, item, place, _shipped_at(record, story.as_of))


def _shipped_at(record: OrderRecord, as_of: int) -> int:
    """The first moment at which items left."""
    left = (at for at, status in record.purchase.events if status in {"PartiallyShipped", "Shipped"} and at <= as_of)
    return min(left, default=record.updated_at)
