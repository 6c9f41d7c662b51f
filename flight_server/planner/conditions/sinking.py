"""A condition on columns that a sub-query computes → the same condition on what they are computed of, inside.

`SELECT ... FROM (SELECT x::DATE AS day FROM t) AS v WHERE day >= d` keeps the rows that `WHERE x::DATE >= d` inside
would; so whatever is asked of Amazon for a condition that is written directly is asked for through an alias, too.
Nothing is taken out of the query. Knows no table.
"""

from collections.abc import Iterator, Mapping

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from flight_server.planner.conditions.conjuncts import Conjunct
from flight_server.planner.conditions.passing import (
    depends_on_group_keys,
    is_of_one_row,
    lets_conditions_through,
    output_names,
    passed_arms,
)


def sunk(conjunct: Conjunct, uses: Mapping[int, int]) -> Iterator[Conjunct]:
    """The condition in each scope inside where its columns are computed; `uses` tells how often a scope is read."""
    columns = list(conjunct.condition.find_all(exp.Column))
    aliases = {column.table for column in columns}
    if len(aliases) != 1 or not aliases <= conjunct.thins or conjunct.condition.find(exp.Query) is not None:
        return
    source = conjunct.scope.sources.get(aliases.pop())
    if not isinstance(source, Scope) or uses[id(source)] != 1:
        return
    for scope, items in _arms(source, {column.name: column.name for column in columns}):
        if not all(_passes(scope.expression, item) for item in items.values()):
            continue
        inner = Conjunct(
            scope, _written_out(conjunct.condition, items), frozenset(scope.selected_sources), survives_join=True
        )
        if not all(isinstance(item, exp.Column) for item in items.values()):
            yield inner
        yield from sunk(inner, uses)


def _arms(scope: Scope, names: Mapping[str, str]) -> Iterator[tuple[Scope, dict[str, exp.Expr]]]:
    """Each SELECT that makes rows of the scope, with its expressions for the named columns."""
    query = scope.expression
    if isinstance(query, exp.SetOperation):
        outputs = output_names(scope)
        if any(outputs.count(name) != 1 for name in names.values()):
            return
        for arm in passed_arms(scope):
            own = output_names(arm)
            places = {outer: outputs.index(name) for outer, name in names.items()}
            if all(place < len(own) and own.count(own[place]) == 1 for place in places.values()):
                yield from _arms(arm, {outer: own[place] for outer, place in places.items()})
    elif isinstance(query, exp.Select) and lets_conditions_through(query):
        items = {
            outer: [item.unalias() for item in query.expressions if item.alias_or_name == name]
            for outer, name in names.items()
        }
        if all(len(found) == 1 for found in items.values()):
            yield scope, {outer: found[0] for outer, found in items.items()}


def _passes(select: exp.Expr, item: exp.Expr) -> bool:
    """Whether a condition on the item may be judged before rows are grouped; one column at most, or it would grow."""
    if not isinstance(select, exp.Select) or not is_of_one_row(item):
        return False
    return len(list(item.find_all(exp.Column))) <= 1 and depends_on_group_keys(select, item)


def _written_out(condition: exp.Expr, items: Mapping[str, exp.Expr]) -> exp.Expr:
    def item_of(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Column):
            return node
        item = items[node.name].copy()
        return item if isinstance(item, exp.Column | exp.Func) else exp.Paren(this=item)

    return condition.transform(item_of)
