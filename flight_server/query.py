"""One query's life: prepare, describe, plan, run, cancel, time out.

Puts the rooms together: planner, engine, scans. Knows no Flight and no HTTP. Preparing makes no API call; all work
happens while the result is read.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

import pyarrow as pa

from catalog.arrow_types import without_zones
from catalog.catalog import Catalog
from flight_server import bound_parameters, engine, planner
from flight_server.activity import SCAN, Journal, QueryActivity
from flight_server.bare_names import bare_name_refusal
from flight_server.client import Clock, SellingPartnerClient, real
from flight_server.connection.comment_settings import with_comment
from flight_server.connection.session import Caller
from flight_server.connection.settings import Settings
from flight_server.engine import Engine
from flight_server.errors import Cancelled, ConstantWanted, Error, QueryError, TimedOut, UnknownColumn, Unsupported
from flight_server.jobs import Jobs
from flight_server.letting_go import apart
from flight_server.mirror import Mirror
from flight_server.plan import Call, Keys, Scan
from flight_server.planner.asking.dispensing import without
from flight_server.planner.explain import ANALYZE_SCHEMA, EXPLAIN_SCHEMA, Surroundings, explain, explain_analyzed
from flight_server.planner.plan_cache import PlanCache
from flight_server.scan import ScanContext, open_scan
from flight_server.scan.known_marketplaces import KnownMarketplaces
from flight_server.scan.mirrored import kept_rows
from flight_server.scan.mirrored.outlook import mirror_outlook
from flight_server.scan.refusals import Refusals
from flight_server.shared_instants import SharedInstants

MAX_BATCH_BYTES = 4 * 1024 * 1024
"""The largest record batch that leaves: Go clients refuse messages above 16 MiB."""

PREPARED_KEPT = 500

_OWN_SCHEMAS = {
    "explain": EXPLAIN_SCHEMA,
    "explain analyze": ANALYZE_SCHEMA,
    "describe": engine.DESCRIPTION_SCHEMA,
}
"""Kind of statement -> the schema of its result, whatever the query says."""


@dataclass(frozen=True)
class PreparedQuery:
    """A statement with the schema of its result; valid for any number of runs."""

    sql: str
    statement: planner.Statement
    plans: PlanCache
    arrow_schema: pa.Schema
    parameter_schema: pa.Schema
    homes: tuple[planner.Home | None, ...]  # of the result's columns

    @property
    def is_for_session(self) -> bool:
        """Whether it tells the session something and asks for nothing, as SET does."""
        return self.statement.kind == "session"

    @property
    def new_schema(self) -> str | None:
        """The session's schema once this has run: "" for none, None: it stays."""
        return self.statement.new_schema


class Queries:
    """All queries of a server. Thread-safe."""

    def __init__(
        self,
        catalog: Catalog,
        engine_: Engine,
        client: SellingPartnerClient,
        jobs: Jobs,
        journal: Journal,
        clock: Clock = real,
        mirror: Mirror | None = None,
    ) -> None:
        self._catalog = catalog
        self._engine = engine_
        self._client = client
        self._jobs = jobs
        self._journal = journal
        self._mirror = mirror
        self._instants = SharedInstants(clock.utc)
        self._known_marketplaces = KnownMarketplaces()
        self._refusals = Refusals()
        self._lock = threading.Lock()
        self._prepared: OrderedDict[tuple[object, ...], PreparedQuery] = OrderedDict()

    def prepare(self, sql: str, caller: Caller) -> PreparedQuery:
        """Read the statement and find its schema, without a call; the same text is prepared once."""
        settings = caller.settings
        return self._kept(_key(sql, settings), lambda: self._prepare(sql, settings))

    def bind(self, prepared: PreparedQuery, parameters: pa.RecordBatch, caller: Caller) -> PreparedQuery:
        """The statement for such values: what it answers may depend on their types, as of `SELECT ?`.

        On the values themselves only where the engine wants a constant, as of `round(1.256, ?)`: then on the first.
        """
        settings, told = caller.settings, prepared.parameter_schema
        bound_parameters.refuse_lost_digits(told, parameters)
        types = bound_parameters.engine_types(parameters.schema)
        values: tuple[Any, ...] = ()
        if prepared.statement.described_with:
            rows = bound_parameters.rows(len(told), parameters)
            if not rows:
                return prepared
            values = tuple(rows[0])
        statement = replace(prepared.statement, bound_types=types, described_with=values)
        key = (*_key(prepared.sql, settings), *types.items(), *map(repr, values))
        return self._kept(key, lambda: self._described(statement, settings, told))

    def _kept(self, key: tuple[object, ...], make: Callable[[], PreparedQuery]) -> PreparedQuery:
        with self._lock:
            known = self._prepared.get(key)
            if known is not None:
                self._prepared.move_to_end(key)
                return known
        prepared = make()
        with self._lock:
            prepared = self._prepared.setdefault(key, prepared)  # another thread may have come first
            while len(self._prepared) > PREPARED_KEPT:
                self._prepared.popitem(last=False)
        return prepared

    def run(self, prepared: PreparedQuery, parameters: pa.RecordBatch | None, caller: Caller) -> "RunningQuery":
        """Start a run; nothing happens before the first batch is asked for."""
        settings = with_comment(prepared.sql, caller.settings)
        activity = self._journal.begin(
            prepared.sql, caller.session_id, settings.account, settings.query_timeout_seconds
        )
        activity.fills_mirror = caller.fills_mirror
        try:
            rows = bound_parameters.rows(prepared.statement.parameter_count, parameters)
        except Error as error:
            activity.finish(error)
            raise
        return RunningQuery(self, prepared, rows, settings, activity)

    def _prepare(self, sql: str, settings: Settings) -> PreparedQuery:
        catalog = self._catalog.for_versions(settings.api_versions, settings.nested_types == "native")
        try:
            statement = planner.read(sql, catalog, settings.sql_dialect, settings.db_schema, settings.profile)
        except Unsupported as error:
            raise bare_name_refusal(sql, catalog, settings.db_schema) or error from None
        parameters = bound_parameters.announced(statement.parameter_count, statement.parameter_types)
        try:
            return self._described(statement, settings, parameters)
        except ConstantWanted:
            if not statement.parameter_count:
                raise
            return self._described(planner.with_sample_values(statement), settings, parameters)

    def _described(self, statement: planner.Statement, settings: Settings, parameters: pa.Schema) -> PreparedQuery:
        result = _OWN_SCHEMAS.get(statement.kind) or self._schema_of_rows(statement, settings)
        homes = planner.homes_of(statement.qualified, statement.references, len(result))
        homes = homes if statement.kind == "query" else ()
        return PreparedQuery(statement.sql, statement, PlanCache(statement), result, parameters, homes)

    def _schema_of_rows(self, statement: planner.Statement, settings: Settings) -> pa.Schema:
        result = schema_of_rows(self._engine, statement, settings.nested_types == "native")
        return without_zones(result) if settings.timestamps == "plain" else result

    def batches(
        self, prepared: PreparedQuery, values: Sequence[Any], settings: Settings, activity: QueryActivity
    ) -> Generator[pa.RecordBatch, None, None]:
        """One run with one row of parameter values."""
        asked = (id(prepared), settings.account, settings.endpoint, tuple(map(repr, values)))
        with self._instants.start(asked) as now:
            yield from self._batches(prepared, values, settings, activity, now)

    def _batches(
        self,
        prepared: PreparedQuery,
        values: Sequence[Any],
        settings: Settings,
        activity: QueryActivity,
        now: datetime,
    ) -> Iterator[pa.RecordBatch]:
        activity.state = "planning"
        if prepared.statement.kind == "describe":
            yield engine.description(self._schema_of_rows(prepared.statement, settings))
            return
        plan = prepared.plans.plan(settings, self._fold, now, values)
        activity.state = "running"
        context = ScanContext(
            client=self._client,
            jobs=self._jobs,
            catalog=prepared.statement.catalog,
            journal=self._journal,
            known_marketplaces=self._known_marketplaces,
            refusals=self._refusals,
            settings=settings,
            query=activity,
            now=now,
            mirror=self._mirror,
        )
        if prepared.statement.kind == "explain":
            yield explain(plan, self._surroundings(settings, now, context))
            return
        if settings.max_age_seconds and self._mirror is None:
            activity.warn("MaxAge has no effect: the server keeps no rows, since it was started without --data")
        find_kept = partial(kept_rows, context=context)
        record_batches = engine.run(self._engine, plan, _opener(context), activity, find_kept)
        if prepared.statement.kind != "explain analyze":
            yield from record_batches
            return
        for _ in record_batches:
            activity.check()
        yield explain_analyzed(plan, self._surroundings(settings, now, context), activity)

    def _surroundings(self, settings: Settings, now: datetime, context: ScanContext) -> Surroundings:
        return Surroundings(
            settings,
            now,
            partial(self._as_sent, account=settings.account),
            mirror_of=partial(mirror_outlook, context=context),
            outlook_of=lambda request: self._jobs.outlook(request, settings),
        )

    def _as_sent(self, call: Call, account: str) -> Call:
        """The call without what Amazon is known to refuse."""
        return without(call, tuple(self._refusals.refused(account, call)))

    def _fold(self, constants: Sequence[tuple[str, str]]) -> list[Any]:
        return engine.fold(self._engine, constants)


def schema_of_rows(engine_: Engine, statement: planner.Statement, natively: bool) -> pa.Schema:
    """The schema of a query's result, found without a row; raise what is wrong with its columns and functions."""
    describable, references = planner.describable_sql(statement)
    relations = {name: reference.table.columns for name, reference in references.items()}
    try:
        return engine.describe(engine_, describable, relations, natively)
    except UnknownColumn as error:
        raise planner.with_nearest(error, statement.tree, statement.references) from None


def _key(sql: str, settings: Settings) -> tuple[object, ...]:
    """All that what a text means depends on."""
    versions = tuple(sorted(settings.api_versions.items()))
    asker = (settings.db_schema, settings.profile)
    return sql, settings.sql_dialect, settings.nested_types, settings.timestamps, asker, versions


def _opener(context: ScanContext) -> engine.OpenScan:
    return partial(_open_counted, context=context)


def _open_counted(scan: Scan, keys: Keys, context: ScanContext) -> engine.Pages:
    """Open a scan whose calls and rows are counted as its own."""
    name = scan.outputs[0].relation
    pages = open_scan(scan, keys, context)
    try:
        while True:
            token = SCAN.set(name)
            try:
                record_batches = next(pages, None)
            finally:
                SCAN.reset(token)
            if record_batches is None:
                return
            context.query.scanned_rows[name] += sum(record_batch.num_rows for record_batch in record_batches)
            yield record_batches
    finally:
        pages.close()


class RunningQuery:
    """One run, read once; iterating does the work, closing the iterator stops it."""

    def __init__(
        self,
        queries: Queries,
        prepared: PreparedQuery,
        rows: list[list[Any]],
        settings: Settings,
        activity: QueryActivity,
    ) -> None:
        self._queries = queries
        self._prepared = prepared
        self._rows = rows
        self._settings = settings
        self._activity = activity

    @property
    def activity(self) -> QueryActivity:
        """What the journal knows of it."""
        return self._activity

    @property
    def query_id(self) -> str:
        """The id under which `system.queries` lists it."""
        return self._activity.query_id

    @property
    def timeout_seconds(self) -> float:
        """Its QueryTimeout, 0 without one; the time that it waits to be let in counts."""
        return self._activity.timeout_seconds

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know of the rows, as far as they were read."""
        return tuple(self._activity.warnings)

    def cancel(self) -> None:
        """Stop it from another thread: waits end at once, at most the page under way is still read."""
        self._activity.cancel()

    def refuse(self, error: Error) -> None:
        """Close the record of a run that never began."""
        self._activity.finish(error)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        activity = self._activity
        try:
            with _time_limit(activity):
                for values in self._rows:
                    work = self._queries.batches(self._prepared, values, self._settings, activity)
                    for record_batch in apart(work, activity):
                        yield from self._counted(record_batch)
        except Error as error:
            activity.finish(error)
            raise
        except GeneratorExit:
            activity.finish(Cancelled("the client stopped reading"))
            raise
        except BaseException:
            activity.finish(Error("internal error"))
            raise
        activity.finish()

    def _counted(self, record_batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        try:
            normal = engine.normalise(record_batch, self._prepared.arrow_schema)
        except pa.ArrowException as error:
            raise QueryError(f"a value does not fit the announced type of its column: {error}") from None
        for part in _cut(normal):
            self._activity.rows += part.num_rows
            self._activity.bytes += part.nbytes
            yield part


def _cut(record_batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Halve a batch until every part may leave."""
    if record_batch.nbytes <= MAX_BATCH_BYTES or record_batch.num_rows <= 1:
        yield record_batch
        return
    half = record_batch.num_rows // 2
    yield from _cut(record_batch.slice(0, half))
    yield from _cut(record_batch.slice(half))


@contextmanager
def _time_limit(activity: QueryActivity) -> Iterator[None]:
    """Cancel the query when QueryTimeout is over, whatever it is doing."""
    if not activity.timeout_seconds:
        yield
        return
    left = max(0.0, activity.remaining_seconds() or 0.0)  # some of it went by while the query waited to be let in
    timer = threading.Timer(left, activity.cancel, [TimedOut(activity.timeout_seconds)])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
