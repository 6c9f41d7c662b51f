"""One Call in, its pages out, one request a page and only when the next page is asked for.

Knows tokens of pages, and pages that are counted; knows no quota, no retry and no access token, and no error: answers
come in the model's form. Facts of an operation's paging come with the call.
"""

from collections.abc import Callable

from catalog.table import Paging
from flight_server.client.answers.answer_text import Unreadable
from flight_server.client.answers.failure import unexpected, unreadable
from flight_server.client.pages.page_token import number_at, page_token, row_count
from flight_server.client.wire.transport import Answer
from flight_server.errors import ApiError, UnexpectedAnswer
from flight_server.plan import Call, Page

SendPage = Callable[[str], Answer]
"""Page token (empty: the first page) -> answer."""


class PageWalk:
    """The way through a call's pages, one at a time. A page that could not be fetched can be asked for again."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._token = ""
        self._number = 0
        self._seen: set[str] = set()
        self._is_over = "" in call.path_parameters.values()
        # ... no resource has an empty name, and a path without it would be another operation

    def next_page(self, send_page: SendPage) -> Page | None:
        """Fetch the next page; None after the last."""
        if self._is_over:
            return None
        call = self._call
        answer = send_page(self._token)
        if answer.http_status in call.empty_statuses:
            self._is_over = True
            return None
        try:
            next_token = page_token(answer.body, call.paging.next if call.paging else "")
        except Unreadable as error:
            raise _unreadable(call, answer, error) from None
        if call.paging is not None and call.paging.offset:
            next_token = _next_offset(call, call.paging, int(self._token or 0), answer)
        if not next_token:
            _refuse_a_cut(call, answer)
        if next_token in self._seen:
            what = "names a page that was already read as the next one, so its end is unknown"
            raise unexpected(call.operation.operation_id, answer, what)
        page = Page(call=call, number=self._number, body=answer.body, request_id=answer.request_id)
        self._seen.add(next_token)
        self._token, self._number, self._is_over = next_token, self._number + 1, not next_token
        return page


def _next_offset(call: Call, paging: Paging, offset: int, answer: Answer) -> str:
    """The number of the first row of the next page; empty after the last, which is short or reaches the total."""
    try:
        count = row_count(answer.body, paging.rows)
        total = number_at(answer.body, paging.total) if paging.total else None
    except Unreadable as error:
        raise _unreadable(call, answer, error) from None
    after = offset + count
    if not count and total is not None and offset < total:
        what = f"has no rows, though it counts {total} and {offset} were read before"
        raise unexpected(call.operation.operation_id, answer, what)
    if not count or (after >= total if total is not None else count < (call.page_size or 1)):
        return ""
    if paging.offset_max is not None and after > paging.offset_max:
        raise _out_of_reach(call, paging.offset_max)
    return str(after)


def _refuse_a_cut(call: Call, answer: Answer) -> None:
    """After the last page: some operations stop at so many rows, and only their total tells that there are more."""
    paging = call.paging
    if paging is None or not paging.total or paging.offset or paging.offset_max is None:
        return
    try:
        total = number_at(answer.body, paging.total)
    except Unreadable as error:
        raise _unreadable(call, answer, error) from None
    if total is not None and total > paging.offset_max:
        raise _out_of_reach(call, paging.offset_max)


def _out_of_reach(call: Call, reachable: int) -> ApiError:
    return ApiError(
        f"{call.operation.operation_id} has more rows than can be reached: Amazon gives none beyond row {reachable}; "
        "narrow the query with a condition that becomes a parameter"
    )


def _unreadable(call: Call, answer: Answer, error: Unreadable) -> UnexpectedAnswer:
    return unreadable(call.operation.operation_id, answer, error)
