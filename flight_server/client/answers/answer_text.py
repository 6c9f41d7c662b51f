"""The body of an answer in, UTF-8 JSON out: its charset believed, and mended what can only mean one thing.

Mended are halves of surrogate pairs (a title cut in the middle of an emoji), which become U+FFFD, and raw control
characters inside a text, which stay the characters they are. Everything else keeps its bytes, numbers digit by digit.
A body that needs none of this is looked through once, as fast as memory is read. Knows no operation and no paging.
Facts: some of Amazon's texts say Cp1252, utf8 or Windows-31J; Shift_JIS means the latter (behaviours, section 8).
"""

import codecs
import re
from typing import TypeVar

import msgspec

BOM = codecs.BOM_UTF8
T = TypeVar("T")

_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s"';,]+)""", re.IGNORECASE)
_WIDE_MARKS = (  # the longer first: the shorter are their beginnings
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MEANT = {"shift_jis": "cp932", "windows-31j": "cp932"}  # what senders say -> Python's name of what they mean
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_IS_ODD = re.compile(rb"[\x00-\x1f]|\\u[dD][89a-fA-F]")
_ODD = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a whole pair: stays
    rb"|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"  # half a pair
    rb"|\\."  # another escape: stays
    rb"|[\x00-\x1f]",  # a raw control character
    re.DOTALL,
)
_HALF_LENGTH = 6  # of an escape; a whole pair has twice as much, others two bytes


class Unreadable(ValueError):
    """The body is no JSON text of the expected shape; the text says where."""


class Malformed(Unreadable):
    """The body is no JSON text; it may have been cut."""


def utf8_of(body: bytes, content_type: str = "") -> bytes:
    """The body's text in UTF-8 without byte order mark; raises Unreadable for bytes that are not of their charset.

    >>> utf8_of("é".encode("latin-1"), "application/json; charset=ISO-8859-1") == "é".encode()
    True
    """
    charset = _charset(body, content_type)
    if charset != "utf-8":
        return _decoded(body, charset).encode()
    body = body.removeprefix(BOM)
    if not body.isascii():
        try:
            body.decode()
        except UnicodeDecodeError:
            return _decoded(body, charset).encode()
    return body


def read_json(text: bytes, decoder: "msgspec.json.Decoder[T]") -> tuple[bytes, T]:
    """The text, mended if it must be, and what the decoder makes of it; raises Unreadable."""
    try:
        return text, decoder.decode(text)
    except msgspec.ValidationError as error:
        raise Unreadable(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    mended = _STRING.sub(_mended, text)
    try:
        return mended, decoder.decode(mended)
    except RecursionError:
        raise Unreadable("it is nested too deeply") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed(str(error)) from None


def _charset(body: bytes, content_type: str) -> str:
    """The charset that the header names, else the one that a byte order mark tells, else UTF-8."""
    said = _CHARSET.search(content_type)
    if said is None:
        return next((charset for mark, charset in _WIDE_MARKS if body.startswith(mark)), "utf-8")
    name = said.group(1).casefold()
    try:
        name = codecs.lookup(_MEANT.get(name, name)).name
    except LookupError:
        raise Unreadable(f"nobody knows its charset {name[:60]!r}") from None
    return _MEANT.get(name, name)


def _decoded(body: bytes, charset: str) -> str:
    try:
        return body.decode(charset).removeprefix("\ufeff")
    except LookupError:  # a codec, but none of texts
        raise Unreadable(f"nobody knows its charset {charset!r}") from None
    except UnicodeError as error:
        reason = error
    try:
        # Halves of surrogate pairs, as some encoders write them: two halves in a row are a pair after all.
        text = body.decode(charset, "surrogatepass").removeprefix("\ufeff")
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    except UnicodeError:
        where = f"{reason.reason} at byte {reason.start}" if isinstance(reason, UnicodeDecodeError) else str(reason)
        raise Unreadable(f"it is not {charset.upper()} ({where})") from None


def _mended(string: re.Match[bytes]) -> bytes:
    found = string.group()
    return _ODD.sub(_mended_part, found) if _IS_ODD.search(found) else found


def _mended_part(part: re.Match[bytes]) -> bytes:
    found = part.group()
    if found[:1] != b"\\":
        return b"\\u%04x" % found[0]
    return b"\\ufffd" if len(found) == _HALF_LENGTH else found
