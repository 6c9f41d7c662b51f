"""An answer's body in the model's form in, the token of its next page out; one that cannot be read is refused.

Reads nothing but the token: msgspec checks the rest as JSON and builds no objects for it. Knows no HTTP and no errors.
A member path such as `payload.NextToken` becomes a reader once.
"""

from functools import lru_cache
from typing import Any, TypeVar

import msgspec

from flight_server.client.answers.answer_text import Unreadable

Read = TypeVar("Read")
_TOKEN: "msgspec.json.Decoder[str | int]" = msgspec.json.Decoder(str | int)
_NOTHING = (b"null", b'""', b"[]", b"{}")


def page_token(body: bytes, next_member: str = "") -> str:
    """The next page's token; empty at the end, and for a call without paging.

    >>> page_token(b'{"payload": {"Orders": [], "NextToken": "abc="}}', "payload.NextToken")
    'abc='
    >>> [page_token(body, "pagination.nextToken") for body in (b"{}", b'{"pagination": null}', b'{"pagination": ""}')]
    ['', '', '']
    """
    if not next_member or not body.lstrip().startswith(b"{"):
        return ""
    try:
        value = _read_by(_reader(next_member), body)
    except Unreadable:
        found = _at(body, next_member)  # an empty text or list may stand for an object
        return "" if found is None else str(_read_by(_TOKEN, found))
    for _ in next_member.split("."):
        value = None if value is None else value.inner
    return "" if value is None else str(value)


def row_count(body: bytes, row_path: str) -> int:
    """How many rows a page holds.

    >>> row_count(b'{"offers": [{}, {}]}', "offers[]"), row_count(b"{}", "offers[]")
    (2, 0)
    """
    found = _at(body, row_path.removesuffix("[]"))
    return 0 if found is None else len(_read(found, list[msgspec.Raw]))


def number_at(body: bytes, member: str) -> int | None:
    """A whole number at a path; None where there is none.

    >>> number_at(b'{"pagination": {"totalResults": 7}}', "pagination.totalResults")
    7
    """
    found = _at(body, member)
    return None if found is None else _read(found, int)


def _at(body: bytes, path: str) -> bytes | None:
    found = bytes(body)
    for name in path.removeprefix("$").split(".") if path.removeprefix("$") else ():
        inner = _read(found, dict[str, msgspec.Raw]).get(name)
        if inner is None or bytes(inner) in _NOTHING:
            return None
        found = bytes(inner)
    return found


def _read(text: bytes, wanted: type[Read]) -> Read:
    return _read_by(msgspec.json.Decoder(wanted, strict=False), text)


def _read_by(decoder: "msgspec.json.Decoder[Read]", text: bytes) -> Read:
    try:
        return decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(str(error)) from None


@lru_cache(maxsize=1024)
def _reader(next_member: str) -> "msgspec.json.Decoder[Any]":
    """A decoder of nested structs whose member `inner` is the next step of the path."""
    first, *steps = next_member.split(".")
    type_: Any = str | int | None
    for step in reversed(steps):
        type_ = msgspec.defstruct("Member", [("inner", type_, None)], rename={"inner": step}) | None
    return msgspec.json.Decoder(msgspec.defstruct("Body", [("inner", type_, None)], rename={"inner": first}))
