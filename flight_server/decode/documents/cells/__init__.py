"""The cells of one column, as text → an Arrow array of the column's type.

Arrow casts what is written plainly; what is not is rewritten by patterns, and only the distinct cells that are left are
read by our own code. A number of a report was computed: digits beyond a decimal's scale are rounded away, as those of
JSON numbers are. How the document writes numbers and dates is settled by its first block and kept. Knows no document.
"""

from __future__ import annotations  # pa.Array[...] exists for the type checker only

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from catalog.arrow_types import ARROW_TYPES
from catalog.table import Column, DeclaredType
from flight_server.decode.columns import BadValue, Built, misread_by_arrow, rounded_array
from flight_server.decode.documents.cells.numbers import has_comma, with_point
from flight_server.decode.documents.cells.times import day_comes_first, is_unsure, read_day, read_time
from flight_server.decode.documents.places import Places
from flight_server.decode.values import from_number, to_bool

BLANKS = ("", " ")
"""Cells that are null; all other blanks are text."""

TRUE, FALSE = ("true", "TRUE", "True"), ("false", "FALSE", "False")

_WORDS = {"y": True, "yes": True, "n": False, "no": False}
_ISO: dict[DeclaredType, tuple[tuple[str, str], ...]] = {
    "timestamp": (
        (r"^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d) UTC$", r"\1 \2Z"),
        (r"^(\d\d)\.(\d\d)\.(\d{4}) (\d\d:\d\d:\d\d) UTC$", r"\3-\2-\1 \4Z"),
    ),
    "date": ((r"^(\d\d)\.(\d\d)\.(\d{4})$", r"\3-\2-\1"),),
}


class ContradictoryDates(Exception):
    """Dates were read in one order, and others of the same column show that it was the other."""


@dataclass
class Manner:
    """How a document writes what can be written in several ways."""

    places: Places
    comma: bool = False  # its numbers have a decimal comma
    _day_first: dict[str, bool] = field(default_factory=dict)  # column -> what its cells have shown
    _assumed: set[str] = field(default_factory=set)  # columns with cells read by the marketplace's order

    def settle_numbers(self, columns: list[pa.Array[Any]]) -> None:
        """Settle the sign of decimals by the columns of numbers of the first block."""
        said = {has_comma(text.strip() for text in pc.unique(texts).to_pylist() if text) for texts in columns}
        self.comma = True in said or (said <= {None} and self.places.has_decimal_comma and _has_sign(columns, ","))

    def is_day_first(self, name: str, texts: list[str]) -> bool:
        """The order of day and month in a column, by its cells so far, else by the marketplace."""
        shown = {day_comes_first(text) for text in texts} - {None}
        if len(shown) == 1 and name not in self._day_first:
            self._day_first[name] = shown == {True}
        by_place = not self.places.has_month_first
        if name not in self._day_first:
            if any(map(is_unsure, texts)):
                self._assumed.add(name)
            return by_place
        if name in self._assumed and self._day_first[name] != by_place:
            raise ContradictoryDates(
                f"dates of column {name} were taken to have the day or the month first, and later ones have the other; "
                "leave the column out of the query to read the others"
            )
        return self._day_first[name]


def plain_array(texts: pa.Array[Any], declared_type: DeclaredType) -> pa.Array[Any] | None:
    """The column, if Arrow reads each of its cells, and reads it right."""
    if declared_type in ("string", "json"):
        return texts
    try:
        if declared_type == "bool":
            return _flags(texts)
        if declared_type == "decimal" and misread_by_arrow(texts):
            return None
        array = texts.cast(ARROW_TYPES[declared_type])
    except pa.ArrowInvalid:
        return None
    return None if declared_type == "double" and pc.all(pc.is_finite(array)).as_py() is False else array


def typed_array(texts: pa.Array[Any], column: Column, manner: Manner) -> tuple[Built, bool]:
    """The column in its type, and whether it was written plainly; what cannot be read is null and told."""
    declared_type = column.declared_type
    array = None
    if not (manner.comma and declared_type in ("decimal", "double", "int64")):
        array = plain_array(texts, declared_type)
        if array is not None:
            return Built(array, []), True
        if declared_type == "decimal":
            array = rounded_array(texts)
    if array is None and declared_type in _ISO:
        rewritten = texts
        for pattern, form in _ISO[declared_type]:
            rewritten = pc.replace_substring_regex(rewritten, pattern, form)
        array = plain_array(rewritten, declared_type)
    return (_by_hand(texts, column, manner) if array is None else Built(array, [])), False


def _by_hand(texts: pa.Array[Any], column: Column, manner: Manner) -> Built:
    """Read each distinct cell once."""
    encoded = texts.dictionary_encode()
    distinct = [text.strip() for text in encoded.dictionary.to_pylist()]
    read = _reader(column, distinct, manner)
    values: list[object] = []
    reasons: dict[int, str] = {}
    for number, text in enumerate(distinct):
        try:
            values.append(read(text) if text else None)
        except ValueError as reason:
            values.append(None)
            reasons[number] = str(reason)
    array = pa.array(values, ARROW_TYPES[column.declared_type]).take(encoded.indices)
    return Built(array, _told(encoded, reasons, column.declared_type) if reasons else [])


def _told(encoded: pa.DictionaryArray[Any], reasons: dict[int, str], wanted: str) -> list[BadValue]:
    cells = encoded.dictionary.to_pylist()
    return [
        BadValue(place, cells[number], reasons[number], wanted)
        for place, number in enumerate(encoded.indices.to_pylist())
        if number in reasons
    ]


def _reader(column: Column, texts: list[str], manner: Manner) -> Callable[[str], object]:
    declared_type = column.declared_type
    if declared_type in ("timestamp", "date"):
        day_first = manner.is_day_first(column.name, texts)
        if declared_type == "date":
            return lambda text: read_day(text, day_first=day_first)
        return lambda text: read_time(text, manner.places, day_first=day_first)
    if declared_type == "bool":
        return lambda text: _WORDS[text.lower()] if text.lower() in _WORDS else to_bool(text)
    comma = manner.comma
    return lambda text: from_number(with_point(text, comma=comma), declared_type)


def _flags(texts: pa.Array[Any]) -> pa.Array[Any] | None:
    is_true = pc.is_in(texts, pa.array(TRUE))
    is_known = pc.or_(pc.or_(is_true, pc.is_in(texts, pa.array(FALSE))), pc.is_null(texts))
    if pc.all(is_known).as_py() is False:
        return None
    return pc.if_else(pc.is_null(texts), None, is_true)


def _has_sign(columns: list[pa.Array[Any]], sign: str) -> bool:
    return any(pc.any(pc.match_substring(texts, sign)).as_py() is True for texts in columns)
