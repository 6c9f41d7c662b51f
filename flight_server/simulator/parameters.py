"""What an operation takes in its URL: declared parameters, and reading what was sent against them.

Goes from declarations and texts to typed values, or to a refusal as Amazon's; knows no operation. Empty values and a
list sent by repetition are refused too: Amazon joins lists by commas (models, collectionFormat).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeVar
from urllib.parse import unquote

from flight_server.simulator.answers import invalid, unauthorized
from flight_server.simulator.story.marketplaces import MARKETPLACE_BY_ID

Kind = Literal["text", "texts", "integer", "flag", "instant"]
Value = str | tuple[str, ...] | int | bool | datetime
T = TypeVar("T")


@dataclass(frozen=True)
class Parameter:
    """One declared parameter with the rules its value must keep."""

    name: str
    kind: Kind = "text"
    required: bool = False
    allowed: tuple[str, ...] = ()
    pattern: str = ""
    at_most: int = 0  # values of a list; 0: any number
    minimum: int | None = None
    maximum: int | None = None
    is_marketplace: bool = False
    is_repeated: bool = False  # a list whose values may come one by one; each is percent-encoded once more


class Parameters:
    """The values of one call, typed; absent ones read as empty."""

    def __init__(self, values: Mapping[str, Value], sent: Mapping[str, str]) -> None:
        self._values = values
        self.sent = sent

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str, default: str = "") -> str:
        """A text, or the default."""
        return self._typed(name, str, default)

    def texts(self, name: str) -> tuple[str, ...]:
        """The values of a list; empty if not sent."""
        return self._typed(name, tuple, ())

    def integer(self, name: str, default: int) -> int:
        """A whole number, or the default."""
        return self._typed(name, int, default)

    def flag(self, name: str) -> bool:
        """True only if sent as true."""
        return self._typed(name, bool, False)

    def instant(self, name: str) -> datetime | None:
        """A point in time, or None."""
        value = self._values.get(name)
        return value if isinstance(value, datetime) else None

    def _typed(self, name: str, kind: type[T], default: T) -> T:
        value = self._values.get(name, default)
        assert isinstance(value, kind), name
        return value


def read(declared: Sequence[Parameter], sent: Mapping[str, str], *, strict: bool = False) -> Parameters:
    """Check everything sent against the declarations; raises Refused with status 400 (or 403).

    Amazon passes over names that it does not know and takes `True` for `true`; `strict` refuses both.
    """
    known = {parameter.name: parameter for parameter in declared}
    unknown = [name for name in sent if name not in known]
    if strict and unknown:
        raise invalid(f"Unknown parameter: {unknown[0]}. Known are: {', '.join(known)}.")
    for parameter in declared:
        if parameter.required and parameter.name not in sent:
            raise invalid(f"Missing required parameter: {parameter.name}.")
    understood = {name: text for name, text in sent.items() if name in known}
    values = {name: _value(known[name], text, strict=strict) for name, text in understood.items()}
    return Parameters(values, understood)


def _value(parameter: Parameter, text: str, *, strict: bool) -> Value:
    if not text:
        raise _broken(parameter, text, "it is empty")
    match parameter.kind:
        case "texts":
            return _texts(parameter, text)
        case "integer":
            return _integer(parameter, text)
        case "flag":
            told = text if strict else text.lower()
            if told not in {"true", "false"}:
                raise _broken(parameter, text, "neither true nor false")
            return told == "true"
        case "instant":
            return instant(text, parameter.name)
        case _:
            _check(parameter, text)
            return text


def _texts(parameter: Parameter, text: str) -> tuple[str, ...]:
    values = tuple(text.split(","))
    if parameter.is_repeated:
        values = tuple(map(unquote, values))
    if parameter.at_most and len(values) > parameter.at_most:
        raise _broken(parameter, text, f"{len(values)} values, at most {parameter.at_most} are allowed")
    for value in values:
        _check(parameter, value)
    return values


def _integer(parameter: Parameter, text: str) -> int:
    if not re.fullmatch(r"-?\d{1,9}", text):
        raise _broken(parameter, text, "not a whole number")
    value = int(text)
    too_small = parameter.minimum is not None and value < parameter.minimum
    if too_small or (parameter.maximum is not None and value > parameter.maximum):
        raise _broken(parameter, text, f"not within {parameter.minimum} to {parameter.maximum}")
    return value


def _check(parameter: Parameter, value: str) -> None:
    if not value:
        raise _broken(parameter, value, "a value is empty")
    if parameter.allowed and value not in parameter.allowed:
        raise _broken(parameter, value, f"allowed are {', '.join(parameter.allowed)}")
    if parameter.pattern and not re.fullmatch(parameter.pattern, value):
        raise _broken(parameter, value, "wrong format")
    if parameter.is_marketplace:
        check_marketplace(value, parameter.name)


def check_marketplace(marketplace_id: str, name: str) -> None:
    """Refuse unknown marketplaces (400) and those where the seller takes no part (403)."""
    marketplace = MARKETPLACE_BY_ID.get(marketplace_id)
    if marketplace is None:
        raise invalid(f"Invalid {name}: {marketplace_id}.")
    if not marketplace.takes_part:
        raise unauthorized(reason=f"The seller does not take part in {marketplace_id}.")


def instant(text: str, name: str) -> datetime:
    """An ISO 8601 instant; a day alone is its midnight in UTC, a time without a zone is refused.

    >>> instant("2026-03-01T09:30:00+01:00", "CreatedAfter").isoformat()
    '2026-03-01T08:30:00+00:00'
    """
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(f"Invalid {name}: {text!r} is no ISO 8601 date.") from None
    if value.tzinfo is None and re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        value = value.replace(tzinfo=UTC)
    if value.tzinfo is None:
        raise invalid(f"Invalid {name}: {text!r} has no time zone; a plus sign in a URL must be sent as %2B.")
    return value.astimezone(UTC)


def _broken(parameter: Parameter, text: str, why: str) -> Exception:
    return invalid(f"Invalid {parameter.name}: {text!r}: {why}.")
