"""How many rows of a table a query can use at most, where a LIMIT of its own stands right above it.

The outermost LIMIT stops paging by itself; this is for those inside: in derived tables, common table expressions and
subqueries that supply keys. Pure.
"""

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from flight_server.planner.conditions.analysis import Analysis
from flight_server.planner.reading.nodes import Nodes
from flight_server.planner.reading.references import MARK
from flight_server.planner.residual import row_limit

_MANY_TO_ONE = (exp.AggFunc, exp.AnonymousAggFunc, exp.Window, exp.Explode, exp.Unnest, exp.Query)

_HARMLESS_CLAUSES = frozenset({"expressions", "from_", "limit", "offset", "kind"})


def needed_rows(analysis: Analysis, reference: int) -> int | None:
    """The number of rows after which the reference need not be read on; None where that cannot be told."""
    found = [scope for scope in analysis.scopes if _reads(scope, reference)]
    if len(found) != 1 or len(found[0].selected_sources) != 1:
        return None
    select = found[0].expression
    if not isinstance(select, exp.Select) or any(
        clause for name, clause in select.args.items() if name not in _HARMLESS_CLAUSES
    ):
        return None
    if any(isinstance(node, _MANY_TO_ONE) for item in select.expressions for node in item.walk()):
        return None
    limit = row_limit(select)
    return None if limit is None or limit.row_limit is None else limit.row_limit + limit.row_offset


def stops_reading(nodes: Nodes) -> bool:
    """Whether a LIMIT can end the reading before the last page: one above a sort or an aggregate needs every row."""
    return any(not _needs_every_row(limit.parent) for limit in nodes.of(exp.Limit) + nodes.of(exp.Fetch))


def _needs_every_row(query: exp.Expr | None) -> bool:
    if not isinstance(query, exp.Query):
        return False
    aggregates = isinstance(query, exp.Select) and (
        query.args.get("group") or any(isinstance(item.unalias(), exp.AggFunc) for item in query.expressions)
    )
    return bool(query.args.get("order") or aggregates)


def _reads(scope: Scope, reference: int) -> bool:
    sources = (scope.sources.get(alias) for alias in scope.selected_sources)
    return any(isinstance(source, exp.Table) and source.meta.get(MARK) == reference for source in sources)
