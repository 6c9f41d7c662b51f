"""Members of an answer and the stanza's exceptions → columns of a table, and child tables of its arrays.

One rule names them all: a member below the row becomes the column of its flattened name; arrays, maps and free objects
are JSON text under the name of the array. Knows no file and no parameter beyond its name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from catalog.columns.member_types import Types, is_inside_array
from catalog.columns.order import as_amazon_has_them
from catalog.declaration import ColumnWords, TableWords
from catalog.names import column_name
from catalog.table import Column, DeclaredType


@dataclass(frozen=True)
class ChildRows:
    """An array of objects in the row: its place, and the columns of its elements."""

    name: str  # what follows `<table>__`
    row_path: str
    columns: tuple[Column, ...]
    restricted: str = ""  # data element without which Amazon leaves out the whole array
    switches: tuple[str, ...] = ()  # values of switches without which it does


def row_columns(words: TableWords, types: Types) -> tuple[Column, ...]:
    """The columns that come out of the answer: those in the row, then those that stand beside it."""
    prefix = row_prefix(words.row_path)
    found = {column.name: column for column in flattened(prefix, types, words.as_json)}
    for name, exception in words.columns.items():
        if is_inside_array(name):
            continue  # a type within child tables and JSON text
        column = _exception(name, exception, found.get(name), types)
        if column.member:  # else it says the type of an echo
            found[name] = column
    listed = words.listed_types
    typed = (replace(column, declared_type=listed.get(name, column.declared_type)) for name, column in found.items())
    return tuple(_marked(column, words) for column in as_amazon_has_them(typed, prefix, types))


def child_rows(words: TableWords, types: Types) -> Iterator[ChildRows]:
    """One table for every array of objects that stands in the row or in an object of it, unless it stays JSON text."""
    prefix = row_prefix(words.row_path)
    inside = [path for path in types if path.startswith(prefix) and not _is_error(path, prefix)]
    arrays = {path[: path.index("[].", len(prefix))] for path in inside if "[]." in path[len(prefix) :]}
    for array in sorted(arrays):
        relative = array[len(prefix) :]
        if _group_of(relative, {"as_json": words.as_json}):
            continue
        name, element = column_name(relative), f"{relative}[]."
        whole = _marked(Column(name, "json", array), words)
        as_json = tuple(member.removeprefix(element) for member in words.as_json if member.startswith(element))
        columns = (_marked(column, words) for column in flattened(f"{array}[].", types, as_json))
        yield ChildRows(name, f"{array}[]", tuple(columns), whole.restricted, _bringing(relative, words))


def row_prefix(row_path: str) -> str:
    """What every member of a row begins with.

    >>> row_prefix("payload.Orders[]"), row_prefix("$")
    ('payload.Orders[].', '')
    """
    return "" if row_path == "$" else f"{row_path}."


def flattened(prefix: str, types: Types, as_json: tuple[str, ...]) -> Iterator[Column]:
    """A column for every member below `prefix`, by the one rule; `as_json` inside an array is the child table's."""
    seen: set[str] = set()
    here = tuple(member for member in as_json if "[]" not in member)
    below = [path for path in types if path.startswith(prefix)]
    for path in below:
        if _is_error(path, prefix):
            continue
        relative = path[len(prefix) :]
        whole = next((member for member in here if relative == member or relative.startswith(f"{member}.")), None)
        top = whole or relative.split("[]", 1)[0]
        if top in seen:
            continue
        seen.add(top)
        is_json = whole is not None or "[]" in relative
        yield Column(column_name(top), "json" if is_json else types[path], prefix + top)


def _is_error(path: str, prefix: str) -> bool:
    """Whether the member belongs to the errors that stand beside the data of an answer without a wrapper."""
    return prefix == "" and path.startswith("errors[]")


def _exception(name: str, said: ColumnWords | DeclaredType, found: Column | None, types: Types) -> Column:
    words = said if isinstance(said, ColumnWords) else ColumnWords(type=said)
    member = words.member or (found.member if found is not None else "")
    known: DeclaredType = found.declared_type if found is not None else "string"
    if words.member:
        known = types.get(words.member, "json")  # an array or an object, as it stands
    return Column(name, words.type or known, member, split=words.split, part=words.part)


def _marked(column: Column, words: TableWords) -> Column:
    """Note which data element and which switches a column depends on; one with JSON text, on those of all its parts."""
    if not words.restricted and not words.switches:
        return column
    relative = column.member.removeprefix(row_prefix(words.row_path))
    restricted = _group_of(relative, words.restricted)
    return replace(column, restricted=restricted, switches=_bringing(relative, words) or _filling(relative, words))


def _bringing(member: str, words: TableWords) -> tuple[str, ...]:
    """The value of a switch that brings the member as a whole."""
    found = (_group_of(member, values) for values in words.switches.values())
    return tuple(value for value in found if value)[:1]


def _filling(member: str, words: TableWords) -> tuple[str, ...]:
    """The values of switches that bring something inside the member."""
    groups = (group for values in words.switches.values() for group in values.items())
    return tuple(value for value, starts in groups if any(_group_of(start, {value: (member,)}) for start in starts))


def _group_of(member: str, groups: Mapping[str, tuple[str, ...]]) -> str:
    for group, starts in groups.items():
        if any(member == start or member.startswith((f"{start}.", f"{start}[]")) for start in starts):
            return group
    return ""
