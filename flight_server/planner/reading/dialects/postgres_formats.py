"""PostgreSQL's `to_char` of dates and instants → strftime and what it lacks."""

import re

from sqlglot import exp

from flight_server.planner.reading.dialects.formats import Piece, instant_text, plain
from flight_server.planner.reading.dialects.rewriting import refused

_CODES = {
    "YYYY": "%Y", "YY": "%y", "IYYY": "%G", "MM": "%m", "DD": "%d", "DDD": "%j", "HH24": "%H", "HH12": "%I",
    "HH": "%I", "MI": "%M", "SS": "%S", "MS": "%g", "US": "%f", "FF3": "%g", "FF6": "%f", "ID": "%u", "IW": "%V",
}  # fmt: skip
"""Whatever the case they are written in."""

_WORDS = {"MONTH": "%B", "MON": "%b", "DAY": "%A", "DY": "%a", "AM": "%p", "PM": "%p"}
"""These are written in the case of their template."""

_FORMS = {
    "Q": "QUARTER($1)",
    "D": "(DAYOFWEEK($1) + 1)",
    "W": "((DAY($1) - 1) // 7 + 1)",
    "WW": "LPAD(CAST((DAYOFYEAR($1) - 1) // 7 + 1 AS VARCHAR), 2, '0')",
    "CC": "LPAD(CAST(CENTURY($1) AS VARCHAR), 2, '0')",
}

# fmt: off
_NEVER = frozenset({
    "SSSSS", "SSSS", "IDDD", "Y,YYY", "YYY", "Y", "IYY", "IY", "I", "TZH", "TZM", "TZ", "OF", "RM", "BC",
    "AD", "A.M.", "P.M.", "B.C.", "A.D.", "FF1", "FF2", "FF4", "FF5", "J", "FX", "TM",
})
# fmt: on
"""Templates without a form here."""

_TEMPLATES = "|".join(map(re.escape, sorted({*_CODES, *_WORDS, *_FORMS, *_NEVER}, key=lambda name: -len(name))))

_PART = re.compile(
    rf'"(?P<quoted>[^"]*)"|(?P<fill>FM)?(?P<template>{_TEMPLATES})(?P<ordinal>TH)?|(?P<plain>.)',
    re.DOTALL | re.IGNORECASE,
)

_PADDED = 9
"""Characters that names of months and days are padded to, unless FM says otherwise."""


def to_char(value: exp.Expr, template: exp.Expr) -> exp.Expr:
    """The text of a date or an instant."""
    if not (isinstance(template, exp.Literal) and template.is_string):
        raise refused("to_char with a format that is not written out", "write the format as a text")
    if re.search("[09]", template.name) and not re.search("[YMDHQW]", template.name, re.IGNORECASE):
        raise refused("to_char of a number", "write CAST(x AS TEXT) or round(x, 2)")
    return instant_text(value, [_piece(part, template.name) for part in _PART.finditer(template.name)])


def _piece(part: re.Match[str], whole: str) -> Piece:
    text = part["quoted"] if part["quoted"] is not None else part["plain"]
    if text is not None:
        return plain(text)
    name, fills = part["template"], bool(part["fill"])
    upper = name.upper()
    if upper in _NEVER or part["ordinal"]:
        raise refused(f"to_char's {part[0]} in '{whole}'", 'put letters that are no template in "double quotes"')
    if upper in _FORMS:
        return Piece(f"LTRIM(CAST({_FORMS[upper]} AS VARCHAR), '0')" if fills else _FORMS[upper])
    if upper in _WORDS:
        return _word(name, fills)
    if not fills:
        return Piece(_CODES[upper], is_format=True)
    return Piece(f"COALESCE(NULLIF(LTRIM(STRFTIME($1, '{_CODES[upper]}'), '0'), ''), '0')")


def _word(name: str, fills: bool) -> Piece:
    code = _WORDS[name.upper()]
    is_padded = not fills and name.upper() in ("MONTH", "DAY")
    if not is_padded and ((name.isupper() and code == "%p") or not (name.isupper() or name.islower())):
        return Piece(code, is_format=True)
    form = f"STRFTIME($1, '{code}')"
    if name.isupper() or name.islower():
        form = f"{'UPPER' if name.isupper() else 'LOWER'}({form})"
    return Piece(f"RPAD({form}, {_PADDED}, ' ')" if is_padded else form)
