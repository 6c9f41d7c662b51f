"""An answer in another envelope → the answer in the model's form, so that paging and decoding see one form only.

Without `payload` where the model has it, with one where it has none, a page token on the other side of the wrapper, a
list bare instead of in its object or the other way round: the other form is taken where the model's names are found in
it, else the answer is refused. What the model itself leaves out (an absent list, an empty object, `null`) stays what it
is, and so do members that nobody knows, as long as the known ones are there.

Values are moved as the bytes they are. Most answers have the model's form: then nothing is built anew, and all it costs
is to read the names of the root and of what holds the rows. Knows no HTTP and no rows; of errors only their names.
"""

from typing import Any

import msgspec

from catalog.table import AnswerLevel
from flight_server.client.answers.answer_text import Unreadable
from flight_server.reasons import is_error_name

WRAPPER = "payload"

Object = dict[str, Any]
"""Member → its raw JSON, or an object or list made of such."""

ROOT: "msgspec.json.Decoder[Any]" = msgspec.json.Decoder(
    dict[str, msgspec.Raw] | list[msgspec.Raw] | str | int | float | bool | None
)
"""Reads one level: the members of an object or the elements of a list, each as raw JSON."""

_SPACE = b" \t\r\n"
_NOTHING = (b"null", b'""', b"[]", b"{}")
_LONGEST_NOTHING = 64  # with the space within
_NAMES_TOLD, _NAME_LENGTH = 8, 60


class NotUnderstood(Unreadable):
    """The answer has neither the model's form nor another known one; the text names what it has."""


def in_form(value: Any, level: AnswerLevel, where: str = "it") -> Any:
    """The value itself where it has the form of the level, else another that has it; raises NotUnderstood."""
    if is_nothing(value):
        return value
    if level.is_list:
        return _elements(_as_list(value, level, where), level, where)
    if isinstance(value, list):
        value = _as_object(value, level, where)
    if not isinstance(value, dict):
        raise NotUnderstood(f"{where} is neither an object nor a list")
    return _object(value, level, where)


def is_nothing(value: Any) -> bool:
    """Whether a value tells nothing: null, or empty.

    >>> [is_nothing(msgspec.Raw(text)) for text in (b"{ }", b"null", b"0", b"[[]]")]
    [True, True, False, False]
    """
    if not isinstance(value, msgspec.Raw):
        return value is None or value in ("", [], {})
    text = memoryview(value)
    return len(text) <= _LONGEST_NOTHING and bytes(text).translate(None, _SPACE) in _NOTHING


def _opened(value: Any) -> Any:
    return ROOT.decode(value) if isinstance(value, msgspec.Raw) else value


def _object(members: Object, level: AnswerLevel, where: str) -> Object:
    if _strays(members, level):
        members = _wrapped(_unwrapped(members, level, where), level)
        _refuse_unknown(members, level, where)
    for name, below in level.inner.items():
        if name in members and not _is_in_form(members[name], below):
            members = _with_inner(members, name, level, where)
    return members


def _is_in_form(value: Any, level: AnswerLevel) -> bool:
    """Whether a look at its beginning is enough: a list that is not of answers, or an object of anything."""
    begins = bytes(memoryview(value)[:1]) if isinstance(value, msgspec.Raw) else b""
    return (begins == b"[" and level.is_list and level.element is None) or (not level.names and begins == b"{")


def _strays(members: Object, level: AnswerLevel) -> frozenset[str]:
    """Members that tell something and are none of the level's; nothing is a stray where anything may stand."""
    if not level.names or members.keys() <= level.names:
        return frozenset()
    unknown = members.keys() - level.names
    return frozenset(name for name in unknown if not is_error_name(name) and not is_nothing(members[name]))


def _unwrapped(members: Object, level: AnswerLevel, where: str) -> Object:
    """The members without a wrapper that the model does not have."""
    if WRAPPER not in _strays(members, level):
        return members
    inner = _opened(members[WRAPPER])
    if isinstance(inner, list):
        inner = _as_object(inner, level, f"the {WRAPPER} of {where}")
    if not isinstance(inner, dict):
        return members
    outer = {name: value for name, value in members.items() if name != WRAPPER and not is_nothing(value)}
    if twice := [name for name in outer if name in inner and not is_nothing(inner[name]) and not is_error_name(name)]:
        raise NotUnderstood(f"{where} has {_listed(twice)} twice, within its {WRAPPER} and beside it")
    return _unwrapped({**inner, **outer}, level, where)


def _wrapped(members: Object, level: AnswerLevel) -> Object:
    """The members with those put into an inner object, or list, that the model has there."""
    for name, below in level.inner.items():
        strays = _strays(members, level)
        held = None if is_nothing(members.get(name)) else _opened(members[name])
        if not below.is_list and (held is None or isinstance(held, dict)):
            inner: Object = held or {}
            # A free object, where it is missing, takes all that there is.
            free = members.keys() - level.names if strays and not below.names and not inner else frozenset()
            takes = [stray for stray in members if stray in free or stray in strays & below.names]
            moved = {stray: members[stray] for stray in takes if is_nothing(inner.get(stray))}
            content: Any = {**inner, **moved}
        else:
            lists = [stray for stray in strays if name == WRAPPER and held is None and _fits(members[stray], below)]
            moved = {stray: members[stray] for stray in lists if len(lists) == 1}
            content = next(iter(moved.values()), None)
        if moved:
            members = {each: value for each, value in members.items() if each not in moved} | {name: content}
    return members


def _with_inner(members: Object, name: str, level: AnswerLevel, where: str) -> Object:
    """The members with one of them in its form; what it holds of theirs (a page token) is put beside it."""
    below, held = level.inner[name], _opened(members[name])
    raised: Object = {}
    if isinstance(held, dict) and not below.is_list and not held.keys() <= below.names:
        foreign = (each for each in held.keys() - below.names if each in level.names or is_error_name(each))
        raised = {each: held[each] for each in foreign if is_nothing(members.get(each)) and not is_nothing(held[each])}
    rest = {each: value for each, value in held.items() if each not in raised} if raised else held
    formed = in_form(rest, below, name if where == "it" else f"{where}.{name}")
    return members if formed is held else {**members, **raised, name: formed}


def _refuse_unknown(members: Object, level: AnswerLevel, where: str) -> None:
    """Raise NotUnderstood where no rows can be and something unknown might hold them.

    A plain value holds no rows: beside known members it is only new.
    """
    strays = _strays(members, level)
    if not strays or any(_may_hold_rows(members[name]) for name in level.rows & members.keys()):
        return
    is_known = any(
        name in level.names and not is_error_name(name) and not is_nothing(members[name]) for name in members
    )
    if not is_known or any(isinstance(_opened(members[name]), dict | list) for name in strays):
        wanted = "none of the members that are known" if level.rows == level.names else f"no {_listed(level.rows)}"
        raise NotUnderstood(
            f"{where} has {wanted}, but {_listed(name for name in members if members[name] is not None)}"
        )


def _may_hold_rows(value: Any) -> bool:
    """Whether there are rows, or an empty list says that there are none."""
    return isinstance(_opened(value), list) or not is_nothing(value)


def _as_list(value: Any, level: AnswerLevel, where: str) -> list[Any]:
    """The list that should stand here: it stands within an object, or its only element stands alone."""
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        raise NotUnderstood(f"{where} is neither a list nor an object")
    told = {name: each for name, each in value.items() if not is_nothing(each) and not is_error_name(name)}
    only = _opened(next(iter(told.values()))) if len(told) == 1 else None
    if isinstance(only, list) and _fits(only, level):
        return only
    if isinstance(only, dict) and WRAPPER in told:
        return _as_list(only, level, f"the {WRAPPER} of {where}")
    if told and not told.keys() & level.names:
        raise NotUnderstood(f"{where} is no list, but an object of {_listed(told)}")
    return [value] if told else []


def _as_object(value: list[Any], level: AnswerLevel, where: str) -> Object:
    """The object that should stand here: around the list that stands here."""
    if not value:
        return {}
    fitting = [name for name, below in level.inner.items() if below.is_list and _fits(value, below)]
    if len(fitting) == 1:
        return {fitting[0]: value}
    for name, below in level.inner.items():
        if not below.is_list and below.inner:
            return {name: _as_object(value, below, where)}
    raise NotUnderstood(f"{where} is a list of other things than {_listed(level.rows)}")


def _elements(value: list[Any], level: AnswerLevel, where: str) -> list[Any]:
    """The list with every answer of a batch in its form."""
    if level.element is None:
        return value
    opened = [_opened(each) for each in value]
    formed = [in_form(each, level.element, f"{where}[{number}]") for number, each in enumerate(opened)]
    return value if all(each is known for each, known in zip(formed, opened, strict=True)) else formed


def _fits(value: Any, level: AnswerLevel) -> bool:
    """Whether a value is a list as the level has it, as far as its first element tells."""
    value = _opened(value)
    if not isinstance(value, list):
        return False
    first = next((each for each in map(_opened, value) if each is not None), None)
    return bool(first.keys() & level.names) if isinstance(first, dict) else first is not None and not level.names


def _listed(names: Any) -> str:
    found = [str(name)[:_NAME_LENGTH] for name in sorted(names)]
    more = f" and {len(found) - _NAMES_TOLD} more" if len(found) > _NAMES_TOLD else ""
    return ", ".join(found[:_NAMES_TOLD]) + more
