"""Scopes → the conditions that their rows must meet, one by one.

Only conditions that every surviving row must meet count: WHERE, ON of inner joins, and ON of an outer join for its
nullable side alone. Knows no table.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.optimizer.scope import Scope


@dataclass(frozen=True)
class Conjunct:
    """One condition that rows of `scope` must meet, and the sources whose rows it may thin out."""

    scope: Scope
    condition: exp.Expr
    thins: frozenset[str]  # aliases
    survives_join: bool  # holds for every row that leaves the scope's FROM and WHERE


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
        where = select.args.get("where")
        for condition in split(where.this if where else None, exp.And):
            yield Conjunct(scope, condition, aliases, survives_join=True)
        for join in joins:
            thins = _thinned_by_on(join, aliases)
            for condition in split(join.args.get("on"), exp.And):
                yield Conjunct(scope, condition, thins, survives_join=thins == aliases)


def is_order_free(join: exp.Join) -> bool:
    """Whether the join pairs rows by its condition alone, not by position or nearness."""
    return join.method.upper() not in ("ASOF", "POSITIONAL")


def split(condition: exp.Expr | None, *at: type[exp.Expr]) -> Iterator[exp.Expr]:
    """What such connectors connect."""
    if condition is None:
        return
    condition = condition.unnest()
    if isinstance(condition, at):
        yield from split(condition.this, *at)
        yield from split(condition.args["expression"], *at)
    else:
        yield condition


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
