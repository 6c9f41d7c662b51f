"""A condition on columns that a sub-query computes → the same condition on what they are computed of, inside.

`SELECT ... FROM (SELECT x::DATE AS day FROM t) AS v WHERE day >= d` keeps the rows that `WHERE x::DATE >= d` inside
would; so whatever is asked of Amazon for a condition that is written directly is asked for through an alias, too. Of
what is read more than once the rows matter that any reader asks for: their conditions are joined by OR.
Nothing is taken out of the query. Knows no table.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from flight_server.planner.conditions.conjuncts import Conjunct
from flight_server.planner.conditions.passing import (
    depends_on_group_keys,
    depends_on_partition_keys,
    is_of_one_row,
    is_sampled,
    lets_conditions_through,
    output_names,
    passed_arms,
)
from flight_server.planner.reading.chains import joined


def sunk(conjunct: Conjunct, uses: Mapping[int, int]) -> Iterator[Conjunct]:
    """The condition in each scope inside where its columns are computed; `uses` tells how often a scope is read."""
    alias = _sole_alias(conjunct)
    source = conjunct.scope.sources.get(alias) if alias is not None else None
    if isinstance(source, Scope) and uses[id(source)] == 1:
        yield from _inside(source, conjunct.condition, uses, reaches_further=True)


def sunk_into_shared(scopes: Sequence[Scope], found: Iterable[Conjunct], uses: Mapping[int, int]) -> Iterator[Conjunct]:
    """For what is read more than once: the conditions on one column that all its readers have, joined by OR.

    Of the scopes the readers come first: what is asked of one may be asked of what it reads itself.
    """
    if max(uses.values(), default=0) <= 1:
        return
    asked: dict[int, dict[tuple[int, str], dict[str, list[exp.Expr]]]] = {}  # source -> reader -> column -> conditions

    def note(conjunct: Conjunct) -> None:
        alias = _sole_alias(conjunct)
        source = conjunct.scope.sources.get(alias) if alias is not None else None
        names = {column.name for column in conjunct.condition.find_all(exp.Column)}
        if alias is not None and isinstance(source, Scope) and uses[id(source)] > 1 and len(names) == 1:
            readers = asked.setdefault(id(source), {})
            readers.setdefault((id(conjunct.scope), alias), {}).setdefault(names.pop(), []).append(conjunct.condition)

    for conjunct in found:
        note(conjunct)
    for shared in scopes:
        readers = list(asked.get(id(shared), {}).values())
        if not readers or len(readers) != uses[id(shared)]:
            continue  # whoever reads it without a condition wants all of it
        for name in sorted(set(readers[0]).intersection(*readers[1:])):
            wanted = [[exp.Paren(this=condition.copy()) for condition in conditions[name]] for conditions in readers]
            either = joined(exp.Or, [exp.Paren(this=joined(exp.And, conditions)) for conditions in wanted])
            for inner in _inside(shared, either, uses, reaches_further=False):
                note(inner)
                yield inner


def _sole_alias(conjunct: Conjunct) -> str | None:
    """The one source that the condition is about, if it may thin out its rows."""
    aliases = {column.table for column in conjunct.condition.find_all(exp.Column)}
    if len(aliases) != 1 or not aliases <= conjunct.thins or conjunct.condition.find(exp.Query) is not None:
        return None
    (alias,) = aliases
    return None if is_sampled(conjunct.scope, alias) else alias


def _inside(
    source: Scope, condition: exp.Expr, uses: Mapping[int, int], *, reaches_further: bool
) -> Iterator[Conjunct]:
    """The condition in each scope that makes rows of the source; not where it reaches columns that are passed on."""
    for scope, items in _arms(source, {column.name: column.name for column in condition.find_all(exp.Column)}):
        if not all(_passes(scope.expression, item) for item in items.values()):
            continue
        inner = Conjunct(scope, _written_out(condition, items), frozenset(scope.selected_sources), survives_join=True)
        is_told = reaches_further and all(isinstance(item, exp.Column) for item in items.values())
        if not is_told or any(uses[id(each)] > 1 for _, each in scope.selected_sources.values()):
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
    if len(list(item.find_all(exp.Column))) > 1 or not depends_on_group_keys(select, item):
        return False
    return depends_on_partition_keys(select, item)


def _written_out(condition: exp.Expr, items: Mapping[str, exp.Expr]) -> exp.Expr:
    def item_of(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Column):
            return node
        item = items[node.name].copy()
        return item if isinstance(item, exp.Column | exp.Func) else exp.Paren(this=item)

    return condition.transform(item_of)
