"""Orders that change while a list of them is read: after each page but the last, some of those on
it, and new ones arrive.

One of ten orders told takes its next step at that moment and stands at the end of the list by update; for as many, a
new order is placed. So a list by update tells orders again, and still ends. Deterministic but for the instants.
"""

from collections.abc import Sequence

from flight_server.simulator.story import OrderRecord, Story

_ONE_OF = 10
_NEXT = {"PendingAvailability": "Pending", "Pending": "Unshipped", "Canceled": "Canceled"}


def move_on(story: Story, told: Sequence[OrderRecord], as_of: int) -> None:
    """Let the story go on after a page with these orders; `as_of` is the latest instant that Amazon tells of."""
    for record in told[_ONE_OF - 1 :: _ONE_OF]:
        _, status, _ = record.purchase.moment(as_of)
        story.change(record.order_id, _NEXT.get(status, "Shipped"), as_of)
        story.place(as_of)
