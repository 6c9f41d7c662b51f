"""XML documents, streamed: the elements of the outermost list of rows, each read and then let go.

Entities, document type definitions and the network are off: a document that has a definition is refused. A row path
that begins with `*` stands for elements of a name that nobody knows: those that hold what is declared of a row.
"""

from __future__ import annotations  # pa.Array[...] exists for the type checker only

import io
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pyarrow as pa
from lxml import etree

from catalog.table import Column, Table
from flight_server.decode.documents.facts import DocumentFacts, unreadable_document
from flight_server.decode.documents.telling import Teller
from flight_server.decode.documents.trees.json_document import decoded, way_to_rows, wrapper
from flight_server.decode.documents.trees.xml_elements import Lists, json_value, lists_of, local_name
from flight_server.decode.json_rows import ARRAY, Path, path_of

_ROWS = 2048  # elements of a batch
_ANY = "*"


class _Chunks(io.RawIOBase):
    """The document's bytes as a file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return b""
            self._rest = chunk
        part, self._rest = (self._rest, b"") if size < 0 else (self._rest[:size], self._rest[size:])
        return part


def read_xml(
    chunks: Iterator[bytes], facts: DocumentFacts, table: Table, columns: Sequence[Column], teller: Teller
) -> Iterator[pa.RecordBatch]:
    """The rows of a document in its order."""
    return decoded(_bodies(chunks, facts, table), facts, table, columns, teller)


def _bodies(chunks: Iterator[bytes], facts: DocumentFacts, table: Table) -> Iterator[bytes]:
    """JSON documents of the same form, each with some of the elements."""
    way = way_to_rows(table.row_path)
    wrap, lists = wrapper(way), lists_of(table)
    found: list[bytes] = []
    for element in _elements(chunks, facts, way, table):
        found.append(msgspec.json.encode(_as_json(element, way, lists, facts)))
        if len(found) == _ROWS:
            yield wrap(b",".join(found))
            found = []
    if found:
        yield wrap(b",".join(found))


def _as_json(element: Any, way: Path, lists: Lists, facts: DocumentFacts) -> object:
    try:
        return json_value(element, way, lists)
    except ValueError as error:
        raise unreadable_document(facts, str(error)) from None


def _elements(chunks: Iterator[bytes], facts: DocumentFacts, way: Path, table: Table) -> Iterator[Any]:
    """The elements at the end of the way; each is gone when the next is asked for."""
    events = etree.iterparse(
        _Chunks(chunks),
        events=("start", "end"),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        huge_tree=True,
        encoding=facts.encoding or None,
    )
    try:
        if way == (_ANY,):
            yield from _that_hold(_names_of_rows(table), events, facts)
        else:
            yield from _at(way, events, facts)
    except etree.XMLSyntaxError as error:
        hint = ": set ReportEncoding to the character set that it is in" if "encod" in str(error).lower() else ""
        raise unreadable_document(facts, f"it is not valid XML ({error}){hint}") from None
    except LookupError:
        raise unreadable_document(facts, "nobody knows the character set that ReportEncoding names") from None


def _at(way: Path, events: Any, facts: DocumentFacts) -> Iterator[Any]:
    here: list[str] = []
    for event, element in events:
        if event == "start":
            here.append(local_name(element))
            if len(here) == 1:
                _check_root(element, facts, way[0])
            continue
        if tuple(here) == way:
            yield element
        if len(here) <= len(way):
            _let_go(element)
        here.pop()


def _that_hold(names: frozenset[str], events: Any, facts: DocumentFacts) -> Iterator[Any]:
    """The outermost elements that have a child of one of these names."""
    depth = of_row = 0
    has_more = has_rows = False
    for event, element in events:
        if event == "start":
            depth += 1
            if depth == 1:
                _check_root(element, facts, "")
            elif not of_row and local_name(element) in names:
                of_row, has_rows = depth - 1, True
            has_more = has_more or depth > 1
            continue
        if depth == of_row:
            of_row = 0
            yield element
        if not of_row:
            _let_go(element)
        depth -= 1
    if has_more and not has_rows:
        raise unreadable_document(facts, f"none of its elements holds one of {', '.join(sorted(names)[:5])}")


def _names_of_rows(table: Table) -> frozenset[str]:
    """Elements that are declared of a row."""
    members = (path_of(column.member) for column in table.columns if column.member.startswith(f"{_ANY}{ARRAY}."))
    return frozenset(path[2].partition("@")[0] for path in members)


def _check_root(root: Any, facts: DocumentFacts, name: str) -> None:
    if root.getroottree().docinfo.internalDTD is not None:
        raise unreadable_document(facts, "it has a document type definition, which no report has")
    if name and local_name(root) != name:
        raise unreadable_document(facts, f"its root is {local_name(root)} instead of {name}")


def _let_go(element: Any) -> None:
    """Free an element that was read, and those before it."""
    element.clear(keep_tail=True)
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]
