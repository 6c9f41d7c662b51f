"""The operator's views as tables of the catalog: what each is called and which columns it has.

Comes in: names and SQL. Goes out: the catalog, in any choice of versions, with the views in it; the planner writes them
out where a query reads them. Each is read and described once for each choice of versions; in those that the server
starts with, one that cannot be read stops the start. Makes no call to anywhere.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import pyarrow as pa

from catalog.arrow_types import ARROW_TYPES
from catalog.arrow_types import arrow_type as arrow_type_of
from catalog.catalog import CATALOG_NAME, Catalog
from catalog.errors import CatalogError
from catalog.table import Column, DeclaredType, Table
from flight_server import planner
from flight_server.connection.settings import Settings
from flight_server.connection.view_file import DeclaredView
from flight_server.engine import Engine
from flight_server.errors import QueryError, SettingError
from flight_server.planner import VIEW_DIALECT, Home
from flight_server.query import schema_of_rows

_DECLARED: Mapping[pa.DataType, DeclaredType] = {
    arrow_type: name for name, arrow_type in ARROW_TYPES.items() if name != "json"
}


def with_views(catalog: Catalog, views: Sequence[DeclaredView], engine: Engine, settings: Settings) -> Catalog:
    """The catalog with the views, in every choice of versions; raise SettingError for one that `settings` lacks."""
    if not views:
        return catalog
    _refuse_clashes(views, catalog)

    @lru_cache(maxsize=64)
    def extended(base: Catalog, natively: bool) -> Catalog:
        named = [_table(view) for view in views]
        readable = Catalog((*base.tables, *named), extended)
        described = (_described_if_readable(each, readable, engine, natively) for each in named)
        return Catalog((*base.tables, *described), extended)

    found = Catalog(catalog.tables, extended).for_versions(settings.api_versions, settings.nested_types == "native")
    wrong = [view for view in views if not found.resolve(view.name, view.db_schema).columns]
    if wrong:
        view = min(wrong, key=lambda each: _mentions(each, wrong))
        _described(_table(view), found, engine, settings.nested_types == "native", view.place)
    return found


def _mentions(view: DeclaredView, others: Iterable[DeclaredView]) -> int:
    """How many others its query may read: of views that read one another, the one below is the wrong one."""
    words = set(re.findall(r"\w+", view.sql.lower()))
    return sum(other.name in words for other in others if other is not view)


def _refuse_clashes(views: Iterable[DeclaredView], catalog: Catalog) -> None:
    """A view takes no name that means something already, with its schema or without."""
    schemas = catalog.all_schemas | {CATALOG_NAME}
    by_name = {table.name: table for table in reversed(catalog.tables)}
    for view in views:
        if view.db_schema in schemas:
            wrong = f"the schema {view.db_schema} is the catalog's own; write [views.NAME], or take another schema"
            raise SettingError("views", f"{view.place}: {wrong}")
        if view.name in by_name:
            wrong = f"{view.name} is a table already, {by_name[view.name].qualified_name}; take another name"
            raise SettingError("views", f"{view.place}: {wrong}")


def _table(view: DeclaredView) -> Table:
    """The view before its columns are known."""
    return Table(
        db_schema=view.db_schema,
        name=view.name,
        kind="view",
        columns=(),
        description=view.description,
        example=f"SELECT * FROM {view.qualified_name}",
        query=view.sql,
    )


def _described_if_readable(view: Table, catalog: Catalog, engine: Engine, natively: bool) -> Table:
    """The view with its columns; without any where these versions lack what it reads: whoever asks for it is told."""
    try:
        return _described(view, catalog, engine, natively, view.qualified_name)
    except SettingError:
        return view


def _described(view: Table, catalog: Catalog, engine: Engine, natively: bool, place: str) -> Table:
    try:
        statement = planner.read(f"SELECT * FROM {view.qualified_name}", catalog, VIEW_DIALECT)
        result = schema_of_rows(engine, statement, natively)
        _refuse_repeated(schema_of_rows(engine, planner.read(view.query, catalog, VIEW_DIALECT), natively).names)
    except (QueryError, CatalogError) as error:
        raise SettingError("views", f"{place}: {error}") from None
    homes = planner.homes_of(statement.qualified, statement.references, len(result)) or [None] * len(result)
    return replace(view, columns=tuple(map(_column, result, homes)))


def _refuse_repeated(names: Iterable[str]) -> None:
    count = Counter(name.lower() for name in names)
    if repeated := [name for name, times in count.items() if times > 1]:
        raise QueryError(f"two of its columns are called {repeated[0]}; name each with AS")


def _column(field: pa.Field, home: Home | None) -> Column:
    """A column of a view: what it passes on of a table's column is told as there."""
    if home is not None and arrow_type_of(home[1]) == field.type:
        own = home[1]
        return Column(field.name, own.declared_type, own.member, own.restricted, nested=own.nested)
    declared = _DECLARED.get(field.type)
    if declared is not None:
        return Column(field.name, declared)
    kind: DeclaredType = "decimal" if pa.types.is_decimal(field.type) else "string"
    return Column(field.name, kind, computed=field.type)
