"""One state of one order: complete documents, written when somebody looks, and the instants it is found by.

Goes from a purchase and an instant to a record; knows no list of orders.
"""

from dataclasses import dataclass
from functools import cached_property

from flight_server.simulator.story.amounts import Document
from flight_server.simulator.story.item_documents import item_documents
from flight_server.simulator.story.order_documents import order_document
from flight_server.simulator.story.purchases import Purchase


@dataclass(frozen=True)
class OrderRecord:
    """One order with its items, complete, and the instants it is found by."""

    order_id: str
    placed_at: int
    updated_at: int
    purchase: Purchase
    as_of: int  # the instant that the documents tell of

    @cached_property
    def order(self) -> Document:
        """The Order."""
        return order_document(self.purchase, self.as_of)

    @cached_property
    def items(self) -> list[Document]:
        """Its OrderItems."""
        return item_documents(self.purchase, self.as_of)


def record_of(bought: Purchase, as_of: int) -> OrderRecord:
    """A purchase as it stands at an instant."""
    return OrderRecord(bought.order_id, bought.placed_at, bought.moment(as_of)[0], bought, as_of)
