"""The metrics of vendors: what was bought of some products, and what follows from it and from them.

Goes from sums and products to the object that both views select from; a metric that nobody knows is null.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from flight_server.simulator.chance import number
from flight_server.simulator.kiosk.rows.periods import Period
from flight_server.simulator.reports.calendar import bound
from flight_server.simulator.story.marketplaces import MARKETPLACES
from flight_server.simulator.story.products import Product
from flight_server.simulator.story.purchases import Line

Json = dict[str, object]
Money = Callable[[int], Json]
_WEEKS_AHEAD = 4


@dataclass
class Bought:
    """What was bought of some products; money in cents."""

    units: int = 0
    cents: int = 0
    products: dict[str, Product] = field(default_factory=dict)

    def add(self, line: Line) -> None:
        """Count an item of an order."""
        self.units += line.quantity
        self.cents += line.price
        self.products[line.listing.product.asin] = line.listing.product


def money_in(currency: str) -> Money:
    """Writes American cents as money of a currency, at the rate of the prices of its first marketplace."""
    rate = next(one.price_percent for one in MARKETPLACES if one.currency == currency)
    cent = Decimal("0.01")

    def money(cents: int) -> Json:
        amount = (Decimal(cents * rate) / 10_000).quantize(cent, ROUND_HALF_UP)
        return {"amount": amount, "currencyCode": currency}

    return money


def measures(sums: Bought, period: Period, money: Money) -> Json:
    """Every metric of both views."""
    units, cents = sums.units, sums.cents
    held = sum(one.number % 60 for one in sums.products.values())
    sold = {"units": units, "value": money(cents)}
    return {
        "costs": _costs(units, cents, money),
        "customerSatisfaction": _satisfaction(units),
        "forecasting": _forecast(units, period),
        "orders": {
            "netOrderedGMS": money(cents),
            "netShipmentGMS": money(cents),
            "orderedUnitsWithRevenue": sold,
            "unfilledOrderedUnits": units // 9,
        },
        "productAvailability": _availability(held, units, money),
        "shippedOrders": {
            "averageSellingPrice": money(cents // units) if units else None,
            "shippedUnitsWithRevenue": sold,
        },
        "sourcing": _sourcing(units, money(cents * 6 // 10)),
        "traffic": {"glanceViews": units * 24, "lostFeaturedOffer": 0.03},
    }


def _costs(units: int, cents: int, money: Money) -> Json:
    return {
        "averageSalesDiscount": money(cents * 2 // 100 // units) if units else None,
        "contraCogs": money(cents * 3 // 100),
        "contraCogsPerUnit": money(cents * 3 // 100 // units) if units else None,
        "netPPM": 0.37,
        "salesDiscount": money(cents * 2 // 100),
        "shippedCogs": money(cents * 6 // 10),
    }


def _satisfaction(units: int) -> Json:
    topics = {
        "positiveReviewTopics": '[{"topic":"quality","mentions":12}]',
        "negativeReviewTopics": '[{"topic":"packaging","mentions":2}]',
        "positiveReviewTopicTrends": '[{"topic":"quality","months":[9,12]}]',
        "negativeReviewTopicTrends": '[{"topic":"packaging","months":[3,2]}]',
        "positiveReviewTopicImpactOnStarRating": '[{"topic":"quality","impact":0.3}]',
        "negativeReviewTopicImpactOnStarRating": '[{"topic":"packaging","impact":-0.1}]',
    }
    return {
        "customerReturns": units // 15,
        "customerReturnTopics": {
            "browseNodeReturnTopics": '[{"topic":"size","mentions":4}]',
            "browseNodeReturnTopicTrends": '[{"topic":"size","months":[5,4]}]',
        },
        "customerReviews": {"asinReviewTopics": topics, "browseNodeReviewTopics": topics},
    }


def _availability(held: int, units: int, money: Money) -> Json:
    return {
        "aged90DaysSellableInventory": {"units": held // 10, "value": money(held // 10 * 900)},
        "sellThroughRate": round(units / (units + held), 4) if units + held else None,
        "sellableInTransitInventory": held // 6,
        "sellableOnHandInventory": {"units": held, "value": money(held * 900)},
        "sourceableROOS": 0.04,
        "ultraFastTrack": 0.61,
        "unhealthyInventory": {"units": held // 12, "value": money(held // 12 * 900)},
        "unsellableInTransitInventory": 0,
        "unsellableOnHandInventory": {"units": held // 20, "value": money(held // 20 * 900)},
    }


def _sourcing(units: int, value: Json) -> Json:
    return {
        "confirmedUnits": units,
        "mostRecentSubmitted": units + 2,
        "netReceived": {"units": units, "value": value},
        "openPurchaseOrderQuantity": units * 2,
        "overallVendorLeadTime": 6.5,
        "procurableProductOOS": 0.02,
        "receivedFillRate": 0.98,
        "vendorConfirmationRate": 0.95,
    }


def _forecast(units: int, period: Period) -> list[Json]:
    """What Amazon expects of the weeks after the period."""
    start = bound(period[1], "WEEK") + timedelta(days=7)
    told: list[Json] = []
    for week in range(_WEEKS_AHEAD):
        mean = units + number(period, week, below=5)
        first = start + timedelta(days=7 * week)
        told.append(
            {
                "startDate": f"{first}",
                "endDate": f"{first + timedelta(days=6)}",
                "weekNumber": week + 1,
                "demand": {"mean": mean, "p70": mean + mean // 5, "p80": mean + mean // 3, "p90": mean * 2},
            }
        )
    return told
