"""What is left for the engine: the query over the scans' relations, and how it may be run.

Works on the tree as the user wrote it, so that column names and dialect semantics stay the user's. Knows no parameter
of any operation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from flight_server.planner.easing import eased
from flight_server.planner.reading.constants import is_volatile
from flight_server.planner.reading.dialects import engine_sql
from flight_server.planner.reading.references import MARK, Reference, read_relation

# What makes a query more than the sum of the same query over parts of its rows.
_BLOCKING = (
    exp.AggFunc,
    exp.Anonymous,
    exp.AnonymousAggFunc,
    exp.Window,
    exp.Explode,
    exp.Unnest,
    exp.Query,
    exp.Exists,
    exp.With,
    exp.Lateral,
    exp.Pivot,
    exp.TableSample,
)
_BLOCKING_CLAUSES = ("distinct", "group", "having", "order", "qualify", "windows", "sample", "with_", "cluster", "sort")


@dataclass(frozen=True)
class RowLimit:
    """LIMIT and OFFSET as numbers; `row_limit` None means all."""

    row_limit: int | None = None
    row_offset: int = 0


def residual_sql(tree: exp.Query, references: Sequence[Reference], relations: Mapping[int, str]) -> str:
    """SQL of a query for the engine, each reference reading its relation; `tree` is used up."""
    if any(relation != references[position].relation for position, relation in relations.items()):
        for node in list(tree.find_all(exp.Table)):
            position = node.meta_get(MARK)
            if position is not None:
                read_relation(node, relations[position], references[position].alias)
    return engine_sql(eased(tree), copy=False)


def is_divisible(tree: exp.Expr) -> bool:
    """Whether the rows of the query are those of the same query over parts of its first table, put together."""
    if not isinstance(tree, exp.Select) or any(tree.args.get(clause) for clause in _BLOCKING_CLAUSES):
        return False
    from_ = tree.args.get("from_")
    if from_ is None or not _is_divisible_source(from_.this):
        return False
    joins = tree.args.get("joins") or []
    if not all(isinstance(join.this, exp.Table) and _keeps_first_table(join) for join in joins):
        return False
    rest = (node for part in tree.iter_expressions() if part is not from_ for node in part.walk())
    return not any(isinstance(node, _BLOCKING) or is_volatile(node) for node in rest)


def _is_divisible_source(source: exp.Expr) -> bool:
    if isinstance(source, exp.Subquery) and isinstance(source.this, exp.Select):
        return row_limit(source.this) == RowLimit() and is_divisible(source.this)
    return isinstance(source, exp.Table) and not source.find(*_BLOCKING)


def _keeps_first_table(join: exp.Join) -> bool:
    """Whether the join gives every row of the first table by itself the same partners."""
    return not join.method and join.side.upper() in ("", "LEFT") and join.kind.upper() in ("", "INNER", "OUTER")


def row_limit(tree: exp.Query) -> RowLimit | None:
    """LIMIT and OFFSET of the outermost query if both are plain numbers; None where they are not."""
    limit, offset = tree.args.get("limit"), tree.args.get("offset")
    if limit is None and offset is None:
        return RowLimit()
    if isinstance(limit, exp.Fetch):
        if limit.args.get("limit_options"):
            return None
        count = limit.args.get("count")
    elif isinstance(limit, exp.Limit):
        if limit.args.get("limit_options") or limit.args.get("expressions"):
            return None
        count = limit.expression
    else:
        count = None
    numbers = [_number(count), _number(offset.expression if offset is not None else None)]
    if numbers == [-1, -1] or -1 in numbers:
        return None
    return RowLimit(numbers[0], numbers[1] or 0)


def _number(node: exp.Expr | None) -> int | None:
    """The number that a node states; None without a node, -1 where it states no plain number."""
    if node is None:
        return None
    node = node.unnest()
    return int(node.name) if isinstance(node, exp.Literal) and not node.is_string and node.name.isdigit() else -1


def without_row_limit(tree: exp.Query) -> exp.Query:
    """The same query without LIMIT and OFFSET."""
    copy = tree.copy()
    copy.set("limit", None)
    copy.set("offset", None)
    return copy
