"""JSON documents, streamed: blocks of the outermost array of rows, each decoded as a page of an API's answer is.

So the values of a report are read exactly as those of other tables. Knows no bytes before UTF-8.
"""

from __future__ import annotations  # pa.Array[...] exists for the type checker only

from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile

import pyarrow as pa

from catalog.errors import BadDeclaration
from catalog.reports.report import OTHER_COLUMNS
from catalog.table import Column, Operation, Table
from flight_server.decode.documents.facts import DocumentFacts, unreadable_document
from flight_server.decode.documents.telling import Teller
from flight_server.decode.documents.trees.json_stream import Broken, JsonStream
from flight_server.decode.documents.trees.leftovers import leftovers
from flight_server.decode.json_rows import ARRAY, Path, path_of
from flight_server.decode.record_batch import layout_of, record_batch
from flight_server.plan import Call, Page

Wrap = Callable[[bytes], bytes]
"""Elements of the outermost array in, a document of the same form that holds them out."""


def read_json(
    text: Iterator[bytes], facts: DocumentFacts, table: Table, columns: Sequence[Column], teller: Teller
) -> Iterator[pa.RecordBatch]:
    """The rows of a document in its order."""
    return decoded(_bodies(text, facts, table.row_path), facts, table, columns, teller)


def decoded(
    bodies: Iterator[bytes], facts: DocumentFacts, table: Table, columns: Sequence[Column], teller: Teller
) -> Iterator[pa.RecordBatch]:
    """The rows of some documents that are parts of one."""
    asked = tuple(column for column in columns if column.name != OTHER_COLUMNS)
    _refuse_above(table.row_path, asked)
    layout = layout_of(table.row_path, asked)
    call = Call(Operation(facts.name, "", "", "GET", ""), needs_restricted_token=teller.may_be_personal)
    for body in bodies:
        batch = record_batch(layout, [Page(call, 0, body)], teller.note_of_block())
        teller.rows += batch.num_rows
        if batch.num_rows:
            yield _with_others(batch, body, table, columns)


def way_to_rows(row_path: str) -> Path:
    """The names that lead to the outermost array of a row path; empty where it has none, or is the root."""
    path = path_of(row_path)
    return tuple(takewhile(lambda name: name != ARRAY, path)) if ARRAY in path else ()


def wrapper(way: Sequence[str]) -> Wrap:
    """What makes documents of elements."""
    before = b"".join(b'{"%b":' % name.encode() for name in way) + b"["
    after = b"]" + b"}" * len(way)
    return lambda block: before + block + after


def _bodies(text: Iterator[bytes], facts: DocumentFacts, row_path: str) -> Iterator[bytes]:
    """Documents of the same form, each with some of the outermost array's elements; the whole where there is none."""
    way = way_to_rows(row_path)
    wrap = wrapper(way)
    stream = JsonStream(text)
    try:
        if ARRAY not in path_of(row_path):
            if body := stream.rest().strip():
                yield body
            return
        for block in stream.elements(way):
            yield wrap(block)
        stream.finish()
    except Broken as error:
        raise unreadable_document(facts, str(error)) from None


def _refuse_above(row_path: str, columns: Sequence[Column]) -> None:
    """A member beside the rows may stand behind them all: it cannot be had while they are streamed."""
    if ARRAY not in path_of(row_path):
        return
    way = (*way_to_rows(row_path), ARRAY)
    for column in columns:
        if column.member and path_of(column.member)[: len(way)] != way:
            raise BadDeclaration(f"column {column.name}: its member {column.member} is not within the rows")


def _with_others(batch: pa.RecordBatch, body: bytes, table: Table, columns: Sequence[Column]) -> pa.RecordBatch:
    """The batch with the column of what is not declared, where it is asked for."""
    if all(column.name != OTHER_COLUMNS for column in columns):
        return batch
    declared = [column.member for column in table.columns if column.member]
    others = pa.array(leftovers(body, table.row_path, declared), pa.utf8())
    arrays = [others if column.name == OTHER_COLUMNS else batch.column(column.name) for column in columns]
    return pa.RecordBatch.from_arrays(arrays, names=[column.name for column in columns])
