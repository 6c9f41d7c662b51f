"""An answer as it arrives → the answer as everything else reads it, or what is wrong with it.

This is where a body becomes valid UTF-8 JSON in the model's form, once, and where errors that Amazon tells inside an
answer of status 2xx are found: Amazon's status alone does not say that there is nothing amiss. Knows no retries.

An answer that tells errors counts as if it had come with the status that fits them (`reasons.status_meant`): 429 or
5xx where all of them say that Amazon throttled or failed, 403 where they deny access, else 400 (`retry` says which is
tried again). Whether it brings rows, too, does not matter: they would be less than there is. Told errors are no failure
where the stanza says that they are data, nor where Amazon calls them warnings.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from catalog.table import AnswerLevel, ItemErrors
from flight_server.client.answers.answer_text import Unreadable, read_json, utf8_of
from flight_server.client.answers.envelope import ROOT, NotUnderstood, in_form, is_nothing
from flight_server.client.wire.transport import Answer
from flight_server.plan import Call
from flight_server.reasons import Reason, is_error_name, reasons_of, status_meant

_WARNING = "WARNING"
"""`errorLevel` of what is no error (services model)."""


@dataclass(frozen=True)
class Arrived:
    """An answer that can be read; `fault` is the status that it counts as, 0 where it tells no error."""

    answer: Answer
    fault: int = 0
    is_of_items: bool = False  # the errors are those of single items: the others have their rows


def arrived(answer: Answer, call: Call) -> Arrived:
    """Read an answer that came with a status of success; raises Unreadable."""
    try:
        return _arrived(answer, call)
    except RecursionError:
        raise Unreadable("it is nested too deeply") from None


def _arrived(answer: Answer, call: Call) -> Arrived:
    text, root = read_json(utf8_of(answer.body, answer.content_type), ROOT)
    if not isinstance(root, dict | list) and not is_nothing(root):
        raise NotUnderstood("it is neither an object nor a list")
    level = call.operation.answer
    errors = [] if call.errors_are_data and _has_data(root) else _errors(root, level)
    if not errors and level is not None:
        text, root = _formed(text, root, level)
        errors = [] if call.errors_are_data else _errors(root, level)
    read = replace(answer, body=text, content_type="")
    if errors:
        return Arrived(read, status_meant(errors))
    if call.item_errors is not None and (fault := _fault_of_items(text, call.item_errors)):
        return Arrived(read, fault, is_of_items=True)
    return Arrived(read)


def warnings_of(body: bytes) -> tuple[Reason, ...]:
    """What Amazon warns of in a page, among its errors."""
    if b'"errorLevel"' not in body:  # no need to read it
        return ()
    root = msgspec.json.decode(body)
    errors = root.get("errors") if isinstance(root, dict) else None
    return reasons_of([error for error in errors if _is_warning(error)] if isinstance(errors, list) else None)


def _formed(text: bytes, root: Any, level: AnswerLevel) -> tuple[bytes, Any]:
    formed = in_form(root, level)
    if is_nothing(formed) and not isinstance(formed, list if level.is_list else dict):
        return b"null", None
    if isinstance(formed, dict) and level.rows == level.names and not formed.keys() & level.names:
        return b"null", formed  # a row of which nothing is told is none
    return (text, root) if formed is root else (msgspec.json.encode(formed), formed)


def _errors(root: Any, level: AnswerLevel | None) -> tuple[Reason, ...]:
    """The errors at the root: under the name that Amazon gives them, or one that the model does not have."""
    if not isinstance(root, dict):
        return ()
    known = level.names if level is not None else root.keys()
    named = [name for name in root if name == "errors" or (name not in known and is_error_name(name))]
    return tuple(reason for name in named if not is_nothing(root[name]) for reason in _reasons(root[name]))


def _reasons(value: msgspec.Raw) -> tuple[Reason, ...]:
    errors = msgspec.json.decode(value)
    if not isinstance(errors, list | dict):
        return ()
    found = [error for error in errors if not _is_warning(error)] if isinstance(errors, list) else errors
    return reasons_of(found) or ((Reason(message="an error without a reason"),) if found else ())


def _is_warning(error: object) -> bool:
    return isinstance(error, Mapping) and error.get("errorLevel") == _WARNING


def _has_data(root: Any) -> bool:
    return isinstance(root, dict) and any(name != "errors" and not is_nothing(value) for name, value in root.items())


def _fault_of_items(text: bytes, words: ItemErrors) -> int:
    """The first status among a batch's items that says that Amazon throttled or failed; 0 where none does."""
    array, _, rest = words.status.partition("[].")
    root = msgspec.json.decode(text)
    faults = (status for status in map(int, _whole_numbers(root, array, rest)) if status == 429 or status >= 500)
    return next(faults, 0)


def _whole_numbers(root: Any, array: str, rest: str) -> Iterator[str]:
    items = _at(root, array)
    for item in items if isinstance(items, list) else ():
        status = str(_at(item, rest))
        if status.isascii() and status.isdigit():
            yield status


def _at(value: Any, path: str) -> Any:
    for name in path.removeprefix("$").split(".") if path.removeprefix("$") else ():
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
