"""MySQL's weeks, by the mode of WEEK and YEARWEEK, and DATE_FORMAT, which counts them, too."""

import re

from sqlglot import exp

from flight_server.planner.reading.dialects.formats import Piece, instant_text, plain
from flight_server.planner.reading.dialects.rewriting import refused, whole_number, written

_SUNDAY = "($1 - CAST(DAYOFWEEK($1) AS INTEGER))"
_MONDAY = "($1 - CAST(ISODOW($1) - 1 AS INTEGER))"

_WEEKS = {
    0: "CAST(STRFTIME($1, '%U') AS BIGINT)",
    1: "CASE WHEN ISOYEAR($1) < YEAR($1) THEN 0 WHEN ISOYEAR($1) > YEAR($1) THEN WEEK($1 - 7) + 1 ELSE WEEK($1) END",
    2: f"CAST(STRFTIME({_SUNDAY}, '%U') AS BIGINT)",
    3: "WEEK($1)",
    5: "CAST(STRFTIME($1, '%W') AS BIGINT)",
    7: f"CAST(STRFTIME({_MONDAY}, '%W') AS BIGINT)",
}
"""The number of a date's week by WEEK's mode; $1 is a date."""

_YEAR_AND_WEEK = {
    0: f"YEAR({_SUNDAY}) * 100 + {_WEEKS[2]}",
    1: "YEARWEEK($1)",
    2: f"YEAR({_SUNDAY}) * 100 + {_WEEKS[2]}",
    3: "YEARWEEK($1)",
}

_FORMATS = {
    **{code: f"%{code}" for code in "abdfHIjmpSUwyY"},
    "c": "%-m", "e": "%-d", "h": "%I", "i": "%M", "k": "%-H", "l": "%-I", "M": "%B", "r": "%I:%M:%S %p", "s": "%S",
    "T": "%H:%M:%S", "v": "%V", "W": "%A", "x": "%G",
}  # fmt: skip

_FORMS = {
    "u": _WEEKS[1],
    "V": _WEEKS[2],
    "X": f"YEAR({_SUNDAY})",
}
"""What strftime lacks; $1 is a date."""


def week(day: exp.Expr, mode: exp.Expr | None) -> exp.Expr:
    """WEEK."""
    return _by_mode("WEEK", _WEEKS, day, mode)


def year_and_week(day: exp.Expr, mode: exp.Expr | None) -> exp.Expr:
    """YEARWEEK."""
    return _by_mode("YEARWEEK", _YEAR_AND_WEEK, day, mode)


def as_day(node: exp.Expr) -> exp.Expr:
    """The date of what may be a text or an instant."""
    return exp.cast(node.this if isinstance(node, exp.TsOrDsToDate) else node, exp.DType.DATE)


def date_format(value: exp.Expr, template: exp.Expr) -> exp.Expr:
    """DATE_FORMAT."""
    if not (isinstance(template, exp.Literal) and template.is_string):
        raise refused("DATE_FORMAT with a format that is not written out", "write the format as a text")
    parts = re.findall("%(.)|([^%]+)", template.name, re.DOTALL)
    return instant_text(value, [_piece(code) if code else plain(text) for code, text in parts])


def _piece(code: str) -> Piece:
    if code == "D":
        raise refused("DATE_FORMAT's %D", "write %e")
    if code in _FORMS:
        form = _FORMS[code].replace("$1", "CAST($1 AS DATE)")
        return Piece(form if code == "X" else f"LPAD(CAST({form} AS VARCHAR), 2, '0')")
    return Piece(_FORMATS[code], is_format=True) if code in _FORMATS else plain(code)


def _by_mode(name: str, forms: dict[int, str], day: exp.Expr, mode: exp.Expr | None) -> exp.Expr:
    number = 0 if mode is None else whole_number(mode)
    if number not in forms:
        raise refused(f"MySQL's {name} in this mode", f"write one of the modes {', '.join(map(str, forms))}")
    return written(forms[number], as_day(day))
