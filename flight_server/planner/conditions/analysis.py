"""A resolved query → which columns of which reference it names, and how its scopes hang together.

Knows no values.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from catalog.catalog import Catalog
from catalog.table import Column
from flight_server.planner.conditions.conjuncts import Conjunct, conjuncts_of, implied_by_months, nullable_sources
from flight_server.planner.conditions.passing import (
    depends_on_group_keys,
    depends_on_partition_keys,
    is_sampled,
    lets_conditions_through,
    output_names,
    passed_arms,
)
from flight_server.planner.conditions.sinking import sunk, sunk_into_shared
from flight_server.planner.reading.nodes import Nodes
from flight_server.planner.reading.qualified import Qualified
from flight_server.planner.reading.references import MARK, Reference
from flight_server.planner.reading.wanted import Wanted, wanted_columns


@dataclass(frozen=True)
class Origin:
    """A column of a reference that a column of some scope merely passes on."""

    reference: int
    column: str


class Analysis:
    """One query, qualified, with its scopes, outermost first.

    Where sqlglot cannot qualify the query there are no scopes: then every column counts as named, and no condition
    becomes a parameter. The engine still answers it, at the price of more calls.
    """

    def __init__(
        self, nodes: Nodes, qualified_query: Qualified | None, references: Sequence[Reference], catalog: Catalog
    ) -> None:
        self.nodes = nodes  # which kinds there are, and what the user wrote of stars and limits
        self.references = references
        self.catalog = catalog
        self.tree = nodes.tree if qualified_query is None else qualified_query.tree
        self.scopes: Sequence[Scope] = () if qualified_query is None else qualified_query.scopes

    @cached_property
    def conjuncts(self) -> list[Conjunct]:
        """Every condition of every scope that its rows must meet, and what it comes to where columns are computed."""
        written = list(conjuncts_of(self.scopes))
        inside = [deeper for conjunct in written for deeper in sunk(conjunct, self._uses_of_scope)]
        found = [*written, *inside]
        found += sunk_into_shared(self.scopes, found, self._uses_of_scope)
        return [*found, *implied_by_months(found)]

    @cached_property
    def _uses_of_scope(self) -> Counter[int]:
        return Counter(
            id(source)
            for scope in self.scopes
            for _, source in scope.selected_sources.values()
            if isinstance(source, Scope)
        )

    def origins(self, scope: Scope, column: exp.Column) -> list[Origin]:
        """The columns of references whose rows may be thinned out by a condition on `column` of `scope`.

        Empty where the condition cannot travel: through LIMIT, samples, aggregates, window functions of other
        partitions, or a common table expression that others read as well.
        """
        if is_sampled(scope, column.table):
            return []
        source = scope.sources.get(column.table)
        if isinstance(source, exp.Table):
            position = source.meta.get(MARK)
            name = column.name.lower()
            if position is None or name not in self.references[position].table.columns_by_name:
                return []
            return [Origin(position, name)]
        if not isinstance(source, Scope) or self._uses_of_scope[id(source)] != 1:
            return []
        return self._origins_of_output(source, column.name)

    def _origins_of_output(self, scope: Scope, name: str) -> list[Origin]:
        expression = scope.expression
        if isinstance(expression, exp.SetOperation):
            return self._origins_of_arms(scope, name)
        if not isinstance(expression, exp.Select) or not lets_conditions_through(expression):
            return []
        projections = [item for item in expression.expressions if item.alias_or_name == name]
        inner = projections[0].unalias() if len(projections) == 1 else None
        if not isinstance(inner, exp.Column) or not depends_on_group_keys(expression, inner):
            return []
        if not depends_on_partition_keys(expression, inner):
            return []
        return self.origins(scope, inner)

    def _origins_of_arms(self, scope: Scope, name: str) -> list[Origin]:
        names = output_names(scope)
        if names.count(name) != 1:
            return []
        position = names.index(name)
        result: list[Origin] = []
        for arm in passed_arms(scope):
            arm_names = output_names(arm)
            if position < len(arm_names) and arm_names.count(arm_names[position]) == 1:
                result += self._origins_of_output(arm, arm_names[position])
        return result

    def sole_origin(self, scope: Scope, column: exp.Column) -> Origin | None:
        """The one column that `column` passes on in every row; None where rows come from several."""
        origins = self.origins(scope, column)
        source = scope.sources.get(column.table)
        while isinstance(source, Scope):
            if not isinstance(source.expression, exp.Select):
                return None
            inner = next(item for item in source.expression.selects if item.alias_or_name == column.name).unalias()
            if not isinstance(inner, exp.Column):
                return None
            column, source = inner, source.sources.get(inner.table)
        return origins[0] if len(origins) == 1 else None

    def is_never_null(self, scope: Scope, column: exp.Column, nullable: frozenset[str]) -> bool:
        """Whether `column` passes on, in every row, what the rows of its table are told by."""
        source = scope.sources.get(column.table)
        while isinstance(source, Scope):
            select = source.expression
            if column.table in nullable or not isinstance(select, exp.Select):
                return False
            items = [item.unalias() for item in select.expressions if item.alias_or_name == column.name]
            inner = items[0] if len(items) == 1 else None
            if not isinstance(inner, exp.Column) or not depends_on_group_keys(select, inner):
                return False
            nullable, column, source = nullable_sources(source), inner, source.sources.get(inner.table)
        if column.table in nullable or not isinstance(source, exp.Table) or MARK not in source.meta:
            return False
        table, name = self.references[source.meta[MARK]].table, column.name.lower()
        if any(key.column == name and key.required for key in table.key_columns):
            return True
        return name in table.primary_key and not table.columns_by_name[name].is_echo  # an echo is null unless asked for

    def column(self, origin: Origin) -> Column:
        """The catalog's column that `origin` is."""
        return self.references[origin.reference].table.columns_by_name[origin.column]

    def wanted_columns(self) -> list[Wanted]:
        """For each reference the columns that the query names, and those that only its stars bring."""
        return wanted_columns(self.scopes, self.nodes, self.references)

    def references_of(self, scope: Scope, alias: str) -> Iterator[int]:
        """References that nothing but the source `alias` of `scope` reads."""
        source = scope.sources.get(alias)
        if not isinstance(source, Scope) or self._uses_of_scope[id(source)] <= 1:
            yield from self.references_below(scope, alias)

    def references_below(self, scope: Scope, alias: str) -> Iterator[int]:
        """Positions of all references that the source `alias` of `scope` reads."""
        source = scope.sources.get(alias)
        if isinstance(source, exp.Table):
            if MARK in source.meta:
                yield source.meta[MARK]
        elif isinstance(source, Scope) and not is_list_of_constants(source):
            yield from self.references_in(source)

    def references_in(self, scope: Scope) -> Iterator[int]:
        """Positions of all references below `scope`, common table expressions included."""
        for inner in scope.traverse():
            for source in inner.sources.values():
                if isinstance(source, exp.Table) and MARK in source.meta:
                    yield source.meta[MARK]
                elif isinstance(source, Scope) and source.is_cte:
                    yield from self.references_in(source)


def is_list_of_constants(scope: Scope) -> bool:
    """Whether the source is VALUES or UNNEST of constants: its scope names its neighbours, but reads none of them."""
    return scope.is_udtf and scope.expression.find(exp.Column, exp.Query) is None
