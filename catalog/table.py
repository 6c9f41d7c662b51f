"""The resolved table: what every other room sees of the catalog.

Frozen dataclasses without behaviour. They know names, members, parameters and limits; they know no network and no SQL.
A *member* is a path from the root of an answer (`payload.Orders[].OrderTotal.Amount`), `[]` marks an array.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Literal

import pyarrow as pa

from catalog.kiosk.dataset import Dataset
from catalog.mirror import BY_CALL, Mirror
from catalog.reports.report import Report

DeclaredType = Literal["string", "int64", "double", "decimal", "bool", "timestamp", "date", "json"]
"""The types that a column may be declared with; `catalog.arrow_types` maps them to Arrow."""

ITEM_STATUS, ITEM_ERROR = "item_status", "item_error"
"""Columns of every table whose answers tell which of its items failed."""

Owner = Literal["everyone", "seller", "vendor", "role"]
"""Whose a data set is: that of accounts of a type, or of those who have a role that Amazon does not give everyone."""

ParameterLocation = Literal["query", "path", "body", "header"]


@dataclass(frozen=True)
class ListOf:
    """A native list of such elements."""

    element: "Nested"


@dataclass(frozen=True)
class StructOf:
    """A native struct: (name, Amazon's name, type) of each field."""

    fields: tuple[tuple[str, str, "Nested"], ...]


Nested = DeclaredType | ListOf | StructOf
"""What an array or object holds, where it is told natively instead of as JSON text."""

TableKind = Literal["operation", "child", "report", "data_kiosk", "system", "view"]


@dataclass(frozen=True)
class UsagePlan:
    """Amazon's default quota of an operation: `rate` requests a second, a bucket of `burst`."""

    rate: float
    burst: int


@dataclass(frozen=True)
class Parameter:
    """One parameter of an operation, as Amazon's model states it."""

    name: str
    location: ParameterLocation
    required: bool = False
    type: str = "string"  # Swagger's: string, integer, number, boolean
    format: str = ""  # Swagger's: date-time, date, ...
    is_list: bool = False
    repeated: bool = False  # a list sent as name=a&name=b instead of name=a,b
    enum: tuple[str, ...] = ()
    max_items: int | None = None


@dataclass(frozen=True)
class AnswerLevel:
    """An object or a list of an operation's answer as the model has it: by it, another envelope is told from this one.

    Levels are known as far down as envelopes reach: the root, what holds the rows in it, each answer of a batch.
    """

    names: frozenset[str]  # members of the object, or of the list's elements; empty: free, or plain values
    rows: frozenset[str] = frozenset()  # those of them that rows are found through
    is_list: bool = False
    inner: Mapping[str, "AnswerLevel"] = field(default_factory=dict)  # member -> its own level
    element: "AnswerLevel | None" = None  # of a list of answers: the level of each


@dataclass(frozen=True)
class Operation:
    """One operation of one API version."""

    operation_id: str
    api: str
    api_version: str
    method: str
    path: str  # with {placeholders} for path parameters
    parameters: tuple[Parameter, ...] = ()
    usage_plan: UsagePlan | None = None
    deprecated: bool = False
    grantless_scope: str = ""  # scope of a grantless operation, which no seller needs to have authorised
    body_objects: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False, compare=False)
    """Object of the body ("" is the root) -> members that it must have."""
    answer: AnswerLevel | None = field(default=None, repr=False, compare=False)  # its root; None: it may be anything


@dataclass(frozen=True)
class Column:
    """One column. `member` is empty for an echo of a parameter, for `index` of a child table and for system columns."""

    name: str
    declared_type: DeclaredType
    member: str = ""
    restricted: str = ""  # data element that a restricted data token must name; empty: not restricted
    is_echo: bool = False  # the column returns the value that was asked for
    is_index: bool = False  # position in the parent's array, from 0
    is_of_refused: bool = False  # tells only of items that Amazon refused; null in every other row
    split: str = ""  # the member's text holds several values divided by this; `part` is the one meant
    part: int = 0
    switches: tuple[str, ...] = ()  # values of switch parameters that bring it, or parts of it; empty: always there
    nested: Nested | None = None  # of a `json` column that is told natively: what it holds
    computed: pa.DataType | None = (
        None  # of a view: the type that its query gives it, where no declared type is the same
    )


@dataclass(frozen=True)
class ParentColumn:
    """Where a key comes from when the query does not give it: a column of the declared parent table."""

    db_schema: str
    table: str
    column: str


@dataclass(frozen=True)
class KeyColumn:
    """A column whose predicates become parameters of the operation. Empty text: no such binding."""

    column: str
    eq: str = ""
    in_: str = ""
    ge: str = ""
    gt: str = ""
    le: str = ""
    lt: str = ""
    also: tuple[str, ...] = ()  # further parameters that receive the same value
    alone: str = ""  # parameter of one value, for what the list cannot hold: a value with a comma
    joined: str = ""  # a range sent as one parameter `start<joined>end` (sales interval); then ge and lt name it
    zone_from: str = ""  # key column that names the time zone in whose offsets the ends of a range are written
    values: tuple[str, ...] = ()  # all that the parameter takes, where the model does not list them
    pattern: str = ""  # form of every value that exists (regular expression)
    lag_minutes: int = 0  # Amazon refuses a bound nearer to now than this, and tells nothing younger
    batch_max: int | None = None  # most values in one call
    required: bool = False
    default_from: str = ""  # connection parameter that supplies values, e.g. Marketplaces
    offered_in: tuple[str, ...] = ()  # marketplace ids where the operation is offered; empty: nothing is known of it
    offered_to_vendors_in: tuple[str, ...] = ()  # ... and those where it is offered to vendors only
    default: tuple[str, ...] = ()  # constants sent when the query says nothing
    earliest: str = ""  # lower bound (ISO 8601) sent where the query gives only an upper one
    earliest_unless: tuple[str, ...] = ()  # sent too where the query gives none, unless one of these is bound
    parent: ParentColumn | None = None
    sets: Mapping[str, str] = field(default_factory=dict)  # parameters fixed when this column is bound
    latest: str = ""  # "now": upper bound sent where another column needs it
    excludes: tuple[str, ...] = ()  # columns that cannot be bound together with this one
    names_rows: bool = False  # a value names a row or two, though the column is not in the primary key
    excludes_when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # form of a value -> columns
    needs: tuple[str, ...] = ()  # columns that must be bound together with this one
    needs_when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # form of a value -> columns
    brings: tuple[str, ...] = ()  # values of switches that are sent when this column is bound
    together: tuple[tuple[str, ...], ...] = ()  # values that Amazon only accepts together
    is_encoded_twice: bool = False
    form: str = ""  # text that is sent, with the value, percent-encoded, for its `{}`
    is_told_as_sent: bool = False  # each row tells the bound that was sent for it
    is_supplied: bool = True  # False: no other table gives its values, since a period is asked for as a whole
    is_told_if_named: bool = (
        False  # a default goes in one call; one each where a query names the column, which tells it
    )
    moves: bool = False  # asked for by it, the list is in the order of changes: what changes comes again

    @property
    def names_marketplaces(self) -> bool:
        """Whether its values are ids of marketplaces."""
        name = (self.in_ or self.eq).rpartition(".")[2].lower()
        return self.default_from == "Marketplaces" or name in ("marketplaceid", "marketplaceids")


@dataclass(frozen=True)
class Paging:
    """How the next page is asked for."""

    token: str  # parameter
    next: str  # member of the answer that holds the next token
    size: str = ""  # parameter of the page size
    size_max: int | None = None
    size_min: int = 1
    repeat: Literal["all", "none"] = "all"  # whether the first call's parameters go with the token
    keeps: tuple[str, ...] = ()  # with "none": parameters that go along all the same
    sets: Mapping[str, str] = field(default_factory=dict)  # parameters replaced when the token is sent
    offset: str = ""  # parameter of the first row, where pages are counted; then there is no token
    offset_max: int | None = None  # rows beyond this one cannot be reached
    total: str = ""  # member that counts the rows of all pages
    rows: str = ""  # row path by which a page's rows are counted
    lifetime_seconds: float | None = None  # a token that dies soon is followed at once


@dataclass(frozen=True)
class RequestBatch:
    """A body that lists many requests; answers come in their order, unless they repeat their requests in another."""

    list: str  # `requests[]`, or `$[]` where the body is the list
    max: int
    repeats: Mapping[str, str] = field(default_factory=dict)  # key column -> member of an answer that repeats its value
    number: str = ""  # parameter that takes the number of a request within its call, from 1
    number_repeated: str = ""  # member of an answer that repeats it


@dataclass(frozen=True)
class ItemErrors:
    """Where an answer says which of its items failed."""

    status: str
    ok: str
    errors: str = ""
    are_told: bool = False  # a column of the table holds the errors of an item that succeeded all the same


@dataclass(frozen=True)
class Switch:
    """A parameter whose values bring further members (`includedData`, `details`)."""

    parameter: str
    members: Mapping[str, tuple[str, ...]]  # value sent -> members that it brings
    owners: Mapping[str, Owner] = field(default_factory=dict)  # value sent -> who may have it; not there: everyone


@dataclass(frozen=True)
class Window:
    """What a period may be; bounds that are whole days are days of `day`, a time zone."""

    column: str  # key column whose range is the period, or which echoes its beginning
    max_days: int | None = None  # a longer one is asked for in several calls
    lookback_days: int | None = None  # nothing older is kept
    day: str = ""
    until: str = ""  # key column which echoes the end; what lies on a seam belongs to the later call


@dataclass(frozen=True)
class ForeignKey:
    """Columns of this table that are the primary key of another."""

    columns: tuple[str, ...]
    db_schema: str
    table: str
    parent_columns: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table of the catalog, fully resolved. `operation` is None for system tables and views only."""

    db_schema: str
    name: str
    kind: TableKind
    columns: tuple[Column, ...]
    description: str = ""
    example: str = ""
    operation: Operation | None = None
    row_path: str = ""  # `payload.Orders[]`; a single row: `payload`, or `$` for the root
    primary_key: tuple[str, ...] = ()
    key_repeats: bool = False  # rows may share their primary key all the same
    parent_row_path: str = ""  # of a child table: where the rows stand that hold its own
    key_columns: tuple[KeyColumn, ...] = ()
    paging: Paging | None = None
    switches: tuple[Switch, ...] = ()
    constants: Mapping[str, str] = field(default_factory=dict)  # parameters always sent
    requires_one_of: tuple[tuple[str, ...], ...] = ()  # each: at least one of these columns must be bound
    empty_statuses: tuple[int, ...] = ()  # HTTP statuses that mean "no rows"; of a batch: those of its items alone
    errors_are_data: bool = False  # errors beside the data of an answer are a column
    window: Window | None = None
    foreign_keys: tuple[ForeignKey, ...] = ()
    restricted_always: bool = False  # the whole operation needs a restricted data token
    restricted_generic: bool = True  # such a token may be asked for the path with its {placeholder}
    request_batch: RequestBatch | None = None
    item_errors: ItemErrors | None = None
    member_types: Mapping[str, DeclaredType] = field(default_factory=dict, repr=False, compare=False)  # of its answer
    report: Report | None = None  # of tables whose rows are in a document that is asked for
    dataset: Dataset | None = None  # ... by a query of Data Kiosk
    mirror: Mirror | None = BY_CALL  # what of its rows can be kept; None for system tables only
    query: str = ""  # of a view: the SQL that it stands for; without columns, it cannot be read in these versions

    short_names: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """What a column may be called besides its name, by a person who writes a query; nothing lists it."""

    @property
    def qualified_name(self) -> str:
        """`schema.table`, as a user writes it."""
        return f"{self.db_schema}.{self.name}"

    @cached_property
    def needs_of_every_row(self) -> frozenset[str]:
        """Values of switches and data elements that every column needs: without them there is no row at all."""
        needs = [{*column.switches, column.restricted} - {""} for column in self.columns]
        return frozenset.intersection(*map(frozenset, needs)) if needs else frozenset()

    @cached_property
    def columns_by_name(self) -> Mapping[str, Column]:
        """The columns in their order, by name."""
        return MappingProxyType({column.name: column for column in self.columns})
