"""One page of a call in, Amazon's answer out: token, quota, request, journal, retries.

`Sender.exchange` is the one line that touches the network; everything else decides when it may and what to do then.
Knows no paging and no way of getting tokens: a `TokenSource` is given. Facts: error pages of the developer guide.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from flight_server.activity import ApiCall, Journal, QueryActivity
from flight_server.client.answers.answer_text import Malformed, Unreadable
from flight_server.client.answers.arrival import Arrived, arrived
from flight_server.client.answers.failure import Failure, amazon_error, is_amazons_none, said, unreadable
from flight_server.client.clock import Clock
from flight_server.client.quota.usage_plans import UsagePlans, WaitingForQuota
from flight_server.client.retry import persist, retry_after_seconds
from flight_server.client.wire.body_stream import MOST_BYTES
from flight_server.client.wire.http_request import HttpRequest, http_request
from flight_server.client.wire.transport import CUT, Answer, ConnectionFault, Transport, Unacceptable
from flight_server.connection.settings import Settings
from flight_server.errors import AmazonDetail, AnswerLost, UnexpectedAnswer
from flight_server.plan import Call

_MOST_LOGIN_BYTES = 1024 * 1024  # a token has 2048 at most (behaviours, section 1)


@dataclass(frozen=True)
class TokenSource:
    """Where a call's `x-amz-access-token` comes from, and whom to tell that Amazon refused it."""

    get: Callable[[], str]
    drop: Callable[[str], None]


@dataclass(frozen=True)
class Sender:
    """The shared means of sending."""

    transport: Transport
    usage_plans: UsagePlans
    journal: Journal
    clock: Clock

    def send(
        self, call: Call, page_token: str, settings: Settings, query: QueryActivity, tokens: TokenSource
    ) -> Answer:
        """Get the answer for one page. Raises an AmazonError.

        Its status is one of the call's empty ones, or it is 2xx and its body can be read and has the model's form.
        Single items of a batch may have failed: that is for those to judge who know the items.
        """
        sending = _Sending(self, call, page_token, settings, query, tokens)
        try:
            return persist(settings.retry, sending.sleep, sending.once, is_repeatable=call.is_repeatable)
        except Failure as failure:
            if sending.with_failed_items is not None and sending.with_failed_items is failure.answer:
                return sending.with_failed_items
            error = amazon_error(failure)
            raise AnswerLost(error.message, error.detail) if _is_lost(call, failure) else error from None

    def exchange(
        self,
        request: HttpRequest,
        operation_id: str,
        query: QueryActivity,
        attempt: int,
        waited_seconds: float = 0,
        is_api: bool = True,
    ) -> Answer:
        """Make one HTTP request and note it in the journal, whatever its outcome.

        Raises ConnectionFault, and UnexpectedAnswer for an answer that is not even read.
        """
        query.check()
        time, started_at = self.clock.utc(), self.clock.monotonic()
        answer = None
        try:
            answer = self.transport.exchange(request, query, MOST_BYTES if is_api else _MOST_LOGIN_BYTES)
            return answer
        except Unacceptable as reason:
            address = "Endpoint" if is_api else "TokenUrl"
            text = f"the answer to {operation_id} was given up: {reason}; check {address}"
            raise UnexpectedAnswer(text, AmazonDetail(operation_id)) from None
        finally:
            api_call = ApiCall(
                query_id=query.query_id,
                time=time,
                operation_id=operation_id,
                method=request.method,
                path=request.path,
                status=answer.http_status if answer else 0,
                attempt=attempt,
                duration_ms=(self.clock.monotonic() - started_at) * 1000,
                waited_ms=waited_seconds * 1000,
                bytes=len(answer.body) if answer else 0,
                request_id=answer.request_id if answer else "",
                account=query.account,
            )
            self.journal.record(query, api_call, is_counted=is_api)


@dataclass
class _Sending:
    """The tries of one page."""

    sender: Sender
    call: Call
    page_token: str
    settings: Settings
    query: QueryActivity
    tokens: TokenSource
    request_count: int = 0
    throttled_seconds: float = 0  # waited since the last request because of a 429
    is_throttled: bool = False
    with_failed_items: Answer | None = None  # the last answer, if Amazon failed on some of its items

    def once(self) -> Answer:
        """One try, with a new token if the one at hand is dead; raises Failure."""
        answer, access_token = self._request()
        if is_token_dead(answer):
            self.tokens.drop(access_token)
            answer, access_token = self._request()
        if answer.http_status in self.call.empty_statuses and is_amazons_none(answer):
            return answer
        if answer.http_status >= 300:
            raise self._failure(answer, access_token, self._asked_wait(answer))
        found = self._arrived(answer, access_token)
        if found.fault:
            self.with_failed_items = found.answer if found.is_of_items else None
            self.is_throttled = found.fault == 429
            raise self._failure(found.answer, access_token, self._asked_wait(answer), found.fault)
        return found.answer

    def _arrived(self, answer: Answer, access_token: str) -> Arrived:
        try:
            return arrived(answer, self.call)
        except Unreadable as error:
            if isinstance(error, Malformed) and not answer.is_framed:
                raise self._failure(ConnectionFault(CUT), access_token) from None
            raise unreadable(self.call.operation.operation_id, answer, error, self._secrets(access_token)) from None

    def sleep(self, seconds: float) -> None:
        """Wait between two tries."""
        pace = self.sender.usage_plans.pace(self.settings, self.call.operation)
        with WaitingForQuota(self.query, pace) if self.is_throttled else contextlib.nullcontext():
            self.query.wait(seconds)
        self.throttled_seconds += seconds if self.is_throttled else 0

    def _request(self) -> tuple[Answer, str]:
        self.tokens.get()  # whoever cannot sign in need not queue for quota
        permit = self.sender.usage_plans.permit(self.settings, self.call.operation, self.query)
        with permit:
            access_token = self.tokens.get()  # the wait for quota may have outlived the first one
            now, api_host = self.sender.clock.utc(), self.settings.endpoint
            request = http_request(self.call, self.page_token, api_host, access_token, now)
            permit.sent()
            answer = self._exchange(request, access_token, permit.waited_seconds)
            self.is_throttled = answer.http_status == 429
            if self.is_throttled:
                wait_seconds = permit.throttled(answer.answered_at, answer.headers, self._asked_wait(answer))
                raise self._failure(answer, access_token, wait_seconds)
            permit.arrived(answer.answered_at, answer.headers)
        return answer, access_token

    def _exchange(self, request: HttpRequest, access_token: str, waited_seconds: float) -> Answer:
        self.request_count += 1
        waited_seconds += self.throttled_seconds
        self.throttled_seconds, self.is_throttled = 0, False
        operation_id = self.call.operation.operation_id
        try:
            return self.sender.exchange(request, operation_id, self.query, self.request_count, waited_seconds)
        except ConnectionFault as fault:
            raise self._failure(fault, access_token) from None

    def _asked_wait(self, answer: Answer) -> float:
        return retry_after_seconds(answer.headers.get("retry-after", ""), self.sender.clock)

    def _failure(
        self, answer: Answer | ConnectionFault, access_token: str, wait_seconds: float = 0, counts_as: int = 0
    ) -> Failure:
        secrets, operation_id = self._secrets(access_token), self.call.operation.operation_id
        return Failure(operation_id, answer, secrets, wait_seconds, counts_as=counts_as)

    def _secrets(self, access_token: str) -> tuple[str, ...]:
        return access_token, self.settings.client_secret.reveal(), self.settings.refresh_token.reveal()


def _is_lost(call: Call, failure: Failure) -> bool:
    return not call.is_repeatable and failure.may_be_done


def is_token_dead(answer: Answer) -> bool:
    """Whether Amazon refuses the access token itself, so that a new one may help."""
    if answer.http_status not in (401, 403):
        return False
    message = said(answer).message.casefold()
    return "token" in message and any(word in message for word in ("expired", "revoked, malformed or invalid"))
