"""JSON bytes to the objects of a table's rows, and from them the values of any member.

For a row path and a set of members it makes msgspec Structs that hold nothing else, so that members nobody asked for
are never built. Knows no Arrow, no declared types and no calls; msgspec's errors say what has not the right shape.

A row path runs through levels. `payload.Orders[].Items[]` has three: the root, an order, an item; a member belongs to
the deepest level that it begins with::

    level 0   root            payload.CreatedBefore            one object a page
    level 1   payload.Orders[]                 .AmazonOrderId  each root has some
    level 2   payload.Orders[].Items[]         .Sku            each order has some: the rows
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import pairwise, takewhile
from typing import Any, Literal

import msgspec

ARRAY = "[]"

LeafKind = Literal["plain", "raw", "row"]
"""What is built of a member: its value (numbers with a fraction as text), its JSON text, or only that it is there."""

RAW: LeafKind = "raw"

Path = tuple[str, ...]


class Number(str):
    """A JSON number with a fraction or an exponent, as it was written: no decimal ever goes through a double."""

    __slots__ = ()


@dataclass(frozen=True)
class Level:
    """One stretch of a row path: how the objects of a level are found in those of the level above."""

    prefix: Path  # from the root
    steps: Path  # from the level above, without the array mark
    is_array: bool


@dataclass(frozen=True)
class Place:
    """Where a member lies: its level, and the names that lead there from an object of that level."""

    level: int
    names: Path


@dataclass(frozen=True)
class Node:
    """One object, array or leaf of an answer as msgspec decodes it."""

    annotation: Any  # a type for msgspec
    empty: Any = None  # what stands for a missing or null object
    fields: Mapping[str, tuple[str, "Node"]] = field(default_factory=dict)  # member -> attribute and node


@dataclass(frozen=True)
class Shape:
    """The part of an answer that some members need, ready to decode."""

    levels: tuple[Level, ...]  # without the root
    nodes: tuple[Node, ...]  # of each level, the root first
    decode: Callable[[bytes], Any]


@dataclass(frozen=True)
class Found:
    """What some pages hold: the objects of each level, and how many each object of the level above has."""

    shape: Shape
    objects: list[list[Any]]
    counts: list[list[int]]  # counts[0] belongs to level 1
    _picked: dict[tuple[int, Path], list[Any]] = field(default_factory=dict)

    @property
    def row_count(self) -> int:
        """Number of rows."""
        return len(self.objects[-1])


def path_of(member: str) -> Path:
    """Split a path into names and array marks.

    >>> path_of("payload.Orders[].OrderTotal.Amount")
    ('payload', 'Orders', '[]', 'OrderTotal', 'Amount')
    >>> path_of("$"), path_of("$[]"), path_of("[].Status")
    ((), ('[]',), ('[]', 'Status'))
    """
    marked = member.removeprefix("$").replace(ARRAY, f".{ARRAY}")
    return tuple(part for part in marked.split(".") if part)


@cache
def levels_of(row_path: str) -> tuple[Level, ...]:
    """Cut a row path into levels, without the root.

    >>> [(level.steps, level.is_array) for level in levels_of("payload.Orders[].Box")]
    [(('payload', 'Orders'), True), (('Box',), False)]
    """
    path = path_of(row_path)
    ends = [i + 1 for i, name in enumerate(path) if name == ARRAY]
    if not ends or ends[-1] < len(path):
        ends.append(len(path))
    stretches = [(path[:end], path[start:end]) for start, end in pairwise((0, *ends))]
    return tuple(
        Level(prefix, tuple(name for name in stretch if name != ARRAY), stretch[-1:] == (ARRAY,))
        for prefix, stretch in stretches
    )


def place_of(row_path: str, member: str) -> Place:
    """Find the level of a member; what runs through an array below its level means the whole array.

    >>> place_of("payload.Orders[]", "payload.Orders[].OrderTotal.Amount")
    Place(level=1, names=('OrderTotal', 'Amount'))
    >>> place_of("payload.OrderItems[]", "payload.AmazonOrderId")
    Place(level=0, names=('payload', 'AmazonOrderId'))
    >>> place_of("payload.Orders[]", "payload.Orders[].Details[].Code")
    Place(level=1, names=('Details',))
    """
    path = path_of(member)
    prefixes = ((), *(level.prefix for level in levels_of(row_path)))
    level = max(k for k, prefix in enumerate(prefixes) if path[: len(prefix)] == prefix)
    below = path[len(prefixes[level]) :]
    return Place(level, tuple(takewhile(lambda name: name != ARRAY, below)))


Leaves = tuple[tuple[Place, LeafKind], ...]


def fits(row_path: str, leaves: Iterable[tuple[Place, LeafKind]]) -> bool:
    """Whether one decoding can build all these leaves: none of them lies within another or holds the rows."""
    kinds: dict[Path, LeafKind] = {}
    for place, kind in leaves:
        if kinds.setdefault(_absolute(row_path, place), kind) != kind:
            return False
    ways = [*kinds, levels_of(row_path)[-1].prefix]
    return not any(way[:end] in kinds for way in ways for end in range(len(way)))


@lru_cache(maxsize=256)
def shape_of(row_path: str, leaves: Leaves) -> Shape:
    """Make the Structs for some leaves that fit together."""
    levels = levels_of(row_path)
    kinds: dict[Path, LeafKind] = {levels[-1].prefix: "row"}
    kinds.update((_absolute(row_path, place), kind) for place, kind in leaves)
    root = _node(kinds)
    nodes = [root]
    for level in levels:
        node = nodes[-1]
        for name in (*level.steps, ARRAY) if level.is_array else level.steps:
            node = node.fields[name][1]
        nodes.append(node)
    decoder = msgspec.json.Decoder(root.annotation, float_hook=Number)
    return Shape(levels, tuple(nodes), decoder.decode)


def find(shape: Shape, roots: Sequence[Any]) -> Found:
    """Walk decoded pages down to the rows."""
    found = Found(shape, [_filled(roots, shape.nodes[0])], [])
    for number, level in enumerate(shape.levels):
        node = shape.nodes[number + 1]
        items = values(found, Place(number, level.steps))
        if level.is_array:
            found.counts.append([len(item) if item else 0 for item in items])
            found.objects.append([thing for item in items if item for thing in _filled(item, node)])
        else:
            found.counts.append([int(_is_there(item, node)) for item in items])
            found.objects.append([item for item in items if _is_there(item, node)])
    return found


def values(found: Found, place: Place) -> list[Any]:
    """The values of a member, one for each object of its level; None where it is missing or null."""
    if not place.names:
        return found.objects[place.level]
    holders, node = _objects(found, place.level, place.names[:-1])
    return _getter(node.fields[place.names[-1]][0])(holders)


def positions(found: Found, level: int) -> list[int]:
    """For each row, which object of an upper level it belongs to."""
    above = list(range(found.row_count))
    for counts in reversed(found.counts[level:]):
        parents = [i for i, count in enumerate(counts) for _ in range(count)]
        above = [parents[i] for i in above]
    return above


def indexes(found: Found) -> list[int]:
    """For each row, the position within the innermost array around it, from 0."""
    level = max((i + 1 for i, level in enumerate(found.shape.levels) if level.is_array), default=0)
    numbers = [i for count in found.counts[level - 1] for i in range(count)] if level else [0] * len(found.objects[0])
    return numbers if level == len(found.counts) else [numbers[i] for i in positions(found, level)]


def page_of(found: Found, level: int, number: int) -> int:
    """Which page an object of a level was on."""
    if len(found.objects[0]) == 1:
        return 0
    for counts in reversed(found.counts[:level]):
        number = [i for i, count in enumerate(counts) for _ in range(count)][number]
    return number


def _objects(found: Found, level: int, names: Path) -> tuple[list[Any], Node]:
    """The objects at the end of some names, never None, and their node."""
    if not names:
        return found.objects[level], found.shape.nodes[level]
    holders, holder_node = _objects(found, level, names[:-1])
    attribute, node = holder_node.fields[names[-1]]
    key = (level, names)
    if key not in found._picked:
        found._picked[key] = [child or node.empty for child in _getter(attribute)(holders)]
    return found._picked[key], node


def _filled(items: Sequence[Any], node: Node) -> list[Any]:
    return [node.empty if item is None else item for item in items]


def _is_there(item: Any, node: Node) -> bool:
    return not (item is None or item is node.empty or (type(item) is msgspec.Raw and bytes(item) == b"null"))


def _absolute(row_path: str, place: Place) -> Path:
    prefix = levels_of(row_path)[place.level - 1].prefix if place.level else ()
    return (*prefix, *place.names)


def _node(kinds: Mapping[Path, LeafKind]) -> Node:
    """Build the node that holds these leaves, given by their paths from it."""
    below = {path: kind for path, kind in kinds.items() if path}
    if not below and kinds[()] != "row":
        return Node(msgspec.Raw if kinds[()] == "raw" else Any)
    members: dict[str, dict[Path, LeafKind]] = {}
    for path, kind in below.items():
        members.setdefault(path[0], {})[path[1:]] = kind
    nodes = {name: _node(inner) for name, inner in members.items()}
    if ARRAY in nodes:
        element: Any = nodes[ARRAY].annotation
        return Node(list[element] | None, None, {ARRAY: ("", nodes[ARRAY])})
    return _object(nodes)


def _object(nodes: Mapping[str, Node]) -> Node:
    fields = {name: (f"f{i}", node) for i, (name, node) in enumerate(nodes.items())}
    struct = msgspec.defstruct(
        "Part",
        [(attribute, node.annotation, None) for attribute, node in fields.values()],
        rename={attribute: name for name, (attribute, _) in fields.items()},
        gc=False,  # answers hold no cycles
    )
    return Node(struct | None, struct(), fields)


@cache
def _getter(attribute: str) -> Callable[[list[Any]], list[Any]]:
    # Compiled with the attribute's name: half the time of operator.attrgetter. The names are f0, f1, ...
    getter: Callable[[list[Any]], list[Any]] = eval(f"lambda objects: [part.{attribute} for part in objects]")
    return getter
