"""Members of an operation's answer and the row paths of its tables → the levels at which envelopes are told apart.

Amazon sends some answers without the `payload` that the model has, or with one that it does not have, or a list bare
instead of in its object (all reported of sandbox and production). What a level may hold is known from the model alone.
"""

from collections.abc import Iterable, Mapping

from catalog.table import AnswerLevel

Members = Mapping[str, str]
Steps = frozenset[tuple[str, ...]]

_ARRAY = "[]"
_WHOLE = 9  # levels; the answers of a batch have fewer


def answer_level(members: Members, row_paths: Iterable[str], *, is_batch: bool) -> AnswerLevel | None:
    """The root level of an answer whose rows are found at these paths; of a batch, each of its answers has levels, too.

    >>> members = {"payload.Orders[].Id": "string", "errors[].code": "string"}
    >>> root = answer_level(members, ["payload.Orders[]"], is_batch=False)
    >>> sorted(root.names), sorted(root.rows), root.inner["payload"].inner["Orders"].names
    (['errors', 'payload'], ['payload'], frozenset({'Id'}))
    """
    marked = (path.removeprefix("$").replace(_ARRAY, f".{_ARRAY}") for path in row_paths)
    steps = frozenset(tuple(step for step in path.split(".") if step) for path in marked)
    return _level("", members, steps, deep=1, is_batch=is_batch) if members else None


def _level(path: str, members: Members, steps: Steps, *, deep: int, is_batch: bool) -> AnswerLevel:
    """The level at a path; `steps` lead on from there to rows, objects count for so many levels more."""
    array = f"{path or '$'}{_ARRAY}"
    if not any(member.startswith(array) for member in members):
        return _object(f"{path}." if path else "", members, steps, deep=deep, is_batch=is_batch)
    start = f"{array}."
    is_of_answers = is_batch and any(member.startswith(start) for member in members)
    element = _object(start, members, _after(_ARRAY, steps), deep=_WHOLE, is_batch=False) if is_of_answers else None
    return AnswerLevel(_names(start, members), is_list=True, element=element)


def _object(start: str, members: Members, steps: Steps, *, deep: int, is_batch: bool) -> AnswerLevel:
    names = _names(start, members)
    through = frozenset(step[0] for step in steps if step)
    wrapper = {"payload"} & names  # also where a row is the whole answer with its wrapper
    levels = {
        name: _level(f"{start}{name}", members, _after(name, steps), deep=deep - 1, is_batch=is_batch)
        for name in sorted(through & names | wrapper)
    }
    inner = {name: level for name, level in levels.items() if deep > 0 or level.is_list}
    return AnswerLevel(names, names if () in steps else through, inner=inner)


def _after(name: str, steps: Steps) -> Steps:
    return frozenset(step[1:] for step in steps if step[:1] == (name,))


def _names(start: str, members: Members) -> frozenset[str]:
    return frozenset(path[len(start) :].split(".")[0].split("[")[0] for path in members if path.startswith(start))
