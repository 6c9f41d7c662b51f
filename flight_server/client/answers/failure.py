"""A request that did not succeed, and the sentence that a person reads about it.

In goes an answer of Amazon or a broken connection, out comes an error of `flight_server.errors` with Amazon's code,
message and request id. Knows no retry policy. Facts: response format and error pages of the developer guide.
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from flight_server.client.answers.answer_text import Unreadable, read_json, utf8_of
from flight_server.client.answers.envelope import NotUnderstood
from flight_server.client.answers.scrub import scrub
from flight_server.client.wire.transport import Answer, ConnectionFault
from flight_server.errors import (
    AccessDenied,
    AmazonDetail,
    AmazonError,
    ApiError,
    ApiUnavailable,
    QuotaExhausted,
    UnexpectedAnswer,
)
from flight_server.reasons import Reason, reasons_in, told

MOST_CHARACTERS = 600
_ANY: "msgspec.json.Decoder[Any]" = msgspec.json.Decoder()


class Failure(Exception):
    """One try that failed; never leaves this room."""

    def __init__(
        self,
        operation_id: str,
        answer: Answer | ConnectionFault,
        secrets: tuple[str, ...],
        wait_seconds: float = 0,
        address_parameter: str = "Endpoint",
        counts_as: int = 0,
    ) -> None:
        super().__init__(operation_id)
        self.operation_id = operation_id
        self.answer = answer
        self.secrets = secrets  # that the answer might echo
        self.wait_seconds = wait_seconds  # the next try must not come sooner
        self.address_parameter = address_parameter  # the connection parameter that names the server
        self.counts_as = counts_as  # the status that the errors inside an answer come to; 0: its own
        self.try_count = 1

    @property
    def http_status(self) -> int:
        """HTTP status, or the one that the errors inside come to; 0 where no whole answer came."""
        return self.counts_as or (self.answer.http_status if isinstance(self.answer, Answer) else 0)

    @property
    def may_be_done(self) -> bool:
        """Whether what was asked for may have been done all the same: no answer came, or Amazon failed on the way."""
        return self.http_status == 0 or self.http_status >= 500

    @property
    def is_hidden(self) -> bool:
        """Whether Amazon failed behind a status that says success: no list of statuses can name it."""
        return self.counts_as >= 500


@dataclass(frozen=True)
class Said:
    """What an error answer says, scrubbed: all of its errors, of which the first gives the code."""

    code: str = ""
    message: str = ""  # of the first, then the others
    is_html: bool = False

    def __str__(self) -> str:
        return ": ".join(part for part in (self.code, self.message) if part)


def said(answer: Answer, secrets: tuple[str, ...] = ()) -> Said:
    """Read Amazon's error body; a body of another form gives empty texts."""
    if answer.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" or "html" in answer.content_type.casefold():
        return Said(is_html=True)
    found = reasons_in(_json_of(answer))
    reasons = [Reason(scrub(each.code, *secrets), scrub(each.message, *secrets)) for each in found]
    if not reasons:
        return Said()
    code = reasons[0].code
    return Said(code, told(reasons).removeprefix(code).removeprefix(": ") if code else told(reasons))


def is_amazons_none(answer: Answer) -> bool:
    """Whether Amazon's API itself says that there is nothing: no content, or errors in one of its forms.

    A web page, an empty body and the `message` of a gateway are the words of something before the API, which says so of
    any path that it does not know: a wrong Endpoint must not look like an empty table.
    """
    if answer.http_status == 204:
        return True
    body = _json_of(answer)
    if isinstance(body, dict):
        return isinstance(body.get("errors"), list) or bool(said(answer).code)
    return isinstance(body, list) and bool(reasons_in(body))


def _json_of(answer: Answer) -> Any:
    """The body as objects and lists; None where it is no JSON."""
    try:
        return read_json(utf8_of(answer.body, answer.content_type), _ANY)[1]
    except Unreadable:
        return None


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
    error_class, words = _explanation(failure, answer, what)
    return error_class(sentence(words, str(what), request_id), detail)


def unreadable(operation_id: str, answer: Answer, error: Unreadable, secrets: tuple[str, ...] = ()) -> UnexpectedAnswer:
    """The error for an answer of success that is no JSON, or of no known form."""
    is_json = isinstance(error, NotUnderstood)
    what = f"cannot be {'understood' if is_json else 'read'}: {error}"
    return unexpected(operation_id, answer, what, str(said(answer, secrets)) if is_json else "")


def unexpected(operation_id: str, answer: Answer, what: str, quoted: str = "") -> UnexpectedAnswer:
    """The error for an answer of success; `what` goes on after its name."""
    words = f"an answer of {operation_id} (HTTP {answer.http_status}) {what}"
    detail = AmazonDetail(operation_id, answer.http_status, request_id=answer.request_id)
    return UnexpectedAnswer(sentence(words, quoted, answer.request_id), detail)


def sentence(words: str, quoted: str = "", request_id: str = "") -> str:
    """Our words, Amazon's, and the request id, which is never cut off."""
    tail = f" (request id {request_id[:100]})" if request_id else ""
    quoted = f". Amazon said: {quoted}" if quoted else ""
    room = MOST_CHARACTERS - len(tail)
    whole = words + quoted
    return (whole if len(whole) <= room else whole[: room - 1] + "…") + tail


def _explanation(failure: Failure, answer: Answer, what: Said) -> tuple[type[AmazonError], str]:
    status, tries = failure.http_status, _after_tries(failure)
    outcome = f"{failure.operation_id} (HTTP {answer.http_status})"
    # An absent token has been answered as 400 with code Unauthorized: the code counts before the status.
    if status in (401, 403) or (status == 400 and what.code == "Unauthorized"):
        advice = "check that the app has the role for it, that the seller authorised it since, and that Region fits"
        return AccessDenied, f"Amazon denies access to {outcome}{tries}: {advice}"
    if status == 429:
        return QuotaExhausted, f"quota exhausted: {outcome} was throttled{tries}; try later, or raise RetryCountMax"
    if status >= 500:
        advice = f"try later, or add {status} to RetryStatusCodeList" if not tries else "try later"
        return ApiUnavailable, f"Amazon could not answer {outcome}{tries}: {advice}"
    if failure.counts_as:
        return ApiError, f"Amazon tells errors in its answer to {outcome}, without which its rows would be incomplete"
    if status < 400:
        return UnexpectedAnswer, f"{outcome} was redirected, which is not followed: check {failure.address_parameter}"
    if status == 404 and not is_amazons_none(answer):
        advice = f"so the path may be wrong: check {failure.address_parameter}"
        return ApiError, f"{outcome} was not found, but not in the words of Amazon's API, {advice}"
    if what.is_html:
        advice = "it was stopped before it reached the API, as happens with odd characters in a value"
        return ApiError, f"Amazon refused {outcome} with a web page: {advice}"
    return ApiError, f"Amazon refused {outcome}{tries}"


def _after_tries(failure: Failure) -> str:
    return f" after {failure.try_count} tries" if failure.try_count > 1 else ""
