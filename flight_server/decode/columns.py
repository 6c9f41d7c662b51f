"""A list of values as msgspec gives them to one Arrow array; or their JSON texts, one by one, where that fails.

Plain values go to Arrow in one piece; Arrow refuses what is not of the declared type and this module never forces it.
Knows no pages and no members. The speed comes from Arrow's own casts from text (design: measured, one list one array).
"""

from __future__ import annotations  # pa.Array[...] exists for the type checker only

from collections.abc import Sequence
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from catalog.arrow_types import ARROW_TYPES, DECIMAL_PRECISION, DECIMAL_SCALE
from catalog.table import DeclaredType
from flight_server.decode.values import from_text

_READ_FROM_TEXT: frozenset[DeclaredType] = frozenset(("decimal", "double", "timestamp", "date"))
_NUMBERS_AS_TEXT: frozenset[DeclaredType] = frozenset(("decimal", "double"))


class Refused(Exception):
    """A value that is not one of the declared type: its position, its text, and why."""

    def __init__(self, number: int, text: str, reason: str) -> None:
        super().__init__(reason)
        self.number = number
        self.text = text
        self.reason = reason


def plain_array(
    values: list[Any], declared_type: DeclaredType, separator: str = "", part: int = 0
) -> pa.Array[Any] | None:
    """Build a column from decoded values; None if some of them must be looked at one by one."""
    if separator:
        if not all(value is None or type(value) is str for value in values):
            return None
        values = [part_of(value, separator, part) for value in values]
    array = _arrow_array(values, declared_type)
    if array is None and declared_type != "string":
        array = _arrow_array(_tidied(values, declared_type), declared_type)
    return array


def json_array(values: list[Any]) -> pa.Array[Any]:
    """Build a column of JSON text from raw members; JSON's null is a null."""
    texts = (None if raw is None else str(raw, "utf-8") for raw in values)
    return pa.array([None if text == "null" else text for text in texts], pa.utf8())


def exact_array(values: list[Any], declared_type: DeclaredType, separator: str = "", part: int = 0) -> pa.Array[Any]:
    """Build a column from raw members one by one; raises Refused at the first that cannot be read."""
    found = []
    for number, raw in enumerate(values):
        text = json_text(raw)
        if separator:
            text = part_of(text, separator, part)
        found.append(None if text is None else _read(number, text, declared_type))
    return pa.array(found, ARROW_TYPES[declared_type])


def text_array(texts: Sequence[str | None], declared_type: DeclaredType) -> pa.Array[Any]:
    """Build a column from texts; raises Refused at the first that cannot be read."""
    found = [None if text is None else _read(number, text, declared_type) for number, text in enumerate(texts)]
    return pa.array(found, ARROW_TYPES[declared_type])


def json_text(raw: Any) -> str | None:
    """The text of a raw member: a string's content, else its compact JSON; None for null or missing.

    >>> json_text(msgspec.Raw(b'"a"')), json_text(msgspec.Raw(b"1.50")), json_text(msgspec.Raw(b"[1, 2]"))
    ('a', '1.50', '[1,2]')
    """
    if raw is None:
        return None
    text = str(raw, "utf-8")
    if text == "null":
        return None
    if text[0] == '"':
        return msgspec.json.decode(text, type=str)
    return msgspec.json.format(text, indent=-1) if text[0] in "{[" else text


def part_of(text: str | None, separator: str, part: int) -> str | None:
    """One of the values that a text holds; None if it has not so many.

    >>> part_of("2024-01-01--2024-01-02", "--", 1)
    '2024-01-02'
    """
    parts = [] if text is None else text.split(separator)
    return parts[part] if part < len(parts) else None


def _arrow_array(values: list[Any], declared_type: DeclaredType) -> pa.Array[Any] | None:
    arrow_type = ARROW_TYPES[declared_type]
    try:
        if declared_type not in _READ_FROM_TEXT:
            return pa.array(values, arrow_type)
        texts = pa.array(values, pa.utf8())
        if declared_type == "decimal" and _misread_by_arrow(texts):
            return None
        array = texts.cast(arrow_type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return None
    # Arrow reads "nan" and "inf", and 1e999 as infinity.
    is_infinite = declared_type == "double" and pc.all(pc.is_finite(array)).as_py() is False
    return None if is_infinite else array


def _misread_by_arrow(texts: pa.Array[Any]) -> bool:
    """Whether a text might have more digits than fit: Arrow 26 reads 1E-235 as 0, and 4 and 32 zeros as 5971763…"""
    longest = pc.max(pc.binary_length(texts)).as_py() or 0
    has_exponent = pc.any(pc.match_substring(texts, "e", ignore_case=True)).as_py() is True
    return has_exponent or longest > DECIMAL_PRECISION - DECIMAL_SCALE


def _tidied(values: list[Any], declared_type: DeclaredType) -> list[Any]:
    """Null for an empty text, and whole numbers as text where numbers are read from text."""
    if declared_type in _NUMBERS_AS_TEXT:
        values = [str(value) if type(value) is int else value for value in values]
    return [None if value == "" else value for value in values]


def _read(number: int, text: str, declared_type: DeclaredType) -> object:
    try:
        return from_text(text, declared_type)
    except ValueError as reason:
        raise Refused(number, text, str(reason)) from None
