"""Sales counted by day and by product: the sales and traffic report of sellers, the sales report of vendors.

Goes from what is asked for to JSON objects. Sales are those of order metrics: orders whose payment has cleared, by the
days of the marketplace's own time zone, so that both tell the same. Traffic follows from sales. Members are those of
Amazon's schemas of report documents.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from flight_server.simulator.chance import number
from flight_server.simulator.reports.calendar import first_and_last, is_empty, periods
from flight_server.simulator.reports.places import Place
from flight_server.simulator.reports.report import Asked
from flight_server.simulator.reports.rows.sold import Sold, sold
from flight_server.simulator.sales import UNCOUNTED
from flight_server.simulator.story import OrderRecord, Story
from flight_server.simulator.story.products import Listing
from flight_server.simulator.story.purchases import Line

Json = dict[str, object]
_Kept = Callable[[OrderRecord, Line], bool]


@dataclass
class _Sales:
    """What was ordered of something."""

    orders: int = 0
    items: int = 0
    units: int = 0
    cents: int = 0

    def add(self, line: Line) -> None:
        self.items += 1
        self.units += line.quantity
        self.cents += line.price


def specification(asked: Asked) -> Json:
    """How a JSON document repeats what was asked for."""
    first, last = first_and_last(asked)
    is_dated = asked.type.name.startswith("GET_VENDOR_") and "REAL_TIME" not in asked.type.name
    return {
        "reportType": asked.type.name,
        "reportOptions": dict(asked.options),
        **({"lastUpdatedDate": f"{last}"} if is_dated else {}),
        "dataStartTime": f"{first}",
        "dataEndTime": f"{last}",
        "marketplaceIds": [one.marketplace_id for one in asked.places],
    }


def sales_and_traffic(asked: Asked, story: Story) -> Json | None:
    """Sales and traffic by date and by product."""
    if is_empty(asked):
        return None
    place = asked.places[0]
    days = periods(asked, asked.options.get("dateGranularity", "DAY"))
    first, last = first_and_last(asked)
    return {
        "reportSpecification": specification(asked),
        "salesAndTrafficByDate": [by_date(story, place, *bounds) for bounds in days],
        "salesAndTrafficByAsin": list(
            by_product(story, place, first, last, asked.options.get("asinGranularity", "PARENT"))
        ),
    }


def vendor_sales(asked: Asked, story: Story) -> Json | None:
    """What Amazon ordered and shipped of a vendor's products, which are this seller's own."""
    place = asked.places[0]
    has_orders = asked.options.get("distributorView") != "SOURCING"
    aggregates: list[Json] = []
    products: list[Json] = []
    for first, last in periods(asked, asked.options.get("reportPeriod", "DAY")):
        whole = _Sales()
        by_asin: dict[str, _Sales] = {}
        for _, line in ordered(story, place, first, last):
            whole.add(line)
            by_asin.setdefault(line.listing.product.asin, _Sales()).add(line)
        bounds: Json = {"startDate": f"{first}", "endDate": f"{last}"}
        aggregates.append({**bounds, **_vendor(whole, place, has_orders=has_orders)})
        products += [
            {**bounds, "asin": asin, **_vendor(one, place, has_orders=has_orders)}
            for asin, one in sorted(by_asin.items())
        ]
    told: Json = {"reportSpecification": specification(asked), "salesAggregate": aggregates, "salesByAsin": products}
    return told if products else None


def ordered(story: Story, place: Place, first: date, last: date) -> Iterator[tuple[OrderRecord, Line]]:
    """What counts as ordered in these days of a place."""
    for record in story.placed_between(*seconds_of(place, first, last)):
        order = record.order
        is_counted = order["MarketplaceId"] == place.marketplace_id and order["OrderStatus"] not in UNCOUNTED
        if is_counted and story.is_current(record):
            yield from ((record, line) for line in record.purchase.lines)


def seconds_of(place: Place, first: date, last: date) -> tuple[float, float]:
    """The seconds at which the days begin and end in the place."""
    start, end = (datetime.combine(day, time(), place.zone) for day in (first, last + timedelta(days=1)))
    return start.timestamp(), end.timestamp()


def by_date(story: Story, place: Place, first: date, last: date) -> Json:
    """Sales and traffic of these days together."""
    everybody, business, orders = _Sales(), _Sales(), set()
    for record, line in ordered(story, place, first, last):
        everybody.add(line)
        orders.add(record.order_id)
        if record.purchase.is_business:
            business.add(line)
    start, end = seconds_of(place, first, last)
    money = money_of(place)
    return {
        "date": f"{first}",
        "salesByDate": {
            **_sums(everybody, money, ""),
            **_sums(business, money, "B2B"),
            **_averages(everybody, money, ""),
            **_averages(business, money, "B2B"),
            "claimsGranted": 0,
            "claimsAmount": money(0),
            **left(sold(story, (place,), start, end), (start, end), everybody.units, money),
        },
        "trafficByDate": {
            **_traffic(everybody, f"{place.country}/{first}", ""),
            **_traffic(business, f"{place.country}/{first}/b2b", "B2B"),
            "averageOfferCount": 400,
            "averageParentItems": 120,
            "feedbackReceived": len(orders) // 20,
            "negativeFeedbackReceived": 0,
            "receivedNegativeFeedbackRate": Decimal(0),
        },
    }


def product_key(listing: Listing, granularity: str) -> tuple[str, ...]:
    """What a listing is counted under: parent, then child, then SKU, as far as the granularity tells them."""
    product = listing.product
    key = (product.parent_asin or product.asin, product.asin, listing.sku)
    return key[: {"PARENT": 1, "CHILD": 2}.get(granularity, 3)]


def left(
    events: Iterable[Sold],
    period: tuple[float, float],
    ordered_units: int,
    money: Callable[[int], Json],
    suffix: str = "",
) -> Json:
    """What left and what came back between two moments; the rate is of the units ordered."""
    start, end = period
    held = list(events)
    shipped = [one for one in held if start <= one.shipped_at < end]
    refunded = sum(one.line.quantity for one in held if one.refunded_at and start <= one.refunded_at < end)
    return {
        f"unitsRefunded{suffix}": refunded,
        f"refundRate{suffix}": percent(refunded, ordered_units),
        f"shippedProductSales{suffix}": money(sum(one.line.price for one in shipped)),
        f"unitsShipped{suffix}": sum(one.line.quantity for one in shipped),
        f"ordersShipped{suffix}": len({one.record.order_id for one in shipped}),
    }


def by_product(story: Story, place: Place, first: date, last: date, granularity: str) -> Iterator[Json]:
    """Sales and traffic of every product ordered in these days."""
    found: dict[tuple[str, ...], tuple[_Sales, _Sales]] = {}
    for record, line in ordered(story, place, first, last):
        key = product_key(line.listing, granularity)
        everybody, business = found.setdefault(key, (_Sales(), _Sales()))
        everybody.add(line)
        if record.purchase.is_business:
            business.add(line)
    money = money_of(place)
    total = sum(everybody.units for everybody, _ in found.values())
    for key, (everybody, business) in sorted(found.items()):
        yield {
            **dict(zip(("parentAsin", "childAsin", "sku"), key, strict=False)),
            "salesByAsin": {**_sums(everybody, money, ""), **_sums(business, money, "B2B")},
            "trafficByAsin": {
                **_traffic(everybody, "/".join(key), "", total),
                **_traffic(business, "/".join(key) + "/b2b", "B2B", total),
            },
        }


def money_of(place: Place) -> Callable[[int], Json]:
    """Writes cents as money of a place."""
    return lambda cents: {"amount": hundredth(cents), "currencyCode": place.marketplace.currency}


def _sums(sales: _Sales, money: Callable[[int], Json], suffix: str) -> Json:
    return {
        f"orderedProductSales{suffix}": money(sales.cents),
        f"unitsOrdered{suffix}": sales.units,
        f"totalOrderItems{suffix}": sales.items,
    }


def _averages(sales: _Sales, money: Callable[[int], Json], suffix: str) -> Json:
    return {
        f"averageSalesPerOrderItem{suffix}": money(sales.cents // sales.items if sales.items else 0),
        f"averageUnitsPerOrderItem{suffix}": _ratio(sales.units, sales.items),
        f"averageSellingPrice{suffix}": money(sales.cents // sales.units if sales.units else 0),
    }


def _traffic(sales: _Sales, name: str, suffix: str, total: int | None = None) -> Json:
    """Sessions and views that led to these sales; shares of all where a total is told."""
    browser = sales.units * 6 + number(name, "browser", below=9)
    mobile = sales.units * 9 + number(name, "mobile", below=12)
    kinds = {"browser": browser, "mobileApp": mobile}
    told: Json = {f"{kind}Sessions{suffix}": count for kind, count in kinds.items()}
    told |= {f"{kind}PageViews{suffix}": count + count // 2 for kind, count in kinds.items()}
    told[f"sessions{suffix}"] = browser + mobile
    told[f"pageViews{suffix}"] = browser + browser // 2 + mobile + mobile // 2
    if total is None:
        told[f"orderItemSessionPercentage{suffix}"] = percent(sales.items, browser + mobile)
    else:
        share = percent(sales.units, total)
        for kind in ("browserSession", "mobileAppSession", "session"):
            told[f"{kind}Percentage{suffix}"] = share
        for kind in ("browserPageViews", "mobileAppPageViews", "pageViews"):
            told[f"{kind}Percentage{suffix}"] = share
    told[f"buyBoxPercentage{suffix}"] = Decimal("97.5")
    told[f"unitSessionPercentage{suffix}"] = percent(sales.units, browser + mobile)
    return told


def _vendor(sales: _Sales, place: Place, *, has_orders: bool) -> Json:
    money = money_of(place)
    ordered: Json = {"orderedRevenue": money(sales.cents), "orderedUnits": sales.units} if has_orders else {}
    return {
        "customerReturns": sales.units // 15,
        **ordered,
        "shippedCogs": money(sales.cents * 6 // 10),
        "shippedRevenue": money(sales.cents),
        "shippedUnits": sales.units,
    }


def hundredth(cents: int) -> Decimal:
    """Cents in the unit of their currency."""
    return Decimal(cents) / 100


def _ratio(part: int, whole: int) -> Decimal:
    return (Decimal(part) / whole).quantize(Decimal("0.01"), ROUND_HALF_UP) if whole else Decimal(0)


def percent(part: int, whole: int) -> Decimal:
    """A share in percent; of nothing it is 0."""
    return _ratio(part * 100, whole)
