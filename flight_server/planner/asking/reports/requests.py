"""Scans of report tables → the requests to make, as calls of createReport; and such a call → the request it makes.

The columns that ask for the period are the report's own: a row tells in them from when to when its report was made. So
any conditions on them may be checked by the engine again, and what is asked for is every period that they leave
possible, cut as `periods` cuts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import product

from catalog.reports.report import DATA_END_TIME, DATA_START_TIME, IS_PARTIAL, Report
from catalog.table import Table
from flight_server.errors import MissingKeyColumn
from flight_server.plan import Binding, Call, ParameterValue, ReportRequest, Scan, Within
from flight_server.planner.asking.kiosk.queries import query_request
from flight_server.planner.asking.reports.periods import Bounds, periods
from flight_server.planner.asking.spelling import as_instant, asked_text, spell

_START, _END, _MARKETPLACES = "dataStartTime", "dataEndTime", "marketplaceIds"
_OPTION = "reportOptions."
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class ReportPart:
    """What the period adds to one call: its parameters, and what the rows tell of it."""

    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    asked: Mapping[str, str | None] = field(default_factory=dict)
    within: Within | None = None


def is_of_period(binding: Binding, scan: Scan) -> bool:
    """Whether a binding of a report's scan says something of the period."""
    report = scan.table.report
    if report is None or scan.table.dataset is not None:
        return False
    return _column(binding) in (DATA_START_TIME, DATA_END_TIME, report.by or DATA_START_TIME)


def period_parts(
    scan: Scan, named: Mapping[str, ParameterValue], now: datetime, *, allows_partial: bool
) -> Iterator[ReportPart]:
    """The periods to ask for beside the other parameters of a call; one empty part where none is asked for."""
    report = scan.table.report
    assert report is not None
    bindings = [binding for binding in scan.bindings if is_of_period(binding, scan)]
    if not bindings and report.default_days is None:
        yield ReportPart()
        return
    for start, end in product(
        _exact(DATA_START_TIME, _START, bindings, named), _exact(DATA_END_TIME, _END, bindings, named)
    ):
        bounds = replace(_bounds(bindings, report, counts_days=_counts_days(scan.table)), start=start, end=end)
        yield from _parts(scan, report, named, bounds, now, allows_partial=allows_partial)


def _parts(
    scan: Scan,
    report: Report,
    named: Mapping[str, ParameterValue],
    bounds: Bounds,
    now: datetime,
    *,
    allows_partial: bool,
) -> Iterator[ReportPart]:
    options = {name.removeprefix(_OPTION): str(value) for name, value in named.items() if name.startswith(_OPTION)}
    if not report.is_requestable:
        yield _whole(bounds, now)
        return
    if not (bounds.start or bounds.since or bounds.rows_since):
        if report.default_days is None:
            raise MissingKeyColumn(scan.table.qualified_name, (DATA_START_TIME,), scan.table.example)
        bounds = replace(bounds, since=_days_ago(report.default_days, now))
    marketplaces = tuple(named.get(_MARKETPLACES, ()))
    for period in periods(report, options, bounds, now, marketplaces=marketplaces, allows_partial=allows_partial):
        asked = {DATA_START_TIME: asked_text(period.told_start), IS_PARTIAL: "true" if period.is_partial else "false"}
        asked |= {DATA_END_TIME: asked_text(period.told_end)} if period.told_end is not None else {}
        end = {_END: spell(period.end)} if period.end is not None else {}
        is_seam_told = period.is_followed and report.by and not _counts_days(scan.table)
        within = Within(before=period.end) if is_seam_told else None
        yield ReportPart({_START: spell(period.start), **end}, asked, within)


def report_request(call: Call, report: Report) -> ReportRequest:
    """The request that a call of a report's table makes, or of a dataset's."""
    if report.format == "json_lines":
        return query_request(call, report)
    body = call.body if isinstance(call.body, Mapping) else {}
    options = body.get("reportOptions", {})
    return ReportRequest(
        report=report,
        marketplace_ids=tuple(body.get(_MARKETPLACES, ())),
        start=_instant(body.get(_START)),
        end=_instant(body.get(_END)),
        options=tuple(sorted((name, str(value)) for name, value in options.items())),
    )


def _whole(bounds: Bounds, now: datetime) -> ReportPart:
    """The period of reports that Amazon makes by itself: those are looked for that overlap it."""
    starts = [each for each in (bounds.start, bounds.since, bounds.rows_since) if each is not None]
    ends = [each for each in (bounds.end, bounds.before, bounds.ends_by, bounds.rows_before) if each is not None]
    start = {_START: spell(max(starts))} if starts else {}
    end = {_END: spell(min([*ends, now.replace(microsecond=0)]))}
    return ReportPart({**start, **end}, {IS_PARTIAL: "false"})  # one is made when its period is over


def _exact(
    column: str, parameter: str, bindings: list[Binding], named: Mapping[str, ParameterValue]
) -> tuple[datetime | None, ...]:
    """The beginnings, or ends, that the query names or another table supplies; one None where it names none."""
    supplied = named.get(parameter)
    if isinstance(supplied, str):
        return (as_instant(supplied),)
    values = [value for binding in bindings if _column(binding) == column for value in binding.values or ()]
    return tuple(map(as_instant, values)) or (None,)


def _counts_days(table: Table) -> bool:
    """Whether the column by which the period selects rows has days only: whose days they are, nobody says."""
    by = table.columns_by_name.get(table.report.by) if table.report is not None else None
    return by is not None and by.declared_type == "date"


def _days_ago(days: int, now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days)


def _bounds(bindings: list[Binding], report: Report, *, counts_days: bool) -> Bounds:
    around = timedelta(days=1 if counts_days else 0)
    said: dict[str, datetime] = {}
    for binding in bindings:
        column = _column(binding)
        if column == DATA_START_TIME:
            said |= _named(since=binding.lower, before=binding.upper)
        elif column == DATA_END_TIME:
            said |= _named(ends_by=_inclusive(binding.upper))
        else:
            exact = sorted(map(as_instant, binding.values or ()))
            said |= {"rows_since": exact[0] - around, "rows_before": exact[-1] + _DAY + around} if exact else {}
            said |= {"rows_since": as_instant(binding.lower) - around} if binding.lower else {}
            said |= {"rows_before": as_instant(binding.upper) + around} if binding.upper else {}
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
