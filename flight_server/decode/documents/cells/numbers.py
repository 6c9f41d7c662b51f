"""A number as a report writes it → a number with a point, by the signs of its document.

Documents of one marketplace differ: a German settlement writes 1.141,18 and a German order 9.99. So the signs are
settled by what is certain in the document, and by the marketplace where nothing is. Knows no columns.
"""

import re
from collections.abc import Iterable

_COMMA = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:[.\s'’]\d{3})+),(?!\d{3}$)\d+|[+-]?\d{1,3}(?:\.\d{3})+,\d+|[+-]?0,\d+")
_POINT = re.compile(
    r"[+-]?(?:\d+|\d{1,3}(?:[,\s'’]\d{2,3})+)\.(?!\d{3}$)\d+|[+-]?\d{1,3}(?:,\d{2,3})+\.\d+|[+-]?0\.\d+"
)
_GROUPED_BY_POINT = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+")
_GROUPED_BY_COMMA = re.compile(r"[+-]?\d{1,3}(?:,\d{2,3})*,\d{3}")
_BLANKS = re.compile(r"(?<=\d)[\s'’](?=\d{3})")


def has_comma(texts: Iterable[str]) -> bool | None:
    """Whether numbers have a decimal comma, by what is certain; None where nothing is.

    >>> has_comma(["7", "1.141,18"]), has_comma(["12.50"]), has_comma(["1.250", "1,250"])
    (True, False, None)
    """
    said: bool | None = None
    for text in texts:
        if _COMMA.fullmatch(text):
            return True
        if _POINT.fullmatch(text):
            said = False
    return said


def with_point(text: str, *, comma: bool) -> str:
    """The number with a decimal point and without signs between the thousands; what is no number stays as it is.

    >>> with_point("1.141,18", comma=True), with_point("1,141.18", comma=True), with_point("1.250", comma=True)
    ('1141.18', '1141.18', '1250')
    >>> with_point("1,250", comma=False), with_point("1 017,95", comma=False), with_point("1.250", comma=False)
    ('1250', '1017.95', '1.250')
    """
    text = _BLANKS.sub("", text)
    if _COMMA.fullmatch(text) or (comma and _GROUPED_BY_COMMA.fullmatch(text) and text.count(",") == 1):
        return text.replace(".", "").replace(",", ".")
    if _POINT.fullmatch(text):
        return text.replace(",", "")
    if comma and _GROUPED_BY_POINT.fullmatch(text):
        return text.replace(".", "")
    if _GROUPED_BY_POINT.fullmatch(text) and text.count(".") > 1:
        return text.replace(".", "")
    return text.replace(",", "") if _GROUPED_BY_COMMA.fullmatch(text) else text
