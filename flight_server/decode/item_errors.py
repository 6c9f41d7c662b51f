"""Errors of single items inside an answer that succeeded as a whole: such an answer is refused, and the item named.

Knows the page and the words that say where a status stands; knows no column and no HTTP.
"""

from collections.abc import Sequence

from catalog.table import ItemErrors
from flight_server.decode.items import items_of, value_at
from flight_server.errors import AmazonDetail, AmazonError, ApiError, ApiUnavailable, QuotaExhausted
from flight_server.plan import Page
from flight_server.reasons import Reason, reasons_of, status_meant, told


def refuse_item_errors(page: Page, item_errors: ItemErrors) -> None:
    """Raise for the first item of the page that neither succeeded nor has a status that means "no rows".

    One that succeeded and tells errors all the same has less than there is.
    """
    harmless = {item_errors.ok, *map(str, page.call.empty_item_statuses)}
    array, _, rest = item_errors.status.partition("[].")
    for number, item in enumerate(items_of(page, array)):
        status, reasons = value_at(item, rest), _reasons(item, array, item_errors)
        is_fine = status is None or str(status) == item_errors.ok
        has_failed = bool(reasons) if is_fine else str(status) not in harmless
        if has_failed:
            raise _refused(page, number, "none" if status is None else str(status), reasons)


def _refused(page: Page, number: int, status: str, reasons: Sequence[Reason]) -> AmazonError:
    """The error that tells an item, in the class that its status, or else its codes, come to."""
    name = page.call.operation.operation_id
    asked = page.call.requests[number] if number < len(page.call.requests) else {}
    item = ", ".join(f"{column} = {value!r}" for column, value in asked.items()) or f"item {number + 1}"
    ending = f" (request id {page.request_id})" if page.request_id else ""
    said, first = told(reasons) or f"{status}: no reason given", reasons[0] if reasons else Reason(status)
    detail = AmazonDetail(name, code=(first.code or status)[:200], message=said[:2000], request_id=page.request_id)
    meant = int(status) if status in ("429", "500", "502", "503", "504") else status_meant(reasons)
    if meant == 429:
        words = (
            f"quota exhausted: Amazon throttled {item} of {name} (status {status}); try later, or raise RetryCountMax"
        )
        return QuotaExhausted(f"{words}. Amazon said: {said}{ending}", detail)
    if meant >= 500:
        words = f"Amazon could not answer {item} of {name} (status {status}): try later, or more often"
        return ApiUnavailable(f"{words} (RetryStatusCodeList with {meant}). Amazon said: {said}{ending}", detail)
    return ApiError(f"Amazon refused {item} of {name} (status {status}). Amazon said: {said}{ending}", detail)


def _reasons(item: object, array: str, words: ItemErrors) -> tuple[Reason, ...]:
    """What is wrong with an item: its errors, else what stands beside its status."""
    found = reasons_of(value_at(item, words.errors.removeprefix(f"{array}[].").removesuffix("[]")))
    if found or str(value_at(item, words.status.removeprefix(f"{array}[]."))) == words.ok:
        return found
    return reasons_of(value_at(item, words.status.removeprefix(f"{array}[].").rpartition(".")[0]))
