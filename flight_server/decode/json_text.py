r"""Raw JSON of Amazon's answers → text: what a JSON string says, or JSON written anew.

Amazon spells one text in several ways (`Tools \u0026 Home`, `1\/2`, `\u00fc`), but a LIKE knows one. So JSON is written
compact, in UTF-8, with no escape that JSON does not need; numbers stay digit by digit and members in their order.
Knows no types and no columns.
"""

import json
import re
from collections.abc import Iterable
from functools import lru_cache

import msgspec

_NOTHING = ("null", '""')
_MARKS = ("\\", " ", "\n", "\t", "\r")
"""Where none of these is, nothing is to be done."""

_ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a pair of surrogates is one character
    r"|\\u[0-9a-fA-F]{4}|\\."
)


def text_of(raw: msgspec.Raw) -> str | None:
    """The text of a raw value: a string's content, else its JSON; None for null.

    >>> text_of(msgspec.Raw(b'"a"')), text_of(msgspec.Raw(b"1.50")), text_of(msgspec.Raw(b"[1, 2]"))
    ('a', '1.50', '[1,2]')
    """
    return msgspec.json.decode(raw, type=str) if is_text(raw) else written_anew(raw)


def is_text(raw: msgspec.Raw) -> bool:
    """Whether it is a JSON string."""
    return bytes(raw).startswith(b'"')


def written_anew(raw: msgspec.Raw) -> str | None:
    r"""The JSON of a raw value; None for null, and for an empty text: an array or object that is not there.

    >>> written_anew(msgspec.Raw(br'{"a": "Tools \u0026 \"Home\"", "b": 1.50}'))
    '{"a":"Tools & \\"Home\\"","b":1.50}'
    """
    text = str(raw, "utf-8")
    return None if text in _NOTHING else _anew(text)


def all_written_anew(values: Iterable[msgspec.Raw | None]) -> list[str | None]:
    """`written_anew` for each of many, looked at together: most need no change."""
    texts = ["null" if raw is None else str(raw, "utf-8") for raw in values]
    together = "".join(texts)
    if any(mark in together for mark in _MARKS):
        texts = [_anew(text) for text in texts]
    return [None if text in _NOTHING else text for text in texts]


def _anew(text: str) -> str:
    if "\\u" in text or "\\/" in text:
        text = _ESCAPE.sub(_plain, text)
    try:
        return msgspec.json.format(text, indent=-1)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _plain(escape: re.Match[str]) -> str:
    return _character(escape[0])


@lru_cache(maxsize=4096)
def _character(escape: str) -> str:
    r"""The character that an escape stands for, or the escape that it needs.

    >>> _character("\\u00fc"), _character("\\/"), _character("\\u0022"), _character("\\u000A"), _character("\\ud83d")
    ('ü', '/', '\\"', '\\n', '\ufffd')
    """
    character: str = json.loads(f'"{escape}"')
    if "\ud800" <= character <= "\udfff":  # half of a pair, no character by itself
        return "\ufffd"
    return character if character >= " " and character not in '"\\' else json.dumps(character)[1:-1]
