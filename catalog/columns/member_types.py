"""What Amazon's models say of a member, and what a stanza adds to it → the declared type of the member.

One rule for answers and for parameters, for rows, child tables and native lists: money is told by the currency beside
it, wherever both stand. Knows no columns.
"""

import re
from collections.abc import Iterable, Mapping

from catalog.declaration import ColumnWords, TableWords
from catalog.table import DeclaredType, Parameter

Kinds = Mapping[str, str]
"""Path of a member → Swagger's type with its format behind a colon, as the compiled models have it."""

Types = Mapping[str, DeclaredType]

CURRENCY = "string:currency"
"""A text that is a currency though its name does not say so (`unit`, `code`); `catalog.compile.members` finds them."""

_NAMES_CURRENCY = re.compile("currency", re.IGNORECASE)
_NAMES_SHARE = re.compile(r"^percent|percent(age)?$", re.IGNORECASE)
_AMOUNTS = frozenset({"Amount", "amount", "CurrencyAmount", "currencyAmount", "Value", "value"})
"""A text beside a currency may be anything; a text of one of these names is an amount."""

_WHOLE = frozenset({"integer", "integer:int32", "integer:int64", "number:int32", "number:int64"})

_DECLARED: Mapping[str, DeclaredType] = {
    "string:date-time": "timestamp",
    "string:dateTime": "timestamp",
    "string:date": "date",
    "string:boolean": "bool",
    "boolean": "bool",
    "json": "json",
}


def member_types(kinds: Kinds) -> dict[str, DeclaredType]:
    """The type of every member of an answer.

    >>> member_types({"fee.amount": "number", "fee.code": "string:currency", "weight.value": "number"})
    {'fee.amount': 'decimal', 'fee.code': 'string', 'weight.value': 'double'}
    """
    priced = {path.rpartition(".")[0] for path, kind in kinds.items() if _is_currency(path, kind)}
    return {path: _declared_type(path, kind, priced) for path, kind in kinds.items()}


def parameter_types(parameters: Iterable[Parameter]) -> dict[str, DeclaredType]:
    """The type of every parameter, by the same rule: those of one request stand beside each other."""
    return member_types({each.name: f"{each.type}:{each.format}".rstrip(":") for each in parameters})


def stated_types(words: TableWords, prefix: str, types: Types) -> dict[str, DeclaredType]:
    """The types with what a stanza says of members inside arrays, which it names by their path in the row."""
    said = words.listed_types
    said |= {name: column for name, column in words.columns.items() if not isinstance(column, ColumnWords)}
    return {**types, **{prefix + name: stated for name, stated in said.items() if is_inside_array(name)}}


def is_inside_array(name: str) -> bool:
    """Whether a stanza names a member inside an array, and not a column of its row.

    >>> is_inside_array("items[].expiration"), is_inside_array("expiration")
    (True, False)
    """
    return "[]" in name


def _is_currency(path: str, kind: str) -> bool:
    return kind == CURRENCY or (kind.startswith("string") and bool(_NAMES_CURRENCY.search(path.rpartition(".")[2])))


def _declared_type(path: str, kind: str, priced: set[str]) -> DeclaredType:
    parent, _, name = path.rpartition(".")
    if kind in _DECLARED:
        return _DECLARED[kind]
    if kind in _WHOLE and name not in _AMOUNTS:
        return "int64"
    is_amount = name in _AMOUNTS or (kind.startswith("number") and not _NAMES_SHARE.search(name))
    if parent in priced and is_amount:
        return "decimal"
    if kind in _WHOLE:
        return "int64"
    return "double" if kind.startswith("number") else "string"
