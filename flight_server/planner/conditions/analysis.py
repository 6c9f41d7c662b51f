"""A resolved query → which columns of which reference it names, and how its scopes hang together.

Works on a tree of its own, in which every column is qualified; the residual comes from the tree as the user wrote it.
Knows no values.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope
from sqlglot.schema import MappingSchema

from catalog.arrow_types import DECIMAL_PRECISION, DECIMAL_SCALE
from catalog.catalog import Catalog
from catalog.table import Column
from flight_server.planner.conditions.conjuncts import (
    MERGES,
    Conjunct,
    conjuncts_of,
    implied_by_months,
    nullable_sources,
)
from flight_server.planner.conditions.passing import (
    depends_on_group_keys,
    depends_on_partition_keys,
    is_sampled,
    lets_conditions_through,
    output_names,
    passed_arms,
)
from flight_server.planner.conditions.sinking import sunk, sunk_into_shared
from flight_server.planner.reading.dialects import DUCKDB
from flight_server.planner.reading.dialects.kept_dates import has_marked_additions, keep_dates
from flight_server.planner.reading.dialects.tsql_dates import (
    compared_with,
    compared_with_dates,
    marked_dates,
    write_out_dates,
)
from flight_server.planner.reading.nodes import Nodes
from flight_server.planner.reading.references import MARK, Reference
from flight_server.planner.reading.wanted import Wanted, note_starred, note_written, wanted_columns

_log = logging.getLogger(__name__)

_SQL_TYPES = {
    "string": "VARCHAR",
    "json": "VARCHAR",
    "int64": "BIGINT",
    "double": "DOUBLE",
    "decimal": f"DECIMAL({DECIMAL_PRECISION}, {DECIMAL_SCALE})",
    "bool": "BOOLEAN",
    "timestamp": "TIMESTAMPTZ",
    "date": "DATE",
}


@dataclass(frozen=True)
class Origin:
    """A column of a reference that a column of some scope merely passes on."""

    reference: int
    column: str


@dataclass(frozen=True)
class Qualified:
    """The tree that is analysed, and its scopes, outermost first."""

    tree: exp.Query
    scopes: Sequence[Scope]


def with_scopes(tree: exp.Query) -> Qualified:
    """The qualified tree with the scopes that it has."""
    return Qualified(tree, traverse_scope(tree)[::-1])


def qualified(nodes: Nodes, tree: exp.Query, references: Sequence[Reference]) -> Qualified | None:
    """The query with a source before every column; None where sqlglot cannot tell.

    `nodes` are used up; `tree`, the same query, stays as it is. Only here it is known which texts are compared with
    dates: SQL Server's are written out in `tree`, too.
    """
    try:
        made = _qualified(nodes, tree, references)
        if marked := marked_dates(nodes):
            write_out_dates((tree, made.tree), _dates_among(marked, made, references))
        if has_marked_additions(nodes):
            keep_dates((tree, made.tree), made.tree, schema_of(references))
        return made
    except SqlglotError as error:
        _log.info("the query is planned without its conditions: %s", error)
        return None


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


def sql_type(declared_type: str) -> str:
    """The engine's type for a declared type.

    >>> sql_type("timestamp")
    'TIMESTAMPTZ'
    """
    return _SQL_TYPES[declared_type]


def is_list_of_constants(scope: Scope) -> bool:
    """Whether the source is VALUES or UNNEST of constants: its scope names its neighbours, but reads none of them."""
    return scope.is_udtf and scope.expression.find(exp.Column, exp.Query) is None


def _qualified(nodes: Nodes, tree: exp.Query, references: Sequence[Reference]) -> Qualified:
    copy = Nodes(tree.copy())
    for values in copy.of(exp.Values):
        _name_columns(values)
    if any(join.method.upper() == "NATURAL" for join in copy.of(exp.Join)):
        raise SqlglotError("natural joins are not analysed")
    if any(table.alias_column_names for table in copy.of(exp.Table) if isinstance(table.this, exp.Identifier)):
        raise SqlglotError("tables whose alias renames their columns are not analysed")
    for join in copy.of(exp.Join):
        if join.args.get("using"):
            join.meta[MERGES] = True
    note_written(copy)
    made = qualify(
        copy.tree,
        schema=schema_of(references),
        dialect=DUCKDB,
        validate_qualify_columns=False,
        quote_identifiers=False,
        identify=False,
    )
    note_starred(made, copy)
    return with_scopes(made)


def _dates_among(
    marked: Sequence[exp.Literal], made: Qualified, references: Sequence[Reference]
) -> Iterable[exp.Literal]:
    """Those of the marked literals that are compared with dates or instants; types of columns need no working out."""
    if len(made.scopes) == 1:
        types = [[_type_of(side, made.scopes[0], references) for side in compared_with(each)] for each in marked]
        if not any("" in of_sides for of_sides in types):
            return [each for each, of_sides in zip(marked, types, strict=True) if {"date", "timestamp"} & {*of_sides}]
    return compared_with_dates(made.tree, schema_of(references))


def _type_of(side: exp.Expr, scope: Scope, references: Sequence[Reference]) -> str:
    """The declared type of a reference's column or a literal; empty for any other expression."""
    if isinstance(side, exp.Literal):
        return "string"
    source = scope.sources.get(side.table) if isinstance(side, exp.Column) else None
    if not isinstance(source, exp.Table) or MARK not in source.meta:
        return ""
    column = references[source.meta[MARK]].table.columns_by_name.get(side.name)
    return "" if column is None else column.declared_type


def schema_of(references: Iterable[Reference]) -> MappingSchema:
    """The relations of these references, as sqlglot wants them."""
    schema: dict[str, object] = {
        reference.relation: {column.name: sql_type(column.declared_type) for column in reference.table.columns}
        for reference in references
    }
    # The catalog's names are in lower case as they are.
    return MappingSchema(schema, dialect=DUCKDB, normalize=False)


def _name_columns(values: exp.Values) -> None:
    """Give VALUES the names of columns that the engine gives them."""
    alias = values.args.get("alias")
    first = values.expressions[0] if values.expressions else None
    if (
        isinstance(values.parent, exp.From | exp.Join)
        and isinstance(first, exp.Tuple)
        and not values.alias_column_names
    ):
        names = [exp.to_identifier(f"col{place}") for place in range(len(first.expressions))]
        values.set("alias", exp.TableAlias(this=alias.this if alias is not None else None, columns=names))
