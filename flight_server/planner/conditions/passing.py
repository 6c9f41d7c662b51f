"""Whether a condition on the rows that a query makes may be judged on the rows that it makes them of.

Not where it picks rows by the others (LIMIT, windows, aggregates), or pairs them by their order. Knows no table.
"""

from collections.abc import Sequence

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from flight_server.planner.reading.constants import is_volatile

_ROW_PICKING = (exp.Window, exp.Qualify)

_OF_SEVERAL_ROWS = (exp.AggFunc, exp.Window)

_OF_ONE_ROW = frozenset({"timezone", "date_part", "datepart", "date_sub", "datesub", "now"})
"""Functions that sqlglot does not know, but we do: of any other it is not known whether it is an aggregate."""


def is_order_free(join: exp.Join) -> bool:
    """Whether the join pairs rows by its condition alone, not by position or nearness."""
    return join.method.upper() not in ("ASOF", "POSITIONAL")


def output_names(scope: Scope) -> list[str]:
    """The names of the columns that the scope's query has."""
    return scope.expression.named_selects if isinstance(scope.expression, exp.Query) else []


def passed_arms(scope: Scope) -> list[Scope]:
    """The arms of a set operation whose rows may be thinned out before; none where it picks rows itself."""
    if any(scope.expression.args.get(key) for key in ("limit", "offset")) or scope.expression.args.get("by_name"):
        return []
    return scope.set_operation_scopes[:1] if isinstance(scope.expression, exp.Except) else scope.set_operation_scopes


def lets_conditions_through(select: exp.Select) -> bool:
    """Whether filtering the rows of `select` afterwards equals filtering its sources before."""
    if any(select.args.get(key) for key in ("limit", "offset", "qualify", "pivots", "sample", "match")):
        return False
    distinct = select.args.get("distinct")
    if distinct is not None and distinct.args.get("on"):
        return False
    if any(not is_order_free(join) for join in select.args.get("joins") or []):
        return False
    return not any(item.find(*_ROW_PICKING, exp.Explode, exp.Unnest) for item in select.expressions)


def is_of_one_row(node: exp.Expr) -> bool:
    """Whether the value of `node` is plainly made of a single row, the same each time."""
    if node.find(*_OF_SEVERAL_ROWS, exp.Query) is not None or any(map(is_volatile, node.walk())):
        return False
    return all(call.name.lower() in _OF_ONE_ROW for call in node.find_all(exp.Anonymous))


def depends_on_group_keys(select: exp.Select, node: exp.Expr) -> bool:
    """Whether `node` has one value in each group of `select`, by the keys that these are made by."""
    group = select.args.get("group")
    if group is None:
        return not any(item.find(exp.AggFunc) for item in select.expressions)
    if any(group.args.get(key) for key in ("rollup", "cube", "grouping_sets", "totals")):
        return False
    keys: Sequence[exp.Expr] = group.expressions
    if group.args.get("all"):
        keys = [inner for item in select.expressions if is_of_one_row(inner := item.unalias())]
    outside = node.walk(prune=lambda part: part in keys)
    return all(part in keys or not isinstance(part, exp.Column) for part in outside)
