"""Conditions of a query → which columns they hold equal: what pairs the rows of a join.

Also where a join allows for nulls, and where columns are merged by USING. What is held equal here is equal in every row
that survives. Knows no values.
"""

from collections.abc import Iterable, Iterator, Sequence

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from flight_server.planner.conditions.analysis import Analysis, Origin
from flight_server.planner.conditions.conjuncts import Conjunct, split


def equal_columns(conjunct: Conjunct, analysis: Analysis) -> tuple[exp.Column, exp.Column] | None:
    """The two columns that the condition holds equal, if that is what it says.

    A join that allows for nulls (`a.k = b.k OR a.k IS NULL AND b.k IS NULL`) says no more where either is never null.
    """
    condition = conjunct.condition
    if isinstance(condition, exp.EQ):
        sides = (_joined_column(side, conjunct, analysis) for side in (condition.this, condition.expression))
    else:
        sides = (_plain_column(side) for side in _alike(condition))
    columns = [side for side in sides if side is not None]
    if len(columns) != 2 or columns[0].table == columns[1].table:
        return None
    left, right = columns
    if isinstance(condition, exp.EQ) or any(_is_never_null(column, conjunct, analysis) for column in columns):
        return left, right
    return None


def _alike(condition: exp.Expr) -> Sequence[exp.Expr]:
    """The two that the condition wants equal, or both null."""
    negated = condition.this.unnest() if isinstance(condition, exp.Not) else None
    if isinstance(condition, exp.NullSafeEQ):
        return condition.this, condition.expression
    if isinstance(negated, exp.NullSafeNEQ):
        return negated.this, negated.expression
    parts = list(split(condition, exp.Or)) if isinstance(condition, exp.Or) else []
    for equality, other in (parts, parts[::-1]) if len(parts) == 2 else ():
        if isinstance(equality, exp.EQ):
            sides = [_plain_column(equality.this), _plain_column(equality.expression)]
            nulls = [_said_to_be_null(part) for part in split(other, exp.And)]
            if len(nulls) == 2 and all(side in nulls for side in sides):
                return equality.this, equality.expression
    return ()


def _said_to_be_null(condition: exp.Expr) -> exp.Column | None:
    is_null = isinstance(condition, exp.Is) and isinstance(condition.expression, exp.Null)
    return _plain_column(condition.this) if is_null else None


def _plain_column(node: exp.Expr) -> exp.Column | None:
    node = node.unnest()
    return node if isinstance(node, exp.Column) else None


def implied_equalities(found: Iterable[Conjunct], analysis: Analysis) -> Iterator[Conjunct]:
    """What follows from two equalities of one scope: `b.id = p.id AND s.id = p.id` pairs b with s, too."""
    pairs: list[tuple[Conjunct, exp.Column, exp.Column]] = []
    for conjunct in found:
        columns = equal_columns(conjunct, analysis) if conjunct.survives_join else None
        if columns is not None and _have_one_type(conjunct.scope, columns, analysis):
            pairs.append((conjunct, *columns))
    known = {(id(conjunct.scope), frozenset((left.sql(), right.sql()))) for conjunct, left, right in pairs}
    for conjunct, left, right in pairs:
        for other, *columns_ in pairs:
            ends = _ends_of_chain((left, right), columns_) if other.scope is conjunct.scope else None
            if ends is None or (id(conjunct.scope), frozenset(end.sql() for end in ends)) in known:
                continue
            known.add((id(conjunct.scope), frozenset(end.sql() for end in ends)))
            equality = exp.EQ(this=ends[0].copy(), expression=ends[1].copy())
            implied = Conjunct(conjunct.scope, equality, conjunct.thins, survives_join=True)
            pairs.append((implied, *ends))
            yield implied


def _have_one_type(scope: Scope, columns: tuple[exp.Column, exp.Column], analysis: Analysis) -> bool:
    """Only equality within one type is transitive."""
    left, right = (analysis.sole_origin(scope, column) for column in columns)
    if left is None or right is None:
        return False
    return analysis.column(left).declared_type == analysis.column(right).declared_type


def _ends_of_chain(
    first: tuple[exp.Column, exp.Column], second: Sequence[exp.Column]
) -> tuple[exp.Column, exp.Column] | None:
    for shared, end in (first, first[::-1]):
        for link, other_end in (tuple(second), tuple(second)[::-1]):
            if shared == link and end.table != other_end.table:
                return end, other_end
    return None


def _joined_column(node: exp.Expr, conjunct: Conjunct, analysis: Analysis) -> exp.Column | None:
    """The column that the node equals in every row.

    Of those that USING merges (`COALESCE(a.k, b.k)`) the first, as long as it is null only where the others are; of
    those with something in the place of null one that is never null.
    """
    node = node.unnest()
    if not isinstance(node, exp.Coalesce):
        return node if isinstance(node, exp.Column) else None
    first = _plain_column(node.this)
    if first is not None and _is_never_null(first, conjunct, analysis):
        return first
    merged = [_plain_column(each) for each in (node.this, *node.expressions)]
    columns = [column for column in merged if column is not None]
    if len(columns) < len(merged) or not _are_merged(columns, conjunct.scope):
        return None
    if not any(join.side.upper() in ("RIGHT", "FULL") for join in conjunct.scope.expression.args.get("joins") or []):
        return first
    return next((column for column in columns if _is_never_null(column, conjunct, analysis)), None)


def _are_merged(columns: Sequence[exp.Column], scope: Scope) -> bool:
    """Whether each of the columns but the first is joined by its being equal to those before."""
    joins = {join.alias_or_name: join for join in scope.expression.args.get("joins") or []}
    for position, column in enumerate(columns[1:], start=1):
        join = joins.get(column.table)
        equalities = [each for each in split(join.args.get("on"), exp.And) if isinstance(each, exp.EQ)] if join else []
        pairs = [(each.this.unnest(), each.expression.unnest()) for each in equalities]
        before = columns[:position]
        if not any(
            mine == column and _is_one_of(other, before) for pair in pairs for mine, other in (pair, pair[::-1])
        ):
            return False
    return True


def _is_one_of(node: exp.Expr, columns: Sequence[exp.Column]) -> bool:
    parts = (node.this, *node.expressions) if isinstance(node, exp.Coalesce) else (node,)
    return all(part in columns for part in parts)


def _is_never_null(column: exp.Column, conjunct: Conjunct, analysis: Analysis) -> bool:
    return analysis.is_never_null(conjunct.scope, column, conjunct.nullable)


def equal_origins(found: Iterable[Conjunct], analysis: Analysis) -> Iterator[tuple[Origin, Origin]]:
    """Columns of references that must equal each other in every row."""
    for conjunct in found:
        columns = equal_columns(conjunct, analysis)
        if columns is None or not conjunct.survives_join:
            continue
        left, right = (analysis.sole_origin(conjunct.scope, column) for column in columns)
        if left is None or right is None:
            continue
        if analysis.column(left).declared_type == analysis.column(right).declared_type:
            yield left, right
