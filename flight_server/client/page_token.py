"""An answer's body in, the token of its next page out; an answer that cannot be read is refused.

Reads nothing but the token and a list of errors: msgspec checks the rest as JSON and builds no objects for it.
Knows no HTTP. A member path such as `payload.NextToken` becomes a reader once.
"""

from functools import lru_cache
from typing import Any, TypeVar

import msgspec

BOM = b"\xef\xbb\xbf"
Read = TypeVar("Read")
_NOTHING = (b"null", b"{}", b"[]", b'""')


class Unreadable(ValueError):
    """The body is no JSON text of the expected shape; the text says where."""


class OnlyErrors(ValueError):
    """The body reports errors and holds no data."""


def page_token(body: bytes, next_member: str = "") -> str:
    """The next page's token; empty at the end, and for a call without paging.

    >>> page_token(b'{"payload": {"Orders": [], "NextToken": "abc="}}', "payload.NextToken")
    'abc='
    >>> [page_token(body, "pagination.nextToken") for body in (b"{}", b'{"pagination": null}', b'{"pagination": ""}')]
    ['', '', '']
    """
    try:
        if not body.lstrip().startswith(b"{"):
            msgspec.json.decode(body, type=list[msgspec.Raw])
            return ""
        answer = _reader(next_member).decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(str(error)) from None
    if bytes(answer.errors) not in (b"", *_NOTHING) and _holds_only_errors(body):
        raise OnlyErrors
    value = answer
    steps = next_member.split(".") if next_member else []
    for number in range(len(steps)):
        if value and not isinstance(value, msgspec.Struct):
            raise Unreadable(f"{'.'.join(steps[:number])} is no object")
        value = getattr(value, "inner", None)  # an empty text or list in the place of an object holds none
    return str(value) if next_member and value is not None else ""


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
    try:
        return msgspec.json.decode(text, type=wanted, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(str(error)) from None


def _holds_only_errors(body: bytes) -> bool:
    members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    return all(bytes(value) in _NOTHING for name, value in members.items() if name != "errors")


@lru_cache(maxsize=1024)
def _reader(next_member: str) -> "msgspec.json.Decoder[Any]":
    """A decoder of nested structs whose member `inner` is the next step of the path."""
    steps = next_member.split(".") if next_member else []
    type_: Any = str | int | None
    for step in reversed(steps[1:]):
        member: Any = msgspec.defstruct("Member", [("inner", type_, None)], rename={"inner": step})
        type_ = member | str | list[Any] | None
    fields: list[Any] = [("errors", msgspec.Raw, msgspec.Raw())]
    if steps:
        fields.append(("inner", type_, None))
    return msgspec.json.Decoder(msgspec.defstruct("Body", fields, rename={"inner": steps[0]} if steps else None))
