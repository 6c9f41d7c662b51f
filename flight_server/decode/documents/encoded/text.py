"""The document's bytes → the same text in UTF-8, chunk by chunk, or an error that names ReportEncoding.

In this order: what the connection says, a byte order mark, the charset of the content type, UTF-8 where the bytes are
UTF-8, the code page of the marketplace. The last two are decided on the first megabyte that is not plain ASCII; what
contradicts the decision later is an error as well, never a wrong character. A charset that is told is believed, unless
everything beyond ASCII is UTF-8: by chance that does not happen. Knows no rows.
"""

import codecs
import re
from collections.abc import Iterable, Iterator

from flight_server.decode.documents.facts import DocumentFacts, unreadable_document
from flight_server.decode.documents.places import places_of
from flight_server.errors import SettingError, UnexpectedAnswer

_EVIDENCE = 1 << 20
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([^\s;\"']+)", re.IGNORECASE)
_MEANT = {"shift_jis": "cp932", "iso8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}
"""What Amazon means by a charset: the code page that holds it, with the characters that it really uses."""

_ALIASES = dict.fromkeys(("windows-31j", "cswindows31j", "x-sjis", "ms932", "x-ms-cp932", "windows-932"), "cp932")
"""Names of code pages that Python does not know."""

_KEEP_ASCII = ("utf-8", "cp1252", "cp932", "gb18030", "iso8859", "euc")
"""Encodings (beginnings of their names) in which a run of ASCII bytes is those characters, whatever came before."""

_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")


def in_utf8(chunks: Iterable[bytes], facts: DocumentFacts) -> Iterator[bytes]:
    """The document in UTF-8, without byte order mark; raises UnexpectedAnswer where it is not what it seems to be."""
    stream = iter(chunks)
    head = _first(stream, 4)
    mark, marked = next(((mark, name) for mark, name in _MARKS if head.startswith(mark)), (b"", ""))
    told = facts.encoding or marked or _charset(facts.content_type)
    encoding = _codec(told)
    if told and not encoding:
        raise _unknown(facts, told)
    stream = _with_head(head[len(mark) :], stream)
    if encoding:
        is_sure = bool(facts.encoding or marked) or encoding == "utf-8"
        return _decoded(stream, encoding, told, facts, is_sure=is_sure)
    return _by_evidence(stream, facts)


def _charset(content_type: str) -> str:
    found = _CHARSET.search(content_type)
    return found[1] if found and _codec(found[1]) != "ascii" else ""  # what is ASCII needs no charset


def _codec(name: str) -> str:
    """Python's name of the code page that is meant; empty for one that nobody knows."""
    known = _ALIASES.get(name.lower().replace("_", "-"), name)
    try:
        if not known or not codecs.lookup(known)._is_text_encoding:  # a codec may be no character set
            return ""
    except LookupError:
        return ""
    found = codecs.lookup(known).name
    return _MEANT.get(found, found)


def _unknown(facts: DocumentFacts, told: str) -> Exception:
    if facts.encoding:
        return SettingError("ReportEncoding", "must be the name of a character set, such as UTF-8, Cp1252 or Shift_JIS")
    return unreadable_document(facts, f"nobody knows its character set {told!r}: set ReportEncoding to what it is in")


def _first(stream: Iterator[bytes], size: int) -> bytes:
    head = b""
    while len(head) < size and (chunk := next(stream, b"")):
        head += chunk
    return head


def _with_head(head: bytes, stream: Iterator[bytes]) -> Iterator[bytes]:
    if head:
        yield head
    yield from stream


def _by_evidence(stream: Iterator[bytes], facts: DocumentFacts) -> Iterator[bytes]:
    """Pass ASCII, which all have in common, until the first other character; then look at a megabyte."""
    for chunk in stream:
        if chunk.isascii():
            yield chunk
            continue
        head = chunk + _first(stream, _EVIDENCE)
        encoding = _guessed(head, facts)
        yield from _decoded(_with_head(head, stream), encoding, "", facts, is_sure=True)
        return


def _guessed(head: bytes, facts: DocumentFacts) -> str:
    if _decodes(head, "utf-8"):
        return "utf-8"
    pages = places_of(facts.marketplace_ids).code_pages
    fitting = [page for page in pages if _decodes(head, page)]
    sequences = sum(map(len, _SEQUENCE.findall(head)))
    if len(fitting) != 1 or (fitting == ["cp1252"] and 2 * sequences > len(_BEYOND_ASCII.findall(head))):
        raise _contradiction(facts, f"it is neither UTF-8 nor {' nor '.join(pages)} for certain")
    return fitting[0]


def _decodes(head: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(head)  # the last character may be cut
    except UnicodeDecodeError:
        return False
    return True


def _decoded(
    stream: Iterator[bytes], encoding: str, told: str, facts: DocumentFacts, *, is_sure: bool
) -> Iterator[bytes]:
    """Decode strictly; without certainty also look out for what is UTF-8 from beginning to end."""
    decoder = codecs.getincrementaldecoder(encoding)()
    rival: codecs.IncrementalDecoder | None = None if is_sure else codecs.getincrementaldecoder("utf-8")()
    keeps_ascii = encoding.startswith(_KEEP_ASCII)
    is_ascii = True  # nothing else so far, and no character is cut
    place = 0
    try:
        for chunk in stream:
            if keeps_ascii and chunk.isascii() and not decoder.getstate()[0]:
                rival = None if rival and rival.getstate()[0] else rival
                yield chunk
            else:
                is_ascii = False
                text = decoder.decode(chunk)
                rival = _still(rival, chunk)
                yield chunk if encoding == "utf-8" else text.encode()
            place += len(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        where = f"{error.reason} near byte {place + error.start}"
        raise _contradiction(facts, f"it is not {told or encoding} ({where})") from None
    if rival is not None and not is_ascii and _still(rival, b"", is_last=True):
        raise _contradiction(facts, f"it is said to be {told}, and all of it is UTF-8")


def _still(
    rival: codecs.IncrementalDecoder | None, chunk: bytes, *, is_last: bool = False
) -> codecs.IncrementalDecoder | None:
    """The decoder, as long as what it was given is UTF-8."""
    if rival is None:
        return None
    try:
        rival.decode(chunk, final=is_last)
    except UnicodeDecodeError:
        return None
    return rival


def _contradiction(facts: DocumentFacts, reason: str) -> UnexpectedAnswer:
    return unreadable_document(facts, f"{reason}: set ReportEncoding to the character set that it is in")
