"""Expressions → others, by rules: one a class of node, one a name of a function that sqlglot does not know.

What stands instead is written as the engine's SQL with `$1`, `$2`, … for the arguments. Knows no dialect's rules.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from sqlglot import exp

from flight_server.errors import Unsupported
from flight_server.planner.reading.dialects.speakers import tokens_of, trees_of
from flight_server.planner.reading.nodes import Nodes

Rule = Callable[[Any], exp.Expr | None]
"""A node → what stands instead of it, None where it stays. It may take the node apart."""

Rules = Mapping[type[exp.Expr], Rule]

Forms = Mapping[str, str]
"""`NAME/number of arguments` → the engine's SQL; or `NAME` → `!` and what to write instead."""


def rewritten(nodes: Nodes, rules: Rules) -> Nodes:
    """The tree with each node as its rule has it, arguments before what they are arguments of.

    A LIKE with an ESCAPE is left to the latter's rule.
    """
    found = [node for node in nodes.tree.walk() if type(node) in rules] if nodes.has(*rules) else []
    found = [node for node in found if not isinstance(node.parent, exp.Escape) or exp.Escape not in rules]
    is_changed = False
    for node in reversed(found):
        place = exp.Placeholder()
        node.replace(place)
        instead = rules[type(node)](node)
        is_changed = is_changed or instead is not None
        place.replace(node if instead is None else instead)
    return Nodes(nodes.tree) if is_changed else nodes


def written(form: str, *arguments: exp.Expr) -> exp.Expr:
    """The form with these arguments; `$1` is the first.

    >>> written("LENGTH(RTRIM($1, ' '))", exp.column("a")).sql("duckdb")
    "LENGTH(RTRIM(a, ' '))"
    """
    made = _parsed(form).copy()
    for mark in list(made.find_all(exp.Placeholder)):
        argument = arguments[int(mark.name) - 1].copy()
        mark.replace(exp.paren(argument) if _needs_brackets(argument) else argument)
    return made


def by_name(forms: Forms, dialect: str) -> Rule:
    """The rule for functions that sqlglot does not know."""

    def rule(call: exp.Anonymous) -> exp.Expr | None:
        name = call.name.upper()
        if (advice := forms.get(name, "")) and advice.startswith("!"):
            raise refused(f"{dialect}'s function {name}", advice[1:])
        form = forms.get(f"{name}/{len(call.expressions)}")
        return None if form is None else written(form, *call.expressions)

    return rule


def refused(what: str, instead: str) -> Unsupported:
    """The error for what cannot mean here what it means at home."""
    return Unsupported(f"{what} cannot be answered as it is at home; {instead}")


def whole_number(node: exp.Expr | None) -> int | None:
    """The value of a whole number that is written out."""
    node = node.unnest() if node is not None else None
    if isinstance(node, exp.Neg):
        value = whole_number(node.this)
        return None if value is None else -value
    return int(node.name) if isinstance(node, exp.Literal) and node.is_int else None


@cache
def _parsed(form: str) -> exp.Expr:
    sql = f"SELECT {form}"
    (tree,) = trees_of(tokens_of(sql, "duckdb"), sql, "duckdb")
    assert isinstance(tree, exp.Select)
    made: exp.Expr = tree.expressions[0].pop()
    return exp.paren(made) if _needs_brackets(made) else made


def _needs_brackets(node: exp.Expr) -> bool:
    return isinstance(node, exp.Binary | exp.Unary | exp.Predicate | exp.Interval) and not isinstance(node, exp.Paren)
