"""A page that has not the shape which the model states, decoded by hand to the same objects as one that has.

An empty text or an empty list in the place of an object is null, and an empty text or object in that of a list. What
else stands in the place of an object is the misfit of every value that should be in it; on the way to the rows it ends
the reading, since rows would be lost. Knows no Arrow, no declared types and no calls.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from flight_server.decode.json_rows import ARRAY, Node, Number, Path, Shape

_EMPTY_OBJECTS = frozenset(("null", '""', "[]"))
_EMPTY_LISTS = frozenset(("null", '""', "{}"))
_KINDS = {"{": "an object", "[": "a list", '"': "a text", "t": "a flag", "f": "a flag"}
_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])
_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_PLAIN: "msgspec.json.Decoder[Any]" = msgspec.json.Decoder(Any, float_hook=Number)


@dataclass(frozen=True)
class Misfit:
    """Stands for a value whose object is none: what is there instead, and why that cannot be."""

    raw: msgspec.Raw
    reason: str


class Misshapen(ValueError):
    """What should lead to the rows does not; the text says where."""


def root_by_hand(shape: Shape, body: bytes) -> object:
    """Decode a page; raises Misshapen, or msgspec's DecodeError where it is no JSON at all."""
    root = msgspec.json.decode(body, type=msgspec.Raw)
    return _decoded(root, shape.nodes[0], (), shape.levels[-1].prefix)


def elements(raw: msgspec.Raw) -> list[msgspec.Raw] | None:
    """The elements of a list; None for null and for what Amazon puts in the place of an empty list.

    >>> elements(msgspec.Raw(b"{}")), elements(msgspec.Raw(b"[]"))
    (None, [])
    """
    if bytes(raw).startswith(b"["):
        return _ELEMENTS.decode(raw)
    _refuse_unless_empty(raw, _EMPTY_LISTS, "a list")
    return None


def members(raw: msgspec.Raw) -> dict[str, msgspec.Raw] | None:
    """The members of an object; None for null and for what Amazon puts in the place of an object without members.

    >>> members(msgspec.Raw(b'""'))
    >>> members(msgspec.Raw(b"7"))
    Traceback (most recent call last):
    ValueError: a number where an object belongs
    """
    if bytes(raw).startswith(b"{"):
        return _MEMBERS.decode(raw)
    _refuse_unless_empty(raw, _EMPTY_OBJECTS, "an object")
    return None


def _refuse_unless_empty(raw: msgspec.Raw, empty: frozenset[str], wanted: str) -> None:
    text = "".join(str(raw, "utf-8").split())
    if text not in empty:
        raise ValueError(f"{_KINDS.get(text[0], 'a number')} where {wanted} belongs")


def _decoded(raw: msgspec.Raw | None, node: Node, path: Path, way: Path) -> object:
    if raw is None:
        return None
    if ARRAY in node.fields:
        return _list(raw, node, path, way)
    return _leaf(raw, node) if node.empty is None else _object(raw, node, path, way)


def _leaf(raw: msgspec.Raw, node: Node) -> object:
    if node.annotation is msgspec.Raw:
        return raw
    try:
        return _PLAIN.decode(raw)
    except msgspec.ValidationError:  # a whole number of thousands of digits
        return raw


def _list(raw: msgspec.Raw, node: Node, path: Path, way: Path) -> object:
    try:
        found = elements(raw)
    except ValueError as error:
        raise Misshapen(f"{_member(path)} is {error}") from None
    _, element = node.fields[ARRAY]
    return None if found is None else [_decoded(each, element, (*path, ARRAY), way) for each in found]


def _object(raw: msgspec.Raw, node: Node, path: Path, way: Path) -> object:
    try:
        found = members(raw)
    except ValueError as error:
        reason = f"{_member(path)} is {error}"
        if way[: len(path)] == path:
            raise Misshapen(reason) from None
        return _full_of(Misfit(raw, reason), node)
    return (
        None
        if found is None
        else _built(node, lambda name, inner: _decoded(found.get(name), inner, (*path, name), way))
    )


def _full_of(misfit: Misfit, node: Node) -> object:
    """An object each of whose values is the misfit."""
    return _built(node, lambda _, inner: _full_of(misfit, inner)) if node.fields else misfit


def _built(node: Node, value: Callable[[str, Node], object]) -> object:
    return type(node.empty)(**{attribute: value(name, inner) for name, (attribute, inner) in node.fields.items()})


def _member(path: Path) -> str:
    return ".".join(path).replace(f".{ARRAY}", ARRAY) or "the answer"
