"""JSON lines, streamed: blocks of whole lines, each decoded as a page whose root is the list of them.

A line is as long as it is: one that holds all rows of a day is held as a whole. Knows no bytes before UTF-8.
"""

from __future__ import annotations  # pa.Array[...] exists for the type checker only

from collections.abc import Iterator, Sequence

import pyarrow as pa

from catalog.table import Column, Table
from flight_server.decode.documents.facts import DocumentFacts, unreadable_document
from flight_server.decode.documents.telling import Teller
from flight_server.decode.documents.trees.json_document import decoded
from flight_server.decode.json_rows import path_of

_BLOCK = 1 << 20


def read_json_lines(
    text: Iterator[bytes], facts: DocumentFacts, table: Table, columns: Sequence[Column], teller: Teller
) -> Iterator[pa.RecordBatch]:
    """The rows of a document in its order; empty lines are none."""
    return decoded(_rows_only(_bodies(text), facts, table), facts, table, columns, teller)


def _rows_only(lines: Iterator[list[bytes]], facts: DocumentFacts, table: Table) -> Iterator[bytes]:
    """Lists of the lines; one that holds no member of a row, as an error does, would be a row of nulls."""
    names = {path_of(member)[1] for member in table.member_types}
    known = [b'"%b"' % name.encode() for name in sorted(names)]
    for block in lines:
        for line in block:
            if line.lstrip().startswith(b"{") and not any(name in line for name in known):
                raise unreadable_document(facts, f"a line is no row: {line[:200]!r}")
        yield b"[" + b",".join(block) + b"]"


def _bodies(text: Iterator[bytes]) -> Iterator[list[bytes]]:
    """Some lines at a time; the last line may have no end.

    >>> list(_bodies(iter([b'{"a":1}\\n\\n{"a"', b':2}'])))
    [[b'{"a":1}', b'{"a":2}']]
    """
    held: list[bytes] = []
    size = 0
    for chunk in text:
        held.append(chunk)
        size += len(chunk)
        if size < _BLOCK or b"\n" not in chunk:
            continue
        block, _, rest = b"".join(held).rpartition(b"\n")
        yield from _list_of(block)
        held, size = [rest], len(rest)
    yield from _list_of(b"".join(held))


def _list_of(block: bytes) -> Iterator[list[bytes]]:
    lines = [line for line in block.splitlines() if line.strip()]
    if lines:
        yield lines
