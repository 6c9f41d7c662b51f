"""What buyers say and look for: seller feedback, search terms.

Goes from what is asked for to a table and a JSON object. Feedback is of orders that were shipped; how its header is
called and its days are written is the place's (fact tables of behaviours, section 8, and of report documents).
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from flight_server.simulator.chance import number
from flight_server.simulator.reports.report import Asked
from flight_server.simulator.reports.rows.sheet import Row, Sheet, sheet
from flight_server.simulator.reports.rows.sold import Sold, sold
from flight_server.simulator.reports.rows.traffic import specification
from flight_server.simulator.story import Story
from flight_server.simulator.story.words import CATEGORIES

_SAYINGS = ("Great, as described", 'arrived in time, "really" good', "Alles bestens – gerne wieder", "never again")
_AFTER = 12 * 86_400
_RATED_OF = 6
_SHARES = (Decimal("0.1234"), Decimal("0.08"), Decimal("0.0501"))


def feedback(asked: Asked, story: Story) -> Sheet | None:
    """One row an order that a buyer rated in the period."""
    header = [column.name for column in asked.type.columns]
    start, end = asked.start.timestamp(), min(asked.end.timestamp(), story.as_of)
    rated: dict[str, Sold] = {}
    for one in sold(story, asked.places, start, end):
        is_rated = number(one.record.order_id, "rates", below=_RATED_OF) == 0
        if is_rated and start <= one.shipped_at + _AFTER < end:
            rated.setdefault(one.record.order_id, one)
    return sheet(header, (_rating(one) for one in rated.values()))


def _rating(one: Sold) -> Row:
    order_id = one.record.order_id
    stars = (5, 5, 5, 4, 3, 1)[number(order_id, "stars", below=6)]
    day = datetime.fromtimestamp(one.shipped_at + _AFTER, one.place.zone)
    return {
        "Date": day.strftime(one.place.feedback_day),
        "Rating": str(stars),
        "Comments": _SAYINGS[number(order_id, "says", below=3) if stars > 2 else 3],
        "Your Response": "",
        "Order ID": order_id,
        "Rater Email": one.record.purchase.buyer.email,
    }


def search_terms(asked: Asked, story: Story) -> dict[str, object] | None:
    """The terms that buyers searched for, three products each, by rank."""
    place = asked.places[0]
    told = list(_terms(story, place.marketplace_id, place.marketplace.name, place.marketplace.language))
    return {"reportSpecification": specification(asked), "dataByDepartmentAndSearchTerm": told} if told else None


def _terms(story: Story, marketplace_id: str, department: str, language: str) -> Iterator[dict[str, object]]:
    nouns = [noun for category in CATEGORIES for noun in category.nouns]
    offered = [story.product_by_asin[asin] for asin in story.asins(marketplace_id)]
    for rank, noun in enumerate(nouns, 1):
        clicked = [product for product in offered if product.noun is noun][: len(_SHARES)]
        for place, (product, share) in enumerate(zip(clicked, _SHARES, strict=False), 1):
            yield {
                "departmentName": department,
                "searchTerm": noun.names.get(language, noun.names["en"]).lower(),
                "searchFrequencyRank": rank * 37,
                "clickedAsin": product.asin,
                "clickedItemName": product.title(language),
                "clickShareRank": place,
                "clickShare": share,
                "conversionShare": share / 2 if place == 1 else Decimal(0),
            }
