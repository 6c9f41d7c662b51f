"""What is known of a query field of a Data Kiosk dataset besides its schema. Frozen, without behaviour."""

from dataclasses import dataclass

START_DATE, END_DATE = "start_date", "end_date"
"""Columns of every query field: the first and the last day that a row tells of; key columns, too."""

QUERY_ID, QUERY_CREATED_AT = "query_id", "query_created_at"
"""Columns of every table: which query a row came from, and when that was asked."""

START, END = "startDate", "endDate"
"""The arguments that every query field takes for its window; both days are in it."""


@dataclass(frozen=True)
class ObjectList:
    """An argument that is a list of objects: each names some of what is asked for."""

    path: str  # `filters[]`
    most: int  # of one query
    once: str = ""  # member whose every value may come once


@dataclass(frozen=True)
class Dataset:
    """One query field: how it is asked for."""

    name: str  # the versioned root field: analytics_economics_2024_03_15
    field: str
    grain: str = ""  # column of the argument that names what rows count in; empty: each row tells of the whole window
    lookback_days: int | None = None  # the window begins no longer ago
    ahead_days: int | None = None  # the window begins today or later and ends so many days from now at most
    always: tuple[str, ...] = ()  # members that every query asks for, since they say what a row is
    single_day: tuple[str, ...] = ()  # members of rows: a query for one of them by day takes one day only
    objects: ObjectList | None = None
