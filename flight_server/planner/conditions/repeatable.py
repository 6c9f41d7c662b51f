"""A supply's query → the same with nothing left to chance: the residual SQL, which runs later, must want no other rows.

A LIMIT is the case in point. Over plain reading the engine keeps the order of rows and picks the same ones again; over
joins, groups and ties of an ORDER BY it may pick others. Such a LIMIT is widened to all rows that it could pick: a key
too many may cost a call, a key too few a row. Knows no catalog.
"""

from sqlglot import exp

from flight_server.planner.reading.constants import is_volatile
from flight_server.planner.reading.references import MARK

_ORDER_LOSING = ("joins", "group", "having", "distinct", "qualify", "windows", "order", "sample", "laterals", "match")

_ARBITRARY = (exp.First, exp.Last, exp.AnyValue, exp.ArgMax, exp.ArgMin)


def repeatable(query: exp.Select) -> exp.Select | None:
    """A query that yields, whenever it is run, at least the rows of `query`; None where there is none to rely on."""
    if any(is_volatile(node) or isinstance(node, exp.TableSample) for node in query.walk()):
        return None
    widened = query.copy()
    for node in list(widened.find_all(exp.Query)):
        if not (node.args.get("limit") or node.args.get("offset")):
            continue
        if _keeps_order(node, widened) or _is_sorted_by_all(node):
            continue
        if isinstance(node, exp.Subquery) or not _passes_rows_on(node, widened):
            return None
        _widen(node)
    return widened


def picks_one(inner: exp.Query) -> bool:
    """Whether the subquery says itself that it has one row at most."""
    return _count(inner) == 1


def is_arbitrary(inner: exp.Expr) -> bool:
    """Whether the subquery picks a value of one of several rows that may be alike."""
    return isinstance(inner, exp.Select) and any(item.find(*_ARBITRARY) for item in inner.expressions)


def _keeps_order(node: exp.Expr, query: exp.Select) -> bool:
    """Whether rows come out as they were laid down, by the engine's own promise."""
    if isinstance(node, exp.Table):
        defined = [] if MARK in node.meta else [cte for cte in query.find_all(exp.CTE) if cte.alias == node.name]
        if len(defined) > 1 or any(cte.parent.args.get("recursive") for cte in defined if cte.parent is not None):
            return False
        return not node.args.get("joins") and all(_keeps_order(cte.this, query) for cte in defined)
    if isinstance(node, exp.Values | exp.Unnest):
        return True
    if isinstance(node, exp.Union):
        is_plain = not node.args.get("distinct") and not node.args.get("order")
        return is_plain and _keeps_order(node.this, query) and _keeps_order(node.expression, query)
    if isinstance(node, exp.Subquery):
        return not any(node.args.get(clause) for clause in ("order", "joins")) and _keeps_order(node.this, query)
    if not isinstance(node, exp.Select) or any(node.args.get(clause) for clause in _ORDER_LOSING):
        return False
    where = node.args.get("where")
    if any(item.find(exp.AggFunc, exp.Window, exp.Query) for item in (*node.expressions, *([where] if where else []))):
        return False
    from_ = node.args.get("from_")
    return from_ is None or _keeps_order(from_.this, query)


def _is_sorted_by_all(node: exp.Query) -> bool:
    """Whether rows that its ORDER BY does not tell apart are the same."""
    ordered = _ordered(node, node.args.get("order"))
    terms = [part.this.unnest() for part in ordered.expressions] if ordered is not None else []
    return bool(terms) and all(item.unalias() in terms for item in node.selects)


def _passes_rows_on(node: exp.Expr, query: exp.Select) -> bool:
    """Whether more rows of `node` can only mean more rows of `query`."""
    if node is query:
        return True
    parent = node.parent
    if isinstance(parent, exp.CTE):
        readers = [
            table for table in query.find_all(exp.Table) if table.name == parent.alias and MARK not in table.meta
        ]
        return len(readers) == 1 and _passes_rows_on(readers[0], query)
    if isinstance(parent, exp.Subquery):
        return not parent.args.get("joins") and _passes_rows_on(parent, query)
    if isinstance(parent, exp.Union):
        return _adds_up(parent) and _passes_rows_on(parent, query)
    if isinstance(parent, exp.Join) and (parent.side or parent.kind.upper() not in ("", "INNER", "CROSS")):
        return False
    if isinstance(parent, exp.From | exp.Join):
        select = parent.parent
        return isinstance(select, exp.Select) and _adds_up(select) and _passes_rows_on(select, query)
    return False


def _adds_up(query: exp.Query) -> bool:
    """Whether each row of the query's sources only ever adds rows to its result."""
    if any(
        query.args.get(clause) for clause in ("limit", "offset", "qualify", "having", "sample", "laterals", "pivots")
    ):
        return False
    distinct = query.args.get("distinct")
    if isinstance(distinct, exp.Distinct) and distinct.args.get("on"):
        return False
    group = query.args.get("group")
    if group is not None and any(value for key, value in group.args.items() if key != "expressions"):
        return False
    joins = query.args.get("joins") or []
    if any(join.method or join.side.upper() not in ("", "LEFT") or join.kind.upper() == "ANTI" for join in joins):
        return False
    return not any(item.find(exp.AggFunc, exp.Window) for item in getattr(query, "expressions", ()))


def _widen(node: exp.Query) -> None:
    """Put "whatever the first n could be" for the first n."""
    ordered, count = _ordered(node, node.args.get("order")), _count(node)
    offset = node.args.get("offset")
    skipped = _number(offset.expression) if offset is not None else 0
    for clause in ("order", "limit", "offset"):
        node.set(clause, None)
    if ordered is not None and count is not None and skipped is not None and not node.args.get("qualify"):
        rank = exp.DenseRank() if node.args.get("distinct") else exp.Rank()
        is_among = exp.LTE(this=exp.Window(this=rank, order=ordered), expression=exp.Literal.number(count + skipped))
        node.set("qualify", exp.Qualify(this=is_among))


def _ordered(node: exp.Query, order: exp.Order | None) -> exp.Order | None:
    """The order in terms of the query's sources, as a window function wants it."""
    distinct = node.args.get("distinct")
    if order is None or not isinstance(node, exp.Select) or (distinct is not None and distinct.args.get("on")):
        return None
    projected = {item.alias_or_name: item.unalias() for item in node.expressions}
    copy = order.copy()
    for column in list(copy.find_all(exp.Column)):
        if not column.table:
            if column.name not in projected:
                return None
            column.replace(exp.paren(projected[column.name].copy()))
    if any(isinstance(part.this, exp.Literal | exp.Var) for part in copy.expressions):
        return None
    return None if copy.find(exp.Window, exp.Query) else copy


def _count(query: exp.Query) -> int | None:
    """The number of rows that a plain LIMIT or FETCH states."""
    limit = query.args.get("limit")
    if limit is None:
        return None
    options = limit.args.get("limit_options")
    if options is not None and (options.args.get("percent") or options.args.get("with_ties")):
        return None
    return _number(limit.args.get("count") if isinstance(limit, exp.Fetch) else limit.expression)


def _number(node: exp.Expr | None) -> int | None:
    return int(node.name) if isinstance(node, exp.Literal) and not node.is_string and node.name.isdigit() else None
