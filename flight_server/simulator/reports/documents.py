"""Content as the bytes of a document, in the form of its type and place.

Goes from Content to a Document: separators and quotes, charset, language of the header, compression and what is told
of it. Knows no story. Charsets and forms are those of the fact tables of behaviours (section 8) and report documents.
"""

import csv
import gzip
import io

from flight_server.simulator.answers import json_bytes
from flight_server.simulator.chance import number
from flight_server.simulator.reports.headers import header_of
from flight_server.simulator.reports.report import Asked
from flight_server.simulator.reports.rows import Content, Raw, Sheet, Tree
from flight_server.simulator.storage import Document

# Amazon's name of a charset, and Python's.
_CODECS = {"Cp1252": "cp1252", "Windows-31J": "cp932", "utf8": "utf-8", "UTF-8": "utf-8"}
_BREAKS = str.maketrans("\t\r\n", "   ")


def document(content: Content, asked: Asked, name: str, *, odd: bool) -> Document:
    """The document of a report; `name` alone decides how it is packed."""
    if isinstance(content, Sheet):
        plain, content_type = _table(content, asked, odd=odd)
    elif isinstance(content, Tree):
        plain, content_type = content.text.encode(), "text/xml;charset=UTF-8"
    elif isinstance(content, Raw):
        plain, content_type = content.content, content.content_type
    else:
        plain, content_type = json_bytes(content), "application/json;charset=UTF-8"
    return packed(plain, content_type, name, odd=odd)


def error_document(sentence: str, name: str) -> Document:
    """What a report that failed may say of the reason."""
    return packed(json_bytes({"errorDetails": sentence}), "application/json", name, odd=False)


def packed(plain: bytes, content_type: str, name: str, *, odd: bool) -> Document:
    """Half of all documents are gzip and told so; odd ones are not what they are told to be."""
    match number(name, "packing", below=5 if odd else 2):
        case 0:
            return Document(plain, content_type, is_packed=False, algorithm="")
        case 1:
            return Document(_gzip(plain), content_type, is_packed=True, algorithm="GZIP")
        case 2:
            return Document(_gzip(plain), content_type, is_packed=True, algorithm="")
        case 3:
            return Document(plain, content_type, is_packed=False, algorithm="GZIP")
        case _:
            return Document(_gzip(plain), content_type, is_packed=True, algorithm="GZIP", sends_encoding=True)


def _gzip(plain: bytes) -> bytes:
    return gzip.compress(plain, compresslevel=6, mtime=0)


def _table(content: Sheet, asked: Asked, *, odd: bool) -> tuple[bytes, str]:
    kind, place = asked.type, asked.places[0]
    charset = place.charset if kind.charset_of_place or kind.category == "settlement" else "UTF-8"
    lines = [
        header_of(content.header, asked),
        *([row.get(name, "") for name in content.header] for row in content.rows),
    ]
    is_comma = kind.output == "csv" or (odd and kind.name == "GET_FLAT_FILE_OPEN_LISTINGS_DATA")
    text = _quoted(lines, asked, separator=",") if is_comma else _tabbed(lines, asked)
    if kind.category == "settlement":
        return text.encode(_CODECS[charset], "replace"), "text/plain"  # its charset is not told
    # A byte order mark stands before American listings; what a charset cannot say has become a question mark.
    mark = b"\xef\xbb\xbf" if charset == "utf8" and kind.name.startswith("GET_MERCHANT_LISTINGS") else b""
    media = "text/csv" if kind.output == "csv" else "text/plain"
    return mark + text.encode(_CODECS[charset], "replace"), f"{media};charset={charset}"


def _tabbed(lines: list[list[str]], asked: Asked) -> str:
    if asked.type.quoted:
        return _quoted(lines, asked, separator="\t")
    # Nothing is quoted: a quote is a character, and breaks within a cell become blanks.
    return "".join("\t".join(cell.translate(_BREAKS) for cell in line) + "\r\n" for line in lines)


def _quoted(lines: list[list[str]], asked: Asked, *, separator: str) -> str:
    written = io.StringIO()
    writer = csv.writer(
        written,
        delimiter=separator,
        quoting=csv.QUOTE_ALL if asked.type.quoted else csv.QUOTE_MINIMAL,
        lineterminator="\r\n",
    )
    writer.writerows(lines)
    return written.getvalue()
