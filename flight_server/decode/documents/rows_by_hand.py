"""A block of rows that are not all as long as the header → columns of texts, each row with all of its cells.

Short rows are filled with nulls, one surplus empty cell is dropped, and what else is surplus becomes columns of its
own: no row and no cell is lost. Knows no types.
"""

from __future__ import annotations  # pa.Array[...] exists for the type checker only

import csv
import io
from itertools import zip_longest
from typing import Any

import pyarrow as pa

from flight_server.decode.documents.cells import BLANKS


def text_columns(block: bytes, separator: str, width: int, *, is_quoted: bool) -> list[pa.Array[Any]]:
    """The columns of a block, at least as many as the header has.

    >>> [column.to_pylist() for column in text_columns(b"a\\tb\\t\\n\\t\\t\\nc", "\\t", 2, is_quoted=False)]
    [['a', 'c'], ['b', None]]
    """
    rows = [cells for cells in _rows(block.decode(), separator, is_quoted=is_quoted) if any(cells)]
    columns = list(zip_longest(*rows, fillvalue=None)) if rows else []
    while len(columns) > width and not any(columns[-1]):
        columns.pop()
    columns.extend([(None,) * len(rows)] * (width - len(columns)))
    return [pa.array([None if cell in BLANKS else cell for cell in column], pa.utf8()) for column in columns]


def _rows(text: str, separator: str, *, is_quoted: bool) -> list[list[str]]:
    if is_quoted:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    return [line.removesuffix("\r").split(separator) for line in text.split("\n")]
