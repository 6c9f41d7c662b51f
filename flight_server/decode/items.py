"""The single items of an answer to many requests, as plain objects. Knows a page; knows no column and no HTTP."""

from collections.abc import Mapping
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
