"""Pages of one table to one record batch of the columns asked for.

Decides where each column's values come from (a member, the call's parameters, the position in an array) and repeats
those that lie above the rows. Knows no HTTP and no SQL. Columns are first built in one piece; only a column with a
value of another type than declared is decoded again, as raw JSON text, and read value by value.
"""

from __future__ import annotations  # pa.Array[...] exists for the type checker only

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pyarrow as pa

from catalog.arrow_types import arrow_schema, arrow_type
from catalog.errors import BadDeclaration
from catalog.table import Column
from flight_server.decode import columns as arrays
from flight_server.decode import json_rows
from flight_server.decode.columns import Built
from flight_server.decode.json_rows import RAW, Found, LeafKind, Place, Shape
from flight_server.decode.misfits import Misshapen, root_by_hand
from flight_server.decode.nested import nested_array
from flight_server.decode.unexpected import described, unreadable_echo, unreadable_page, unreadable_value
from flight_server.plan import Page

# Two threads that decode at once reach half the speed of one: they hand the interpreter's lock to and fro.
_one_at_a_time = threading.Lock()

Note = Callable[[str], None]
"""Told of each value that became null because its column cannot hold it, in one sentence."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Source:
    """Where a member column is found: in which of the decodings, and where in it."""

    decoding: int
    place: Place
    kind: LeafKind


@dataclass(frozen=True)
class Layout:
    """How the pages of a table become the columns asked for; made once, used for every page."""

    row_path: str
    columns: tuple[Column, ...]
    arrow_schema: pa.Schema
    sources: tuple[Source | None, ...]  # None: an echo, an index, or of refused items
    shapes: tuple[Shape, ...]  # one, unless a column lies within another


@dataclass(frozen=True)
class _Reading:
    """Some pages being decoded."""

    layout: Layout
    pages: Sequence[Page]
    bodies: list[bytes]
    found: list[Found]
    note: Note | None
    positions: dict[int, pa.Array[Any]] = field(default_factory=dict)  # level -> for each row, its object there


def layout_of(row_path: str, columns: tuple[Column, ...]) -> Layout:
    """Plan the decoding of some columns; raises BadDeclaration for one that cannot be had beside the rows."""
    decodings: list[list[tuple[Place, LeafKind]]] = [[]]
    sources = tuple(_source(row_path, column, decodings) for column in columns)
    shapes = tuple(json_rows.shape_of(row_path, tuple(leaves)) for leaves in decodings)
    return Layout(row_path, columns, arrow_schema(columns), sources, shapes)


def record_batch(layout: Layout, pages: Sequence[Page], note: Note | None = None) -> pa.RecordBatch:
    """Decode pages into one record batch, rows in the pages' order; unreadable values are null and told to `note`."""
    with _one_at_a_time:
        bodies = [_body(page) for page in pages]
        found = [_find(shape, pages, bodies) for shape in layout.shapes]
        reading = _Reading(layout, pages, bodies, found, note)
        columns = _columns(reading)
    if not columns:  # count(*): rows without columns
        rows: Any = pa.array([{}] * found[0].row_count, pa.struct([]))
        return pa.RecordBatch.from_struct_array(rows)
    return pa.RecordBatch.from_arrays(columns, schema=layout.arrow_schema)


def _source(row_path: str, column: Column, decodings: list[list[tuple[Place, LeafKind]]]) -> Source | None:
    """Find a decoding that can hold the column's leaf, or open one more."""
    if column.is_echo or column.is_index or column.is_of_refused:
        return None
    if not column.member:
        raise BadDeclaration(f"column {column.name} has no member, and is neither an echo nor an index")
    kind: LeafKind = "raw" if column.declared_type == "json" and not column.split else "plain"
    leaf = (json_rows.place_of(row_path, column.member), kind)
    for number, leaves in enumerate([*decodings, []]):
        if json_rows.fits(row_path, [*leaves, leaf]):
            if number == len(decodings):
                decodings.append(leaves)
            if leaf not in leaves:
                leaves.append(leaf)
            return Source(number, *leaf)
    raise BadDeclaration(f"column {column.name}: its member {column.member} holds the rows {row_path} themselves")


def _body(page: Page) -> bytes:
    """The page's JSON without byte order mark, checked to be UTF-8."""
    body = page.body.removeprefix(_BYTE_ORDER_MARK)
    try:
        if not body.isascii():
            body.decode()
    except UnicodeDecodeError as error:
        raise unreadable_page(page, f"it is not UTF-8 ({error.reason} at byte {error.start})") from None
    return body


def _find(shape: Shape, pages: Sequence[Page], bodies: Sequence[bytes]) -> Found:
    return json_rows.find(shape, [_root(shape, page, body) for page, body in zip(pages, bodies, strict=True)])


def _root(shape: Shape, page: Page, body: bytes) -> object:
    try:
        try:
            return shape.decode(body)
        except msgspec.ValidationError:
            return root_by_hand(shape, body)
    except Misshapen as error:
        raise unreadable_page(page, str(error)) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise unreadable_page(page, f"it is not valid JSON ({error})") from None


def _columns(reading: _Reading) -> list[pa.Array[Any]]:
    """Build all columns; those that cannot be built in one piece are built from raw text, in one more decoding."""
    layout = reading.layout
    built = [_plain(reading, *pair) for pair in zip(layout.columns, layout.sources, strict=True)]
    odd: dict[int, list[tuple[int, Source]]] = {}
    for number, (source, array) in enumerate(zip(layout.sources, built, strict=True)):
        if source and array is None:
            odd.setdefault(source.decoding, []).append((number, source))
    for numbered in odd.values():
        leaves = tuple(dict.fromkeys((source.place, RAW) for _, source in numbered))
        found = _find(json_rows.shape_of(layout.row_path, leaves), reading.pages, reading.bodies)
        for number, source in numbered:
            built[number] = _exact(reading, layout.columns[number], source, found)
    levels = [_level_of(reading, *pair) for pair in zip(layout.columns, layout.sources, strict=True)]
    return [_repeated(reading, *pair) for pair in zip(levels, built, strict=True)]


def _plain(reading: _Reading, column: Column, source: Source | None) -> pa.Array[Any] | None:
    """One value for each object of the column's level; None if the values must be looked at one by one."""
    if column.is_of_refused:
        return pa.nulls(len(reading.pages), arrow_type(column))
    if source is None:
        return _echo(reading, column) if column.is_echo else None
    values = json_rows.values(reading.found[source.decoding], source.place)
    if source.kind == "raw":
        if column.nested is None:
            return arrays.json_array(values)
        return _told(reading, column, source, reading.found[source.decoding], nested_array(values, column.nested))
    return arrays.plain_array(values, column.declared_type, column.split, column.part)


def _exact(reading: _Reading, column: Column, source: Source, found: Found) -> pa.Array[Any]:
    values = json_rows.values(found, source.place)
    built = arrays.exact_array(values, column.declared_type, column.split, column.part)
    return _told(reading, column, source, found, built)


def _told(reading: _Reading, column: Column, source: Source, found: Found, built: Built) -> pa.Array[Any]:
    """The column; what became null in it because it cannot be read is told, or the first of it is an error."""
    for bad in built.bad_values:
        page = reading.pages[json_rows.page_of(found, source.place.level, bad.number)]
        if reading.note is None:
            raise unreadable_value(page, column, bad)
        reading.note(described(page, column, bad))
    return built.array


def _level_of(reading: _Reading, column: Column, source: Source | None) -> int:
    """The level of a column's values; what each request of a batch asked belongs to its answer."""
    if source is not None:
        return source.place.level
    return 1 if column.is_echo and _is_asked_by_requests(reading, column) else 0


def _is_asked_by_requests(reading: _Reading, column: Column) -> bool:
    return any(column.name in request for page in reading.pages for request in page.call.requests[:1])


def _echo(reading: _Reading, column: Column) -> pa.Array[Any]:
    pages, asked = list(reading.pages), [page.call.asked.get(column.name) for page in reading.pages]
    if _is_asked_by_requests(reading, column):
        pages = [page for page in reading.pages for _ in page.call.requests]
        asked = [request.get(column.name) for page in reading.pages for request in page.call.requests]
    built = arrays.text_array(asked, column.declared_type)
    for bad in built.bad_values:
        raise unreadable_echo(pages[bad.number], column, bad)
    return built.array


def _repeated(reading: _Reading, level: int, array: pa.Array[Any] | None) -> pa.Array[Any]:
    """Give each row the value of its object of an upper level; the position in its array where there is none."""
    found = reading.found[0]
    if array is None:
        return pa.array(json_rows.indexes(found), pa.int64())
    if level == len(found.counts):
        return array
    if level not in reading.positions:
        reading.positions[level] = pa.array(json_rows.positions(found, level), pa.int64())
    return array.take(reading.positions[level])
