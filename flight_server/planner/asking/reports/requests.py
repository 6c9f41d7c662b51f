"""Scans of report tables → the requests to make, as calls of createReport; and such a call → the request it makes.

The columns that ask for the period are the report's own: a row tells in them from when to when its report was made. So
any conditions on them may be checked by the engine again, and what is asked for is every period that they leave
possible, cut as `report_periods` cuts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from catalog.report import DATA_END_TIME, DATA_START_TIME, IS_PARTIAL, Report
from flight_server.errors import QueryError
from flight_server.plan import Binding, Call, ParameterValue, ReportRequest, Scan, Within
from flight_server.planner.asking.reports.periods import Bounds, periods
from flight_server.planner.asking.spelling import as_instant, asked_text, spell

_START, _END = "dataStartTime", "dataEndTime"
_OPTION = "reportOptions."


@dataclass(frozen=True)
class ReportPart:
    """What the period adds to one call: its parameters, and what the rows tell of it."""

    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    asked: Mapping[str, str | None] = field(default_factory=dict)
    within: Within | None = None


def is_of_period(binding: Binding, scan: Scan) -> bool:
    """Whether a binding of a report's scan says something of the period."""
    report = scan.table.report
    return report is not None and _column(binding) in (DATA_START_TIME, DATA_END_TIME, report.by or DATA_START_TIME)


def period_parts(
    scan: Scan, named: Mapping[str, ParameterValue], now: datetime, *, allows_partial: bool
) -> Iterator[ReportPart]:
    """The periods to ask for beside the other parameters of a call; one empty part where none is asked for."""
    report = scan.table.report
    assert report is not None
    bindings = [binding for binding in scan.bindings if is_of_period(binding, scan)]
    if not bindings:
        yield ReportPart()
        return
    options = {name.removeprefix(_OPTION): str(value) for name, value in named.items() if name.startswith(_OPTION)}
    if not report.is_requestable:
        yield _whole(_bounds(bindings, report), now)
        return
    for period in periods(report, options, _bounds(bindings, report), now, allows_partial=allows_partial):
        asked = {DATA_START_TIME: asked_text(period.told_start), IS_PARTIAL: "true" if period.is_partial else "false"}
        asked |= {DATA_END_TIME: asked_text(period.told_end)} if period.told_end is not None else {}
        end = {_END: spell(period.end)} if period.end is not None else {}
        within = Within(before=period.end) if period.is_followed and report.by else None
        yield ReportPart({_START: spell(period.start), **end}, asked, within)


def report_request(call: Call, report: Report) -> ReportRequest:
    """The request that a call of a report's table makes."""
    body = call.body if isinstance(call.body, Mapping) else {}
    options = body.get("reportOptions", {})
    return ReportRequest(
        report=report,
        marketplace_ids=tuple(body.get("marketplaceIds", ())),
        start=_instant(body.get(_START)),
        end=_instant(body.get(_END)),
        options=tuple(sorted((name, str(value)) for name, value in options.items())),
    )


def _whole(bounds: Bounds, now: datetime) -> ReportPart:
    """The period of reports that Amazon makes by itself: those are looked for that overlap it."""
    starts = [each for each in (bounds.start, bounds.since, bounds.rows_since) if each is not None]
    ends = [each for each in (bounds.end, bounds.before, bounds.ends_by, bounds.rows_before) if each is not None]
    start = {_START: spell(max(starts))} if starts else {}
    return ReportPart({**start, _END: spell(min([*ends, now.replace(microsecond=0)]))})


def _bounds(bindings: list[Binding], report: Report) -> Bounds:
    said: dict[str, datetime] = {}
    for binding in bindings:
        column, exact = _column(binding), sorted(map(as_instant, binding.values or ()))
        if len(exact) > 1 and column != report.by:
            raise QueryError(
                f"{report.report_type}: {column} is compared with {len(exact)} values; ask for a period (>=, <=) or one"
            )
        if column == DATA_START_TIME:
            said |= {"start": exact[0]} if exact else {}
            said |= _named(since=binding.lower, before=binding.upper)
        elif column == DATA_END_TIME:
            said |= {"end": exact[0]} if exact else {}
            said |= _named(ends_by=_inclusive(binding.upper))
        else:
            said |= {"rows_since": exact[0], "rows_before": exact[-1] + timedelta(days=1)} if exact else {}
            said |= _named(rows_since=binding.lower, rows_before=binding.upper)
    return Bounds(**said)


def _named(**bounds: str | datetime) -> dict[str, datetime]:
    return {name: _utc(bound) for name, bound in bounds.items() if bound}


def _utc(bound: str | datetime) -> datetime:
    return as_instant(bound) if isinstance(bound, str) else bound


def _inclusive(upper: str) -> str | datetime:
    """The latest end that meets `<` (the bound as it was written) or `<=` (a step later): an end before, or at it."""
    if not upper:
        return ""
    instant = as_instant(upper)
    return instant - timedelta(milliseconds=1)


def _instant(value: object) -> datetime | None:
    return as_instant(value).astimezone(UTC) if isinstance(value, str) else None


def _column(binding: Binding) -> str:
    return binding.key_column.column
