"""The vocabulary of `tables/report/*.toml`: what a stanza may say of a report type, with its meaning.

Amazon publishes no model of most reports, so the columns stand in the stanza. Knows no file.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from catalog.declaration import Word
from catalog.reports.report import DocumentFormat, Grain, Period
from catalog.table import DeclaredType


class OptionWords(Word, frozen=True):
    """One report option; each is a column."""

    values: tuple[str, ...] = ()  # all that it takes; nothing: free text
    required: bool = False  # Amazon refuses the report without it, or makes it fail
    default: str = ""  # sent where the query says nothing
    example: str = ""  # a value of free text, for the example of the table


class GrainWords(Word, frozen=True):
    """To what the ends of a period must be aligned."""

    grain: Grain = ""  # of every period
    option: str = ""  # option whose value names the grain, where it is not always the same
    zone: str = "UTC"  # whose days count
    max_spans: dict[str, int] = msgspec.field(default_factory=dict)  # value of the option → days in one request
    lookbacks: dict[str, int] = msgspec.field(default_factory=dict)  # ... → days that can be asked for
    single: bool = False  # one request takes one day, week, month … only


class ReportWords(Word, frozen=True):
    """One stanza: one row set of one report type, which is one table."""

    description: str  # what a row is, in one sentence
    report_type: str  # Amazon's name
    audience: Literal["seller", "vendor", "both"] = "seller"  # whose accounts have it
    offered_in: tuple[str, ...] = ()  # countries where it is, for readers: elsewhere Amazon decides
    roles: tuple[str, ...] = ()  # Amazon's names of those that an application may have, one of which it needs
    columns: dict[str, DeclaredType] = msgspec.field(default_factory=dict)  # header, or path below the row → type
    format: DocumentFormat = "delimited"
    row_path: str = ""  # of JSON and XML: the list whose elements are the rows
    carried: tuple[str, ...] = ()  # columns that child tables carry, since they tell the rows apart
    example: str = ""  # a query that can be run as it stands; nothing: one is made of the columns
    options: dict[str, OptionWords] = msgspec.field(default_factory=dict)
    period: Period = "none"  # whether it is made for a period
    default_days: int | None = None  # without a period in the query: so many days up to now, whatever they are
    by: str = ""  # header of the column by whose instants the period selects the rows
    max_days: int | None = None  # a longer period is asked for in several reports
    lookback_days: int | None = None  # nothing older can be asked for
    older_in: tuple[str, ...] = ()  # ... but in these countries
    aligned: GrainWords = GrainWords()
    requestable: bool = True  # false: Amazon makes it by itself, or on a schedule
    one_marketplace: bool = False  # refused for several marketplaces at once
    ignores_marketplaces: bool = False  # tells of all of them, whichever is asked for
    retention_days: int = 90  # Amazon keeps documents so long
    lag_hours: int = 0  # the newest are not published
    restated_hours: int = 72  # after so long a period's figures stay as they are
    cooldown_minutes: int = 0  # asked again sooner, Amazon answers CANCELLED
    no_data_status: Literal["CANCELLED", "FATAL"] = "CANCELLED"
    restricted: bool = False  # the document needs a restricted data token
