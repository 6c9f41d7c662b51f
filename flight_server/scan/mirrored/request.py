"""What a scan wants of the mirror: whose rows, of which table, how old; and the steps that all ways to keep share."""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from flight_server.mirror import Mirror, Place
from flight_server.mirror.tables import ACCOUNT, SCOPE
from flight_server.plan import Binding, KeptRows, Keys, KeySupply, Scan
from flight_server.planner.asking.key_tuples import Sources
from flight_server.scan.context import ScanContext
from flight_server.scan.mirrored.arriving import Arriving, kept_schema
from flight_server.scan.mirrored.reading import rows_of
from flight_server.scan.mirrored.scopes import mirror_name, scope_of, whole_output
from flight_server.scan.operation import open_operation, sources_of

Find = Callable[[Scan, Keys, ScanContext], KeptRows | None]

LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)
"""Before all that Amazon has, and within what Delta counts in."""


@dataclass(frozen=True)
class Request:
    """One scan before the mirror."""

    scan: Scan
    keys: Keys
    context: ScanContext
    mirror: Mirror
    account: str
    name: str  # of the Delta table
    sources: Sources

    @property
    def since(self) -> datetime:
        """Rows that were read then, or later, are young enough."""
        age = self.context.settings.max_age_seconds
        longest = (self.context.now - LONG_AGO).total_seconds()
        return self.context.now - timedelta(seconds=min(age, longest))

    @property
    def may_ask(self) -> bool:
        """Whether all rows will be read, so that what is missing may be asked for as a whole."""
        return self.scan.row_limit is None

    def place(self, scan: Scan, axis: str) -> Place:
        """Where the rows of a scan are kept."""
        return Place(self.account, self.name, scope_of(scan, axis, self.sources, self.context.settings))

    def arriving(self, place: Place) -> Arriving:
        """For rows that are read in this query."""
        return Arriving(self.scan.table, place, self.context.now)

    def pages(self, bindings: Iterable[Binding], keys: Keys | None = None) -> Iterator[tuple[pa.RecordBatch, ...]]:
        """Read the scan with other bindings, all its columns, to the end."""
        scan = replace(whole_scan(self.scan), bindings=tuple(bindings))
        return open_operation(scan, keys or {}, self.context)

    def write(self, arriving: Arriving, rows: Iterable[pa.RecordBatch], predicate: str) -> None:
        """Put rows in the place of others; raises what reading them raised, or MirrorFault."""
        before = self.context.query.api_calls
        try:
            self.mirror.tables.replace(self.name, arriving.schema, rows, predicate)
        except BaseException:
            if arriving.failure is not None:
                raise arriving.failure from None
            raise
        self.mirror.notes.note(self.account, self.name, self.context.query.api_calls - before)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Only one asks for what is missing, and only if it can be kept."""
        with self.mirror.alone(self.account, self.name, self.context.query.check):
            self.mirror.check()
            yield

    def kept(self, place: Place) -> KeptRows:
        """What the engine is to read of a place; whoever knows narrows it."""
        files = tuple(self.mirror.tables.files(self.name, self.account))
        return KeptRows(self.scan.outputs[0], files, {ACCOUNT: (self.account,), SCOPE: (place.scope,)})

    def close(self) -> None:
        """Stop the walks of parents that were begun for keys."""
        for walk in self.sources.keys.values():
            if isinstance(walk, Generator):
                walk.close()


def whole_scan(scan: Scan) -> Scan:
    """The scan as it is read for the mirror: every column that its calls tell, to the end."""
    return replace(scan, outputs=(whole_output(scan),), row_limit=None, lazy=False, is_read_whole=True, held_rows=None)


def request_of(
    scan: Scan, keys: Keys, context: ScanContext, find: Find, sources: Sources | None = None
) -> Request | None:
    """The request of a scan that can be kept; None for one that cannot."""
    mirror, settings, table = context.mirror, context.settings, scan.table
    if mirror is None or not settings.max_age_seconds or scan.impossible or len(scan.outputs) != 1:
        return None
    if table.mirror is None or table.report is not None or table.operation is None or settings.on_item_error == "Row":
        return None
    is_restricted = bool(scan.restricted_elements or scan.needs_restricted_token)
    if is_restricted and not settings.mirror_restricted:
        context.query.warn(
            f"{table.qualified_name} is not kept, since the query reads personal data of it: name other columns, set "
            "RestrictedData=Never, or let it be written down with MirrorRestricted=True"
        )
        return None
    if settings.nested_types == "native":
        return None
    account, name = context.jobs.account_digest(settings), mirror_name(table, is_restricted=is_restricted)
    if not mirror.tables.is_there(name):
        mirror.notes.forget_table(name)  # what was noted of one that was removed would be no rows at all
    if not mirror.tables.is_of(name, kept_schema(table)):
        context.query.warn(
            f"the columns of {table.qualified_name} are others than those that were kept: it is read anew"
        )
        mirror.notes.forget_table(name)
        mirror.tables.drop(name)
    if sources is not None:  # nothing is to be asked
        return Request(scan, keys, context, mirror, account, name, sources)
    parents = [supply.parent for supply in scan.supplies if supply.parent is not None]
    if scan.row_limit is not None and any(find(_unasked(parent), keys, context) is None for parent in parents):
        return None  # all of the parents would be walked for a few rows
    sources = sources_of(scan, keys, context)
    walks = {
        supply.keys: _of_parent(supply.parent, supply, keys, context, find)
        for supply in scan.supplies
        if supply.parent is not None
    }
    return Request(scan, keys, context, mirror, account, name, replace(sources, keys={**sources.keys, **walks}))


def _unasked(parent: Scan) -> Scan:
    """The scan, found only where nothing is to be asked for it."""
    return replace(parent, row_limit=0)


def _of_parent(
    parent: Scan, supply: KeySupply, keys: Keys, context: ScanContext, find: Find
) -> Iterator[tuple[object, ...]]:
    """The keys that the declared parent's rows hold, out of the mirror where they are kept."""
    kept = find(parent, keys, context)
    seen: set[tuple[object, ...]] = set()
    batches = (batch for (batch,) in open_operation(parent, keys, context)) if kept is None else rows_of(kept)
    for batch in batches:
        columns = (batch.column(name).to_pylist() for name in supply.parent_columns)
        for values in zip(*columns, strict=True):
            if None not in values and values not in seen:
                seen.add(values)
                yield values
