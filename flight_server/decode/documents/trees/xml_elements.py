"""An XML element → the JSON value that says the same, so that rows of XML are decoded as rows of JSON are.

An attribute of an element is a member `element@name` beside it, or `@name` within it where it is one of a list; text
beside other things is a member `#text`. What is declared as a list is one, however often it comes; what comes several
times is one, so that nothing is lost. An empty element is null. Knows no columns and no stream.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lxml import etree

from catalog.table import Table
from flight_server.decode.json_rows import ARRAY, Path, path_of

TEXT = "#text"


@dataclass(frozen=True)
class Lists:
    """Which elements are lists, and which of those are objects even if they hold a text only."""

    paths: frozenset[Path]
    of_objects: frozenset[Path]


def lists_of(table: Table) -> Lists:
    """The lists of a document, by every member that is declared of it."""
    members = [*table.member_types, table.row_path, *(column.member for column in table.columns if column.member)]
    paths = set[Path]()
    of_objects = set[Path]()
    for names in map(path_of, members):
        for place in (i for i, name in enumerate(names) if name == ARRAY):
            path = _without_marks(names[:place])
            paths.add(path)
            if place + 1 < len(names):
                of_objects.add(path)
    return Lists(frozenset(paths), frozenset(of_objects))


def json_value(element: Any, path: Path, lists: Lists) -> object:
    """What an element says: a text, None where it is empty, or an object."""
    held: dict[str, object] = {}
    texts = [element.text]
    for child in element:
        texts.append(child.tail)
        if not isinstance(child.tag, str):  # what is no element, and no text either: entities are off
            raise ValueError(f"it has an entity ({child.text})")
        name = local_name(child)
        inner = (*path, name)
        _put(held, name, json_value(child, inner, lists), is_list=inner in lists.paths)
        if inner not in lists.paths:
            held.update((f"{name}@{each}", value) for each, value in attributes(child))
    if path in lists.paths:
        held.update((f"@{each}", value) for each, value in attributes(element))
    text = "".join(filter(None, texts))
    if not text.strip():
        return held or None
    if not held and path not in lists.of_objects:
        return text
    return {**held, TEXT: text}


def local_name(element: Any) -> str:
    """The name of an element without its namespace."""
    return str(etree.QName(element).localname)


def attributes(element: Any) -> Iterable[tuple[str, str]]:
    """Names, without namespaces, and values."""
    return ((str(etree.QName(name).localname), value) for name, value in element.attrib.items())


def _put(held: dict[str, object], name: str, value: object, *, is_list: bool) -> None:
    there = held.get(name)
    if isinstance(there, list):
        there.append(value)
    elif name in held:
        held[name] = [there, value]
    else:
        held[name] = [value] if is_list else value


def _without_marks(names: Iterable[str]) -> Path:
    return tuple(name for name in names if name != ARRAY)
