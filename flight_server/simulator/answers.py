"""What an operation answers: a body with a status, or a refusal in the shape of Amazon's errors.

Knows JSON and the error body; knows no operation and no socket. Error codes and the few fixed texts are those
that clients have reported (fact table of behaviours, section 3). Amazon's sentences are general and name no
parameter: what was really wrong stays the refusal's reason, which only a strict simulator tells.
"""

import json
from dataclasses import dataclass, field
from decimal import Decimal

DENIED = "Access to requested resource is denied."
_NOT_UNDERSTOOD = "A parameter of the request is missing or not valid."
_NOT_THERE = "The requested resource could not be found."


@dataclass(frozen=True)
class Answer:
    """One HTTP answer before it is framed: status, body bytes, further headers."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


class Refused(Exception):
    """The call is answered with an error instead of a result; `details` None: the error has no such member."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str | None,
        details: str | None = "",
        *,
        reason: str = "",
        error_type: str = "",
    ) -> None:
        super().__init__(f"{status} {code}: {reason or message}")
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.reason = reason
        self.error_type = error_type or code

    def body(self, *, tells_reason: bool = False) -> dict[str, object]:
        """Amazon's error body."""
        error: dict[str, object] = {"code": self.code, "message": self.message}
        if self.details is not None:
            error["details"] = self.reason if tells_reason and self.reason else self.details
        return {"errors": [error]}


def invalid(reason: str) -> Refused:
    """A 400: the parameters sent break a rule of the operation."""
    return Refused(400, "InvalidInput", _NOT_UNDERSTOOD, reason=reason)


def invalid_token(reason: str) -> Refused:
    """A 400 for a page token: the error is there, its message is null."""
    return Refused(400, "InvalidInput", None, reason=reason)


def unauthorized(details: str = "", message: str = DENIED, *, reason: str = "") -> Refused:
    """A 403: token, role or restricted data token is missing or does not fit."""
    return Refused(403, "Unauthorized", message, details, reason=reason)


def not_found(reason: str) -> Refused:
    """A 404: there is no such resource."""
    return Refused(404, "NotFound", _NOT_THERE, reason=reason)


def throttled(details: str | None = None) -> Refused:
    """A 429, which says neither why nor how long."""
    message = "You exceeded your quota for the requested resource."
    return Refused(429, "QuotaExceeded", message, details, error_type="TooManyRequestsException")


def json_bytes(body: object) -> bytes:
    """Compact UTF-8 JSON; a Decimal becomes a JSON number of exactly its value.

    >>> json_bytes({"Amount": Decimal("19.99"), "City": "Köln"}).decode()
    '{"Amount":19.99,"City":"Köln"}'
    """
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=_exact_number).encode()


def _exact_number(value: object) -> float:
    # The shortest text of a double is the decimal itself up to 15 digits; beyond that the story would tell a lie.
    if isinstance(value, Decimal) and Decimal(repr(float(value))) == value:
        return float(value)
    raise TypeError(f"cannot write {value!r} as JSON")
