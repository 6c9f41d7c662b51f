"""A statement whose tables are known → the same with a source before every column, and its scopes.

The result is a tree of its own, which is analysed; the residual comes from the tree as the user wrote it. Knows no
values.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope
from sqlglot.schema import MappingSchema

from catalog.arrow_types import DECIMAL_PRECISION, DECIMAL_SCALE
from flight_server.planner.reading.dialects import DUCKDB
from flight_server.planner.reading.dialects.kept_dates import has_marked_additions, keep_dates
from flight_server.planner.reading.dialects.tsql_dates import (
    compared_with,
    compared_with_dates,
    marked_dates,
    write_out_dates,
)
from flight_server.planner.reading.nodes import Nodes
from flight_server.planner.reading.parse import forget_notes
from flight_server.planner.reading.references import MARK, Reference
from flight_server.planner.reading.wanted import note_starred, note_written

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


MERGES = "merges"
"""Mark of a join that was written with USING: sqlglot writes out its equality with the first such column alone."""


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
        forget_notes(Nodes(made.tree))  # it will be copied for every run
        return made
    except SqlglotError as error:
        _log.info("the query is planned without its conditions: %s", error)
        return None


def sql_type(declared_type: str) -> str:
    """The engine's type for a declared type.

    >>> sql_type("timestamp")
    'TIMESTAMPTZ'
    """
    return _SQL_TYPES[declared_type]


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
