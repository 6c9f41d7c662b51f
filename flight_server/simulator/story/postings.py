"""What an order brings to the seller's account: when each event is posted, and when Amazon begins to tell of it.

Goes from a purchase to postings, all that there will ever be; knows no amounts. An event carries the moment at which
it happened and is told up to 48 hours later (Finances: "orders from the last 48 hours may not be included").
"""

from collections.abc import Iterator
from dataclasses import dataclass

from flight_server.simulator.chance import number
from flight_server.simulator.story.purchases import DAY, HOUR, Purchase

LONGEST = 75 * DAY  # from an order's placing to the last thing that happens to it
LATEST = 48 * HOUR  # from an event to its being told
_RETURNED_OF_100 = 7


@dataclass(frozen=True)
class Posting:
    """One event of an order, with the line of the order that it begins with."""

    kind: str  # shipment or refund
    posted_at: int
    told_at: int
    line: int


def returned_at(item_id: str, shipped_at: int) -> int | None:
    """When an item that was shipped comes back, if it does."""
    if number(item_id, "returns", below=100) >= _RETURNED_OF_100:
        return None
    return shipped_at + 5 * DAY + number(item_id, "way back", below=25 * DAY)


def refunded_at(item_id: str, shipped_at: int) -> int | None:
    """When the buyer of an item that came back gets the money back."""
    came_back = returned_at(item_id, shipped_at)
    return came_back + HOUR if came_back else None


def postings(bought: Purchase) -> Iterator[Posting]:
    """A posting when the first items of an order leave, one for those that leave later, one for each refund."""
    left: dict[str, int] = {}
    for at, status in bought.events:
        if status in {"PartiallyShipped", "Shipped"} and status not in left:
            left[status] = at
            yield _posting(bought, "shipment", at, 0 if len(left) == 1 else (len(bought.lines) + 1) // 2)
    for place, line in enumerate(bought.lines):
        refunded = refunded_at(line.item_id, min(left.values())) if left else None
        if refunded:
            yield _posting(bought, "refund", refunded, place)


def _posting(bought: Purchase, kind: str, at: int, line: int) -> Posting:
    return Posting(kind, at, at + number(bought.order_id, kind, at, "told", below=LATEST + 1), line)
