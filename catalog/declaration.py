"""The vocabulary of `tables/*.toml`: every word that a stanza may say, with its type and its meaning.

Nothing can be said that is not here: unknown words are errors. What a model of Amazon's does not state (row paths,
conditions in prose, quirks of paging) is stated in these words, never as code. Knows no model and no file.
"""

from __future__ import annotations

import msgspec

from catalog.table import DeclaredType


class Word(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all parts of a stanza."""


class PagingWords(Word, frozen=True):
    """How the next page is asked for."""

    token: str = ""  # parameter that takes the page token
    next: str = ""  # member that holds the next page's token
    size: str = ""  # parameter of the page size
    size_max: int | None = None
    size_min: int = 1
    repeat: str = "all"  # "none": the token must be the only parameter
    sets: dict[str, str] = {}  # parameters replaced when the token is sent (QueryType = NEXT_TOKEN)
    offset: str = ""  # parameter of the first row, where pages are counted instead of handed on
    offset_max: int | None = None
    lifetime_seconds: float | None = None  # a token that dies soon


class KeyColumnWords(Word, frozen=True):
    """Which predicate on a column becomes which parameter."""

    eq: str = ""
    in_: str = msgspec.field(default="", name="in")
    ge: str = ""
    gt: str = ""
    le: str = ""
    lt: str = ""
    also: tuple[str, ...] = ()  # further parameters that receive the same value
    joined: str = ""  # a range sent as one parameter, its two ends divided by this
    values: tuple[str, ...] = ()  # all that the parameter takes, where the model does not list them
    pattern: str = ""  # form of every value that exists (regular expression); another is never asked for
    batch_max: int | None = None  # most values in one call
    required: bool = False
    default_from: str = ""  # connection parameter that supplies values
    default: str = ""  # constant sent where the query says nothing
    earliest: str = ""  # lower bound sent where the query gives only an upper one
    earliest_unless: tuple[str, ...] = ()  # sent where it gives none, too, unless one of these columns is bound
    parent: str = ""  # `schema.column` or `schema.table.column` that lists the keys
    sets: dict[str, str] = {}  # parameters fixed when this column is bound
    excludes: tuple[str, ...] = ()  # columns that cannot be bound together with this one
    together: tuple[tuple[str, ...], ...] = ()  # values that are only accepted together
    encode: str = ""  # "twice": the value is percent-encoded twice


class ColumnWords(Word, frozen=True):
    """An exception from the rule that a member becomes the column of its name."""

    member: str = ""  # path from the root of the answer, where it is not in the row or has another name
    type: DeclaredType | None = None
    split: str = ""  # the member's text holds several values divided by this
    part: int = 0  # ... and this one is meant, from 0
    sometimes: bool = False  # not in every answer


class WindowWords(Word, frozen=True):
    """A period that a call may span."""

    column: str
    max_days: int | None = None
    lookback_days: int | None = None
    lag_minutes: int = 0  # an upper bound must be at least so long ago
    day: str = ""  # time zone whose days count, where bounds are days


class RequestBatchWords(Word, frozen=True):
    """A POST that carries many requests."""

    list: str  # member of the body that lists the requests
    max: int
    match: tuple[str, ...] = ()  # columns by which answers find their requests; empty: by order


class ItemErrorWords(Word, frozen=True):
    """Where a batch says which of its items failed."""

    status: str
    ok: str
    errors: str = ""


class UsagePlanWords(Word, frozen=True):
    """The quota, where the model states none or a wrong one."""

    rate: float
    burst: int


class TableWords(Word, frozen=True):
    """One stanza: one table."""

    description: str
    example: str = ""
    operation_id: str = ""
    row_path: str = "$"
    primary_key: tuple[str, ...] = ()
    paging: PagingWords | None = None
    key_columns: dict[str, KeyColumnWords] = {}
    requires_one_of: tuple[tuple[str, ...], ...] = ()  # of each group at least one column must be bound
    columns: dict[str, ColumnWords | DeclaredType] = {}
    timestamps: tuple[str, ...] = ()  # columns that Amazon types as text but fills with times
    as_json: tuple[str, ...] = ()  # members that stay JSON text instead of being flattened
    switches: dict[str, dict[str, tuple[str, ...]]] = {}  # parameter → value → members that it brings
    constants: dict[str, str] = {}  # parameters always sent
    request_batch: RequestBatchWords | None = None
    item_errors: ItemErrorWords | None = None
    empty_status: tuple[int, ...] = ()  # HTTP statuses that mean "no rows"
    window: WindowWords | None = None
    restricted: dict[str, tuple[str, ...]] = {}  # data element → members that Amazon withholds without it
    restricted_always: bool = False  # the operation refuses to answer without a restricted data token
    restricted_generic: bool = True  # the token may be asked for the path with its placeholder
    usage_plan: UsagePlanWords | None = None
    report_type: str = ""
    format: str = ""
    options: dict[str, tuple[str, ...]] = {}
    one_marketplace: bool = False


# Words that may be said, but that nothing acts on yet: a stanza that needs one is refused rather than half understood.
UNREAD_TABLE_WORDS = ("request_batch", "item_errors", "report_type", "format", "options", "one_marketplace")
UNREAD_PAGING_WORDS = ("sets", "offset", "offset_max")
UNREAD_KEY_WORDS = ("encode",)
UNREAD_WINDOW_WORDS = ("max_days", "lookback_days", "day")
