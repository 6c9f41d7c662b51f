"""A request that did not succeed, and the sentence that a person reads about it.

In goes an answer of Amazon or a broken connection, out comes an error of `flight_server.errors` with Amazon's code,
message and request id. Knows no retry policy. Facts: response format and error pages of the developer guide.
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from flight_server.client.scrub import scrub
from flight_server.client.transport import Answer, ConnectionFault
from flight_server.errors import (
    AccessDenied,
    AmazonDetail,
    AmazonError,
    ApiError,
    ApiUnavailable,
    QuotaExhausted,
    UnexpectedAnswer,
)

MOST_CHARACTERS = 600


class Failure(Exception):
    """One try that failed; never leaves this room."""

    def __init__(
        self,
        operation_id: str,
        answer: Answer | ConnectionFault,
        secrets: tuple[str, ...],
        wait_seconds: float = 0,
        address_parameter: str = "Endpoint",
    ) -> None:
        super().__init__(operation_id)
        self.operation_id = operation_id
        self.answer = answer
        self.secrets = secrets  # that the answer might echo
        self.wait_seconds = wait_seconds  # the next try must not come sooner
        self.address_parameter = address_parameter  # the connection parameter that names the server
        self.try_count = 1

    @property
    def http_status(self) -> int:
        """HTTP status; 0 where no whole answer came."""
        return self.answer.http_status if isinstance(self.answer, Answer) else 0


@dataclass(frozen=True)
class Said:
    """What an error answer says, scrubbed."""

    code: str = ""
    message: str = ""
    is_html: bool = False

    def __str__(self) -> str:
        return ": ".join(part for part in (self.code, self.message) if part)


def said(answer: Answer, secrets: tuple[str, ...] = ()) -> Said:
    """Read Amazon's error body; a body of another form gives empty texts."""
    text = answer.body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text[:1] == b"<" or "html" in answer.headers.get("content-type", "").casefold():
        return Said(is_html=True)
    try:
        body = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Said()
    first, others = _first_error(body)
    message, details = _text(first.get("message")), _text(first.get("details"))
    if details and details not in message:
        message = f"{message} {details}".strip()
    more = f" (and {others} more)" if others else ""
    return Said(scrub(_text(first.get("code")), *secrets), scrub(message, *secrets) + more)


def _first_error(body: Any) -> tuple[dict[str, Any], int]:
    errors = body.get("errors") if isinstance(body, dict) else body
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        return errors[0], len(errors) - 1
    return (body, 0) if isinstance(body, dict) else ({}, 0)  # {"message": ...} comes from the gateway before the API


def _text(value: object) -> str:
    return " ".join(str(value).split()) if isinstance(value, str | int) else ""


def amazon_error(failure: Failure) -> AmazonError:
    """The error that ends the query, after all tries."""
    answer = failure.answer
    if isinstance(answer, ConnectionFault):
        advice = f"check the network and {failure.address_parameter}, or raise RetryCountMax"
        text = f"{failure.operation_id} got no answer{_after_tries(failure)}: {answer}; {advice}"
        return ApiUnavailable(sentence(text), AmazonDetail(failure.operation_id))
    what = said(answer, failure.secrets)
    request_id = scrub(answer.request_id, *failure.secrets)
    detail = AmazonDetail(failure.operation_id, answer.http_status, what.code[:200], what.message[:2000], request_id)
    error_class, words = _explanation(failure, what)
    return error_class(sentence(words, str(what), request_id), detail)


def sentence(words: str, quoted: str = "", request_id: str = "") -> str:
    """Our words, Amazon's, and the request id, which is never cut off."""
    tail = f" (request id {request_id[:100]})" if request_id else ""
    quoted = f". Amazon said: {quoted}" if quoted else ""
    room = MOST_CHARACTERS - len(tail)
    whole = words + quoted
    return (whole if len(whole) <= room else whole[: room - 1] + "…") + tail


def _explanation(failure: Failure, what: Said) -> tuple[type[AmazonError], str]:
    status, tries = failure.http_status, _after_tries(failure)
    outcome = f"{failure.operation_id} (HTTP {status})"
    # An absent token has been answered as 400 with code Unauthorized: the code counts before the status.
    if status in (401, 403) or (status == 400 and what.code == "Unauthorized"):
        advice = "check that the app has the role for it, that the seller authorised it since, and that Region fits"
        return AccessDenied, f"Amazon denies access to {outcome}{tries}: {advice}"
    if status == 429:
        return QuotaExhausted, f"quota exhausted: {outcome} was throttled{tries}; try later, or raise RetryCountMax"
    if status >= 500:
        advice = f"try later, or add {status} to RetryStatusCodeList" if not tries else "try later"
        return ApiUnavailable, f"Amazon could not answer {outcome}{tries}: {advice}"
    if status < 400:
        return UnexpectedAnswer, f"{outcome} was redirected, which is not followed: check {failure.address_parameter}"
    if what.is_html:
        advice = "it was stopped before it reached the API, as happens with odd characters in a value"
        return ApiError, f"Amazon refused {outcome} with a web page: {advice}"
    return ApiError, f"Amazon refused {outcome}{tries}"


def _after_tries(failure: Failure) -> str:
    return f" after {failure.try_count} tries" if failure.try_count > 1 else ""
