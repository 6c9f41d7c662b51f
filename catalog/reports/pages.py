"""What the page of a report's table says of the report: how it is asked for, in one line.

Knows no page around it.
"""

from collections.abc import Iterator

from catalog.marketplaces import read_marketplaces
from catalog.reports.report import Report

_FORMATS = {"delimited": "delimited text", "json": "JSON", "json_lines": "JSON lines", "xml": "XML"}
_PERIODS = {"none": "a state of now", "optional": "a period may be said", "required": "a period must be said"}


def report_line(report: Report) -> str:
    """All that a query needs to know of the report type."""
    return " · ".join((f"`{report.report_type}`", _FORMATS[report.format], *_facts(report)))


def _facts(report: Report) -> Iterator[str]:
    if report.audience != "seller":
        yield "for vendors" if report.audience == "vendor" else "for sellers and vendors"
    if report.offered_in:
        yield f"in {', '.join(report.offered_in)}"
    if not report.is_requestable:
        yield "found, never asked for"
    yield _PERIODS[report.period]
    if report.default_days is not None:
        yield f"else the last {report.default_days} days"
    yield from _grain(report)
    if report.max_days is not None:
        yield f"longer ones are several reports of at most {_days(report.max_days)}"
    if report.lookback_days is not None:
        older = [each.country for each in read_marketplaces() if each.id in report.older_in]
        yield f"nothing older than {_days(report.lookback_days)}" + (f", but in {', '.join(older)}" if older else "")
    if report.lag_hours:
        yield f"published after {report.lag_hours} hours"
    if report.one_marketplace:
        yield "one report a marketplace"
    if report.roles:
        yield f"needs a role: {' or '.join(report.roles)}"
    if report.is_restricted:
        yield "needs a restricted data token"
    if report.cooldown_minutes:
        yield f"made again after {report.cooldown_minutes} minutes at the earliest"


def _grain(report: Report) -> Iterator[str]:
    grains = report.grains
    if grains.option:
        column = next(option.column for option in report.options if option.name == grains.option)
        yield f"counts in what `{column}` says" + (", one a report" if grains.single else "")
    elif grains.grain:
        yield f"counts in whole {grains.grain}s" + (", one a report" if grains.single else "")


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
