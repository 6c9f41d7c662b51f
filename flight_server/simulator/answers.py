"""What an operation answers: a body with a status, or a refusal in the shape of Amazon's errors.

Knows JSON and the error body; knows no operation and no socket. Error codes and the few fixed texts are those
that clients have reported (fact table of behaviours, section 3).
"""

import json
from dataclasses import dataclass, field
from decimal import Decimal

DENIED = "Access to requested resource is denied."


@dataclass(frozen=True)
class Answer:
    """One HTTP answer before it is framed: status, body bytes, further headers."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


class Refused(Exception):
    """The call is answered with an error instead of a result."""

    def __init__(self, status: int, code: str, message: str, details: str = "") -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.details = details

    def body(self) -> dict[str, object]:
        """Amazon's error body."""
        return {"errors": [{"code": self.code, "message": self.message, "details": self.details}]}


def invalid(message: str, details: str = "") -> Refused:
    """A 400: the parameters sent break a rule of the operation."""
    return Refused(400, "InvalidInput", message, details)


def unauthorized(details: str = "", message: str = DENIED) -> Refused:
    """A 403: token, role or restricted data token is missing or does not fit."""
    return Refused(403, "Unauthorized", message, details)


def not_found(message: str) -> Refused:
    """A 404: there is no such resource."""
    return Refused(404, "NotFound", message)


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
