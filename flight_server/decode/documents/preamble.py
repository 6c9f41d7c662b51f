"""The beginning of a delimited document: separator, quoting and the header, which may stand below other lines.

Knows which names the table has, and no rows.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from catalog.table import Column
from flight_server.decode.documents.facts import DocumentFacts, unreadable_document
from flight_server.decode.documents.headers import Header, header_of, known_count

_MOST_LINES = 20
_MOST_BYTES = 1 << 20
_SHOWN = 120

# A cell of a document may hold any text; the limit of the module is one for the whole process, and arbitrary.
csv.field_size_limit(1 << 30)


@dataclass(frozen=True)
class Beginning:
    """How a document is written."""

    separator: str
    is_quoted: bool
    header: Header

    @property
    def width(self) -> int:
        """How many cells a row has."""
        return len(self.header.columns)


def split_cells(line: str, separator: str, *, is_quoted: bool) -> list[str]:
    """The cells of one line.

    >>> split_cells('"a, b",c', ",", is_quoted=True)
    ['a, b', 'c']
    """
    if is_quoted:
        return next(csv.reader(io.StringIO(line, newline=""), delimiter=separator), [])
    return line.split(separator)


def read_beginning(
    text: Iterator[bytes], columns: Sequence[Column], facts: DocumentFacts
) -> tuple[Beginning | None, bytes]:
    """The header, and the text after its line that was read already; None where the document is empty."""
    head, is_whole = _head(text)
    lines = head.split(b"\n")
    complete = lines if is_whole else lines[:-1]
    candidates = [_read_line(line) for line in complete[:_MOST_LINES]]
    if is_whole and not head.strip():
        return None, b""
    # Of a type whose header nobody knows, it is the first line that is not empty.
    counts = [known_count(cells, columns) if columns else int(any(cells)) for _, _, cells in candidates]
    if not any(counts):
        shown = next((line for line in complete if line.strip()), head).decode("utf-8", "replace")[:_SHOWN]
        names = ", ".join(column.member for column in columns[:5])
        raise unreadable_document(facts, f"none of its first lines names columns such as {names}; it begins {shown!r}")
    number = counts.index(max(counts))
    separator, is_quoted, cells = candidates[number]
    rest = b"\n".join(lines[number + 1 :])
    return Beginning(separator, is_quoted, header_of(cells, columns)), rest


def _head(text: Iterator[bytes]) -> tuple[bytes, bool]:
    """Enough to hold the header, and whether that is all there is."""
    head = b""
    for chunk in text:
        head += chunk
        if head.count(b"\n") >= _MOST_LINES or len(head) >= _MOST_BYTES:
            return head, False
    return head, True


def _read_line(line: bytes) -> tuple[str, bool, list[str]]:
    """Separator, whether cells are quoted, and the cells, if the line were the header."""
    shown = line.rstrip(b"\r").decode("utf-8", "replace")
    separator = "\t" if "\t" in shown or "," not in shown else ","
    cells = shown.split(separator)
    is_quoted = separator == "," or all(len(cell) > 1 and cell[0] == cell[-1] == '"' for cell in cells if cell)
    is_quoted = is_quoted and bool(shown)
    return separator, is_quoted, split_cells(shown, separator, is_quoted=is_quoted)
