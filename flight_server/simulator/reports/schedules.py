"""Schedules: which report is made again and again, and when.

Goes from a schedule and a moment to the moments at which reports are due; knows no desk. Replacing is as the fact table
of behaviours has it, section 8: one schedule for a type and its marketplaces, one for a whole family of order reports.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from flight_server.simulator.reports.report import Asked

_PERIOD = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")
_FAMILY = re.compile(r"GET_(?:FLAT_FILE_)?ORDER_REPORT_DATA_(?:SHIPPING|INVOICING|TAX)")
_FIRST_ORDERS = timedelta(days=38)


@dataclass(frozen=True)
class Schedule:
    """One schedule; `asked` names type, marketplaces and options, its period is that of each report."""

    schedule_id: str
    asked: Asked
    period: str
    first: datetime

    def due(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """When reports are made, after a moment and up to another."""
        moment = self.first
        while moment <= until:
            if moment > after:
                yield moment
            moment = self.following(moment)

    def following(self, moment: datetime) -> datetime:
        """The next time after one at which a report is made."""
        if self.period == "P1M":
            later = moment.replace(day=1) + timedelta(days=32)
            return later.replace(day=min(moment.day, 28))
        return moment + self.step

    @property
    def step(self) -> timedelta:
        """About how long a period is."""
        match = _PERIOD.fullmatch(self.period)
        if self.period == "P1M" or match is None:
            return timedelta(days=31)
        days, hours, minutes = (int(part or 0) for part in match.groups())
        return timedelta(days=days, hours=hours, minutes=minutes)

    def next_after(self, now: datetime) -> datetime:
        """When the next report will be made."""
        moment = self.first
        while moment <= now:
            moment = self.following(moment)
        return moment

    def covered(self, moment: datetime) -> tuple[datetime, datetime]:
        """The period of the report made at a moment: what came since the one before."""
        is_first_of_orders = moment == self.first and self.asked.type.category == "order"
        return moment - (_FIRST_ORDERS if is_first_of_orders else self.step), moment

    def replaces(self, other: "Schedule") -> bool:
        """Whether the other ends when this one is made."""
        mine, its = self.asked, other.asked
        if _FAMILY.match(mine.type.name) and _FAMILY.match(its.type.name):
            return True
        same_places = {one.marketplace_id for one in mine.places} == {one.marketplace_id for one in its.places}
        return mine.type is its.type and same_places
