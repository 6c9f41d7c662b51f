"""Queries that nobody here asked for: those that another tool of the account's put before the simulator began.

Goes from the moment an account appears to questions with the moments they were asked at; knows no desk.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from flight_server.simulator.kiosk.questions import Question, question

# Days ago it was asked, days that it covers, text: one with lines, one that wants whole weeks of a shorter period,
# one that asks for daily inventory of more than a day.
_OTHERS = (
    (
        12,
        7,
        "query{analytics_vendorAnalytics_2024_09_30{manufacturingView(aggregateBy:DAY START)"
        "{startDate metrics{groupByKey{asin}metrics{productAvailability{sellThroughRate}}}}}}",
    ),
    (
        5,
        5,
        'query{analytics_economics_2024_03_15{economics(aggregateBy:{date:WEEK}marketplaceIds:["ATVPDKIKX0DER"]START)'
        "{startDate msku}}}",
    ),
    (
        1,
        30,
        "query{analytics_salesAndTraffic_2024_04_24{salesAndTrafficByDate(aggregateBy:DAY "
        'marketplaceIds:["ATVPDKIKX0DER"]START)'
        "{startDate endDate sales{orderedProductSales{amount currencyCode}unitsOrdered}traffic{sessions}}}}",
    ),
)


def others(now: datetime) -> Iterator[tuple[datetime, Question]]:
    """When and what, oldest first."""
    for ago, days, text in _OTHERS:
        asked_at = datetime.combine(now.date(), time(10), now.tzinfo) - timedelta(days=ago)
        last = asked_at.date() - timedelta(days=1)
        first = last - timedelta(days=days - 1)
        yield asked_at, question(text.replace("START", f'startDate:"{first}"endDate:"{last}"'))
