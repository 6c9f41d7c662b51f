"""A document of a report → record batches, whichever form it has: the door of this room."""

from __future__ import annotations  # pa.Array[...] exists for the type checker only

import json
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from catalog.table import Column, Table
from flight_server.decode.documents.delimited import read_delimited
from flight_server.decode.documents.encoded.inflate import inflated
from flight_server.decode.documents.encoded.text import in_utf8
from flight_server.decode.documents.facts import DocumentFacts
from flight_server.decode.documents.telling import Teller
from flight_server.decode.documents.trees.json_document import read_json
from flight_server.decode.documents.trees.json_lines import read_json_lines
from flight_server.decode.documents.trees.xml_document import read_xml
from flight_server.decode.record_batch import Note

_OF_TEXT = {"delimited": read_delimited, "json": read_json, "json_lines": read_json_lines}
_MOST_OF_AN_ERROR = 4000  # characters


def read_document(
    chunks: Iterable[bytes],
    facts: DocumentFacts,
    table: Table,
    columns: Sequence[Column],
    note_bad_value: Note | None,
) -> Iterator[pa.RecordBatch]:
    """The rows of a document, with exactly these columns: those with a member, and `other_columns`.

    Reads as it goes and holds a few megabytes, whatever the size. Values that cannot be read are null and told to
    `note_bad_value`; without it the first is an error.
    """
    assert table.report is not None
    is_personal = table.restricted_always or table.report.is_restricted
    teller = Teller(facts, note_bad_value, is_personal)
    stream = inflated(chunks, facts)
    if table.report.format == "xml":
        return read_xml(stream, facts, table, columns, teller)
    read = _OF_TEXT[table.report.format]
    return read(in_utf8(stream, facts), facts, table, columns, teller)


def error_text(chunks: Iterable[bytes], facts: DocumentFacts | None = None) -> str:
    """What the document of a report that failed says: its sentence, or its text where it has no sentence.

    >>> error_text([b'{"errorDetails": "No such marketplace."}']), error_text([b"Sorry"]), error_text([])
    ('No such marketplace.', 'Sorry', '')
    """
    about = facts or DocumentFacts("a report that failed")
    text = b"".join(in_utf8(inflated(chunks, about), about)).decode().strip()
    try:
        document = json.loads(text)
    except ValueError:
        return text[:_MOST_OF_AN_ERROR]
    said = document.get("errorDetails") if isinstance(document, dict) else document
    return (said if isinstance(said, str) else text)[:_MOST_OF_AN_ERROR]
