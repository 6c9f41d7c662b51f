"""What the rows of a JSON document hold beyond the declared members, as JSON objects. Knows no columns and no types.

Members within a row's arrays are not looked at: an array is declared as a whole, or has a table of its own.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from flight_server.decode.json_rows import ARRAY, path_of
from flight_server.decode.json_text import written_anew

_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])

Known = dict[str, Any]
"""Declared members of an object: name → what is declared below it; an empty one is declared as a whole."""


def leftovers(body: bytes, row_path: str, declared: Iterable[str]) -> list[str | None]:
    """For each row of a document its undeclared members; None where it has none.

    >>> leftovers(b'{"rows":[{"a":1,"b":{"c":2,"d":1.50}},{"a":3}]}', "rows[]", ["rows[].a", "rows[].b.c"])
    ['{"b":{"d":1.50}}', None]
    """
    path = path_of(row_path)
    known: Known = {}
    for member in declared:
        names = path_of(member)
        if names[: len(path)] == path:
            _declare(known, names[len(path) :])
    return [None if (rest := _rest(row, known)) is None else written_anew(rest) for row in _rows(body, path)]


def _declare(known: Known, names: Sequence[str]) -> None:
    for name in names:
        if name == ARRAY:
            return
        known = known.setdefault(name, {})


def _rows(body: bytes, path: Sequence[str]) -> list[msgspec.Raw]:
    found = [msgspec.Raw(body)]
    for name in path:
        there = [each for each in found if bytes(each) != b"null"]
        if name == ARRAY:
            found = [inner for each in there for inner in _ELEMENTS.decode(each)]
        else:
            found = [inner for each in there if (inner := _MEMBERS.decode(each).get(name)) is not None]
    is_list = path[-1:] == (ARRAY,)  # in a list null is a row, too
    return [each for each in found if is_list or bytes(each) != b"null"]


def _rest(raw: msgspec.Raw, known: Known) -> msgspec.Raw | None:
    """What is left of an object; None where nothing is."""
    if not bytes(raw).startswith(b"{"):
        return None
    left: dict[str, msgspec.Raw] = {}
    for name, value in _MEMBERS.decode(raw).items():
        if name not in known:
            if bytes(value) != b"null":
                left[name] = value
        elif known[name] and (rest := _rest(value, known[name])) is not None:
            left[name] = rest
    return msgspec.Raw(msgspec.json.encode(left)) if left else None
