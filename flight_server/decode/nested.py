"""Raw JSON of arrays and objects → native lists and structs, value by value, exactly or not at all.

Knows no pages. Every value inside is read from its own text by the rules of a column of its type; members that the
model does not name are left out, as they are in columns.
"""

from __future__ import annotations  # pa.Array[...] exists for the type checker only

from typing import Any

import msgspec
import pyarrow as pa

from catalog.arrow_types import nested_arrow_type
from catalog.table import ListOf, Nested, StructOf
from flight_server.decode.columns import Refused, json_text
from flight_server.decode.values import from_text

_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])


def nested_array(values: list[Any], nested: Nested) -> pa.Array[Any]:
    """Build a column of lists or structs from raw members; raises Refused at the first that cannot be read."""
    found = []
    for number, raw in enumerate(values):
        try:
            found.append(_value(raw, nested))
        except ValueError as error:  # msgspec's errors are ValueErrors, too
            raise Refused(number, json_text(raw) or "", str(error)) from None
    return pa.array(found, nested_arrow_type(nested))


def _value(raw: msgspec.Raw | None, nested: Nested) -> object:
    """One value as Arrow takes it: a list, a dict of fields, or a value of a declared type.

    >>> _value(msgspec.Raw(b'[{"Sku": 7, "Price": 0.10}]'), ListOf(StructOf((("price", "Price", "decimal"),))))
    [{'price': Decimal('0.100000')}]
    """
    if raw is None or bytes(raw) == b"null":
        return None
    if isinstance(nested, ListOf):
        return [_value(element, nested.element) for element in _ELEMENTS.decode(raw)]
    if isinstance(nested, StructOf):
        members = _MEMBERS.decode(raw)
        return {name: _value(members.get(member), inner) for name, member, inner in nested.fields}
    text = json_text(raw) if nested != "json" else bytes(raw).decode()
    return None if text is None else from_text(text, nested)
