"""Reports that nobody here asked for: those of Seller Central and of another tool, of standing schedules, settlements.

Goes from an account's time to what appears in it by itself; knows no desk. Settlements come every 14 days for each
marketplace, in every form that Amazon still has (fact tables of behaviours, section 8, and of report types).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from flight_server.simulator.chance import number
from flight_server.simulator.reports.places import PLACES
from flight_server.simulator.reports.report import Asked
from flight_server.simulator.reports.rows import content
from flight_server.simulator.reports.rows.settlement import periods
from flight_server.simulator.reports.schedules import Schedule
from flight_server.simulator.reports.types import report_types
from flight_server.simulator.story import Story

_US, _DE, _IN = "ATVPDKIKX0DER", "A1PA6795UKMFR9", "A21TJRUUN4KGV"
_SETTLEMENTS = (
    "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2",
    "GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE",
    "GET_V2_SETTLEMENT_REPORT_DATA_XML",
)
_DEPOSITED = timedelta(hours=6)  # after its end a settlement is a report
# Type, marketplace, period of standing schedules; some are older than the rule which types may have one.
_SCHEDULES = (
    ("GET_FLAT_FILE_OPEN_LISTINGS_DATA", _US, "P1D"),
    ("GET_MERCHANT_LISTINGS_ALL_DATA", _DE, "P7D"),
    ("GET_ORDER_REPORT_DATA_SHIPPING", _US, "P3D"),
    ("GST_MTR_B2B", _IN, "P1M"),
    ("GST_MTR_B2C", _IN, "P1M"),
)
_SCHEDULED_FOR = timedelta(days=40)
# Type, marketplace, days ago it was made, days it covers: what others asked for.
_OTHERS = (
    ("GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL", _US, 1, 30),
    ("GET_FLAT_FILE_SALES_TAX_DATA", _US, 12, 31),
    ("GET_DATE_RANGE_FINANCIAL_HOLDS_DATA", _US, 5, 90),
)


@dataclass(frozen=True)
class Appearance:
    """A report that comes by itself."""

    asked: Asked
    made: datetime


def others(now: datetime) -> Iterator[Appearance]:
    """What was finished before the simulator began, oldest first."""
    for name, marketplace_id, ago, days in sorted(_OTHERS, key=lambda one: -one[2]):
        midnight = datetime.combine(now.date(), time(), now.tzinfo)
        made = midnight - timedelta(days=ago) + timedelta(hours=10)
        end = midnight - timedelta(days=ago)
        yield Appearance(_asked(name, marketplace_id, end - timedelta(days=days), end), made)


def standing_schedules(now: datetime) -> Iterator[Schedule]:
    """Schedules that somebody has made before."""
    night = datetime.combine(now.date(), time(3, 12), now.tzinfo) - _SCHEDULED_FOR
    for name, marketplace_id, period in _SCHEDULES:
        schedule_id = f"{50_000 + number(name, marketplace_id, below=10**9):010d}"
        yield Schedule(schedule_id, _asked(name, marketplace_id, night, night), period, night)


def settlements(story: Story, after: datetime, until: datetime) -> Iterator[Appearance]:
    """Settlements that become reports after one moment and up to another, oldest first."""
    ended = [
        (end, start, marketplace_id)
        for marketplace_id, place in PLACES.items()
        if place.has_orders
        for start, end in periods(place, after - _DEPOSITED, until - _DEPOSITED)
    ]
    for end, start, marketplace_id in sorted(ended):
        if content(_asked(_SETTLEMENTS[0], marketplace_id, start, end), story) is None:
            continue
        for name in _SETTLEMENTS:
            removed = report_types()[name].removed_on
            if not removed or f"{end:%Y-%m-%d}" < removed:
                yield Appearance(_asked(name, marketplace_id, start, end), end + _DEPOSITED)


def _asked(name: str, marketplace_id: str, start: datetime, end: datetime) -> Asked:
    return Asked(report_types()[name], (PLACES[marketplace_id],), start, end, {})
