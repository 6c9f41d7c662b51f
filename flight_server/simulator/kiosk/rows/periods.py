"""The periods that a query is told in: days, or whole weeks and months.

Goes from arguments to first and last days; knows no rows. Weeks run from Sunday to Saturday. A start within a week or a
month goes forward to the next, an end back to the one before: between them there may be nothing left.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from flight_server.simulator.kiosk.questions import Question
from flight_server.simulator.reports.calendar import bound, next_bound
from flight_server.simulator.reports.places import PLACES, Place
from flight_server.simulator.story import Story

Period = tuple[date, date]


def periods(asked: Question, story: Story, place: Place, granularity: str) -> Iterator[Period]:
    """First and last day of every whole period that has begun in the place; RANGE is the whole as it is asked for."""
    first, last = asked.arguments["startDate"], asked.arguments["endDate"]
    begun = today(story, place)
    if granularity == "RANGE":
        if first <= min(last, begun):
            yield first, last
        return
    first = bound(first, granularity) if first == bound(first, granularity) else next_bound(first, granularity)
    while first <= begun:
        following = next_bound(first, granularity)
        if following - timedelta(days=1) > last:
            return
        yield first, following - timedelta(days=1)
        first = following


def today(story: Story, place: Place) -> date:
    """The day that the story has come to, in the place."""
    return datetime.fromtimestamp(story.as_of, place.zone).date()


def places(asked: Question) -> list[Place]:
    """The marketplaces that a query names."""
    return [PLACES[one] for one in dict.fromkeys(asked.arguments["marketplaceIds"])]


def dated(period: Period, place: Place) -> dict[str, object]:
    """When and where a row is told of."""
    return {"startDate": f"{period[0]}", "endDate": f"{period[1]}", "marketplaceId": place.marketplace_id}
