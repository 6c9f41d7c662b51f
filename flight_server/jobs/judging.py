"""What a report that is there is worth: whether it is the one asked for, fresh enough, and why it was cancelled.

Pure: knows no store, no Amazon and no clock. Facts: behaviours of the API, section 8 (CANCELLED: no data, or asked
again within the refresh window of the type; Brand and vendor analytics say FATAL where there is no data, in words).
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise

from flight_server.jobs.told import Told
from flight_server.plan import ReportRequest

KEPT_DAYS = 90
"""Amazon keeps no report longer."""

NEXT_TRY = timedelta(minutes=30)
"""After a failure, where the type has no cooldown of its own that is longer."""

_ALIKE = timedelta(seconds=1)  # Amazon tells whole seconds
_NOW = timedelta(minutes=10)  # a period that was not asked for begins and ends when the report is made
_NO_DATA = re.compile(r"\b(data|report)\b.*\b(is|was|are) (unavailable|not available)\b|\bno data\b", re.IGNORECASE)


def can_be_told(request: ReportRequest) -> bool:
    """Whether Amazon's lists tell enough to know a report that somebody else asked for: they leave out the options."""
    return not request.report.options and not request.options


def is_of(told: Told, request: ReportRequest) -> bool:
    """Whether a report is one of the type, marketplaces and period of the request."""
    if told.report_type != request.report.report_type:
        return False
    wanted, has = frozenset(request.marketplace_ids), frozenset(told.marketplace_ids)
    if has != wanted and not request.report.ignores_marketplaces:
        return False
    if request.report.period == "none":
        return True
    if request.start is None and request.end is None:
        return told.start is None or abs(told.created_at - told.start) < _NOW
    if request.end is None:  # what is there now: Amazon takes the time of the request for the end
        ends_alike = told.end is None or abs(told.created_at - told.end) < _NOW
    else:
        ends_alike = _alike(told.end, request.end)
    return ends_alike and _alike(told.start, request.start)


def is_final(request: ReportRequest, created_at: datetime) -> bool:
    """Whether a report made then tells its period as it will be told for ever."""
    restated = timedelta(hours=request.report.restated_hours)
    return request.report.period != "none" and request.end is not None and request.end + restated <= created_at


def is_fresh(request: ReportRequest, created_at: datetime, max_age_seconds: float, now: datetime) -> bool:
    """Whether a report made then may still answer the request; a further page is as old as the first one is."""
    if request.page_token or is_final(request, created_at):
        return True
    return (now - created_at).total_seconds() < max_age_seconds


def useful_since(request: ReportRequest, max_age_seconds: float, now: datetime) -> datetime:
    """What was made earlier cannot answer the request; what is still under way is a day old at most."""
    kept = timedelta(days=min(request.report.retention_days, KEPT_DAYS)) - timedelta(minutes=5)
    recent = now - max(timedelta(days=1), timedelta(seconds=max_age_seconds))
    if request.end is not None and is_final(request, now):
        recent = min(recent, request.end + timedelta(hours=request.report.restated_hours))
    return max(recent, now - kept)


def asked_before(told: Told, request: ReportRequest, listed: Iterable[Told]) -> Told | None:
    """The last report for which the cancelled one may have come too soon; None where it cannot have.

    Another period counts as the same question, for Amazon's refresh windows are those of the type, unless what it
    made meanwhile shows that it makes several periods of the type within one.
    """
    cooldown = timedelta(minutes=request.report.cooldown_minutes)
    of_type = [
        each
        for each in listed
        if each.report_type == told.report_type
        and each.report_id != told.report_id
        and _share(each.marketplace_ids, told.marketplace_ids)
    ]
    earlier = [each for each in of_type if told.created_at - cooldown < each.created_at <= told.created_at]
    if _makes_periods_at_once(of_type, cooldown):
        earlier = [each for each in earlier if not _are_disjoint(each, told)]
    return max(earlier, key=lambda each: each.created_at, default=None)


def tells_no_data(error: str) -> bool:
    """Whether the sentence of an error document says that there is nothing to tell, and will not be.

    >>> tells_no_data("The requested data is unavailable."), tells_no_data("The data is not yet available")
    (True, False)
    >>> tells_no_data("Report start date must be a Sunday")
    False
    """
    return _NO_DATA.search(error) is not None and " yet" not in error.lower()


def _makes_periods_at_once(reports: Iterable[Told], cooldown: timedelta) -> bool:
    done = sorted((each for each in reports if each.status == "DONE"), key=lambda each: each.created_at)
    return any(
        _are_disjoint(one, next_) and next_.created_at - one.created_at < cooldown for one, next_ in pairwise(done)
    )


def _are_disjoint(one: Told, other: Told) -> bool:
    if one.start is None or one.end is None or other.start is None or other.end is None:
        return False
    return one.end <= other.start or other.end <= one.start


def _share(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return not one or not other or not frozenset(one).isdisjoint(other)


def _alike(told: datetime | None, wanted: datetime | None) -> bool:
    if told is None or wanted is None:
        return told is wanted
    return abs(told - wanted) < _ALIKE
