"""Joins, `IN (SELECT ...)`, `= (SELECT ...)` and correlated subqueries → edges: what gives a reference its keys.

An edge is itself a query over other references: the distinct keys that one join partner has, after the conditions on
the partner. Keys that the query compares with one partner belong together and are supplied as tuples. Knows no
parameter.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from flight_server.planner.conditions.analysis import Analysis, Origin
from flight_server.planner.conditions.comparisons import rows_of_constants
from flight_server.planner.conditions.conjuncts import Conjunct
from flight_server.planner.conditions.equalities import equal_columns, implied_equalities
from flight_server.planner.conditions.mentions import scope_that_has
from flight_server.planner.conditions.repeatable import is_arbitrary, picks_one, repeatable
from flight_server.planner.conditions.supplied_types import SUPPLY, kind_of, kinds_of_supply
from flight_server.planner.reading.constants import is_volatile


@dataclass(frozen=True)
class Edge:
    """`columns` of a reference only matter where, together, they equal a tuple that `query` yields."""

    reference: int
    columns: tuple[str, ...]
    query: exp.Select  # SELECT DISTINCT over the analysed names of references (r0, r1, ...), a projection a column
    reads: frozenset[int]  # references that must be there before
    supplier_columns: tuple[str, ...] = ()  # columns of the one reference that it passes on, if that is all it does

    def only(self, columns: Collection[str]) -> "Edge":
        """The same for some of its columns."""
        kept = [position for position, column in enumerate(self.columns) if column in columns]
        if len(kept) == len(self.columns):
            return self
        query = self.query.copy()
        query.set("expressions", [query.expressions[position] for position in kept])
        passed_on = tuple(self.supplier_columns[position] for position in kept) if self.supplier_columns else ()
        return replace(
            self, columns=tuple(self.columns[position] for position in kept), query=query, supplier_columns=passed_on
        )


def find_edges(analysis: Analysis) -> Iterator[Edge]:
    """Every edge of the query that is sure to yield all the keys that the residual SQL, which runs later, wants."""
    for edge in _edges(analysis):
        alike = edge.only(_of_one_type(edge, analysis))
        query = repeatable(alike.query) if alike.columns else None
        if query is not None:
            yield replace(alike, query=query)


def _edges(analysis: Analysis) -> Iterator[Edge]:
    """Equalities with one partner make one edge."""
    found = analysis.conjuncts
    partners: dict[tuple[object, ...], list[_Equality]] = {}
    for conjunct in (*found, *implied_equalities(found, analysis)):
        condition = conjunct.condition
        columns = equal_columns(conjunct, analysis)
        if columns is not None:
            for mine, other in (columns, columns[::-1]):
                for equality in _equalities(mine, other, conjunct, analysis):
                    partners.setdefault(equality.partnership, []).append(equality)
        elif isinstance(condition, exp.In | exp.EQ):
            yield from _edges_of_subquery(condition, conjunct, analysis)
            yield from _edges_of_rows(condition, conjunct, analysis)
        elif isinstance(condition, exp.Exists):
            for equality in _equalities_of_exists(condition, conjunct, found, analysis):
                partners.setdefault(equality.partnership, []).append(equality)
    for equalities in partners.values():
        yield _edge_of_equalities(equalities, found)


def _of_one_type(edge: Edge, analysis: Analysis) -> set[str]:
    """The columns that are compared with values of their own type: '007' equals 7, but is not asked for by it."""
    if edge.supplier_columns:
        (supplier,) = edge.reads
        origins = [Origin(supplier, column) for column in edge.supplier_columns]
        supplied = [kind_of(analysis.column(origin).declared_type) for origin in origins]
    else:
        supplied = kinds_of_supply(edge.query, edge.reads, analysis)
    wanted = [kind_of(analysis.column(Origin(edge.reference, column)).declared_type) for column in edge.columns]
    together = zip(edge.columns, supplied, wanted, strict=True)
    return {column for column, is_kind, should in together if is_kind in ("", should)}


@dataclass(frozen=True)
class _Equality:
    """A column of a reference equals, in every row that matters, a column of the partner."""

    origin: Origin
    mine: exp.Column
    other: exp.Column
    scope: Scope
    partner: Scope  # the scope that has the partner among its sources
    reads: frozenset[int]

    @property
    def partnership(self) -> tuple[object, ...]:
        return self.origin.reference, self.mine.table, id(self.scope), self.other.table, id(self.partner)


def _equalities(mine: exp.Column, other: exp.Column, conjunct: Conjunct, analysis: Analysis) -> Iterator[_Equality]:
    if mine.table not in conjunct.thins:
        return
    partner = scope_that_has(other.table, conjunct.scope)
    if partner is None or _depends_on_neighbours(partner.sources.get(other.table)):
        return
    reads = frozenset(analysis.references_below(partner, other.table))
    for origin in analysis.origins(conjunct.scope, mine):
        if origin.reference not in reads:
            yield _Equality(origin, mine, other, conjunct.scope, partner, reads)


def _equalities_of_exists(
    condition: exp.Exists, conjunct: Conjunct, found: list[Conjunct], analysis: Analysis
) -> Iterator[_Equality]:
    """What the rows inside an EXISTS say of the row outside; an aggregate has a row whatever is inside."""
    inner = condition.this.unnest()
    scope = next((scope for scope in analysis.scopes if scope.expression is inner), None)
    if scope is None or not isinstance(inner, exp.Select) or inner.find(exp.AggFunc):
        return
    for within in found:
        columns = equal_columns(within, analysis) if within.scope is scope and within.survives_join else None
        for mine, other in (columns, columns[::-1]) if columns is not None else ():
            if mine.table not in conjunct.thins or mine.table in scope.selected_sources:
                continue
            is_own = other.table in scope.selected_sources
            if is_own and not _depends_on_neighbours(scope.sources.get(other.table)):
                reads = frozenset(analysis.references_below(scope, other.table))
                for origin in analysis.origins(conjunct.scope, mine):
                    if origin.reference not in reads:
                        yield _Equality(origin, mine, other, conjunct.scope, scope, reads)


def _edge_of_equalities(equalities: list[_Equality], found: list[Conjunct]) -> Edge:
    by_column: dict[str, _Equality] = {}
    for equality in equalities:
        by_column.setdefault(equality.origin.column, equality)
    chosen = list(by_column.values())
    first = chosen[0]
    passed_on = isinstance(first.partner.sources.get(first.other.table), exp.Table)
    return Edge(
        first.origin.reference,
        tuple(by_column),
        _distinct_values([equality.other for equality in chosen], first.partner, found),
        first.reads,
        tuple(equality.other.name for equality in chosen) if passed_on else (),
    )


def _edges_of_subquery(condition: exp.In | exp.EQ, conjunct: Conjunct, analysis: Analysis) -> Iterator[Edge]:
    for mine, other in _compared_with_subquery(condition):
        inner = other.this.unnest() if isinstance(other, exp.Any) else other.unnest()
        compared = mine.expressions if isinstance(mine, exp.Tuple) else [mine]
        columns = [column for column in compared if isinstance(column, exp.Column)]
        scope = next((scope for scope in analysis.scopes if scope.expression is inner), None)
        if scope is None or scope.external_columns or not isinstance(inner, exp.Query) or len(columns) < len(compared):
            continue
        if isinstance(condition, exp.EQ) and not isinstance(other, exp.Any):
            if is_arbitrary(inner):
                continue
            inner = inner if picks_one(inner) else _single_row(inner)
        reads = frozenset(analysis.references_in(scope))
        for (alias, reference), positions in _by_reference(columns, conjunct, analysis).items():
            if alias in conjunct.thins and reference not in reads:
                supply = _rows_of(inner, len(columns), positions.values())
                yield Edge(reference, tuple(positions), _with_expressions(supply, conjunct.scope), reads)


def _compared_with_subquery(condition: exp.In | exp.EQ) -> Iterator[tuple[exp.Expr, exp.Expr]]:
    """(what is compared, the subquery) of `IN (SELECT ...)`, `= ANY (SELECT ...)` and `= (SELECT ...)`."""
    if isinstance(condition, exp.EQ):
        left, right = condition.this.unnest(), condition.expression.unnest()
        yield from ((left, right), (right, left))
    elif condition.args.get("query") is not None:
        yield condition.this.unnest(), condition.args["query"]


def _edges_of_rows(condition: exp.In | exp.EQ, conjunct: Conjunct, analysis: Analysis) -> Iterator[Edge]:
    """`(a, b) IN ((1, 2), (3, 4))`: what belongs together; what each column may be follows without an edge."""
    found = rows_of_constants(condition)
    columns = [column for column in found.compared if isinstance(column, exp.Column)] if found is not None else []
    if found is None or len(columns) < max(2, len(found.compared)):
        return
    if not all(_is_present(cell) for row in found.rows for cell in row):
        return  # within rows the engine takes NULL for equal to NULL
    rows = [exp.Tuple(expressions=[cell.copy() for cell in row]) for row in found.rows]
    for (alias, reference), positions in _by_reference(columns, conjunct, analysis).items():
        if alias in conjunct.thins:
            supply = _rows_of(exp.Values(expressions=rows), len(columns), positions.values())
            yield Edge(reference, tuple(positions), supply, frozenset())


def _is_present(cell: exp.Expr) -> bool:
    """Whether the constant is plainly not NULL."""
    cell = cell.unnest()
    inner = cell.this if type(cell) is exp.Cast else cell
    return isinstance(inner, exp.Literal)


def _single_row(inner: exp.Expr) -> exp.Expr:
    """The subquery as the engine takes it after `=`: no row is NULL, several are an error before any call."""
    return exp.select(exp.Subquery(this=inner.copy()))


def _rows_of(inner: exp.Expr, width: int, wanted: Iterable[int]) -> exp.Select:
    """`SELECT DISTINCT` those columns of a subquery, told by their places."""
    names = [f"k{position}" for position in range(width)]
    aliased = exp.TableAlias(this=exp.to_identifier(SUPPLY), columns=[exp.to_identifier(name) for name in names])
    supply = exp.select(*(exp.column(names[position], table=SUPPLY) for position in wanted)).distinct()
    if isinstance(inner, exp.Values):
        inner.set("alias", aliased)
        return supply.from_(inner)
    return supply.from_(exp.Subquery(this=inner.copy(), alias=aliased))


def _by_reference(
    columns: list[exp.Column], conjunct: Conjunct, analysis: Analysis
) -> dict[tuple[str, int], dict[str, int]]:
    """(alias, reference) → its columns that stand in the tuple, with their places."""
    found: dict[tuple[str, int], dict[str, int]] = {}
    for position, column in enumerate(columns):
        for origin in analysis.origins(conjunct.scope, column):
            found.setdefault((column.table, origin.reference), {}).setdefault(origin.column, position)
    return found


def _depends_on_neighbours(source: exp.Expr | Scope | None) -> bool:
    """Whether the source has rows only beside a row of another: LATERAL, or UNNEST of a column."""
    if not isinstance(source, Scope):
        return False
    return bool(source.external_columns) if not source.is_udtf else source.expression.find(exp.Column) is not None


def _distinct_values(columns: list[exp.Column], scope: Scope, found: list[Conjunct]) -> exp.Select:
    """`SELECT DISTINCT columns` of their source alone, thinned by the conditions that concern only this source."""
    alias = columns[0].table
    query = exp.select(*(column.copy() for column in columns)).distinct()
    query = query.from_(_source(scope, alias))
    for conjunct in found:
        if conjunct.scope is scope and conjunct.survives_join and _concerns_only(conjunct.condition, alias):
            query = query.where(conjunct.condition.copy())
    for column in columns:
        query = query.where(exp.Not(this=exp.Is(this=column.copy(), expression=exp.Null())))
    return _with_expressions(query, scope)


def _source(scope: Scope, alias: str) -> exp.Expr:
    """The source as it stands after FROM; sqlglot takes derived tables out of their brackets."""
    node = scope.selected_sources[alias][0].copy()
    if isinstance(node, exp.Query) and not isinstance(node, exp.Subquery):
        return exp.Subquery(this=node, alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
    return node


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
