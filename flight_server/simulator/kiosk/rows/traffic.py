"""Sales and traffic: by date, by product, and trends of a few products.

Goes from a question to rows. Sales and traffic are counted as the sales and traffic report counts them, so that both
tell the same; what left and came back is told by product, too, and for businesses.
"""

from collections.abc import Iterator

from flight_server.simulator.kiosk.questions import Question
from flight_server.simulator.kiosk.rows.periods import Period, dated, periods, places
from flight_server.simulator.reports.places import PLACES, Place
from flight_server.simulator.reports.rows import traffic
from flight_server.simulator.reports.rows.sold import Sold, sold
from flight_server.simulator.story import Story

Json = dict[str, object]


def by_date(asked: Question, story: Story) -> list[Json]:
    """A row a marketplace and a day, week or month, without sales too."""
    return [
        _by_date(story, place, period)
        for place in places(asked)
        if place.has_orders
        for period in periods(asked, story, place, asked.arguments["aggregateBy"])
    ]


def by_asin(asked: Question, story: Story) -> list[Json]:
    """A row a product of a marketplace, the whole period together."""
    return [
        row
        for place in places(asked)
        for period in periods(asked, story, place, "RANGE")
        for row in _by_product(story, place, period, asked.arguments["aggregateBy"])
    ]


def trends(asked: Question, story: Story) -> list[Json]:
    """A row a product and a day, week or month, as far as something was sold."""
    granularity = asked.arguments["asinAggregation"]
    return [
        {"asinAggregation": granularity, **row}
        for one in asked.arguments["filters"]
        for place in (PLACES[one["marketplaceId"]],)
        for period in periods(asked, story, place, asked.arguments["dateAggregation"])
        for row in _by_product(story, place, period, granularity)
        if row["childAsin"] in one["asins"]
    ]


def _by_date(story: Story, place: Place, period: Period) -> Json:
    told = traffic.by_date(story, place, *period)
    sales, views = told["salesByDate"], told["trafficByDate"]
    assert isinstance(sales, dict)
    assert isinstance(views, dict)
    money = traffic.money_of(place)
    bounds = traffic.seconds_of(place, *period)
    business = (one for one in sold(story, (place,), *bounds) if one.record.purchase.is_business)
    left = traffic.left(business, bounds, sales["unitsOrderedB2B"], money, "B2B")
    claims = {"claimsGrantedB2B": 0, "claimsAmountB2B": money(0)}
    opinions = {"feedbackReceivedB2B": 0, "negativeFeedbackReceivedB2B": 0, "receivedNegativeFeedbackRateB2B": 0}
    return {**dated(period, place), "sales": {**sales, **left, **claims}, "traffic": {**views, **opinions}}


def _by_product(story: Story, place: Place, period: Period, granularity: str) -> Iterator[Json]:
    money = traffic.money_of(place)
    bounds = traffic.seconds_of(place, *period)
    events: dict[tuple[str, ...], list[Sold]] = {}
    for one in sold(story, (place,), *bounds):
        events.setdefault(traffic.product_key(one.line.listing, granularity), []).append(one)
    for told in traffic.by_product(story, place, *period, granularity):
        sales, views = told.pop("salesByAsin"), told.pop("trafficByAsin")
        assert isinstance(sales, dict)
        held = events.get(tuple(map(str, told.values())), [])
        business = [one for one in held if one.record.purchase.is_business]
        left = traffic.left(held, bounds, sales["unitsOrdered"], money)
        left_for_business = traffic.left(business, bounds, sales["unitsOrderedB2B"], money, "B2B")
        yield {**dated(period, place), **told, "sales": {**sales, **left, **left_for_business}, "traffic": views}
