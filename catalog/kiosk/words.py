"""The vocabulary of `tables/data_kiosk/*.toml`: what a stanza may say of a query field, with its meaning.

A file is named as its dataset. Columns, their types and the arguments are those of the schema. Knows no file.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from catalog.declaration import KeyColumnWords, Word


class ObjectListWords(Word, frozen=True):
    """An argument that is a list of objects."""

    path: str  # `filters[]`
    max: int  # of one query
    once: str = ""  # member whose every value may come once


class QueryFieldWords(Word, frozen=True):
    """One stanza: a query field, or one of the row sets of its lines."""

    description: str  # what a row is, in one sentence
    field: str  # Amazon's name
    audience: Literal["seller", "vendor"] = "seller"
    roles: tuple[str, ...] = ()  # of an application, one of which it needs
    row_path: str = ""  # the list in a line whose elements are the rows; nothing: each line is one
    only: tuple[str, ...] = ()  # members of a line that this row set tells; nothing: all
    primary_key: tuple[str, ...] = ()
    carried: tuple[str, ...] = ()  # columns that child tables carry, since they tell the rows apart
    example: str = ""  # a query that can be run as it stands; required
    grain: str = ""  # column whose value names what the rows count in; nothing: each tells of the whole window
    lookback_days: int | None = None
    ahead_days: int | None = None
    restated_hours: int = 96  # after the beginning of the window's last day, its figures are told the same for ever
    most_unfinished: int = 0  # queries of an account that may be under way at once; 0: nobody says
    always: tuple[str, ...] = ()  # members of rows that every query asks for, since they say what a row is
    single_day: tuple[str, ...] = ()  # members: a query for one of them by day takes one day only
    objects: ObjectListWords | None = None
    key_columns: dict[str, KeyColumnWords] = msgspec.field(default_factory=dict)
    switches: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)  # member → values of an argument without
    # which Amazon leaves it out
