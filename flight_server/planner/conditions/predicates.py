"""Conditions of a query → the values that they leave possible for each column of each reference.

The conditions are those that every surviving row must meet. All of them reject NULL, so they may thin out the rows of
any source before the joins. Nothing is taken out of the query: the engine checks every condition again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlglot import exp

from flight_server.plan import UNFOLDABLE, Fold
from flight_server.planner.conditions.analysis import Analysis, Origin
from flight_server.planner.conditions.comparisons import Comparison, comparisons
from flight_server.planner.conditions.conjuncts import Conjunct, split
from flight_server.planner.conditions.disguises import months_of
from flight_server.planner.conditions.equalities import equal_origins
from flight_server.planner.conditions.instants import Operator
from flight_server.planner.conditions.ranges import IMPOSSIBLE, Domain, Range, Values, is_impossible, union
from flight_server.planner.reading.constants import Constant, Folded, constant_sql, fold_all, is_constant
from flight_server.planner.reading.qualified import sql_type

Domains = dict[Origin, Domain]


@dataclass(frozen=True)
class Possible:
    """What the conditions of a query leave possible."""

    domains: Mapping[Origin, Domain]
    impossible: frozenset[int]  # references none of whose rows can reach the result

    def of(self, reference: int) -> Mapping[str, Domain]:
        """The domains of one reference's columns."""
        return self._by_reference.get(reference, {})

    @cached_property
    def _by_reference(self) -> Mapping[int, Mapping[str, Domain]]:
        found: dict[int, dict[str, Domain]] = {}
        for origin, domain in self.domains.items():
            found.setdefault(origin.reference, {})[origin.column] = domain
        return found


@dataclass(frozen=True)
class _Compared:
    """A column of a reference compared with constants."""

    origin: Origin
    operator: Operator
    constants: list[Constant]


@dataclass(frozen=True)
class _Condition:
    """A conjunct with its constants, which are spelled once: that takes longer than all else."""

    conjunct: Conjunct
    truth: Constant | None  # the whole of it, where that is a constant
    compared: Mapping[int, list[_Compared]]  # id of a node -> what it compares

    def constants(self) -> Iterator[Constant]:
        """All that must be folded to judge it."""
        if self.truth is not None:
            yield self.truth
        for several in self.compared.values():
            for each in several:
                yield from each.constants


def find_possible(analysis: Analysis, fold: Fold) -> Possible:
    """Read every condition of the query; constants are folded by `fold`, all at once."""
    found = [_read(conjunct, analysis) for conjunct in analysis.conjuncts]
    folded = fold_all({constant for condition in found for constant in condition.constants()}, fold)
    evaluated = [
        (condition, _evaluate(condition.conjunct.condition, condition.compared, folded)) for condition in found
    ]
    domains = _all([said for _, said in evaluated])
    of_all_rows = [said for condition, said in evaluated if condition.conjunct.survives_join]
    surviving = dict(domains) if len(of_all_rows) == len(evaluated) else _all(of_all_rows)
    domains = _spread_over_equalities(domains, [condition.conjunct for condition in found], analysis)
    impossible = frozenset(_impossible(surviving, evaluated, analysis, folded))
    return Possible(domains, impossible)


def _impossible(
    surviving: Domains, evaluated: Iterable[tuple[_Condition, Domains]], analysis: Analysis, folded: Folded
) -> Iterator[int]:
    """References below a scope with a condition that no row can meet; `WHERE 1 = 0` is how tools ask for a schema."""
    for condition, said in evaluated:
        conjunct = condition.conjunct
        if condition.truth is not None:
            never = folded[condition.truth] in (False, None)
        else:
            never = conjunct.survives_join and any(is_impossible(surviving[origin]) for origin in said)
        if never:
            for alias in conjunct.thins:
                yield from analysis.references_of(conjunct.scope, alias)


def _read(conjunct: Conjunct, analysis: Analysis) -> _Condition:
    condition = conjunct.condition
    compares_column = isinstance(condition.this, exp.Column)  # most do, and need not be looked through
    truth = None if compares_column or not is_constant(condition) else Constant(constant_sql(condition), "BOOLEAN")
    judged = _judged(condition)
    return _Condition(conjunct, truth, {id(node): list(_compared(node, conjunct, analysis)) for node in judged})


def _judged(condition: exp.Expr) -> Iterator[exp.Expr]:
    """What stands between AND and OR, and each AND as a whole."""
    pending = [condition]
    while pending:
        node = pending.pop().unnest()
        if isinstance(node, exp.Or):
            pending += split(node, exp.Or)
            continue
        if isinstance(node, exp.And):
            pending += split(node, exp.And)
        yield node


def _compared(node: exp.Expr, conjunct: Conjunct, analysis: Analysis) -> Iterator[_Compared]:
    if isinstance(node, exp.And):
        for implied in months_of(split(node, exp.And)):
            yield from _compared(implied, conjunct, analysis)
        return
    for comparison in comparisons(node):
        origins = compared_origins(comparison, conjunct, analysis)
        texts = comparison.constants() if origins else []
        for origin in origins:
            declared = analysis.column(origin).declared_type
            spelled = comparison.in_days(texts) if declared == "date" else texts
            yield _Compared(origin, comparison.operator, [Constant(text, sql_type(declared)) for text in spelled])


def _evaluate(node: exp.Expr, compared: Mapping[int, list[_Compared]], folded: Folded) -> Domains:
    node = node.unnest()
    if isinstance(node, exp.Or):
        either = [_evaluate(part, compared, folded) for part in split(node, exp.Or)]
        shared = set(either[0]).intersection(*either[1:])
        return {origin: union([said[origin] for said in either]) for origin in shared}
    said = [_evaluate(part, compared, folded) for part in split(node, exp.And)] if isinstance(node, exp.And) else []
    for each in compared.get(id(node), ()):
        domain = _domain(each.operator, [folded[constant] for constant in each.constants])
        if domain is not None:
            said.append({each.origin: domain})
    return _all(said)


def _domain(operator: Operator, values: list[object]) -> Domain | None:
    if UNFOLDABLE in values:
        return None
    if operator is exp.NullSafeEQ and None in values:
        return None  # IS NOT DISTINCT FROM NULL asks for the missing, which no parameter can
    present = [value for value in values if value is not None]
    if not present:
        return IMPOSSIBLE
    if operator in (exp.EQ, exp.NullSafeEQ, exp.In):
        return Values(frozenset(present))
    if operator in (exp.GT, exp.GTE):
        return Range(lower=present[0], lower_inclusive=operator is exp.GTE)
    return Range(upper=present[0], upper_inclusive=operator is exp.LTE)


def _all(several: Sequence[Domains]) -> Domains:
    """What is left possible by all of them together."""
    first, *others = several or ({},)
    result = dict(first)
    for said in others:
        for origin, domain in said.items():
            result[origin] = domain if origin not in result else result[origin].intersect(domain)
    return result


def compared_origins(comparison: Comparison, conjunct: Conjunct, analysis: Analysis) -> list[Origin]:
    """The columns of references whose rows the comparison thins out."""
    if comparison.column.table not in conjunct.thins:
        return []
    origins = analysis.origins(conjunct.scope, comparison.column)
    return [origin for origin in origins if comparison.is_about(analysis.column(origin).declared_type)]


def _spread_over_equalities(domains: Domains, found: Iterable[Conjunct], analysis: Analysis) -> Domains:
    """What holds for one column holds for the one that it must equal: `o.id = i.id AND i.id = 'X'` binds both."""
    pairs = list(equal_origins(found, analysis))
    for _ in range(len(pairs)):
        before = dict(domains)
        for left, right in pairs:
            for source, target in ((left, right), (right, left)):
                if source in domains:
                    domains[target] = domains.get(target, Range()).intersect(domains[source])
        if domains == before:
            break
    return domains
