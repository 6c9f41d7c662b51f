"""Sales v1: order metrics, computed from the orders themselves so that both agree.

Declares the operation as Amazon's Sales model does. What counts: every order whose payment has cleared and that was
not cancelled; `totalSales` is the sum of its ItemPrice, so a query over orders and items finds the same numbers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flight_server.simulator.answers import invalid
from flight_server.simulator.operations import OperationCall, operation
from flight_server.simulator.parameters import Parameter, Parameters
from flight_server.simulator.story import OrderRecord
from flight_server.simulator.story.amounts import Document
from flight_server.simulator.story.marketplaces import MARKETPLACE_BY_ID

UNCOUNTED = frozenset({"Pending", "PendingAvailability", "Canceled"})
_UTC_NAMES = frozenset({"UTC", "Etc/UTC", "Etc/Universal", "Etc/Zulu", "Universal", "Zulu"})
_ABSOLUTE = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)")
_DAYS_BY_HOUR = 30
_DAYS_BY_MORE = 731


@dataclass(frozen=True)
class Interval:
    """A period, its end excluded, in the zone its days are counted in."""

    start: datetime
    end: datetime

    def text(self) -> str:
        """As the API writes it: seconds only where there are some."""
        return f"{_absolute(self.start)}--{_absolute(self.end)}"


@operation(
    "GET",
    "/sales/v1/orderMetrics",
    "getOrderMetrics",
    rate="0.5",
    burst=15,
    parameters=(
        Parameter("marketplaceIds", "texts", required=True, at_most=1, is_marketplace=True),
        Parameter("interval", required=True),
        Parameter("granularityTimeZone"),
        Parameter("granularity", required=True, allowed=("Hour", "Day", "Week", "Month", "Year", "Total")),
        Parameter("buyerType", allowed=("B2B", "B2C", "All")),
        Parameter("fulfillmentNetwork", allowed=("MFN", "AFN")),
        Parameter("firstDayOfWeek", allowed=("Monday", "Sunday")),
        Parameter("asin"),
        Parameter("sku"),
        Parameter("amazonProgram", allowed=("AmazonHaul",)),
    ),
)
def get_order_metrics(call: OperationCall) -> object:
    """One row a bucket of the interval, empty buckets too."""
    asked = call.parameters
    if "asin" in asked and "sku" in asked:
        raise invalid("asin and sku exclude each other.")
    whole = _interval(asked, call.now)
    currency = MARKETPLACE_BY_ID[asked.texts("marketplaceIds")[0]].currency
    return {
        "payload": [
            _metrics(bucket, _counted(call, bucket), asked, currency)
            for bucket in _buckets(whole, asked.text("granularity"), asked.text("firstDayOfWeek", "Monday"))
        ]
    }


def _interval(asked: Parameters, now: datetime) -> Interval:
    texts = asked.text("interval").split("--")
    if len(texts) != 2 or not all(_ABSOLUTE.fullmatch(text) for text in texts):
        raise invalid("interval must be two absolute ISO 8601 dates joined by two hyphens.")
    try:
        start, end = (datetime.fromisoformat(text) for text in texts)
    except ValueError:
        raise invalid("interval holds a date that does not exist.") from None
    if end <= start:
        raise invalid("interval must end after its start.")
    granularity = asked.text("granularity")
    days = _DAYS_BY_HOUR if granularity == "Hour" else _DAYS_BY_MORE
    if start < now - timedelta(days=days):
        raise invalid(f"interval must not start more than {days} days ago with granularity {granularity}.")
    zone = _zone(asked.text("granularityTimeZone"), granularity, texts, start, end)
    return Interval(start.astimezone(zone), end.astimezone(zone)) if zone else Interval(start, end)


def _zone(name: str, granularity: str, texts: list[str], start: datetime, end: datetime) -> ZoneInfo | None:
    """The zone of the day boundaries; it must fit the offsets that the interval is written with."""
    if not name:
        if granularity == "Hour":
            return None
        raise invalid(f"granularityTimeZone is required with granularity {granularity}.")
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise invalid(f"Invalid granularityTimeZone: {name!r}.") from None
    has_z = any(text.endswith("Z") for text in texts)
    fits = all(moment.astimezone(zone).utcoffset() == moment.utcoffset() for moment in (start, end))
    if not fits or (has_z and name not in _UTC_NAMES):
        raise invalid("granularityTimeZone does not match the offset of interval.")
    return zone


def _buckets(whole: Interval, granularity: str, first_day: str) -> Iterator[Interval]:
    """The interval cut at the granularity's boundaries; head and tail may be shorter."""
    start = whole.start
    while start.timestamp() < whole.end.timestamp():  # wall clocks run twice through an hour in autumn
        next_start = whole.end if granularity == "Total" else _boundary(start, granularity, first_day)
        end = min(next_start, whole.end, key=datetime.timestamp)
        yield Interval(start, end)
        start = end


def _boundary(moment: datetime, granularity: str, first_day: str) -> datetime:
    """The first boundary after a moment, in the moment's own zone."""
    if granularity == "Hour":
        # Arithmetic in UTC: local hours repeat or vanish when clocks change.
        past = timedelta(minutes=moment.minute, seconds=moment.second, microseconds=moment.microsecond)
        return _shifted(moment, timedelta(hours=1) - past)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if granularity == "Day":
        return midnight + timedelta(days=1)
    if granularity == "Week":
        weekday = midnight.weekday() if first_day == "Monday" else (midnight.weekday() + 1) % 7
        return midnight + timedelta(days=7 - weekday)
    if granularity == "Month":
        return (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)
    return midnight.replace(year=midnight.year + 1, month=1, day=1)


def _shifted(moment: datetime, step: timedelta) -> datetime:
    return (moment.astimezone(UTC) + step).astimezone(moment.tzinfo)


def _counted(call: OperationCall, bucket: Interval) -> Iterator[OrderRecord]:
    asked = call.parameters
    marketplace_ids = asked.texts("marketplaceIds")
    buyer_type, network = asked.text("buyerType", "All"), asked.text("fulfillmentNetwork")
    if "amazonProgram" in asked:
        return  # this seller takes part in no such program
    for record in call.story.placed_between(bucket.start.timestamp(), bucket.end.timestamp()):
        order = record.order
        if order["MarketplaceId"] not in marketplace_ids or order["OrderStatus"] in UNCOUNTED:
            continue
        if buyer_type != "All" and order["IsBusinessOrder"] != (buyer_type == "B2B"):
            continue
        if not network or order["FulfillmentChannel"] == network:
            yield record


def _metrics(bucket: Interval, records: Iterator[OrderRecord], asked: Parameters, currency: str) -> Document:
    units = item_count = order_count = 0
    total = Decimal(0)
    for record in records:
        items = [item for item in record.items if _is_asked(item, asked)]
        order_count += bool(items)
        item_count += len(items)
        for item in items:
            quantity, price = item["QuantityOrdered"], item["ItemPrice"]
            assert isinstance(quantity, int)
            assert isinstance(price, dict)
            units += quantity
            total += Decimal(price["Amount"])
    average = (total / units).quantize(Decimal("0.01"), ROUND_HALF_UP) if units else Decimal(0)
    return {
        "interval": bucket.text(),
        "unitCount": units,
        "orderItemCount": item_count,
        "orderCount": order_count,
        "averageUnitPrice": {"amount": f"{average}", "currencyCode": currency},
        "totalSales": {"amount": f"{total}", "currencyCode": currency},
    }


def _is_asked(item: Document, asked: Parameters) -> bool:
    if "asin" in asked:
        return item["ASIN"] == asked.text("asin")
    return "sku" not in asked or item["SellerSKU"] == asked.text("sku")


def _absolute(moment: datetime) -> str:
    text = moment.isoformat(timespec="seconds" if moment.second else "minutes")
    return text.replace("+00:00", "Z")
