"""A query that only takes rows and columns of one scan → what it takes, so that no engine need run for it.

What copies tables elsewhere asks so: some columns, of some keys or of a period. Conditions come as the domains that
they leave, and count only where those say no less than the conditions themselves. Knows no Arrow.
"""

from collections.abc import Iterator, Mapping

from sqlglot import exp

from flight_server.plan import Condition, Selection
from flight_server.planner.analysis import Analysis
from flight_server.planner.predicates import Possible
from flight_server.planner.ranges import Domain, Values

_CLAUSES = frozenset({"expressions", "from_", "where", "limit", "offset"})


def selection(analysis: Analysis, possible: Possible) -> Selection | None:
    """What the query takes of its only scan, LIMIT and OFFSET apart; None where it does anything else."""
    select = analysis.tree
    if len(analysis.references) != 1 or len(analysis.scopes) != 1 or not possible.is_exact:
        return None
    if any(value for clause, value in select.args.items() if clause not in _CLAUSES):
        return None
    source = select.args["from_"].this
    if not isinstance(source, exp.Table) or source.alias_column_names:
        return None
    columns = tuple(_taken(select, analysis))
    return Selection(columns, tuple(_conditions(possible.of(0)))) if len(columns) == len(select.expressions) else None


def _taken(select: exp.Query, analysis: Analysis) -> Iterator[str]:
    """The columns of the table that the query's own columns are."""
    for item in select.expressions:
        column = item.unalias()
        if isinstance(column, exp.Column):
            yield from (origin.column for origin in analysis.origins(analysis.scopes[0], column))


def _conditions(domains: Mapping[str, Domain]) -> Iterator[Condition]:
    for column, domain in domains.items():
        if isinstance(domain, Values):
            yield Condition(column, "in", tuple(sorted(domain.values)))
            continue
        if domain.lower is not None:
            yield Condition(column, ">=" if domain.lower_inclusive else ">", (domain.lower,))
        if domain.upper is not None:
            yield Condition(column, "<=" if domain.upper_inclusive else "<", (domain.upper,))
