"""Which scan gives which its keys: joins, `IN (SELECT ...)`, correlated subqueries, or the declared parent.

Orders the references of a query so that every supplier comes before its consumer. A supply is itself a query over the
relations of earlier scans: the distinct values of one column of the join partner, after the conditions on the partner.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from catalog.table import KeyColumn, Table
from flight_server.errors import MissingKeyColumn
from flight_server.plan import KeySupply
from flight_server.planner.analysis import Analysis
from flight_server.planner.constants import is_volatile
from flight_server.planner.parameters import bind, is_satisfied
from flight_server.planner.predicates import Conjunct, Possible, conjuncts, equal_columns
from flight_server.planner.ranges import Range, Values


@dataclass(frozen=True)
class Edge:
    """`column` of a reference only matters where it equals a value that `sql` yields."""

    reference: int
    column: str
    query: exp.Select  # SELECT DISTINCT over the analysed names of references (r0, r1, ...)
    reads: frozenset[int]  # references that must be there before
    supplier_column: str = ""  # the column of the one reference that it passes on, if that is all it does


@dataclass(frozen=True)
class Step:
    """One reference in its turn, with the edge that supplies its key, if any does."""

    reference: int
    edge: Edge | None = None


def order(analysis: Analysis, possible: Possible, now: datetime) -> list[Step]:
    """Put all references in an order in which suppliers come first; raise MissingKeyColumn where none exists."""
    edges = list(_edges(analysis))
    pending = {reference.position for reference in analysis.references}
    done: dict[int, bool] = {}  # reference -> whether it is narrow: bounded by the query, not a whole history
    steps: list[Step] = []
    while pending:
        step, narrow = _next_step(sorted(pending), edges, done, analysis, possible, now)
        steps.append(step)
        done[step.reference] = narrow
        pending.discard(step.reference)
    return steps


def _next_step(
    pending: list[int],
    edges: list[Edge],
    done: Mapping[int, bool],
    analysis: Analysis,
    possible: Possible,
    now: datetime,
) -> tuple[Step, bool]:
    tables = {position: analysis.references[position].table for position in pending}
    readable = [
        position
        for position in pending
        if position in possible.impossible or is_satisfied(tables[position], possible.of(position), now)
    ]
    for position in readable:
        if position in possible.impossible or _is_bounded(tables[position], possible, position):
            return Step(position), True
    supplied = [edge for edge in edges if edge.reference in tables and _supplies(edge, tables[edge.reference], done)]
    for edge in supplied:
        if all(done[other] for other in edge.reads) and _fits(edge, tables[edge.reference], possible, now):
            return Step(edge.reference, edge), True
    if readable:
        return Step(readable[0]), False
    for edge in supplied:
        if _fits(edge, tables[edge.reference], possible, now):
            return Step(edge.reference, edge), False
    return _from_parent(pending, edges, tables, possible, now)


def _from_parent(
    pending: list[int], edges: list[Edge], tables: Mapping[int, Table], possible: Possible, now: datetime
) -> tuple[Step, bool]:
    for position in pending:
        parents = {key.column: KeySupply() for key in tables[position].key_columns if key.parent is not None}
        try:
            bind(tables[position], possible.of(position), parents, now)
        except MissingKeyColumn as error:
            missing = error
        else:
            return Step(position), False
    raise missing


def _is_bounded(table: Table, possible: Possible, position: int) -> bool:
    """Whether the query itself says which rows: a key, or a period with a beginning."""
    domains = possible.of(position)
    if table.operation is None or not table.key_columns:
        return True
    identifying = {key.column for key in table.key_columns if key.required or key.column in table.primary_key}
    if any(isinstance(domains.get(column), Values) for column in identifying):
        return True
    ranges = [domains.get(key.column) for key in table.key_columns if key.ge or key.gt]
    return any(
        isinstance(domain, Values) or (isinstance(domain, Range) and domain.lower is not None) for domain in ranges
    )


def _supplies(edge: Edge, table: Table, done: Mapping[int, bool]) -> bool:
    return edge.reads <= done.keys() and _key_column(edge, table) is not None


def _key_column(edge: Edge, table: Table) -> KeyColumn | None:
    keys = (key for key in table.key_columns if key.column == edge.column and (key.eq or key.in_))
    return next(keys, None)


def _fits(edge: Edge, table: Table, possible: Possible, now: datetime) -> bool:
    """Whether the table can be read with this supply, and the supplied column is worth it: it identifies rows."""
    key = _key_column(edge, table)
    identifies = key is not None and (
        key.required
        or key.column in table.primary_key
        or any(key.column in columns for columns in table.requires_one_of)
    )
    if not identifies:
        return False
    try:
        bindings = bind(table, possible.of(edge.reference), {edge.column: KeySupply()}, now)
    except MissingKeyColumn:
        return False
    return any(binding.supply is not None for binding in bindings)


def _edges(analysis: Analysis) -> Iterator[Edge]:
    found = list(conjuncts(analysis))
    for conjunct in found:
        condition = conjunct.condition
        columns = equal_columns(conjunct)
        if columns is not None:
            for mine, other in (columns, columns[::-1]):
                yield from _edges_of_equality(mine, other, conjunct, found, analysis)
        elif isinstance(condition, exp.In) and isinstance(condition.this, exp.Column):
            yield from _edges_of_subquery(condition, conjunct, analysis)


def _edges_of_equality(
    mine: exp.Column, other: exp.Column, conjunct: Conjunct, found: list[Conjunct], analysis: Analysis
) -> Iterator[Edge]:
    if mine.table not in conjunct.thins:
        return
    partner = _scope_that_has(other.table, conjunct.scope)
    if partner is None:
        return
    reads = frozenset(analysis.references_below(partner, other.table))
    for origin in analysis.origins(conjunct.scope, mine):
        if origin.reference not in reads:
            passed_on = isinstance(partner.sources.get(other.table), exp.Table)
            query = _distinct_values(other, partner, found)
            yield Edge(origin.reference, origin.column, query, reads, other.name if passed_on else "")


def _edges_of_subquery(condition: exp.In, conjunct: Conjunct, analysis: Analysis) -> Iterator[Edge]:
    query = condition.args.get("query")
    if query is None or condition.this.table not in conjunct.thins:
        return
    inner = query.unnest()
    scope = next((scope for scope in analysis.scopes if scope.expression is inner), None)
    if scope is None or scope.external_columns:
        return
    supply = exp.select("*").distinct().from_(exp.Subquery(this=inner.copy(), alias=exp.TableAlias(this="supply")))
    reads = frozenset(analysis.references_in(scope))
    for origin in analysis.origins(conjunct.scope, condition.this):
        if origin.reference not in reads:
            yield Edge(origin.reference, origin.column, _with_expressions(supply, conjunct.scope), reads)


def _scope_that_has(alias: str, scope: Scope | None) -> Scope | None:
    while scope is not None:
        if alias in scope.selected_sources:
            return scope
        scope = scope.parent
    return None


def _distinct_values(column: exp.Column, scope: Scope, found: list[Conjunct]) -> exp.Select:
    """`SELECT DISTINCT column` of its source alone, thinned by the conditions that concern only this source."""
    node = scope.selected_sources[column.table][0]
    query = exp.select(column.copy()).distinct().from_(node.copy())
    for conjunct in found:
        if conjunct.scope is scope and conjunct.survives_join and _concerns_only(conjunct.condition, column.table):
            query = query.where(conjunct.condition.copy())
    return _with_expressions(query.where(exp.Not(this=exp.Is(this=column.copy(), expression=exp.Null()))), scope)


def _concerns_only(condition: exp.Expr, alias: str) -> bool:
    if condition.find(exp.Query) or any(is_volatile(node) for node in condition.walk()):
        return False
    columns = list(condition.find_all(exp.Column))
    return bool(columns) and all(column.table == alias for column in columns)


def _with_expressions(query: exp.Select, scope: Scope) -> exp.Select:
    """Put those common table expressions before the supply query that it needs."""
    visible: list[exp.CTE] = []
    recursive = False
    outer: exp.Expr | None = scope.expression
    while outer is not None:
        with_ = outer.args.get("with_")
        if with_ is not None:
            visible = [*with_.expressions, *visible]
            recursive = recursive or bool(with_.args.get("recursive"))
        outer = outer.parent
    needed = _needed(query, visible)
    if needed:
        query.set("with_", exp.With(expressions=[cte.copy() for cte in needed], recursive=recursive))
    return query


def _needed(query: exp.Expr, visible: list[exp.CTE]) -> list[exp.CTE]:
    names = {table.name for table in query.find_all(exp.Table)}
    needed: list[exp.CTE] = []
    for cte in reversed(visible):
        if cte.alias in names:
            needed.insert(0, cte)
            names |= {table.name for table in cte.find_all(exp.Table)}
    return needed
