"""The catalog as a connection sees it: schemas by chosen version, names looked up as users write them.

The schema `<api>` holds the version that was chosen, every other version is `<api>_<version>`. Knows no SQL.
"""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property, lru_cache

from catalog.apis import Api, read_apis
from catalog.columns.member_types import Types
from catalog.columns.nested import nested_type
from catalog.errors import AmbiguousTable, CatalogError, UnknownTable
from catalog.load import load_tables
from catalog.mirroring import mirror_in_version
from catalog.names import schema_name
from catalog.table import Column, ForeignKey, KeyColumn, Table

CATALOG_NAME = "spapi"

Extend = Callable[["Catalog", bool], "Catalog"]
"""(the catalog of some versions, whether it tells arrays natively) → the same with what a server adds to it: views."""


def _unchanged(catalog: "Catalog", _: bool) -> "Catalog":
    return catalog


class Catalog:
    """All tables under the names that one choice of versions gives them. Immutable; safe to share."""

    def __init__(self, tables: tuple[Table, ...], extend: Extend = _unchanged) -> None:
        self.tables = tables
        self._extend = extend

    @property
    def apis(self) -> tuple[Api, ...]:
        """The APIs with the connection parameters that choose their versions."""
        return read_apis()

    @cached_property
    def schemas(self) -> tuple[str, ...]:
        """The names of all schemas, sorted."""
        return tuple(sorted({table.db_schema for table in self.tables}))

    @cached_property
    def has_views(self) -> bool:
        """Whether there is any view."""
        return any(table.kind == "view" for table in self.tables)

    @cached_property
    def all_schemas(self) -> frozenset[str]:
        """The names that schemas have under any choice of versions."""
        versions = (schema_name(api.name, version) for api in self.apis for version in api.versions)
        return frozenset((*self.schemas, *versions))

    @cached_property
    def _by_name(self) -> Mapping[str, list[Table]]:
        found: dict[str, list[Table]] = {}
        for table in self.tables:
            found.setdefault(table.name.lower(), []).append(table)
        return found

    def for_versions(self, versions: Mapping[str, str], natively: bool = False) -> "Catalog":
        """The catalog with the given versions (api → version) as `<api>`; raise CatalogError for an unknown one.

        `natively`: arrays and nested objects are lists and structs instead of JSON text.
        """
        catalog = _with_versions(tuple(sorted(versions.items())))
        return self._extend(catalog._natively if natively else catalog, natively)

    @cached_property
    def _natively(self) -> "Catalog":
        return Catalog(tuple(_with_nested_types(table) for table in self.tables))

    def resolve(
        self, name: str, db_schema: str | None = None, catalog_name: str | None = None, preferred: str = ""
    ) -> Table:
        """Look a table up, whatever the case; raise UnknownTable with near matches, or AmbiguousTable.

        A name without a schema is looked for in the schema `preferred` first.
        """
        if preferred and db_schema is None:
            in_preferred = [each for each in self._by_name.get(name.lower(), []) if each.db_schema == preferred]
            if in_preferred:
                return in_preferred[0]
        full = ".".join(filter(None, (catalog_name, db_schema, name)))
        if catalog_name is not None and catalog_name.lower() != CATALOG_NAME:
            raise UnknownTable(full, [".".join(filter(None, (CATALOG_NAME, db_schema, name)))])
        found = self._by_name.get(name.lower(), [])
        if db_schema is not None:
            found = [table for table in found if table.db_schema == db_schema.lower()]
        else:
            found = self._chosen(found)
        if not found:
            raise UnknownTable(full, self._near(name, db_schema))
        if len(found) > 1:
            raise AmbiguousTable(full, sorted(table.qualified_name for table in found))
        return found[0]

    def _chosen(self, found: list[Table]) -> list[Table]:
        """Tables of chosen versions win over those of other versions."""
        chosen = {api.name for api in self.apis} | {"system"}
        return [table for table in found if table.db_schema in chosen] or found

    def _near(self, name: str, db_schema: str | None) -> list[str]:
        known = {table.qualified_name: table for table in self.tables}
        same_name = sorted(table.qualified_name for table in self._by_name.get(name.lower(), []))
        wanted = f"{db_schema}.{name}".lower() if db_schema else name.lower()
        candidates = list(known) if db_schema else [table.name for table in self.tables]
        near = difflib.get_close_matches(wanted, candidates, n=3, cutoff=0.6)
        if not db_schema:
            near = [next(full for full, table in known.items() if table.name == match) for match in near]
        return list(dict.fromkeys([*same_name, *near]))[:3]


def load() -> Catalog:
    """The catalog with every API's default version."""
    return _with_versions(())


@lru_cache(maxsize=64)
def _with_versions(versions: tuple[tuple[str, str], ...]) -> Catalog:
    chosen = {api.name: api.default for api in read_apis()} | dict(versions)
    for api in read_apis():
        if chosen[api.name] not in api.versions:
            raise CatalogError(
                f"{api.parameter or api.name} cannot be {chosen[api.name]}; there is {', '.join(api.versions)}"
            )
    renamed = {schema_name(api, version): api for api, version in chosen.items()}
    return Catalog(tuple(_renamed(table, renamed) for table in load_tables()))


def _with_nested_types(table: Table) -> Table:
    return replace(table, columns=tuple(_with_nested_type(column, table.member_types) for column in table.columns))


def _with_nested_type(column: Column, types: Types) -> Column:
    if column.declared_type != "json" or not column.member:
        return column
    nested = nested_type(column.member, types)
    return column if isinstance(nested, str) else replace(column, nested=nested)


def _renamed(table: Table, names: Mapping[str, str]) -> Table:
    db_schema = names.get(table.db_schema, table.db_schema)
    return replace(
        table,
        db_schema=db_schema,
        example=re.sub(rf"\b{table.db_schema}\.", f"{db_schema}.", table.example),
        key_columns=tuple(_renamed_parent(key, names) for key in table.key_columns),
        foreign_keys=tuple(_renamed_reference(key, names) for key in table.foreign_keys),
        mirror=mirror_in_version(table.mirror, names),
    )


def _renamed_parent(key: KeyColumn, names: Mapping[str, str]) -> KeyColumn:
    if key.parent is None:
        return key
    db_schema = names.get(key.parent.db_schema, key.parent.db_schema)
    return replace(key, parent=replace(key.parent, db_schema=db_schema))


def _renamed_reference(key: ForeignKey, names: Mapping[str, str]) -> ForeignKey:
    return replace(key, db_schema=names.get(key.db_schema, key.db_schema))
