"""What of a table can be kept, and how what is kept is made fresh again: the resolved `[<table>.mirror]` of a stanza.

Frozen dataclasses without behaviour. They name columns of the table and of its parent; they know no file, no clock and
no row. What the calls of a scan are narrowed by besides (other key columns, marketplaces, values of switches) is for
the engine to tell from the scan: what is covered is covered only for calls that are narrowed in the same way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

MirrorKind = Literal["changes", "events", "snapshot", "child", "keyed", "call"]
"""How rows that were read once are made fresh again.

*changes*: rows of a period; one list of what changed since makes all of it fresh, merged by the primary key.
*events*: rows of a period that are told the same for ever once the period has settled.
*snapshot*: the whole list, read anew when too old, or brought up to date where it has a list of what changed.
*child*: rows of a parent's row, asked for again only where the parent's row has changed.
*keyed*: rows of the values of key columns, each as old as its reading.
*call*: nothing is known of the rows: those of an equal call are told again while they are young enough.
"""


@dataclass(frozen=True)
class MirrorParent:
    """The row by which it is known whether a child's rows must be asked for again."""

    db_schema: str
    table: str
    changed: str  # column of the parent whose value is another one after every change of the child's rows
    keys: Mapping[str, str] = field(default_factory=dict)  # key column of the child -> column of the parent


@dataclass(frozen=True)
class MirrorGrain:
    """Rows are sums of hours or days: only whole ones are covered, since one that is cut has the sums of its part."""

    column: str  # key column whose value says what a row is the sum of
    hours: tuple[str, ...] = ()  # its values that mean an hour
    days: tuple[str, ...] = ()  # ... and a day; of any other value nothing is covered: it is kept by call
    zone: str = ""  # key column that names the time zone whose days they are, and whose hours


@dataclass(frozen=True)
class Mirror:
    """What is covered by the rows that are kept of a table. Empty text: there is no such column."""

    kind: MirrorKind = "call"

    by: str = ""
    """changes, events: key column, told by each row, whose range is the period that is covered. It may be `changed`
    itself: then a row that changes leaves the period for a later one."""

    changed: str = ""
    """changes; a snapshot if it can: key column by whose lower bound the list of what changed since is asked for. Rows
    on that list may tell another time, or, where the column is an echo, the bound; they are merged all the same."""

    changed_within: bool = False
    """The list of what changed is asked for with the covered period (`by`) beside it; else the period is left out."""

    untold: tuple[str, ...] = ()  # columns whose change alone puts no row on that list: to be fresh they need all anew
    grain: MirrorGrain | None = None  # events: rows are sums of hours or days
    settles_hours: int | None = None  # events: a period that ended so long ago is told the same for ever, ...

    unsettled: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """... unless a row of it has one of these values in such a column (column -> values): that may change however old
    it is."""

    keys: tuple[str, ...] = ()
    """child, keyed: key columns whose values are covered; a call that does not give one of each is kept by call. Of a
    snapshot: every combination of their values has a list of its own."""

    parent: MirrorParent | None = None  # of a child
    reason: str = ""  # why it is no better kind, or why it is this one, where that is not plain


BY_CALL = Mirror()
"""That of a table of which nothing better is said."""
