"""Scopes → the conditions that their rows must meet, one by one.

Only conditions that every surviving row must meet count: WHERE, ON of inner joins, ON of an outer join for its nullable
side alone, and HAVING where it judges what groups are made by. Knows no table.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from flight_server.planner.conditions.disguises import months_of
from flight_server.planner.conditions.passing import (
    depends_on_group_keys,
    is_of_one_row,
    is_order_free,
    picks_by_chance,
)
from flight_server.planner.reading.qualified import MERGES


@dataclass(frozen=True)
class Conjunct:
    """One condition that rows of `scope` must meet, and the sources whose rows it may thin out."""

    scope: Scope
    condition: exp.Expr
    thins: frozenset[str]  # aliases
    survives_join: bool  # holds for every row that leaves the scope's FROM and WHERE
    nullable: frozenset[str] = frozenset()  # aliases whose columns an outer join may have made null before it is judged


def conjuncts_of(scopes: Iterable[Scope]) -> Iterator[Conjunct]:
    """Every condition of every scope, split at AND."""
    for scope in scopes:
        select = scope.expression
        if not isinstance(select, exp.Select):
            continue
        joins = select.args.get("joins") or []
        if not all(is_order_free(join) for join in joins):
            continue
        aliases = frozenset(scope.selected_sources)
        is_cut = picks_by_chance(select)  # what is joined is, before it is judged
        where, nullable = None if is_cut else select.args.get("where"), nullable_sources(scope)
        for condition in split(where.this if where else None, exp.And):
            yield Conjunct(scope, condition, aliases, survives_join=True, nullable=nullable)
        for join in joins:
            if join.meta.get(MERGES) and _has_nulls_before(join, joins):
                continue  # it is equal to whichever of the columns before is there
            thins, before = _thinned_by_on(join, aliases), nullable_sources(scope, join)
            for condition in split(join.args.get("on"), exp.And):
                yield Conjunct(scope, condition, thins, survives_join=thins == aliases, nullable=before)
        having = None if is_cut else select.args.get("having")
        for condition in split(having.this if having else None, exp.And):
            if is_of_one_row(condition) and depends_on_group_keys(select, condition):
                yield Conjunct(scope, condition, aliases, survives_join=True)


def nullable_sources(scope: Scope, until: exp.Join | None = None) -> frozenset[str]:
    """Aliases of the scope that its outer joins, up to one of them, may give rows of nulls."""
    found: set[str] = set()
    joined = set(scope.selected_sources)
    joins = scope.expression.args.get("joins") or []
    joined -= {join.alias_or_name for join in joins}
    for join in joins:
        if join is until:
            break
        side = join.side.upper()
        if side in ("RIGHT", "FULL"):
            found |= joined
        joined.add(join.alias_or_name)
        if side in ("LEFT", "FULL"):
            found.add(join.alias_or_name)
    return frozenset(found)


def implied_by_months(found: Sequence[Conjunct]) -> Iterator[Conjunct]:
    """What conditions of one scope that hold together say of months."""
    together: dict[tuple[int, frozenset[str], bool], list[Conjunct]] = {}
    for conjunct in found:
        together.setdefault((id(conjunct.scope), conjunct.thins, conjunct.survives_join), []).append(conjunct)
    for several in together.values():
        for condition in months_of(conjunct.condition for conjunct in several) if len(several) > 1 else ():
            yield replace(several[0], condition=condition)


def split(condition: exp.Expr | None, *at: type[exp.Expr]) -> Iterator[exp.Expr]:
    """What such connectors connect."""
    if condition is None:
        return
    pending = [condition]
    while pending:  # tools write thousands of them, one within the other
        condition = pending.pop().unnest()
        if isinstance(condition, at):
            pending += (condition.args["expression"], condition.this)
        else:
            yield condition


def _has_nulls_before(join: exp.Join, joins: Sequence[exp.Join]) -> bool:
    """Whether what is joined before may lack its first source."""
    return any(before.side.upper() in ("RIGHT", "FULL") for before in takewhile(lambda each: each is not join, joins))


def _thinned_by_on(join: exp.Join, aliases: frozenset[str]) -> frozenset[str]:
    joined = frozenset({join.alias_or_name})
    side, kind = join.side.upper(), join.kind.upper()
    if side == "FULL":
        return frozenset()
    if side == "LEFT" or kind == "ANTI":
        return joined
    if side == "RIGHT":
        return aliases - joined
    return aliases
