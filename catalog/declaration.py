"""The vocabulary of `tables/*.toml`: every word that a stanza may say, with its type and its meaning.

Nothing can be said that is not here: unknown words are errors. What a model of Amazon's does not state (row paths,
conditions in prose, quirks of paging) is stated in these words, never as code. Knows no model and no file.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from catalog.mirror import MirrorKind
from catalog.table import DeclaredType, Owner


class Word(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all parts of a stanza."""


class PagingWords(Word, frozen=True):
    """How the next page is asked for."""

    token: str = ""  # parameter that takes the page token
    next: str = ""  # member that holds the next page's token
    size: str = ""  # parameter of the page size
    size_max: int | None = None  # largest page that Amazon gives, often said in prose only
    size_min: int = 1  # smallest page that it accepts
    repeat: Literal["all", "none"] = "all"  # "none": the token must be the only parameter
    keeps: tuple[str, ...] = ()  # with "none": parameters that go along all the same
    sets: dict[str, str] = {}  # parameters replaced when the token is sent (QueryType = NEXT_TOKEN)
    offset: str = ""  # parameter of the first row, where pages are counted instead of handed on
    limit: str = ""  # parameter of the number of rows that goes with it
    offset_max: int | None = None  # rows beyond this one cannot be reached
    total: str = ""  # member that counts the rows of all pages
    lifetime_seconds: float | None = None  # a token that dies soon is followed at once


class KeyColumnWords(Word, frozen=True):
    """Which predicate on a column becomes which parameter."""

    eq: str = ""  # parameter that takes the one value of `=`
    in_: str = msgspec.field(default="", name="in")  # list parameter that takes the values of `=` and IN
    ge: str = ""  # parameter of a lower bound that belongs to the period
    gt: str = ""  # ... of one that does not
    le: str = ""  # parameter of an upper bound that belongs to the period
    lt: str = ""  # ... of one that does not
    also: tuple[str, ...] = ()  # further parameters that receive the same value
    alone: str = ""  # parameter of one value, for what the list (in) cannot hold: a value with a comma
    joined: str = ""  # a range sent as one parameter, its two ends divided by this
    zone_from: str = ""  # with `joined`: key column that names the time zone in whose offsets the ends are written
    values: tuple[str, ...] = ()  # all that the parameter takes, where the model does not list them
    pattern: str = ""  # form of every value that exists (regular expression; an example is in forms.toml)
    lag_minutes: int = 0  # a bound must be at least so long ago; nothing younger is told
    batch_max: int | None = None  # most values in one call
    required: bool = False  # the operation cannot be called without it
    default_from: str = ""  # connection parameter that supplies values
    offered_in: tuple[str, ...] = ()  # of marketplaces: countries where the operation is; the default asks in no other
    offered_to_vendors_in: tuple[str, ...] = ()  # ... and those where it is for vendors only
    default: str | tuple[str, ...] = ()  # constants sent where the query says nothing
    earliest: str = ""  # lower bound sent where the query gives only an upper one, or where another column needs it
    earliest_unless: tuple[str, ...] = ()  # sent where it gives none, too, unless one of these columns is bound
    parent: str = ""  # `table.column` (of this schema) or `schema.table.column` that lists the keys
    sets: dict[str, str] = {}  # parameters fixed when this column is bound
    latest: Literal["", "now"] = ""  # upper bound sent where another column needs it and the query gives none
    excludes: tuple[str, ...] = ()  # columns that cannot be bound together with this one
    names_rows: bool = (
        False  # a value names a row or two, as one of the primary key does: it wins over what it excludes
    )
    excludes_when: dict[str, tuple[str, ...]] = {}  # form of a value (regular expression) → columns that it excludes
    needs: tuple[str, ...] = ()  # columns that must be bound together with this one
    needs_when: dict[str, tuple[str, ...]] = {}  # form of a value (regular expression) → columns that it needs
    brings: tuple[str, ...] = ()  # values of switches that are sent when this column is bound
    together: tuple[tuple[str, ...], ...] = ()  # values that are only accepted together
    encode: Literal["", "twice"] = ""  # "twice": the value is percent-encoded twice
    form: str = ""  # what is sent for a value: this text with the value, percent-encoded, for its `{}`
    moves: bool = False  # the list is then in the order of changes: a row that changes while it is read comes again

    @property
    def defaults(self) -> tuple[str, ...]:
        """What is sent where the query says nothing."""
        return (self.default,) if isinstance(self.default, str) else self.default


class ColumnWords(Word, frozen=True):
    """An exception from the rule that a member becomes the column of its name."""

    member: str = ""  # path from the root of the answer, where it is not in the row or has another name
    type: DeclaredType | None = None  # where the model has none or a wrong one; of an echo: the parameter's
    split: str = ""  # the member's text holds several values divided by this
    part: int = 0  # ... and this one is meant, from 0


class WindowWords(Word, frozen=True):
    """A period that a call may span."""

    column: str  # key column whose range is the period, or which echoes its beginning
    until: str = ""  # key column which echoes its end
    max_days: int | None = None  # a longer period is split into several calls
    lookback_days: int | None = None  # Amazon keeps no more than this
    day: str = ""  # time zone whose days count, where bounds are days


class RequestBatchWords(Word, frozen=True):
    """A POST that carries many requests."""

    list: str  # member of the body that lists the requests (`requests[]`), `$[]` where the body is the list
    max: int  # most requests in one call; answers come in the order of the requests
    repeats: dict[str, str] = {}  # key column → member of an answer that repeats its value: the order may be another
    number: str = ""  # parameter that tells requests of a call apart: it takes their numbers, from 1
    number_repeated: str = ""  # member of an answer that repeats the number


class ItemErrorWords(Word, frozen=True):
    """Where a batch says which of its items failed; the table gets columns `item_status` and `item_error`."""

    status: str  # member that holds an item's status
    ok: str  # its value where the item succeeded; one of `empty_status` is no error either
    errors: str = ""  # member that lists what is wrong with it; empty: the item itself says so


class GrainWords(Word, frozen=True):
    """Rows that are sums of an hour or a day, of which only whole ones can be kept."""

    column: str  # key column whose value says which it is
    hours: tuple[str, ...] = ()  # its values that mean an hour
    days: tuple[str, ...] = ()  # ... and a day, of the zone that the period is written in (zone_from)


class MirrorWords(Word, frozen=True):
    """What of the table can be kept, and how it is made fresh again; no such part: rows of equal calls are."""

    kind: MirrorKind
    by: str = ""  # changes, events: the key column whose range is the period that is covered
    changed: str = ""  # changes, or a snapshot: the key column by which the list of what changed since is asked for
    untold: tuple[str, ...] = ()  # columns whose change alone puts no row on that list
    grain: GrainWords | None = None  # events: a period is covered in whole hours or days only
    settles_hours: int | None = None  # events: a period that ended so long ago is told the same for ever
    unsettled: dict[str, tuple[str, ...]] = {}  # events: column → values of rows that may change later all the same
    keys: tuple[str, ...] = ()  # child, keyed: key columns whose values are covered; a snapshot: each has its own
    parent_changed: str = ""  # child: `table.column` (or with its schema) of a parent; asked again where it changed
    reason: str = ""  # why this kind, where it is not plain; of a call: why no better one


class TableWords(Word, frozen=True):
    """One stanza: one table."""

    description: str  # what a row is, in one sentence
    example: str = ""  # a query that can be run as it stands
    operation_id: str = ""  # the operation that answers
    row_path: str = "$"  # member whose elements are the rows (`payload.Orders[]`); one row: an object, `$` the root
    primary_key: tuple[str, ...] = ()  # columns that tell rows apart
    key_repeats: bool = False  # ... as a rule only: of rows of a list that share them, none is left out
    carried: tuple[str, ...] = ()  # columns that child tables carry besides those and key columns
    paging: PagingWords | None = None  # how pages follow one another; nothing: there is one
    key_columns: dict[str, KeyColumnWords] = {}  # columns whose predicates become parameters
    requires_one_of: tuple[tuple[str, ...], ...] = ()  # of each group at least one column must be bound
    columns: dict[str, ColumnWords | DeclaredType] = {}  # exceptions; a type alone may stand for the whole entry, and
    # must for what stands in an array, which is named by its path in the row (`items[].at`)
    timestamps: tuple[str, ...] = ()  # columns that Amazon types as text but fills with times; in arrays: `items[].at`
    measures: tuple[str, ...] = ()  # ... of numbers that are no money though a currency stands beside them
    as_json: tuple[str, ...] = ()  # members that stay JSON text: neither columns nor a child table are made of them
    switches: dict[str, dict[str, tuple[str, ...]]] = {}  # parameter → value → members that it brings
    owners: dict[Owner, tuple[str, ...]] = {}  # who may have a data set → the values of switches that bring such ones
    constants: dict[str, str] = {}  # parameters always sent
    request_batch: RequestBatchWords | None = None  # many rows' requests in one POST
    item_errors: ItemErrorWords | None = None  # errors of single items inside a successful answer
    empty_status: tuple[int, ...] = ()  # HTTP statuses that mean "no rows"; of a request batch: those of its items
    errors_are_data: bool = False  # `errors` beside the data of an answer are a column, not the end of the query
    window: WindowWords | None = None  # the period that a call may span
    mirror: MirrorWords | None = None  # what of it can be kept; nothing: rows of equal calls
    restricted: dict[str, tuple[str, ...]] = {}  # data element → members that Amazon withholds without it
    restricted_always: bool = False  # the operation refuses to answer without a restricted data token
    restricted_generic: bool = True  # the token may be asked for the path with its placeholder
    grantless_scope: str = ""  # scope of an operation that needs no seller's authorisation

    @property
    def listed_types(self) -> dict[str, DeclaredType]:
        """The types of the columns and members that the stanza names in lists."""
        measures: dict[str, DeclaredType] = dict.fromkeys(self.measures, "double")
        return measures | dict.fromkeys(self.timestamps, "timestamp")
