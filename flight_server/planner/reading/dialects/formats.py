"""Texts of dates and instants, put together from strftime's and of what that lacks."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlglot import exp

from flight_server.planner.reading.dialects.rewriting import refused, written
from flight_server.planner.reading.nodes import Nodes


@dataclass(frozen=True)
class Piece:
    """A piece of such a text: strftime's format, else the engine's SQL with $1 for the instant."""

    text: str
    is_format: bool = False


_WITH_FORMAT = (exp.StrToDate, exp.StrToTime, exp.StrToUnix, exp.TsOrDsToDate)


def refuse_unwritten(nodes: Nodes) -> None:
    """Raise Unsupported for formats of another system that only come when the query runs."""
    for node in (node for kind in _WITH_FORMAT for node in nodes.of(kind)):
        template = node.args.get("format")
        if template is not None and not isinstance(template, exp.Literal):
            raise refused("a format that is not written out", "write the format as a text")
    for node in nodes.of(exp.Convert):
        style = node.args.get("style")
        if style is not None and not isinstance(style, exp.Literal):
            raise refused("CONVERT with a style that is not written out", "write its number")


def plain(text: str) -> Piece:
    """A text that stands for itself."""
    return Piece(text.replace("%", "%%"), is_format=True)


def instant_text(value: exp.Expr, pieces: Iterable[Piece]) -> exp.Expr:
    """The text of an instant; neighbours that strftime can write are one call."""
    forms: list[Piece] = []
    for piece in pieces:
        if forms and forms[-1].is_format and piece.is_format:
            forms[-1] = Piece(forms[-1].text + piece.text, is_format=True)
        else:
            forms.append(piece)
    texts = [_call(piece.text) if piece.is_format else f"CAST({piece.text} AS VARCHAR)" for piece in forms]
    return written(" || ".join(texts) or "''", exp.cast(value, exp.DType.TIMESTAMP))


def _call(text: str) -> str:
    quoted = text.replace("'", "''")
    return f"STRFTIME($1, '{quoted}')"
