"""A JSON document as a stream → the elements of one of its arrays, as raw JSON, some at a time.

Only the way to the array is walked; the elements are cut at places that are certain: what stands from the beginning of
an element to such a place is whole elements exactly if it is JSON between brackets. Holds a block, or one element where
that is larger. Knows no columns; numbers stay as they were written.
"""

import json
import re
from collections.abc import Iterator, Sequence

import msgspec

_BLOCK = 1 << 20
_TAIL = 1 << 16
_TRIES = 8
_SEAM = re.compile(rb"}\s*(,)\s*{")
_SPACE = re.compile(rb"\s*")
_AFTER = re.compile(r"\s*([,\]])\s*")
_SCAN = json.JSONDecoder(parse_float=str, parse_int=str)  # only for where a value ends: 1e999 and long numbers too
_CHECK = msgspec.json.Decoder(list[msgspec.Raw])


class Broken(ValueError):
    """The document is no JSON, or not of the form that is known; the text says where."""


class JsonStream:
    """A place in a document; what is before it has been read."""

    def __init__(self, text: Iterator[bytes]) -> None:
        self._text = text
        self._held = b""
        self._taken = b""  # the last sign that was read
        self._end = b""  # the sign that the document ends with

    def elements(self, path: Sequence[str]) -> Iterator[bytes]:
        """Blocks of elements of the array at a path, separated by commas; none where the array is missing or null."""
        self._end = {b"{": b"}", b"[": b"]"}.get(self._peek(), b"")
        if not self._descend(path):
            return
        if self._peek() == b"n":
            self._skip()
            return
        if self._peek() != b"[":
            raise Broken(f"{'.'.join(path) or 'its root'} is no list")
        yield from self._blocks()

    def rest(self) -> bytes:
        """All that was not read yet."""
        while self._more():
            pass
        held, self._held = self._held, b""
        return held

    def finish(self) -> None:
        """Read to the end, so that a document that is cut off is told."""
        tail = self._taken + self._held
        for chunk in self._text:
            tail = (tail + chunk)[-64:]
        if not tail.rstrip().endswith(self._end):
            raise Broken("it ends in the middle: rows may be missing; ask for it again")

    def _descend(self, path: Sequence[str]) -> bool:
        for name in path:
            if self._peek() == b"n":
                return False
            if self._take() != b"{":
                raise Broken(f"an object with {name} was expected near {self._held[:40]!r}")
            if not self._find(name):
                return False
        return True

    def _find(self, name: str) -> bool:
        """Go to the value of a member, past the others."""
        while self._peek() != b"}":
            found = json.loads(self._value())
            if self._take() != b":":
                raise Broken("a member has no value")
            if found == name:
                return True
            self._skip()
            if self._peek() == b",":
                self._take()
        self._take()
        return False

    def _skip(self) -> None:
        """Go past a value; a list, which may be the rows of another table, a block at a time."""
        if self._peek() == b"[":
            for _ in self._blocks():
                pass
        else:
            self._value()

    def _blocks(self) -> Iterator[bytes]:
        self._take()
        while self._peek() != b"]":
            yield self._whole_elements()
            if self._peek() == b",":
                self._take()
            elif self._peek() != b"]":
                raise Broken(f"a comma was expected near {self._held[:40]!r}")
        self._take()

    def _whole_elements(self) -> bytes:
        while len(self._held) < _BLOCK and self._more():
            pass
        if len(self._held) >= _BLOCK:
            seams = [found.start(1) for found in _SEAM.finditer(self._held, len(self._held) - _TAIL)]
            for seam in reversed(seams[-_TRIES:]):
                if _is_whole(self._held[:seam]):
                    return self._cut(seam)
        text = self._held.decode("utf-8", "ignore")  # the last character may be cut
        end = _end_of_elements(text)
        return self._cut(_length(text, end)) if end else self._value()

    def _value(self) -> bytes:
        """One value; more is read until it is whole and something stands behind it."""
        while True:
            self._peek()
            text = self._held.decode("utf-8", "ignore")  # the last character may be cut
            try:
                _, end = _SCAN.raw_decode(text)
            except (ValueError, RecursionError) as error:
                if not self._more(len(self._held)):
                    raise Broken(f"it is not valid JSON, or ends in the middle ({error})") from None
                continue
            if end == len(text) and self._more():
                continue
            return self._cut(_length(text, end))

    def _cut(self, length: int) -> bytes:
        value, self._held = self._held[:length], self._held[length:]
        return value

    def _peek(self) -> bytes:
        """The next sign that is no space."""
        while True:
            self._held = self._held[_SPACE.match(self._held).end() :]  # type: ignore[union-attr]  # it always matches
            if self._held:
                return self._held[:1]
            if not self._more():
                raise Broken("it ends in the middle: rows may be missing; ask for it again")

    def _take(self) -> bytes:
        self._taken = self._peek()
        self._held = self._held[1:]
        return self._taken

    def _more(self, at_least: int = 1) -> bool:
        """Read on; False at the end."""
        parts, count = [self._held], 0
        for chunk in self._text:
            parts.append(chunk)
            count += len(chunk)
            if count >= at_least:
                break
        self._held = b"".join(parts)
        return count > 0


def _is_whole(elements: bytes) -> bool:
    try:
        _CHECK.decode(b"[" + elements + b"]")
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _end_of_elements(text: str) -> int:
    """Where the last element ends that is whole for certain; 0 where none is."""
    end = start = 0
    while True:
        try:
            _, stop = _SCAN.raw_decode(text, start)
        except (ValueError, RecursionError):
            return end
        after = _AFTER.match(text, stop)
        if after is None:
            return end
        end, start = stop, after.end()
        if after[1] == "]":
            return end


def _length(text: str, end: int) -> int:
    return end if text.isascii() else len(text[:end].encode())
