"""The native type of an array or a nested object: the members below it → lists and structs.

Fields are named as columns are, in snake_case; free objects and maps, whose members no model names, stay JSON text.
Knows no Arrow and no answers.
"""

from functools import cache

from catalog.columns.member_types import Types
from catalog.names import sql_name
from catalog.table import ListOf, Nested, StructOf

ARRAY = "[]"


def nested_type(member: str, types: Types) -> Nested:
    """The type of everything at `member`; `json` where the model does not say what is in it.

    >>> nested_type("Item", {"Item.Sku": "string", "Item.Codes[]": "string"}).fields
    (('sku', 'Sku', 'string'), ('codes', 'Codes', ListOf(element='string')))
    """
    known = types.get(member)
    if known is not None:
        return known
    if _has_below(f"{member}{ARRAY}", types):
        return ListOf(nested_type(f"{member}{ARRAY}", types))
    names = dict.fromkeys(_next_name(path[len(member) + 1 :]) for path in types if path.startswith(f"{member}."))
    fields = tuple((sql_name(name), name, nested_type(f"{member}.{name}", types)) for name in names)
    return StructOf(fields) if len({name for name, _, _ in fields}) == len(fields) else "json"


def _has_below(path: str, types: Types) -> bool:
    return any(member == path or member.startswith(f"{path}.") for member in types)


@cache
def _next_name(path: str) -> str:
    return path.split(".", 1)[0].removesuffix(ARRAY)
