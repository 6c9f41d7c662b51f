"""Plan, Scan, Call, Page: the data that flows between the rooms.

Frozen, without behaviour. They know tables and parameters; they know no SQL engine and no HTTP.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from catalog.reports.report import Report
from catalog.table import Column, ItemErrors, KeyColumn, Operation, Owner, Paging, Table

ParameterValue = str | tuple[str, ...]
"""One value, or the values of a list parameter, already in Amazon's spelling."""


Fold = Callable[[Sequence[tuple[str, str]]], list[Any]]
"""(SQL of a constant, type to have it in) → values; `UNFOLDABLE` where the value has no exact form in that type."""


class _Unfoldable:
    def __repr__(self) -> str:
        return "UNFOLDABLE"


UNFOLDABLE = _Unfoldable()


@dataclass(frozen=True)
class Within:
    """Which rows of an answer are a call's own, by the column of the window: from `since`, before `before`."""

    since: date | None = None  # a datetime where the column has times; None: open
    before: date | None = None


@dataclass(frozen=True)
class Dispensable:
    """A data set that only a star asks for and that not every account may have: without it, its columns are null."""

    parameter: str  # the switch whose value it is; empty: a data element that a restricted data token names
    value: str
    owner: Owner
    columns: tuple[str, ...]  # `schema.table.column` of those that are null without it


@dataclass(frozen=True)
class OneOf:
    """Which rows of an answer are a call's own, by a column: those with one of these values."""

    column: str
    values: frozenset[str]


@dataclass(frozen=True)
class Call:
    """One call to make: an operation with its parameters; its further pages belong to it."""

    operation: Operation
    path_parameters: Mapping[str, str] = field(default_factory=dict)
    url_parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    header_parameters: Mapping[str, str] = field(default_factory=dict)
    body: object = None  # objects and lists of JSON, numbers as int or Decimal
    paging: Paging | None = None
    page_size: int | None = None  # sent as paging.size where the operation has one
    asked: Mapping[str, str | None] = field(default_factory=dict)  # echo column -> the value asked for
    requests: tuple[Mapping[str, str | None], ...] = ()  # of a request batch: column -> value asked for by each
    restricted_elements: tuple[str, ...] = ()  # data elements for the restricted data token
    needs_restricted_token: bool = False
    restricted_path: str = ""  # path that the restricted data token is asked for
    empty_statuses: tuple[int, ...] = ()  # HTTP statuses of the call that mean "no rows"
    empty_item_statuses: tuple[int, ...] = ()  # ... of an item of a batch that mean "no rows" for that item
    item_errors: ItemErrors | None = None
    errors_are_data: bool = False  # errors beside data are a column
    within: Within | None = None  # other rows belong to the calls for adjoining periods
    marketplaces: tuple[str, ...] = ()  # that it asks for, where it names any
    dispensable: tuple[Dispensable, ...] = ()  # what it asks for, but can do without
    one_of: OneOf | None = None  # other rows belong to the calls that ask for their values
    is_repeatable: bool = True  # False: it makes something, and once its answer is lost it may have been made
    is_shared: bool = True  # False: what another query was told a moment ago is no answer to it


@dataclass(frozen=True)
class Page:
    """One answer. `body` is the raw JSON text; `number` counts from 0 within its call."""

    call: Call
    number: int
    body: bytes
    request_id: str = ""
    fetched_at: float = 0.0  # by the monotonic clock, where pages of several calls are fetched at once


@dataclass(frozen=True)
class ReportRequest:
    """One report to be had: everything that makes two requests the same. `start` and `end` are UTC, None: no period."""

    report: Report
    marketplace_ids: tuple[str, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    options: tuple[tuple[str, str], ...] = ()  # Amazon's name → value, sorted by name
    query: str = ""  # text of a Data Kiosk query, which says it all: marketplaces and options are in it
    page_token: str = ""  # ... for the page after another one


@dataclass(frozen=True)
class Outlook:
    """What is to be expected of a report: what is known of it, in words, and when it could be there."""

    words: str = "to be asked for"
    is_asked_for: bool = True  # by whoever runs the query
    wait_seconds: float = 0.0  # at least


@dataclass(frozen=True)
class FinishedReport:
    """A report that is there. Without `document_id` it has no rows."""

    request: ReportRequest
    report_id: str
    document_id: str
    created_at: datetime
    start: datetime | None = None  # the period that it tells of, which may be longer than the one asked for
    end: datetime | None = None
    marketplace_ids: tuple[str, ...] = ()
    next_token: str = ""  # of a Data Kiosk query: there is a further page, which is had by a request with this token


@dataclass(frozen=True)
class KeySupply:
    """Where keys come from at run time, together: a query over other scans, or the declared parent's scan."""

    keys: tuple[str, ...]  # key columns that receive them
    sql: str = ""  # SELECT DISTINCT ... over relations of scans that run before
    relations: tuple[str, ...] = ()  # relations that `sql` reads
    columns: tuple[str, ...] = ()  # columns of the one relation which `sql` passes on unchanged, if it reads one
    parent: "Scan | None" = None  # a scan of the parent table with the keys as its only columns
    parent_columns: tuple[str, ...] = ()  # ... in the order of `keys`


Keys = Mapping[str, Iterable[tuple[object, ...]]]
"""SQL of a supply -> the distinct keys that it yields, as the engine types them."""


@dataclass(frozen=True)
class Binding:
    """One key column and what it is bound to: values, a period, a setting or supplies.

    Values and supplies may be narrowed by a setting, supplies by values; keys must be in every supply that names them.
    """

    key_column: KeyColumn
    values: tuple[str, ...] | None = None  # in Amazon's spelling, sorted
    lower: str = ""  # bounds in Amazon's spelling; empty: open
    upper: str = ""
    setting: str = ""  # values come from this connection parameter (Marketplaces)
    supplies: tuple[KeySupply, ...] = ()
    begins_by_default: bool = field(default=False, compare=False)  # the query does not say when its period begins


@dataclass(frozen=True)
class Output:
    """A relation that the residual SQL reads: one table's projected columns out of a scan's pages."""

    relation: str
    table: Table
    columns: tuple[Column, ...]
    starred: frozenset[str] = frozenset()  # names of those that only a star brings
    left_out: frozenset[str] = frozenset()  # ... and of those whose values nobody wants


@dataclass(frozen=True)
class KeptRows:
    """Rows of one output that were read before, in Parquet files: what the engine reads instead of pages."""

    output: Output
    files: tuple[str, ...]
    among: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # column → texts that it has one of
    period: str = ""  # column of times or days, ...
    since: datetime | None = None  # ... from then on
    before: datetime | None = None  # ... and before that; None: open


@dataclass(frozen=True)
class Scan:
    """Reading one operation once, with bound parameters; one or several tables are decoded from its pages."""

    outputs: tuple[Output, ...]
    bindings: tuple[Binding, ...] = ()
    switches: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # parameter -> values to send
    restricted_elements: tuple[str, ...] = ()
    needs_restricted_token: bool = False
    dispensable: tuple[Dispensable, ...] = ()  # switches and elements that its calls can do without
    page_size: int | None = None
    row_limit: int | None = None  # no more rows than these are of use
    impossible: bool = False  # a contradiction: no call, no row
    references: int = 1  # how often the residual SQL reads it
    lazy: bool = False  # may be pulled by the engine while the residual SQL runs
    is_for_now: bool = False  # a little later, the same query would have other bounds
    is_read_whole: bool = False  # every page will be read, so that some may be fetched ahead
    held_rows: int | None = 0  # kept back until later pages have told whether they come again; None: all

    @property
    def table(self) -> Table:
        """The table whose stanza says how the operation is called."""
        return self.outputs[0].table

    @property
    def supplies(self) -> tuple["KeySupply", ...]:
        """Every supply of the bindings, once: one that walks a parent comes first, since it is read bit by bit."""
        found: list[KeySupply] = []
        for binding in self.bindings:
            found += [supply for supply in binding.supplies if supply not in found]
        return tuple(sorted(found, key=lambda supply: supply.parent is None))


@dataclass(frozen=True)
class Plan:
    """What a statement comes to: scans in an order in which every key supplier runs before its consumer."""

    residual: str  # SQL for the engine, over the scans' relations
    scans: tuple[Scan, ...]
    paged: bool = False  # the residual may run once per page of the first scan, results concatenated
    row_limit: int | None = None  # with `paged`: LIMIT and OFFSET taken out of the residual
    row_offset: int = 0
