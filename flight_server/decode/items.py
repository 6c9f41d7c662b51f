"""The single items of an answer to many requests, as plain objects. Knows a page; knows no column and no HTTP."""

from collections.abc import Container, Mapping, Sequence
from typing import Any

import msgspec

from flight_server.decode.json_rows import Number
from flight_server.decode.unexpected import unreadable_page
from flight_server.plan import Page

# 1e999 is no double, and no reason to refuse a page.
_DECODER: "msgspec.json.Decoder[Any]" = msgspec.json.Decoder(Any, float_hook=Number)


def items_of(page: Page, array: str) -> list[Any]:
    """The elements of an array of the page (`responses`, `$` for the page itself); none where there is no array."""
    try:
        items = value_at(_DECODER.decode(page.body), array)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unreadable_page(page, f"it is not valid JSON ({error})") from None
    return items if isinstance(items, list) else []


def value_at(value: object, path: str) -> object:
    """The value at a path of names; `$` and the empty path mean the value itself.

    >>> value_at({"status": {"code": 404}}, "status.code")
    404
    """
    for name in path.removeprefix("$").split(".") if path.removeprefix("$") else ():
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def with_items(page: Page, array: str, gone: Container[int]) -> bytes:
    """The page's body without the elements of an array at these places; all else as it was sent."""
    return _with_items(msgspec.Raw(page.body), [name for name in array.removeprefix("$").split(".") if name], gone)


def _with_items(body: msgspec.Raw, path: Sequence[str], gone: Container[int]) -> bytes:
    if not path:
        items = msgspec.json.decode(body, type=list[msgspec.Raw])
        return msgspec.json.encode([item for number, item in enumerate(items) if number not in gone])
    members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    members[path[0]] = msgspec.Raw(_with_items(members[path[0]], path[1:], gone))
    return msgspec.json.encode(members)
