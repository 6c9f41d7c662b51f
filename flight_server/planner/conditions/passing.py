"""Whether a condition on the rows that a query makes may be judged on the rows that it makes them of.

Not where it picks rows by the others (LIMIT, samples, windows, aggregates), makes them of its own (recursion), or pairs
them by their order. Knows no table.
"""

from collections.abc import Sequence

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from flight_server.planner.reading.constants import is_volatile

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
    if _comes_back_to_itself(scope.expression):
        return []
    return scope.set_operation_scopes[:1] if isinstance(scope.expression, exp.Except) else scope.set_operation_scopes


def _comes_back_to_itself(query: exp.Expr) -> bool:
    """Whether the query makes rows of its own rows: one that no condition wants may lead to one that it wants."""
    parent = query.parent
    if not isinstance(parent, exp.CTE) or parent.parent is None or not parent.parent.args.get("recursive"):
        return False
    return any(table.name == parent.alias for table in query.find_all(exp.Table))


def picks_by_chance(query: exp.Expr | None) -> bool:
    """Whether so many of the rows are picked by chance: of fewer rows more would be. A share is one of any rows."""
    sample = query.args.get("sample") if query is not None else None
    if sample is None:
        return False
    method = sample.args.get("method")
    return not sample.args.get("percent") or (method is not None and method.name.upper() == "RESERVOIR")


def is_sampled(scope: Scope, alias: str) -> bool:
    """Whether rows of a source are picked by chance; sqlglot takes derived tables out of their brackets."""
    node, _ = scope.selected_sources.get(alias, (None, None))
    return node is not None and any(map(picks_by_chance, (node, node.parent)))


def lets_conditions_through(select: exp.Select) -> bool:
    """Whether filtering the rows of `select` afterwards equals filtering its sources before, its windows aside."""
    if any(select.args.get(key) for key in ("limit", "offset", "pivots", "match")) or picks_by_chance(select):
        return False
    distinct = select.args.get("distinct")
    if distinct is not None and distinct.args.get("on"):
        return False
    if any(not is_order_free(join) for join in select.args.get("joins") or []):
        return False
    return not any(item.find(exp.Explode, exp.Unnest) for item in select.expressions)


def is_of_one_row(node: exp.Expr) -> bool:
    """Whether the value of `node` is plainly made of a single row, the same each time."""
    if node.find(*_OF_SEVERAL_ROWS, exp.Query) is not None or any(map(is_volatile, node.walk())):
        return False
    return all(call.name.lower() in _OF_ONE_ROW for call in node.find_all(exp.Anonymous))


def depends_on_group_keys(select: exp.Select, node: exp.Expr) -> bool:
    """Whether `node` has one value in each group of `select`, by the keys that these are made by."""
    group = select.args.get("group")
    if group is None:
        return not any(_aggregates(item) for item in select.expressions)
    if any(group.args.get(key) for key in ("rollup", "cube", "grouping_sets", "totals")):
        return False
    keys: Sequence[exp.Expr] = group.expressions
    if group.args.get("all"):
        keys = [inner for item in select.expressions if is_of_one_row(inner := item.unalias())]
    return _is_made_of(node, keys)


def depends_on_partition_keys(select: exp.Select, node: exp.Expr) -> bool:
    """Whether `node` has one value in each partition of all windows of `select`: these go or stay as a whole."""
    qualify = select.args.get("qualify")
    windows = [
        window for item in (*select.expressions, qualify) if item is not None for window in item.find_all(exp.Window)
    ]
    return all(_is_made_of(node, window.args.get("partition_by") or ()) for window in windows)


def _aggregates(item: exp.Expr) -> bool:
    """Whether the item makes one row of all; the function of a window makes none, but what it is given may."""
    for node in item.find_all(exp.AggFunc):
        outer = node.parent
        while isinstance(outer, exp.Filter | exp.IgnoreNulls | exp.RespectNulls | exp.WithinGroup | exp.Order):
            outer = outer.parent
        if not isinstance(outer, exp.Window) or not any(part is node for part in outer.this.walk()):
            return True
    return False


def _is_made_of(node: exp.Expr, keys: Sequence[exp.Expr]) -> bool:
    outside = node.walk(prune=lambda part: part in keys)
    return all(part in keys or not isinstance(part, exp.Column) for part in outside)
