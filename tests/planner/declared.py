"""Small catalogs of made-up tables, for what the real catalog has no table for."""

from collections.abc import Mapping
from typing import Any

from catalog.catalog import Catalog
from catalog.declaration import TableWords
from catalog.load import read_stanzas
from catalog.resolve import resolve_tables
from catalog.table import Operation, Parameter


def operation(name: str, *parameters: Parameter) -> Operation:
    return Operation(name, "things", "v1", "GET", f"/{name}", parameters)


def catalog_of(
    stanzas: Mapping[str, Mapping[str, Any]], operations: Mapping[str, tuple[Operation, Mapping[str, str]]]
) -> Catalog:
    """A catalog with one schema `things`."""
    full = {name: {"description": "Rows.", "operation_id": name, **words} for name, words in stanzas.items()}
    read = read_stanzas("things.toml", full, TableWords)
    return Catalog(tuple(resolve_tables("things", read, operations, "things.toml")))
