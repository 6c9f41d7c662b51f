"""The text of a delimited document → blocks of about a megabyte that end where a row ends.

In an unquoted document every line is a row. In a quoted one a line may end within a cell: there a block is cut only
where all quotes are closed. Knows no columns.
"""

import re
from collections.abc import Iterable, Iterator

_BLOCK = 1 << 20
_LONGEST_ROW = 64 << 20


class OpenQuote(Exception):
    """A quote is never closed: the rows behind it cannot be told apart."""


def blocks(text: Iterable[bytes], separator: str, *, is_quoted: bool, size: int = _BLOCK) -> Iterator[bytes]:
    """Cut the text; only the last block may lack the end of its line."""
    parts: list[bytes] = []
    held, wanted = 0, size
    for chunk in _pieces(text, size):
        parts.append(chunk)
        held += len(chunk)
        if held < wanted:
            continue
        whole = b"".join(parts)
        end = _end_of_rows(whole, separator) if is_quoted else whole.rfind(b"\n") + 1
        parts = [whole[end:]]
        held = len(parts[0])
        wanted = size if end else 2 * held  # a row longer than a block: looked at anew when there is twice as much
        if end:
            yield whole[:end]
        elif held > max(_LONGEST_ROW, size):
            raise OpenQuote("a row of it does not end: a quote is opened and never closed")
    rest = b"".join(parts)
    if rest:
        if is_quoted and _end_of_rows(rest + b"\n", separator) <= len(rest):
            raise OpenQuote("it ends within a quoted cell: a quote is opened and never closed, or rows are missing")
        yield rest


def _pieces(text: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The text in pieces that are not larger than a block."""
    for chunk in text:
        if len(chunk) <= size:
            yield chunk
        else:
            yield from (chunk[start : start + size] for start in range(0, len(chunk), size))


def _end_of_rows(text: bytes, separator: str) -> int:
    """Where the last whole row ends."""
    end = text.rfind(b"\n") + 1
    if b'"' not in text[:end]:
        return end
    rows = _rows(separator).match(text)
    return rows.end() if rows else 0


def _rows(separator: str) -> re.Pattern[bytes]:
    mark = re.escape(separator.encode())
    cell = rb'(?:"(?:[^"]|"")*+"[^%b\n]*+|[^%b\n"][^%b\n]*+|)' % (mark, mark, mark)
    return re.compile(rb"(?:%b(?:%b%b)*+\n)*+" % (cell, mark, cell))
