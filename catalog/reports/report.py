"""A report type: how it is asked for and what its document is, as far as a stanza says.

Frozen, without behaviour; knows no network. Facts: Amazon's pages of report types, and what real documents look like.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

DATA_START_TIME, DATA_END_TIME = "data_start_time", "data_end_time"
"""Columns of every report with a period: the period that was asked for, and the key columns that ask for it."""

REPORT_ID, REPORT_CREATED_AT = "report_id", "report_created_at"
"""Columns of every report: which one a row came from, and when that was asked for."""

OTHER_COLUMNS = "other_columns"
"""Column of every report: what its document holds beyond the declared columns, as a JSON object; null where nothing."""

IS_PARTIAL = "is_partial"
"""Column of reports whose newest days are not whole yet: whether the row's report reaches into them."""

DocumentFormat = Literal["delimited", "json", "json_lines", "xml"]
Period = Literal["none", "optional", "required"]
Grain = Literal["", "day", "week", "month", "quarter", "year"]


@dataclass(frozen=True)
class ReportOption:
    """One report option; `column` is the pseudo-column that asks for it and tells what was asked for."""

    name: str
    column: str
    values: tuple[str, ...] = ()  # all that it takes; empty: free text
    is_required: bool = False
    default: str = ""  # sent where the query says nothing
    example: str = ""  # a value of free text


@dataclass(frozen=True)
class Grains:
    """To what the ends of a period must be aligned, and how long it may be."""

    grain: Grain = ""  # of every period; empty: that of `option`, or none
    option: str = ""  # report option whose value names the grain (reportPeriod, dateGranularity)
    zone: str = "UTC"  # whose days count: an IANA name
    max_spans: Mapping[str, int] = field(default_factory=dict)  # value of the option → days in one request
    lookbacks: Mapping[str, int] = field(default_factory=dict)  # ... → days that can be asked for
    single: bool = False  # one request takes one day, week, month ... only


@dataclass(frozen=True)
class Report:
    """What is known of a report type."""

    report_type: str
    category: str
    format: DocumentFormat
    audience: Literal["seller", "vendor", "both"] = "seller"
    offered_in: tuple[str, ...] = ()  # countries, as Amazon's pages have it; asked for elsewhere, Amazon decides
    roles: tuple[str, ...] = ()  # of an application, one of which it needs
    is_requestable: bool = True  # False: Amazon makes it by itself or on a schedule; it is found, never asked for
    options: tuple[ReportOption, ...] = ()
    one_marketplace: bool = False  # refused for several marketplaces at once
    ignores_marketplaces: bool = False  # tells of all of them whatever is asked
    period: Period = "none"
    default_days: int | None = None  # asked for up to now where the query names no period
    by: str = ""  # column by whose instants the period selects the rows
    max_days: int | None = None  # of one request
    lookback_days: int | None = None  # nothing older can be asked for
    older_in: tuple[str, ...] = ()  # ids of marketplaces where it can
    grains: Grains = field(default_factory=Grains)
    retention_days: int = 90  # Amazon keeps the document so long
    lag_hours: int = 0  # nothing younger is published
    restated_hours: int = 72  # a period that ended longer ago is told the same for ever
    cooldown_minutes: int = 0  # asked again sooner, Amazon may answer CANCELLED
    most_unfinished: int = 0  # so many of an account are under way at once, further ones wait; 0: no limit
    no_data_status: Literal["CANCELLED", "FATAL"] = "CANCELLED"  # what Amazon answers where there is no row
    is_restricted: bool = False  # the document is refused without a restricted data token
