"""What Amazon takes and finds wrong later: such a query ends FATAL, with a document that says why.

Goes from a question and the day it is asked to a sentence; knows no rows. The sentence of daily inventory is Amazon's,
and so are all bounds; the other sentences, and that breaking their bounds is found late, are assumptions.
"""

from datetime import date, timedelta
from typing import Any

from flight_server.simulator.kiosk.questions import Question
from flight_server.simulator.story.marketplaces import MARKETPLACES

_LATEST_END = {"economicsPreview": 120, "economicsSimulation": 90}
_MOST_ASINS = 30
_MOST_PRODUCTS = 100


def wrong(asked: Question, today: date) -> str:
    """What is wrong with a question; empty if nothing."""
    start, end = asked.arguments["startDate"], asked.arguments["endDate"]
    latest = _LATEST_END.get(asked.name)
    if latest:
        if start < today:
            return "The start date must be today or later."
        if end > today + timedelta(days=latest):
            return f"The end date must be at most {latest} days after today."
    elif start < _two_years_before(today):
        return "The start date must be within the last two years."
    return _wrong_arguments(asked, asked.arguments)


def _wrong_arguments(asked: Question, arguments: Any) -> str:
    is_daily = arguments.get("aggregateBy") == "DAY" and arguments["startDate"] != arguments["endDate"]
    if is_daily and "productAvailability" in asked.fields:
        return "The same start and end dates must be requested for Daily Inventory metrics"
    if arguments.get("currencyCode", "USD") not in {one.currency for one in MARKETPLACES}:
        return f"The currency {arguments['currencyCode']} is not supported."
    filters = arguments.get("filters", ())
    if any(len(one["asins"]) > _MOST_ASINS for one in filters):
        return f"At most {_MOST_ASINS} ASINs may be requested for a marketplace."
    if len({one["marketplaceId"] for one in filters}) < len(filters):
        return "Only one filter may be requested for a marketplace."
    if arguments.get("asinAggregation", "CHILD") != "CHILD":
        return "The ASIN aggregation must be CHILD."
    if len(arguments.get("products", ())) > _MOST_PRODUCTS:
        return f"At most {_MOST_PRODUCTS} products may be requested."
    return ""


def _two_years_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 2)
    except ValueError:  # a leap day
        return day.replace(year=day.year - 2, day=28)
