"""SQL text in, plan out: which operations are called with which parameters, and the SQL left for the engine.

The steps, in order: read the SQL, find the tables, bind parameters, freeze time, find what the conditions leave
possible, order the references by who supplies keys to whom, build scans. sqlglot lives only here; no HTTP, no DuckDB,
no clock: time and constant folding are handed in.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlglot import exp

from catalog.catalog import Catalog
from catalog.table import DeclaredType
from flight_server.connection.settings import Settings
from flight_server.plan import Fold, Plan, Scan
from flight_server.planner.asking.echoes import ask_for_bounds, refuse_unanswerable
from flight_server.planner.asking.key_supply import order
from flight_server.planner.asking.parameters import batch_size
from flight_server.planner.asking.reports.choices import refuse_choices
from flight_server.planner.build import Readings, build_scans
from flight_server.planner.conditions.analysis import Analysis
from flight_server.planner.conditions.predicates import find_possible
from flight_server.planner.homes import Home, homes_of
from flight_server.planner.reading.constants import freeze_time, named_times
from flight_server.planner.reading.nodes import Nodes
from flight_server.planner.reading.parameter_types import infer_types
from flight_server.planner.reading.parse import StatementKind, parse
from flight_server.planner.reading.qualified import Qualified, qualified, with_scopes
from flight_server.planner.reading.references import Reference, resolve
from flight_server.planner.reading.session.commands import NOTHING, command
from flight_server.planner.reading.session.own_names import Asker, with_own_names
from flight_server.planner.reading.short_names import with_whole_names
from flight_server.planner.reading.substitution import NUMBERS, nulls, parameter_count, substitute
from flight_server.planner.reading.unknown_columns import with_nearest
from flight_server.planner.reading.views import VIEW_DIALECT, with_views_written_out
from flight_server.planner.residual import RowLimit, is_divisible, residual_sql, row_limit, without_row_limit

__all__ = [
    "VIEW_DIALECT",
    "Home",
    "Statement",
    "describable_sql",
    "homes_of",
    "plan",
    "read",
    "with_nearest",
    "with_sample_values",
]

logging.getLogger("sqlglot").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Statement:
    """A statement that was read and whose tables are known; it can be planned any number of times."""

    sql: str
    kind: StatementKind
    tree: exp.Query  # as the user wrote it, but each reference reads its relation
    nodes: Nodes  # what there is in it
    qualified: Qualified | None  # the tree that is analysed, None where none can be
    references: tuple[Reference, ...]
    catalog: Catalog
    parameter_types: Mapping[int, DeclaredType]  # position from 1 -> what is best bound, where the query tells
    parameter_count: int
    named_times: frozenset[str]  # types of `now()` and the like
    bound_types: Mapping[int, str] = field(default_factory=dict)  # position -> the engine's type of what was bound
    described_with: tuple[Any, ...] = ()  # values of parameters that it is described with, instead of NULL
    new_schema: str | None = None  # the session's schema once this has run: "" for none, None: it stays


def read(sql: str, catalog: Catalog, dialect: str = "duckdb", db_schema: str = "", user: str = "") -> Statement:
    """Parse and resolve names, unqualified ones in `db_schema` first; `user` is who `current_user` is.

    Raises QueryError, Unsupported, UnknownTable or AmbiguousTable.
    """
    asker = Asker(db_schema, user)
    told = command(sql, dialect, catalog, asker)
    parsed = parse(sql, dialect) if told is None else parse(told.sql)
    kind: StatementKind = "session" if told is not None and told.sql == NOTHING else parsed.kind
    nodes = with_views_written_out(with_own_names(parsed.nodes, asker), catalog, asker)
    references = resolve(nodes, catalog, db_schema)
    nodes = with_whole_names(nodes, references)
    parameters, times = parameter_count(nodes), named_times(nodes)
    tree = nodes.tree.copy()
    qualified_query = qualified(nodes, tree, references)
    typed = nodes.tree if qualified_query is None else qualified_query.tree
    return Statement(
        sql=sql,
        kind=kind,
        tree=tree,
        nodes=nodes,
        qualified=qualified_query,
        references=tuple(references),
        catalog=catalog,
        parameter_types=infer_types(typed, references) if parameters else {},
        parameter_count=parameters,
        named_times=times,
        new_schema=None if told is None else told.new_schema,
    )


def describable_sql(statement: Statement) -> tuple[str, dict[str, Reference]]:
    """SQL with NULL parameters over one empty relation a table: enough to learn the result's schema."""
    relations = {reference.position: f"table {reference.table.qualified_name}" for reference in statement.references}
    if values := statement.described_with:
        tree = substitute(statement.tree, values, statement.parameter_types, statement.bound_types)
    else:
        tree = nulls(statement.tree, statement.parameter_count, statement.parameter_types, statement.bound_types)
    sql = _summary_if_wanted(residual_sql(tree, statement.references, relations), statement)
    return sql, {relations[reference.position]: reference for reference in statement.references}


def with_sample_values(statement: Statement) -> Statement:
    """The statement to be described with 1 for each parameter that may be a number: for an engine that wants one."""
    kinds = (statement.parameter_types.get(position) for position in range(1, statement.parameter_count + 1))
    return replace(statement, described_with=tuple(1 if kind in (None, *NUMBERS) else None for kind in kinds))


def plan(statement: Statement, settings: Settings, fold: Fold, now: datetime, parameters: Sequence[Any] = ()) -> Plan:
    """Plan one execution at the instant `now` (UTC); raise MissingKeyColumn where a key has no source."""
    tree, analysis = _with_values(statement, now, parameters)
    possible = find_possible(analysis, fold)
    refuse_choices(analysis, possible)
    asked = ask_for_bounds(possible, analysis)
    readings = build_scans(analysis, order(analysis, asked, now), asked, settings, now)
    refuse_unanswerable(analysis, possible, readings.bindings, fold)
    limit = row_limit(tree)
    if statement.kind == "summarize" or limit is None or not _is_paged(tree, readings, limit.row_limit):
        sql = residual_sql(tree, statement.references, readings.relations)
        return Plan(_summary_if_wanted(sql, statement), readings.scans)
    residual = residual_sql(without_row_limit(tree), statement.references, readings.relations)
    first, *others = readings.scans
    scans = (_read_by_page(first, tree, limit), *(_read_for_a_page(scan) for scan in others))
    return Plan(
        residual,
        scans,
        paged=True,
        row_limit=limit.row_limit,
        row_offset=limit.row_offset,
    )


def _summary_if_wanted(sql: str, statement: Statement) -> str:
    return f"SELECT * FROM (SUMMARIZE {sql})" if statement.kind == "summarize" else sql


def _with_values(statement: Statement, now: datetime, parameters: Sequence[Any]) -> tuple[exp.Query, Analysis]:
    """Copies of the statement's tree, with parameters and times as literals, and of what is analysed of it."""

    def valued(tree: exp.Query) -> exp.Query:
        return freeze_time(substitute(tree, parameters, statement.parameter_types, statement.bound_types), now)

    qualified_query = statement.qualified and with_scopes(valued(statement.qualified.tree))
    analysis = Analysis(statement.nodes, qualified_query, statement.references, statement.catalog)
    return valued(statement.tree), analysis


def _is_paged(tree: exp.Query, readings: Readings, limit: int | None) -> bool:
    """Whether the residual may run once a page of the first scan, so that rows leave as soon as a page has come.

    Not where that costs calls: keys that go many to a call would be cut at the ends of pages. A limit saves more.
    """
    if not is_divisible(tree) or not readings.scans or any(len(scan.outputs) > 1 for scan in readings.scans):
        return False
    first, *others = readings.scans
    if any(scan.references > 1 for scan in readings.scans):
        return False
    return all(_depends_on_unique_key(scan, first) and (limit is not None or _asks_singly(scan)) for scan in others)


def _depends_on_unique_key(scan: Scan, first: Scan) -> bool:
    """Whether the scan's key comes from the first scan's primary key alone: then no key is asked for twice."""
    if len(scan.supplies) != 1 or scan.supplies[0].relations != (first.outputs[0].relation,):
        return False
    return bool(first.table.primary_key) and set(first.table.primary_key) <= set(scan.supplies[0].columns)


def _asks_singly(scan: Scan) -> bool:
    supplied = {column for supply in scan.supplies for column in supply.columns}
    keys = (key for key in scan.table.key_columns if key.column in supplied)
    return all(batch_size(key, scan.table) == 1 for key in keys)


def _read_by_page(scan: Scan, tree: exp.Query, limit: RowLimit) -> Scan:
    """The scan whose rows leave as soon as a page has come; of a list that moves, when it is known that they stay.

    Whatever the list, no row is told twice. Only a list in the order of changes is likely to tell one again that has
    changed: then its rows wait, for the last page or until there are as many as the query may want.
    """
    moves = any(binding.key_column.moves for binding in scan.bindings)
    enough = None if limit.row_limit is None else limit.row_limit + limit.row_offset
    is_read_whole = limit.row_limit is None
    return replace(_with_page_size(scan, tree, limit), is_read_whole=is_read_whole, held_rows=enough if moves else 0)


def _read_for_a_page(scan: Scan) -> Scan:
    """A scan that is read anew for each page of the first: as far as its own limit, of which nothing is known here."""
    is_read_whole = scan.row_limit is None
    return replace(scan, is_read_whole=is_read_whole, held_rows=None if is_read_whole else scan.row_limit)


def _with_page_size(scan: Scan, tree: exp.Query, limit: RowLimit) -> Scan:
    """Ask for no more rows than the query can use, where nothing but its LIMIT decides that."""
    paging = scan.table.paging
    if limit.row_limit is None or paging is None or tree.args.get("where") or tree.args.get("joins"):
        return scan
    wanted = max(limit.row_limit + limit.row_offset, paging.size_min)
    if paging.size_max is None or wanted >= paging.size_max:
        return scan
    return replace(scan, page_size=wanted)
