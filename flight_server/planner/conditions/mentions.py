"""Every condition of a query, wherever it stands → the columns of references that it looks at, however far away.

Not only what thins out rows before joins (`conjuncts`): HAVING, QUALIFY, FILTER, CASE and ON of outer joins decide as
well what a query answers, and so does a column that a subquery hands to a comparison. Knows no parameter.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from flight_server.planner.conditions.analysis import Analysis, Origin
from flight_server.planner.conditions.conjuncts import split
from flight_server.planner.reading.nodes import Nodes
from flight_server.planner.reading.references import MARK

_CLAUSES = ("where", "having", "qualify")

_WITHIN_EXPRESSIONS = (exp.Filter, exp.If, exp.Case, exp.CountIf)


@dataclass(frozen=True)
class Mention:
    """A condition and the columns of references whose values it depends on."""

    condition: exp.Expr
    origins: frozenset[Origin]
    alone: bool = False  # each column that stands in it is one of `origins`, passed on as it is


def mentions(analysis: Analysis) -> Iterator[Mention]:
    """All conditions, split at AND; by the names of columns alone where the query could not be analysed."""
    if not analysis.scopes:
        yield from _by_name(analysis)
        return
    lineage = _Lineage(analysis)
    for scope in analysis.scopes:
        for condition in _conditions_of(scope):
            yield from lineage.mentions(scope, condition)


def _conditions_of(scope: Scope) -> Iterator[exp.Expr]:
    query = scope.expression
    if not isinstance(query, exp.Select):
        return
    for clause in _CLAUSES:
        if (found := query.args.get(clause)) is not None:
            yield from split(found.this, exp.And)
    for join in query.args.get("joins") or []:
        yield from split(join.args.get("on"), exp.And)
    for node in scope.find_all(*_WITHIN_EXPRESSIONS):
        if not isinstance(node.find_ancestor(exp.Order, exp.Query), exp.Order):
            yield from _conditions_within(node)


def _conditions_within(node: exp.Expr) -> Iterator[exp.Expr]:
    """The conditions of FILTER, IF, CASE and COUNT_IF; a CASE's own branches are nodes of their own."""
    if isinstance(node, exp.Filter):
        yield from split(node.expression.this, exp.And)
    elif node.this is not None:
        yield from split(node.this, exp.And)


class _Lineage:
    """Follows columns through derived tables, common table expressions, set operations and subqueries."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self._scope_of = {id(scope.expression): scope for scope in analysis.scopes}

    def mentions(self, scope: Scope, condition: exp.Expr) -> Iterator[Mention]:
        columns, queries = _looked_at(condition)
        passed_on = [self._passed_on(scope, column) for column in columns]
        origins = {origin for column in columns for origin in self._origins(scope, column, frozenset())}
        for query in queries:
            inner = self._scope_of.get(id(query))
            for name in query.named_selects if inner is not None else ():
                origins |= self._outputs(inner, name, frozenset())
        if origins:
            yield Mention(condition, frozenset(origins), alone=not queries and all(passed_on))

    def _passed_on(self, scope: Scope, column: exp.Column, seen: frozenset[tuple[int, str]] = frozenset()) -> bool:
        """Whether the column is one of a reference, or of several in the arms of a union, without any change."""
        owner = scope_that_has(column.table, scope)
        source = owner.sources.get(column.table) if owner is not None else None
        if isinstance(source, exp.Table):
            return MARK in source.meta
        if not isinstance(source, Scope) or (id(source), column.name) in seen:
            return False
        seen |= {(id(source), column.name)}
        return all(
            isinstance(item, exp.Column) and self._passed_on(arm, item, seen)
            for arm, item in self._items(source, column.name)
        )

    def _origins(self, scope: Scope, column: exp.Column, seen: frozenset[tuple[int, str]]) -> set[Origin]:
        if not column.table:
            return self._outputs(scope, column.name, seen)
        owner = scope_that_has(column.table, scope)
        source = owner.sources.get(column.table) if owner is not None else None
        if isinstance(source, exp.Table) and MARK in source.meta:
            return {Origin(source.meta[MARK], column.name.lower())}
        return self._outputs(source, column.name, seen) if isinstance(source, Scope) else set()

    def _outputs(self, scope: Scope | None, name: str, seen: frozenset[tuple[int, str]]) -> set[Origin]:
        """What a column of the query that `scope` is depends on; a recursive query comes back to itself."""
        if scope is None or (id(scope), name) in seen:
            return set()
        seen |= {(id(scope), name)}
        found: set[Origin] = set()
        for arm, item in self._items(scope, name):
            columns, queries = _looked_at(item)
            for column in columns:
                found |= self._origins(arm, column, seen)
            for query in queries:
                for inner in query.named_selects:
                    found |= self._outputs(self._scope_of.get(id(query)), inner, seen)
        return found

    def _items(self, scope: Scope, name: str) -> Iterator[tuple[Scope, exp.Expr]]:
        """The expressions that make a column of a query, each with the scope that it stands in."""
        query = scope.expression
        if isinstance(query, exp.SetOperation):
            names = query.named_selects
            for arm in scope.set_operation_scopes:
                place = names.index(name) if name in names and not query.args.get("by_name") else None
                outputs = arm.expression.named_selects if isinstance(arm.expression, exp.Query) else []
                of_arm = outputs[place] if place is not None and place < len(outputs) else name
                yield from self._items(arm, of_arm)
        elif isinstance(query, exp.Select):
            yield from ((scope, item.unalias()) for item in query.expressions if item.alias_or_name == name)
        elif scope.parent is not None:  # UNNEST and the like: rows made of whatever stands in it
            yield scope.parent, query


def scope_that_has(alias: str, scope: Scope | None) -> Scope | None:
    """The scope, or the nearest one around it, whose source has this alias."""
    while scope is not None:
        if alias in scope.selected_sources:
            return scope
        scope = scope.parent
    return None


def _looked_at(node: exp.Expr) -> tuple[list[exp.Column], list[exp.Query]]:
    """The columns of an expression's own scope, and the queries whose rows it compares; EXISTS only counts rows."""
    columns: list[exp.Column] = []
    queries: list[exp.Query] = []
    for part in node.walk(prune=lambda part: isinstance(part, exp.Exists | exp.Query)):
        if isinstance(part, exp.Column):
            columns.append(part)
        elif isinstance(part, exp.Query) and isinstance(inner := part.unnest(), exp.Query):
            queries.append(inner)
    return columns, queries


def _by_name(analysis: Analysis) -> Iterator[Mention]:
    """Where it is not known what a column belongs to, it may be of any table that has one of its name."""
    tables = [reference.table.columns_by_name for reference in analysis.references]
    shared = [name for name, count in Counter(name for columns in tables for name in columns).items() if count > 1]
    for condition, names in _named(analysis.nodes, shared):
        wanted = {name.lower() for name in names}
        found = (Origin(position, name) for position, columns in enumerate(tables) for name in wanted & columns.keys())
        if origins := frozenset(found):
            yield Mention(condition, origins)


def _named(nodes: Nodes, shared: list[str]) -> Iterator[tuple[exp.Expr, Iterable[str]]]:
    for clause in nodes.of(exp.Where) + nodes.of(exp.Having) + nodes.of(exp.Qualify):
        yield clause, [column.name for column in clause.find_all(exp.Column)]
    for join in nodes.of(exp.Join):
        on = join.args.get("on")
        yield join, [column.name for column in on.find_all(exp.Column)] if on is not None else ()
        yield join, [column.name for column in join.args.get("using") or ()]
        yield join, shared if join.method.upper() == "NATURAL" else ()
    for kind in _WITHIN_EXPRESSIONS:
        for node in nodes.of(kind):
            within = _conditions_within(node)
            yield node, [column.name for part in within for column in part.find_all(exp.Column)]
