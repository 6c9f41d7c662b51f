"""Very long chains → the same for the engine, which takes the square of their length to optimise them as they are.

Facts, observed: 5,000 conditions of two parts each take its optimizer a minute, a thousand SELECTs in a UNION ten
seconds, since it compares each with every other. In groups they take it a moment: it does not look through `(a OR b) =
true`, which has the same value, null included; and a UNION of UNIONs is less deep. Knows no table.
"""

from collections.abc import Iterator, Sequence

from sqlglot import exp

from flight_server.planner.conditions.conjuncts import split
from flight_server.planner.reading.chains import joined

_LONG = 256
"""Conditions in a chain; the engine optimises shorter ones at once."""

_MANY = 64
"""Arms of a union."""

_GROUP = 64


def eased(tree: exp.Query) -> exp.Query:
    """The query with its long chains in groups; `tree` is used up.

    A result without a name is called what it is written like, so one that has such a chain is called otherwise.
    """
    found = list(tree.find_all(exp.And, exp.Or, exp.Union))
    for node in reversed(found):  # what is within another first
        if isinstance(node, exp.Union):
            _balance(node)
        elif type(_outer(node)) is not type(node):
            _group(node)
    return tree


def _outer(node: exp.Expr) -> exp.Expr | None:
    outer = node.parent
    while isinstance(outer, exp.Paren):
        outer = outer.parent
    return outer


def _group(head: exp.Expr) -> None:
    """Put groups of conditions where the engine looks through none of them; what it should see stays beside them."""
    conditions = list(split(head, type(head)))
    if len(conditions) < _LONG or not (isinstance(head, exp.And) or any(map(_has_parts, conditions))):
        return  # it makes a list of `x = 1 OR x = 2 OR ...`
    hidden: list[exp.Expr] = []
    seen: list[exp.Expr] = []
    for condition in conditions:
        whole = exp.Paren(this=condition) if isinstance(condition, exp.Connector) else condition
        (seen if isinstance(head, exp.And) and _tells_of_a_join(condition) else hidden).append(whole)
    while len(hidden) > _GROUP:
        hidden = [_opaque(joined(type(head), group)) for group in _groups(hidden)]
    left, right = (joined(type(head), part) for part in _halves([*seen, *hidden]))
    head.set("this", left)
    head.set("expression", right)


def _has_parts(condition: exp.Expr) -> bool:
    return condition.find(exp.Connector, exp.Between, exp.Tuple) is not None


def _tells_of_a_join(condition: exp.Expr) -> bool:
    """Whether it compares columns with one another or with a query, which the engine had better know."""
    return condition.find(exp.Query) is not None or any(
        node.this.find(exp.Column) is not None and node.args["expression"].find(exp.Column) is not None
        for node in condition.find_all(exp.Predicate)
        if isinstance(node, exp.Binary)
    )


def _opaque(condition: exp.Expr) -> exp.Expr:
    return exp.Paren(this=exp.EQ(this=exp.Paren(this=condition), expression=exp.Boolean(this=True)))


def _groups(parts: Sequence[exp.Expr]) -> Iterator[Sequence[exp.Expr]]:
    return (parts[start : start + _GROUP] for start in range(0, len(parts), _GROUP))


def _halves(parts: Sequence[exp.Expr]) -> tuple[Sequence[exp.Expr], Sequence[exp.Expr]]:
    half = len(parts) // 2
    return parts[:half], parts[half:]


def _balance(head: exp.Union) -> None:
    """Make a union of unions of a chain; its ORDER BY and the like stay where they are."""
    if isinstance(head.parent, exp.Union) and head.arg_key == "this" and _continues(head, head.parent):
        return
    arms = [head.args["expression"]]
    node = head.this
    while isinstance(node, exp.Union) and _continues(node, head):
        arms.append(node.args["expression"])
        node = node.this
    arms.append(node)
    if len(arms) < _MANY:
        return
    left, right = (_united(part, head) for part in _halves(arms[::-1]))
    head.set("this", left)
    head.set("expression", right)


def _continues(inner: exp.Union, outer: exp.Union) -> bool:
    """Whether the outer union goes on with the same: neither stands by names, the inner one has nothing of its own."""
    own = {name for name, value in inner.args.items() if value}
    return own <= {"this", "expression", "distinct"} and all(
        inner.args.get(name) == outer.args.get(name) for name in ("distinct", "by_name", "side", "kind", "on")
    )


def _united(arms: Sequence[exp.Expr], like: exp.Union) -> exp.Expr:
    if len(arms) == 1:
        return arms[0]
    left, right = (_united(part, like) for part in _halves(arms))
    return exp.Subquery(this=exp.Union(this=left, expression=right, distinct=like.args.get("distinct")))
