"""A query that only takes rows and columns of one table → what it takes, so that no engine need run for it.

What copies tables elsewhere asks so: some columns, of some keys or of a period. Conditions come as the domains that
they leave, and count only where those say no less than the conditions themselves. Knows no Arrow.
"""

from collections.abc import Iterator, Mapping, Sequence

from sqlglot import exp

from catalog.table import Column
from flight_server.plan import Condition, Selection
from flight_server.planner.conditions.analysis import Analysis
from flight_server.planner.conditions.comparisons import Comparison, comparisons, is_instant, is_text
from flight_server.planner.conditions.conjuncts import Conjunct
from flight_server.planner.conditions.predicates import Possible, compared_origins
from flight_server.planner.conditions.ranges import Domain, Values

_CLAUSES = frozenset({"expressions", "from_", "where", "limit", "offset"})

_OPERATORS = (exp.EQ, exp.In, exp.GT, exp.GTE, exp.LT, exp.LTE)

_SPELT = {"string": is_text, "timestamp": is_instant}


def selected_columns(analysis: Analysis) -> tuple[Column, ...] | None:
    """The columns of its only table that the query's own are; None where it does more than select, LIMIT apart."""
    select = analysis.tree
    if len(analysis.references) != 1 or len(analysis.scopes) != 1:
        return None
    if any(value for clause, value in select.args.items() if clause not in _CLAUSES):
        return None
    source = select.args["from_"].this
    if not isinstance(source, exp.Table):
        return None
    columns = tuple(_selected(select, analysis))
    if len(columns) != len(select.expressions) or any(column.nested is not None for column in columns):
        return None
    return columns if all(_is_said_by_domains(conjunct, analysis) for conjunct in analysis.conjuncts) else None


def selected_names(tree: exp.Query, columns: Sequence[Column]) -> tuple[str, ...] | None:
    """What the query as the user wrote it calls `columns`: by alias, else as the table does; None if it is unsure."""
    if _is_all(tree.expressions):
        return tuple(column.name for column in columns)
    if len(tree.expressions) != len(columns) or any(item.is_star for item in tree.expressions):
        return None
    pairs = zip(tree.expressions, columns, strict=True)
    return tuple(item.alias if isinstance(item, exp.Alias) else column.name for item, column in pairs)


def selection(analysis: Analysis, possible: Possible) -> Selection | None:
    """What the query takes of its only scan, LIMIT and OFFSET apart; None where it does anything else."""
    columns = selected_columns(analysis)
    if columns is None or not possible.is_folded:
        return None
    return Selection(tuple(column.name for column in columns), tuple(_conditions(possible.of(0))))


def _is_all(items: Sequence[exp.Expr]) -> bool:
    """Whether a star stands alone, without words that rename or replace columns."""
    star = items[0].this if isinstance(items[0], exp.Column) else items[0]
    return len(items) == 1 and isinstance(star, exp.Star) and not any(star.args.values())


def _selected(select: exp.Query, analysis: Analysis) -> Iterator[Column]:
    for item in select.expressions:
        column = item.unalias()
        if isinstance(column, exp.Column):
            yield from map(analysis.column, analysis.origins(analysis.scopes[0], column))


def _conditions(domains: Mapping[str, Domain]) -> Iterator[Condition]:
    for column, domain in domains.items():
        if isinstance(domain, Values):
            yield Condition(column, "in", tuple(sorted(domain.values)))
            continue
        if domain.lower is not None:
            yield Condition(column, ">=" if domain.lower_inclusive else ">", (domain.lower,))
        if domain.upper is not None:
            yield Condition(column, "<=" if domain.upper_inclusive else "<", (domain.upper,))


def _is_said_by_domains(conjunct: Conjunct, analysis: Analysis) -> bool:
    """Whether the domains of its columns, once its constants are known, say all that the conjunct says."""
    node = conjunct.condition
    said = list(comparisons(node))
    return len(said) == (2 if isinstance(node, exp.Between) else 1) and all(
        comparison.operator in _OPERATORS and _compares_one_type(comparison, conjunct, analysis) for comparison in said
    )


def _compares_one_type(comparison: Comparison, conjunct: Conjunct, analysis: Analysis) -> bool:
    """Whether a column itself is compared with values of its own type: others may be rounded when they become one."""
    origins = compared_origins(comparison, conjunct, analysis)
    if comparison.column_type or len(origins) != 1:
        return False
    is_spelt = _SPELT.get(analysis.column(origins[0]).declared_type)
    return is_spelt is not None and all(map(is_spelt, comparison.values))
