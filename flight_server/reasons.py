"""What Amazon says is wrong: the errors of an answer, whatever their names, as codes and messages.

Used for answers that failed as a whole, for errors inside those that succeeded, and for single items of a batch. Knows
JSON values only: no HTTP, no page, no secret. Facts: Amazon's models have `errors` in an object, a bare list of errors,
one error as the whole body, and `actionableErrors` with a type and a subtype; before the API a gateway answers with a
`message` alone. Names are read in any case.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_CODES = ("code", "errorcode", "errortype", "failurecode")
_MESSAGES = ("message", "errormessage", "description", "reasonphrase")
_DETAILS = ("details", "detail", "errorsubtype")

_MOST_CHARACTERS = 400  # of all reasons together, so that the sentence around them keeps its own words

_THROTTLED = frozenset({"quotaexceeded", "toomanyrequests", "throttled", "throttling", "requestthrottled", "429"})
_UNAVAILABLE = frozenset({"serviceunavailable", "serviceunavailableerror", "temporarilyunavailable", "503"})
_FAULTS = frozenset({"internalfailure", "internalerror", "internalservererror", "internalserviceerror", "500"})
_DENIED = frozenset({"unauthorized", "accessdenied", "forbidden", "401", "403"})


@dataclass(frozen=True)
class Reason:
    """One error in Amazon's words, each part one line."""

    code: str = ""
    message: str = ""

    def __str__(self) -> str:
        return ": ".join(part for part in (self.code, self.message) if part)


def is_error_name(name: str) -> bool:
    """Whether a member of this name lists errors.

    >>> [is_error_name(name) for name in ("errors", "ErrorList", "actionableErrors", "errorDocumentId")]
    [True, True, True, False]
    """
    return name.casefold().endswith(("error", "errors", "errorlist"))


def reasons_in(answer: object) -> tuple[Reason, ...]:
    """The reasons that an answer gives: those of its lists of errors, else its own words."""
    if not isinstance(answer, Mapping):
        return reasons_of(answer)
    listed = (value for name, value in answer.items() if is_error_name(name) and isinstance(value, list | Mapping))
    return reasons_of(answer["errors"]) if answer.get("errors") else _all(listed) or reasons_of(answer)


def reasons_of(errors: object) -> tuple[Reason, ...]:
    """The reasons in a list of errors, or in a single one; nothing where it says nothing.

    >>> [str(reason) for reason in reasons_of([{"code": "A", "message": "one"}, {"errorType": "B"}, "three"])]
    ['A: one', 'B', 'three']
    """
    if isinstance(errors, Sequence) and not isinstance(errors, str):
        return _all(errors)
    if isinstance(errors, Mapping):
        parts = {name.casefold(): text for name, value in errors.items() if (text := _text(value))}
        code, message, details = (_first(parts, names) for names in (_CODES, _MESSAGES, _DETAILS))
        if details and details not in message:
            message = f"{message} {details}".strip()
        return (Reason(code, message),) if code or message else ()
    text = _text(errors)
    return (Reason(message=text),) if text else ()


def told(reasons: Sequence[Reason]) -> str:
    """All reasons in one line, as many as there is room for, at least the first; the others are counted.

    >>> told((Reason("A", "one"), Reason("B"), Reason("C", "x" * 400)))
    'A: one; B (and 1 more)'
    """
    texts = [str(reason) for reason in reasons]
    count = next((n for n in range(1, len(texts)) if len("; ".join(texts[: n + 1])) > _MOST_CHARACTERS), len(texts))
    more = f" (and {len(texts) - count} more)" if count < len(texts) else ""
    return "; ".join(texts[:count]) + more


def status_meant(reasons: Sequence[Reason]) -> int:
    """The HTTP status that Amazon would have answered with, had it not told the errors inside an answer of another.

    429, 503 and 500 where all codes say that Amazon throttled or failed, 403 where all deny access; else 400.

    >>> [status_meant([Reason(code)]) for code in ("QuotaExceeded", "InternalFailure", "Unauthorized", "InvalidInput")]
    [429, 500, 403, 400]
    >>> status_meant([Reason("InternalFailure"), Reason("InvalidInput")])
    400
    """
    found = {_status_of(reason.code) for reason in reasons}
    if len(found) > 1 and found <= {429, 500, 503}:
        return 500 if 500 in found else 503
    return found.pop() if len(found) == 1 else 400


def _status_of(code: str) -> int:
    plain = re.sub(r"[^a-z0-9]", "", code.casefold()).removesuffix("exception")
    kinds = {429: _THROTTLED, 503: _UNAVAILABLE, 500: _FAULTS, 403: _DENIED}
    return next((status for status, codes in kinds.items() if plain in codes), 400)


def _all(errors: Sequence[object] | Iterator[object]) -> tuple[Reason, ...]:
    return tuple(reason for error in errors for reason in reasons_of(error))


def _first(parts: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((parts[name] for name in names if name in parts), "")


def _text(value: object) -> str:
    is_text = isinstance(value, str | int) and not isinstance(value, bool)
    shown = "".join(each if each.isprintable() else " " for each in str(value)) if is_text else ""
    return " ".join(shown.split())
