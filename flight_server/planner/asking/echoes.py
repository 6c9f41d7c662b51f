"""Columns that only tell what was asked for: what a bound on one asks for, and which conditions cannot be answered.

No answer of Amazon's holds such a column (`created_after`, `keywords`). A row tells in it the value that was sent, or
null where none was. So a condition on it either is sent, or would judge rows by a null that means nothing: then the
query is refused, whatever clause the condition stands in.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlglot import exp

from catalog.operators import operators_of
from catalog.table import Column, KeyColumn
from flight_server.errors import QueryError
from flight_server.plan import Binding, Fold
from flight_server.planner.asking.parameters import is_echo
from flight_server.planner.asking.spelling import one_step, rounded_down
from flight_server.planner.conditions.analysis import Analysis, Origin
from flight_server.planner.conditions.equalities import equal_origins
from flight_server.planner.conditions.mentions import Mention, mentions
from flight_server.planner.conditions.predicates import Possible
from flight_server.planner.conditions.ranges import Domain, Range, Values, contains
from flight_server.planner.reading.constants import constant_sql, is_constant
from flight_server.planner.reading.dialects import DUCKDB
from flight_server.planner.reading.qualified import sql_type
from flight_server.planner.reading.references import Reference

_BOUNDS = (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)


def ask_for_bounds(possible: Possible, analysis: Analysis) -> Possible:
    """A bound on an echo of one end of a period is that end: `created_after >= x` asks for what came after x.

    Not where the echo must equal another column as well: then that one gives its values.
    """
    asked = {
        origin: Values(frozenset({value}))
        for origin, domain in possible.domains.items()
        if (value := _asked(domain, _echo_key(origin, analysis.references))) is not None
    }
    if asked:
        for pair in equal_origins(analysis.conjuncts, analysis):
            for origin in pair:
                asked.pop(origin, None)
    return replace(possible, domains={**possible.domains, **asked}) if asked else possible


def refuse_unanswerable(
    analysis: Analysis, possible: Possible, bound: Mapping[int, Sequence[Binding]], fold: Fold
) -> None:
    """Raise QueryError for a condition on an echo whose value is not asked for as the condition wants it.

    `possible` is what the conditions themselves say, `bound` what is asked for each reference that is read.
    """
    unsure = dict(_unsure(analysis, possible, bound))
    for mention in mentions(analysis) if unsure else ():
        for origin in mention.origins & unsure.keys():
            if not _holds(mention, unsure[origin], analysis.column(origin), fold):
                raise _refusal(origin, analysis)


def _unsure(
    analysis: Analysis, possible: Possible, bound: Mapping[int, Sequence[Binding]]
) -> Iterator[tuple[Origin, date | None]]:
    """Echoes that nothing gives values for, with the one value that a bound asks for, if one does."""
    for reference, bindings in bound.items():
        told = {binding.key_column.column: binding for binding in bindings if not (binding.lower or binding.upper)}
        for column in analysis.references[reference].table.columns:
            origin = Origin(reference, column.name)
            if not column.is_echo or (column.name in told and told[column.name].supplies):
                continue
            if column.name not in told:
                yield origin, None
            elif (value := _asked(possible.domains.get(origin), _echo_key(origin, analysis.references))) is not None:
                yield origin, value


def _asked(domain: Domain | None, key: KeyColumn | None) -> date | None:
    """What a bound asks for: itself, or the next instant or day where it is left out."""
    if not isinstance(domain, Range) or key is None:
        return None
    value = None
    if key.ge and domain.lower is not None:
        value = domain.lower if domain.lower_inclusive else rounded_down(domain.lower) + one_step(domain.lower)
    elif key.le and domain.upper is not None:
        is_between = rounded_down(domain.upper) != domain.upper
        value = domain.upper if domain.upper_inclusive else rounded_down(domain.upper)
        value = value if domain.upper_inclusive or is_between else value - one_step(value)
    return value if value is not None and contains(domain, value) else None


def _echo_key(origin: Origin, references: Sequence[Reference]) -> KeyColumn | None:
    table = references[origin.reference].table
    if not is_echo(table, origin.column):
        return None
    return next((key for key in table.key_columns if key.column == origin.column), None)


def _holds(mention: Mention, value: date | None, echo: Column, fold: Fold) -> bool:
    """Whether the condition is a bound that is true of every row that tells `value`."""
    if value is None or not mention.alone or not _is_bound(mention.condition):
        return False
    told = exp.cast(exp.Literal.string(value.isoformat()), sql_type(echo.declared_type), dialect=DUCKDB)
    condition = exp.Paren(this=mention.condition.copy())
    for column in list(condition.find_all(exp.Column)):
        column.replace(told.copy())
    return is_constant(condition) and fold([(constant_sql(condition), "BOOLEAN")]) == [True]


def _is_bound(condition: exp.Expr) -> bool:
    """Whether it bounds one column, which may be cast: not what a function makes of it, not two by each other."""
    columns = list(condition.find_all(exp.Column))
    sides = [column.parent if isinstance(column.parent, exp.Cast) else column for column in columns]
    return isinstance(condition, _BOUNDS) and [side.parent for side in sides] == [condition]


def _refusal(origin: Origin, analysis: Analysis) -> QueryError:
    table = analysis.references[origin.reference].table
    key = next(key for key in table.key_columns if key.column == origin.column)
    bounds = [operator for operator in operators_of(key) if operator not in ("=", "IN")]
    return QueryError(
        f"{table.qualified_name}: no answer of Amazon's holds {key.column}, it only tells what was asked for; so this "
        f"condition on it cannot be answered: compare it by {', '.join(('=', 'IN', *bounds))} with constants, or by = "
        "with a join partner's column, in a condition of its own beside the others (AND), where the table is read"
    )
