"""What a client of any kind should find at the simulated Amazon, as its story tells it."""

from dataclasses import dataclass

from flight_server.simulator import Simulator
from tests.simulator.caller import US

SINCE, TO = "2025-12-01T00:00:00Z", "2026-03-01T00:00:00Z"
OPEN_LISTINGS = "GET_FLAT_FILE_OPEN_LISTINGS_DATA"
ALL_ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL"


@dataclass(frozen=True)
class Known:
    """Things of the US that exist."""

    simulator: Simulator

    @property
    def order_id(self) -> str:
        """An order of some items."""
        return next(record.order_id for record in reversed(self.simulator.story.by_placed) if len(record.items) > 1)

    @property
    def asin(self) -> str:
        """A product."""
        return self.simulator.story.asins(US)[0]

    @property
    def sku(self) -> str:
        """A listing."""
        return self.simulator.story.skus(US)[0]

    @property
    def seller_id(self) -> str:
        """The seller."""
        return self.simulator.story.seller_id

    def order_ids(self) -> list[str]:
        """Every order since `SINCE`, sorted."""
        return sorted(
            record.order_id
            for record in self.simulator.story.by_placed
            if str(record.order["PurchaseDate"]) >= SINCE and record.order["MarketplaceId"] == US
        )
