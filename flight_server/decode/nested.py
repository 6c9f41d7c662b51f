"""Raw JSON of arrays and objects → native lists and structs, value by value, exactly or not at all.

Knows no pages. Every value inside is read from its own text by the rules of a column of its type, and one that cannot
be read is null by itself; members that the model does not name are left out, as they are in columns.
"""

from __future__ import annotations  # pa.Array[...] exists for the type checker only

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import pyarrow as pa

from catalog.arrow_types import nested_arrow_type
from catalog.table import ListOf, Nested, StructOf
from flight_server.decode.columns import BadValue, Built, read_raw, shown
from flight_server.decode.misfits import Misfit, elements, members

_Reader = Callable[[Any], object]
"""A raw value, or None where it is missing, in; a value as Arrow takes it out."""

_Refuse = Callable[[Any, str, Nested, str], None]
"""Told of a raw value that cannot be read: why, as what, and where it is below the column."""


def nested_array(values: list[Any], nested: Nested) -> Built:
    """Build a column of lists or structs from raw members; a value inside that cannot be read is null."""
    found: list[object] = []
    bad: list[BadValue] = []

    def refuse(raw: Any, reason: str, wanted: Nested, below: str) -> None:
        bad.append(BadValue(len(found), shown(raw), reason, _type_name(wanted), below))

    read = _reader(nested, "", refuse)
    for raw in values:
        if isinstance(raw, Misfit):
            refuse(raw, raw.reason, nested, "")
        found.append(None if isinstance(raw, Misfit) else read(raw))
    return Built(pa.array(found, nested_arrow_type(nested)), bad)


def _reader(nested: Nested, below: str, refuse: _Refuse) -> _Reader:
    """Make what reads one value: a list, a dict of fields, or a value of a declared type."""
    strictly = _strict_reader(nested, below, refuse)

    def read(raw: Any) -> object:
        if raw is None:
            return None
        try:
            return strictly(raw)
        except ValueError as error:
            refuse(raw, str(error), nested, below)
            return None

    return read


def _strict_reader(nested: Nested, below: str, refuse: _Refuse) -> _Reader:
    if isinstance(nested, ListOf):
        read = _reader(nested.element, f"{below}[]", refuse)
        return lambda raw: None if (found := elements(raw)) is None else [read(each) for each in found]
    if isinstance(nested, StructOf):
        fields = [(name, member, _reader(inner, f"{below}.{member}", refuse)) for name, member, inner in nested.fields]
        return lambda raw: _fields(members(raw), fields)
    return lambda raw: read_raw(raw, nested)


def _fields(held: Mapping[str, msgspec.Raw] | None, fields: list[tuple[str, str, _Reader]]) -> object:
    return None if held is None else {name: read(held.get(member)) for name, member, read in fields}


def _type_name(nested: Nested) -> str:
    return "a list" if isinstance(nested, ListOf) else "an object" if isinstance(nested, StructOf) else nested
