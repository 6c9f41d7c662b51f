"""A list of values as msgspec gives them to one Arrow array; or their JSON texts, one by one, where that fails.

Plain values go to Arrow in one piece; Arrow refuses what is not of the declared type and this module never forces it.
One by one, a value that cannot be read is null and told; whether that is an error is not decided here.
Knows no pages and no members. The speed comes from Arrow's own casts from text (design: measured, one list one array).
"""

from __future__ import annotations  # pa.Array[...] exists for the type checker only

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc

from catalog.arrow_types import ARROW_TYPES, DECIMAL_PRECISION, DECIMAL_SCALE
from catalog.table import DeclaredType
from flight_server.decode.json_text import all_written_anew, is_text, text_of, written_anew
from flight_server.decode.misfits import Misfit
from flight_server.decode.values import from_number, from_text

_READ_FROM_TEXT: frozenset[DeclaredType] = frozenset(("decimal", "double", "timestamp", "date"))
_NUMBERS_AS_TEXT: frozenset[DeclaredType] = frozenset(("decimal", "double"))


@dataclass(frozen=True)
class BadValue:
    """A value that is not one of the type wanted."""

    number: int  # its position in the column
    text: str
    reason: str
    wanted: str  # type
    below: str = ""  # path from the column's member, where it is inside of a list or a struct


@dataclass(frozen=True)
class Built:
    """A column, and what became null in it because it cannot be read."""

    array: pa.Array[Any]
    bad_values: list[BadValue]


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
        are_numbers = declared_type == "decimal" and not any(type(value) is str for value in values)
        values = _tidied(values, declared_type)
        array = _rounded(values) if are_numbers else _arrow_array(values, declared_type)
    return array


def json_array(values: list[Any]) -> pa.Array[Any] | None:
    """Build a column of JSON text from raw members; None if some of them must be looked at one by one."""
    try:
        return pa.array(all_written_anew(values), pa.utf8())
    except (TypeError, ValueError):
        return None


def exact_array(values: list[Any], declared_type: DeclaredType, separator: str = "", part: int = 0) -> Built:
    """Build a column from raw members one by one."""
    if not separator:
        return _one_by_one(values, lambda raw: read_raw(raw, declared_type), declared_type)
    return _one_by_one(values, lambda raw: _read_part(raw, declared_type, separator, part), declared_type)


def text_array(texts: Sequence[str | None], declared_type: DeclaredType) -> Built:
    """Build a column from texts one by one."""
    return _one_by_one(texts, lambda text: from_text(text, declared_type), declared_type)


def read_raw(raw: Any, declared_type: DeclaredType) -> object:
    """Read a raw member as a value of a declared type; raises ValueError if it is none.

    >>> import msgspec
    >>> read_raw(msgspec.Raw(b'"0.5"'), "decimal"), read_raw(msgspec.Raw(b"null"), "decimal")
    (Decimal('0.500000'), None)
    """
    if isinstance(raw, Misfit):
        raise ValueError(raw.reason)
    if declared_type == "json":
        return written_anew(raw)
    text = text_of(raw)
    if text is None:
        return None
    return from_text(text, declared_type) if is_text(raw) else from_number(text, declared_type)


def shown(raw: Any) -> str:
    """What was sent, as it can be shown: a string's content, else its JSON."""
    sent = raw.raw if isinstance(raw, Misfit) else raw
    if isinstance(sent, str):
        return sent
    return (text_of(sent) or "") if is_text(sent) else str(sent, "utf-8")


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
        if declared_type == "decimal" and misread_by_arrow(texts):
            return None
        array = texts.cast(arrow_type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return None
    # Arrow reads "nan" and "inf", and 1e999 as infinity.
    is_infinite = declared_type == "double" and pc.all(pc.is_finite(array)).as_py() is False
    return None if is_infinite else array


def misread_by_arrow(texts: pa.Array[Any]) -> bool:
    """Whether a text might have more digits than fit: Arrow 26 reads 1E-235 as 0, and 4 and 32 zeros as 5971763…"""
    longest = pc.max(pc.binary_length(texts)).as_py() or 0
    has_exponent = pc.any(pc.match_substring(texts, "e", ignore_case=True)).as_py() is True
    return has_exponent or longest > DECIMAL_PRECISION - DECIMAL_SCALE


def _rounded(numbers: list[Any]) -> pa.Array[Any] | None:
    try:
        return rounded_array(pa.array(numbers, pa.utf8()))
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return None


def rounded_array(texts: pa.Array[Any]) -> pa.Array[Any] | None:
    """Decimals of numbers that were computed in doubles, their tails rounded away; None where one cannot be read."""
    try:
        if misread_by_arrow(texts):
            return None
        # No text is longer than the digits that a decimal has before its point, so that each fits on both sides of it.
        whole = texts.cast(pa.decimal256(2 * DECIMAL_PRECISION, DECIMAL_PRECISION))
        return pc.round(whole, DECIMAL_SCALE, round_mode="half_to_even").cast(ARROW_TYPES["decimal"])
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return None


def _tidied(values: list[Any], declared_type: DeclaredType) -> list[Any]:
    """Null for an empty text, and whole numbers as text where numbers are read from text."""
    if declared_type in _NUMBERS_AS_TEXT:
        values = [str(value) if type(value) is int else value for value in values]
    return [None if value == "" else value for value in values]


def _one_by_one(values: Sequence[Any], read: Callable[[Any], object], declared_type: DeclaredType) -> Built:
    found: list[object] = []
    bad: list[BadValue] = []
    for number, value in enumerate(values):
        try:
            found.append(None if value is None else read(value))
        except ValueError as reason:
            found.append(None)
            bad.append(BadValue(number, shown(value), str(reason), declared_type))
    return Built(pa.array(found, ARROW_TYPES[declared_type]), bad)


def _read_part(raw: Any, declared_type: DeclaredType, separator: str, part: int) -> object:
    text = part_of(cast("str | None", read_raw(raw, "string")), separator, part)
    return None if text is None else from_text(text, declared_type)
