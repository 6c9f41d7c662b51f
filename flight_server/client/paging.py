"""One Call in, its pages out, one request a page and only when the next page is asked for.

Knows tokens of pages; knows no quota, no retry and no access token. Facts of an operation's paging come with the call.
"""

from collections.abc import Callable, Iterator

from flight_server.activity import QueryActivity
from flight_server.client.failure import said, sentence
from flight_server.client.page_token import BOM, OnlyErrors, Unreadable, page_token
from flight_server.client.transport import Answer
from flight_server.errors import AmazonDetail, ApiError, UnexpectedAnswer
from flight_server.plan import Call, Page

SendPage = Callable[[str], Answer]
"""Page token (empty: the first page) -> answer."""


def pages(call: Call, send_page: SendPage, query: QueryActivity, secrets: tuple[str, ...]) -> Iterator[Page]:
    """Follow a call's page tokens to their end."""
    if "" in call.path_parameters.values():
        return  # no resource has an empty name, and a path without it would be another operation
    token, number, seen = "", 0, set[str]()
    while True:
        query.check()
        answer = send_page(token)
        if answer.http_status in call.empty_statuses:
            return
        body = answer.body.removeprefix(BOM)
        next_token = _next_token(call, answer, body, secrets)
        query.pages += 1
        yield Page(call=call, number=number, body=body, request_id=answer.request_id)
        if not next_token:
            return
        if next_token in seen:
            raise _unexpected(call, answer, "names a page that was already read as the next one, so its end is unknown")
        seen.add(next_token)
        token, number = next_token, number + 1


def _next_token(call: Call, answer: Answer, body: bytes, secrets: tuple[str, ...]) -> str:
    try:
        return page_token(body, call.paging.next if call.paging else "")
    except OnlyErrors:
        what, name = said(answer, secrets), call.operation.operation_id
        detail = AmazonDetail(name, answer.http_status, what.code[:200], what.message[:2000], answer.request_id)
        raise ApiError(sentence(f"Amazon refused {name}", str(what), answer.request_id), detail) from None
    except Unreadable as error:
        raise _unexpected(call, answer, f"cannot be read: {error}") from None


def _unexpected(call: Call, answer: Answer, what: str) -> UnexpectedAnswer:
    name = call.operation.operation_id
    words = f"an answer of {name} (HTTP {answer.http_status}) {what}"
    detail = AmazonDetail(name, answer.http_status, request_id=answer.request_id)
    return UnexpectedAnswer(sentence(words, request_id=answer.request_id), detail)
