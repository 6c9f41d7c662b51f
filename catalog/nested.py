"""The native type of an array or a nested object: the members below it → lists and structs.

Fields are named as columns are, in snake_case; free objects and maps, whose members no model names, stay JSON text.
Knows no Arrow and no answers.
"""

from collections.abc import Mapping
from functools import cache

from catalog.columns import declared_type
from catalog.names import sql_name
from catalog.table import ListOf, Nested, StructOf

ARRAY = "[]"


def nested_type(member: str, members: Mapping[str, str]) -> Nested:
    """The type of everything at `member`; `json` where the model does not say what is in it.

    >>> nested_type("Item", {"Item.Sku": "string", "Item.Codes[]": "string"}).fields
    (('sku', 'Sku', 'string'), ('codes', 'Codes', ListOf(element='string')))
    """
    kind = members.get(member)
    if kind is not None:
        return declared_type(member, kind, members)
    if _has_below(f"{member}{ARRAY}", members):
        return ListOf(nested_type(f"{member}{ARRAY}", members))
    names = dict.fromkeys(_next_name(path[len(member) + 1 :]) for path in members if path.startswith(f"{member}."))
    fields = tuple((sql_name(name), name, nested_type(f"{member}.{name}", members)) for name in names)
    return StructOf(fields) if len({name for name, _, _ in fields}) == len(fields) else "json"


def _has_below(path: str, members: Mapping[str, str]) -> bool:
    return any(member == path or member.startswith(f"{path}.") for member in members)


@cache
def _next_name(path: str) -> str:
    return path.split(".", 1)[0].removesuffix(ARRAY)
