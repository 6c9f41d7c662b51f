"""What was earned with each product: sales, Amazon's fees, advertising, net proceeds.

Goes from a question to rows, from the story's orders: what was ordered, what left, what came back, by the days of the
marketplace. Sales are those of the sales and traffic report. What is unknown is null, as in documents that have been
seen: `fees` where nothing was charged, `perUnit` where no unit was left; `ads` is an empty list where nothing was
advertised.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flight_server.simulator.chance import number
from flight_server.simulator.kiosk.questions import Question
from flight_server.simulator.kiosk.rows.charges import Charge, ads, fee
from flight_server.simulator.kiosk.rows.periods import Period, dated, periods, places
from flight_server.simulator.reports.calendar import bound, next_bound
from flight_server.simulator.reports.places import Place
from flight_server.simulator.reports.rows.sold import sold
from flight_server.simulator.reports.rows.traffic import money_of, ordered, product_key, seconds_of
from flight_server.simulator.story import Story
from flight_server.simulator.story.products import Listing

Json = dict[str, object]
_GRANULARITIES = {"PARENT_ASIN": "PARENT", "CHILD_ASIN": "CHILD", "MSKU": "SKU"}
_COMPONENTS = {
    "FBA_FULFILLMENT_FEE": ("FbaFulfilmentFee", ("BaseFulfilmentFee", "FuelSurcharge")),
    "FBA_STORAGE_FEE": ("FbaStorageFee", ("BaseMonthlyStorageFee", "StorageUtilizationSurcharge")),
}


@dataclass
class _Books:
    """Sums of one product in one period; money in cents."""

    ordered: int = 0
    units: int = 0
    refunded: int = 0
    refunded_units: int = 0
    sent_units: int = 0
    commission: int = 0
    sending: int = 0
    storage: int = 0
    ads: int = 0

    def add(self, **sums: int) -> None:
        for name, value in sums.items():
            setattr(self, name, getattr(self, name) + value)

    @property
    def net(self) -> int:
        """What is left of the sales."""
        return self.ordered - self.refunded

    @property
    def net_units(self) -> int:
        """Units sold less units refunded."""
        return self.units - self.refunded_units

    @property
    def proceeds(self) -> int:
        """What is left after fees and advertising."""
        return self.net - self.commission - self.sending - self.storage - self.ads


def economics(asked: Question, story: Story) -> list[Json]:
    """A row a product and a day, week, month or the whole period."""
    aggregate = asked.arguments.get("aggregateBy") or {}
    granularity = aggregate.get("date") or "DAY"
    product = _GRANULARITIES[aggregate.get("productId") or "MSKU"]
    detailed = frozenset(
        _COMPONENTS[one][0] for one in asked.arguments.get("includeComponentsForFeeTypes") or () if one
    )
    return [
        row
        for place in places(asked)
        if place.has_orders
        for row in _rows(story, place, list(periods(asked, story, place, granularity)), granularity, product, detailed)
    ]


def _rows(
    story: Story,
    place: Place,
    told: list[Period],
    granularity: str,
    product: str,
    detailed: Collection[str],
) -> Iterator[Json]:
    if not told:
        return
    first, last = told[0][0], told[-1][1]
    books: dict[tuple[date, tuple[str, ...]], _Books] = {}
    listings: dict[tuple[str, ...], Listing] = {}
    for day, listing, sums in _entries(story, place, first, last):
        start = first if granularity == "RANGE" else bound(day, granularity)
        key = product_key(listing, product)
        listings[key] = listing
        books.setdefault((start, key), _Books()).add(**sums)
    for (start, key), one in sorted(books.items(), key=lambda entry: entry[0]):
        end = last if granularity == "RANGE" else next_bound(start, granularity) - timedelta(days=1)
        yield _row(place, (start, end), listings[key], one, product, detailed)


def _entries(story: Story, place: Place, first: date, last: date) -> Iterator[tuple[date, Listing, dict[str, int]]]:
    """Everything that counts in these days, with its day."""

    def day_of(moment: float) -> date:
        return datetime.fromtimestamp(moment, place.zone).date()

    for record, line in ordered(story, place, first, last):
        spent = line.price * 7 // 100 if number(line.item_id, "advertised", below=3) == 0 else 0
        sums = {"ordered": line.price, "units": line.quantity, "ads": spent}
        yield day_of(record.placed_at), line.listing, sums
    start, end = seconds_of(place, first, last)
    for one in sold(story, (place,), start, end):
        if start <= one.shipped_at < end:
            stored = 5 + number(one.line.item_id, "stored", below=40) if one.is_fba else 0
            charged = {"commission": one.commission, "sending": one.fulfilment_fee, "storage": stored}
            yield day_of(one.shipped_at), one.line.listing, {"sent_units": one.line.quantity, **charged}
        if one.refunded_at and start <= one.refunded_at < end:
            returned = {"refunded": one.line.price, "refunded_units": one.line.quantity}
            yield day_of(one.refunded_at), one.line.listing, returned


def _row(
    place: Place, period: Period, listing: Listing, books: _Books, product: str, detailed: Collection[str]
) -> Json:
    money = money_of(place)
    is_sku = product == "SKU"
    return {
        **dated(period, place),
        "parentAsin": listing.product.parent_asin or listing.product.asin,
        "childAsin": None if product == "PARENT" else listing.product.asin,
        "msku": listing.sku if is_sku else None,
        "fnsku": listing.fnsku if is_sku and listing.channel == "AFN" else None,
        "sales": {
            "orderedProductSales": money(books.ordered),
            "refundedProductSales": money(books.refunded),
            "netProductSales": money(books.net),
            "unitsOrdered": books.units,
            "unitsRefunded": books.refunded_units,
            "netUnitsSold": books.net_units,
            "averageSellingPrice": money(books.ordered // books.units) if books.units else None,
        },
        "fees": _fees(place, period, books, detailed),
        "ads": ads(place, books.ads),
        "cost": cost(place, listing) if is_sku else None,
        "netProceeds": {
            "total": money(books.proceeds),
            "perUnit": money(books.proceeds // books.net_units) if books.net_units > 0 else None,
        },
    }


def _fees(place: Place, period: Period, books: _Books, detailed: Collection[str]) -> list[Json] | None:
    parts = dict(_COMPONENTS.values())
    charges = (
        Charge("ReferralFee", books.commission, books.sent_units),
        Charge("FbaFulfilmentFee", books.sending, books.sent_units),
        Charge("FbaStorageFee", books.storage, None),
    )
    told = [fee(place, period, one, parts[one.name] if one.name in detailed else ()) for one in charges if one.cents]
    return told or None


def cost(place: Place, listing: Listing) -> Json | None:
    """What the seller has told of his own costs: most have told nothing."""
    if listing.product.number % 3:
        return None
    money = money_of(place)
    is_fba = listing.channel == "AFN"
    return {
        "costOfGoodsSold": money(listing.cents(place.marketplace) * 4 // 10),
        "miscellaneousCost": None if listing.product.number % 2 else money(25),
        "fbaCost": {"shippingToAmazonCost": money(45)} if is_fba else None,
        "mfnCost": None if is_fba else {"fulfillmentCost": money(410), "storageCost": money(60)},
    }
