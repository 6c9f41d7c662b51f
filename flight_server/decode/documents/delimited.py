"""Delimited documents, streamed: blocks of whole rows, parsed by pyarrow.csv two at a time, in order.

Columns that are written plainly are typed by pyarrow itself. A block with a cell that it cannot read is read again as
text, column by column (`cells`); one with rows of another length row by row (`rows_by_hand`). Knows UTF-8 only.
"""

from __future__ import annotations  # pa.Array[...] exists for the type checker only

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from catalog.arrow_types import ARROW_TYPES, arrow_schema, arrow_type
from catalog.reports.report import OTHER_COLUMNS
from catalog.table import Column, Table
from flight_server.decode.columns import BadValue
from flight_server.decode.documents.blocks import OpenQuote, blocks
from flight_server.decode.documents.cells import BLANKS, FALSE, TRUE, ContradictoryDates, Manner, typed_array
from flight_server.decode.documents.facts import DocumentFacts, unreadable_document
from flight_server.decode.documents.headers import nameless
from flight_server.decode.documents.places import places_of
from flight_server.decode.documents.preamble import Beginning, read_beginning
from flight_server.decode.documents.rows_by_hand import text_columns
from flight_server.decode.documents.telling import Teller

_THREADS = 2
_IN_FLIGHT = 3


@dataclass(frozen=True)
class Layout:
    """Where the columns asked for are in a document."""

    beginning: Beginning
    columns: tuple[Column, ...]
    places: dict[str, int]  # column -> cell
    others: tuple[int, ...]  # cells of unknown columns, where they are asked for
    manner: Manner
    as_text: set[str] = field(default_factory=set)  # columns that pyarrow could not type by itself


@dataclass(frozen=True)
class Parsed:
    """One block."""

    batch: pa.RecordBatch
    bad_values: list[tuple[Column, BadValue]]


def read_delimited(
    text: Iterator[bytes], facts: DocumentFacts, table: Table, columns: Sequence[Column], teller: Teller
) -> Iterator[pa.RecordBatch]:
    """The rows of a document in its order."""
    declared = [column for column in table.columns if column.member]
    beginning, rest = read_beginning(text, declared, facts)
    if beginning is None:
        return
    layout = _layout(beginning, columns, facts)
    cut = blocks(chain([rest], text), beginning.separator, is_quoted=beginning.is_quoted)
    try:
        for parsed in _parsed_in_order(layout, cut):
            teller.tell(parsed.bad_values, parsed.batch.num_rows)
            if parsed.batch.num_rows:
                yield parsed.batch
    except (ContradictoryDates, OpenQuote) as error:
        raise unreadable_document(facts, str(error)) from None


def _layout(beginning: Beginning, columns: Sequence[Column], facts: DocumentFacts) -> Layout:
    found = {column.name: i for i, column in enumerate(beginning.header.columns) if column is not None}
    wants_others = any(column.name == OTHER_COLUMNS for column in columns)
    unknown = [i for i, column in enumerate(beginning.header.columns) if column is None]
    places = {column.name: found[column.name] for column in columns if column.member and column.name in found}
    others = tuple(unknown) if wants_others else ()
    return Layout(beginning, tuple(columns), places, others, Manner(places_of(facts.marketplace_ids)))


def _parsed_in_order(layout: Layout, cut: Iterator[bytes]) -> Iterator[Parsed]:
    """The first block settles how the document is written; the others are parsed side by side."""
    first = next(cut, None)
    if first is None:
        return
    yield _settled(layout, first)
    under_way: deque[Future[Parsed]] = deque()
    with ThreadPoolExecutor(_THREADS, "report-rows") as pool:
        for block in cut:
            under_way.append(pool.submit(_parse, layout, block))
            if len(under_way) >= _IN_FLIGHT:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()


def _settled(layout: Layout, block: bytes) -> Parsed:
    texts = _texts(layout, block)
    decimals = [column for column in layout.columns if column.declared_type == "decimal"]
    layout.manner.settle_numbers([texts[place] for column in decimals if (place := _place(layout, column)) is not None])
    if layout.manner.comma:
        layout.as_text.update(column.name for column in layout.columns if column.declared_type in _NUMBERS)
    return _built(layout, texts)


_NUMBERS = ("decimal", "double", "int64")


def _place(layout: Layout, column: Column) -> int | None:
    return layout.places.get(column.name)


def _parse(layout: Layout, block: bytes) -> Parsed:
    wanted = {layout.places[column.name]: column for column in layout.columns if column.name in layout.places}
    types = {
        place: pa.utf8() if column.name in layout.as_text else ARROW_TYPES[column.declared_type]
        for place, column in wanted.items()
    }
    try:
        cells = _by_arrow(layout, block, {**types, **dict.fromkeys(layout.others, pa.utf8())})
    except pa.ArrowInvalid:
        cells = None
    if cells is None or _is_odd(cells, wanted):
        return _built(layout, _texts(layout, block))
    return _built(layout, cells)


def _is_odd(cells: dict[int, pa.Array[Any]], wanted: dict[int, Column]) -> bool:
    """Whether a decimal may have been misread: Arrow takes the digits beyond its 38 for other ones."""
    for place, column in wanted.items():
        if column.declared_type == "decimal" and not pa.types.is_string(cells[place].type):
            ends = pc.min_max(cells[place])
            if any(end.is_valid and abs(end.as_py()) >= 10**24 for end in (ends["min"], ends["max"])):
                return True
    return False


def _texts(layout: Layout, block: bytes) -> dict[int, pa.Array[Any]]:
    """The cells that are needed as text, and what is surplus, whatever the length of the rows."""
    beginning = layout.beginning
    needed = [*layout.places.values(), *layout.others]
    cells = _by_arrow(layout, block, dict.fromkeys(needed, pa.utf8()))
    if cells is not None:
        return cells
    columns = text_columns(block, beginning.separator, beginning.width, is_quoted=beginning.is_quoted)
    needed.extend(range(beginning.width, len(columns)))
    return {place: columns[place] for place in needed} or {0: columns[0]}


def _by_arrow(layout: Layout, block: bytes, types: dict[int, pa.DataType]) -> dict[int, pa.Array[Any]] | None:
    """The cells as pyarrow.csv reads them; None where a row is longer or shorter than the header."""
    beginning = layout.beginning
    if _has_blank_row(block, beginning):
        return None
    ragged: list[object] = []

    def note(row: object) -> str:
        ragged.append(row)
        return "skip"

    names = [str(place) for place in range(beginning.width)]
    read = csv.read_csv(
        pa.BufferReader(block),
        csv.ReadOptions(use_threads=False, column_names=names, block_size=len(block) + 1),
        csv.ParseOptions(
            delimiter=beginning.separator,
            quote_char='"' if beginning.is_quoted else False,
            newlines_in_values=beginning.is_quoted,
            invalid_row_handler=note,
        ),
        csv.ConvertOptions(
            check_utf8=False,  # it was decoded
            column_types={str(place): column_type for place, column_type in types.items()},
            include_columns=[str(place) for place in types] or names[:1],
            null_values=list(BLANKS),
            strings_can_be_null=True,
            true_values=list(TRUE),
            false_values=list(FALSE),
        ),
    )
    if ragged:
        return None
    read = read.combine_chunks()
    return {int(name): _one(read.column(name)) for name in read.column_names}


def _has_blank_row(block: bytes, beginning: Beginning) -> bool:
    """Whether a row holds nothing but separators, as many as the header: pyarrow would make a row of it."""
    if beginning.width == 1:
        return False
    cells = (b"", b'""') if beginning.is_quoted else (b"",)
    rows = (beginning.separator.encode().join([cell] * beginning.width) for cell in cells)
    end = block.rstrip(b"\r\n")
    return any(
        block.startswith(row)
        or end.endswith(b"\n" + row)
        or b"\n" + row + b"\n" in block
        or b"\n" + row + b"\r" in block
        for row in rows
    )


def _one(column: pa.ChunkedArray[Any]) -> pa.Array[Any]:
    return column.chunk(0) if column.num_chunks else pa.array([], column.type)


def _built(layout: Layout, cells: dict[int, pa.Array[Any]]) -> Parsed:
    """The columns asked for, those that are text still in their types."""
    length = len(next(iter(cells.values())))
    found: list[tuple[Column, BadValue]] = []
    arrays = []
    for column in layout.columns:
        place = _place(layout, column)
        if column.name == OTHER_COLUMNS:
            arrays.append(_others(layout, cells, length))
        elif place is None:
            arrays.append(pa.nulls(length, arrow_type(column)))
        elif cells[place].type == arrow_type(column):
            arrays.append(cells[place])
        else:
            built, is_plain = typed_array(cells[place], column, layout.manner)
            if not is_plain:
                layout.as_text.add(column.name)
            found.extend((column, each) for each in built.bad_values)
            arrays.append(built.array)
    if not arrays:  # count(*): rows without columns
        return Parsed(pa.RecordBatch.from_struct_array(pa.array([{}] * length, pa.struct([]))), found)
    return Parsed(pa.RecordBatch.from_arrays(arrays, schema=arrow_schema(layout.columns)), found)


def _others(layout: Layout, cells: dict[int, pa.Array[Any]], length: int) -> pa.Array[Any]:
    """What a row holds beyond the known columns, as a JSON object; null where nothing."""
    header, width = layout.beginning.header, layout.beginning.width
    held = {
        header.names[place] if place < width else nameless(place + 1): cells[place].to_pylist()
        for place in (*layout.others, *(place for place in cells if place >= width))
        if cells[place].null_count < length
    }
    if not held:
        return pa.nulls(length, pa.utf8())
    rows = [
        {name: cell for name, cell in zip(held, row, strict=True) if cell is not None}
        for row in zip(*held.values(), strict=True)
    ]
    return pa.array([msgspec.json.encode(row).decode() if row else None for row in rows], pa.utf8())
