"""What becomes of a report that Amazon has taken: found wrong, asked for too soon, or to be made.

Goes from what is asked for and the reports before it to an Ending, or to none where it depends on the rows. Sources:
fact tables of behaviours (section 8) and of report types.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from flight_server.simulator.reports.calendar import bound, first_and_last, next_bound
from flight_server.simulator.reports.report import Asked, Ending, Report
from flight_server.simulator.reports.types import ReportType

# Types whose hidden rule is stated in words only.
_WHOLE_MONTH = frozenset({"GET_FBA_FULFILLMENT_LONGTERM_STORAGE_FEE_CHARGES_DATA"})
_FROM_THE_THIRD = frozenset({"GET_VAT_TRANSACTION_DATA"})
_LATEST = {
    "GET_VENDOR_REAL_TIME_TRAFFIC_REPORT": timedelta(minutes=60),
    "GET_VENDOR_TRAFFIC_REPORT": timedelta(hours=72),
    "GET_VENDOR_NET_PURE_PRODUCT_MARGIN_REPORT": timedelta(hours=168),
}
_EARLIEST_START = {"GET_FBA_ESTIMATED_FBA_FEES_TXT_DATA": timedelta(hours=72)}


def ending(asked: Asked, earlier: Iterable[Report], now: datetime, speed: float) -> Ending | None:
    """How a report asked for now will end, as far as its rows do not decide."""
    wrong = _wrong(asked, now)
    if wrong:
        return Ending("FATAL", wrong)
    return Ending("CANCELLED") if _is_too_soon(asked, earlier, now, speed) else None


def _is_too_soon(asked: Asked, earlier: Iterable[Report], now: datetime, speed: float) -> bool:
    """Whether the same was asked for within the time in which Amazon makes it but once."""
    pause = timedelta(minutes=asked.type.cooldown_minutes) / speed
    if not pause:
        return False
    return any(
        report.ending is None and not report.cancelled and now - report.created < pause and asked.is_same(report.asked)
        for report in earlier
    )


def _wrong(asked: Asked, now: datetime) -> str:
    """What Amazon finds wrong with a request, in a sentence; empty if nothing."""
    kind = asked.type
    if kind.one_marketplace and len(asked.places) > 1:
        return "Only one marketplaceId may be requested for this report type."
    abroad = [one.country for one in asked.places if kind.countries and one.country not in kind.countries]
    if abroad:
        return f"The report type is not available in {', '.join(abroad)}."
    if kind.period == "ignored":
        return ""
    return _wrong_period(asked, now) or (_misaligned(asked) if kind.aligned else "")


def _wrong_period(asked: Asked, now: datetime) -> str:
    kind = asked.type
    if kind.max_days and asked.end - asked.start > timedelta(days=kind.max_days + _slack(kind)):
        return f"The requested date range is longer than {kind.max_days} days."
    if kind.max_lookback_days and asked.start < now - timedelta(days=kind.max_lookback_days + 1):
        return f"dataStartTime must lie within the last {kind.max_lookback_days} days."
    if asked.end > now - _LATEST.get(kind.name, timedelta(0)):
        return "The data of the requested date range is not available yet."
    if asked.start > now - _EARLIEST_START.get(kind.name, timedelta(0)):
        return "dataStartTime must lie at least 72 hours before the request."
    if kind.name in _FROM_THE_THIRD and now.day < 3:
        return "The report of the last month is available from the 3rd of the month."
    if kind.name in _WHOLE_MONTH and not _is_whole(asked, "MONTH"):
        return "The requested date range must be one month."
    return ""


def _slack(kind: ReportType) -> int:
    # What is documented as one month is taken as any month.
    return 1 if kind.max_days == 30 else 0


def _misaligned(asked: Asked) -> str:
    period = asked.options.get("reportPeriod", "")
    if not period:
        return ""
    if not _is_whole(asked, period):
        return f"dataStartTime and dataEndTime must be the bounds of reportPeriod {period}."
    first, last = first_and_last(asked)
    if asked.type.single_period and next_bound(first, period) != last + timedelta(days=1):
        return f"Only one {period} may be requested."
    return ""


def _is_whole(asked: Asked, period: str) -> bool:
    first, last = first_and_last(asked)
    return first == bound(first, period) and last + timedelta(days=1) == bound(last + timedelta(days=1), period)
