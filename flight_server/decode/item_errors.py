"""Errors of single items inside an answer that succeeded as a whole: such an answer is refused, and the item named.

Knows the page and the words that say where a status stands; knows no column and no HTTP.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from catalog.table import ItemErrors
from flight_server.decode.items import items_of, value_at
from flight_server.errors import AmazonDetail, ApiError
from flight_server.plan import Page


def refuse_item_errors(page: Page, item_errors: ItemErrors) -> None:
    """Raise ApiError for the first item of the page that neither succeeded nor has a status that means "no rows"."""
    harmless = {item_errors.ok, *map(str, page.call.empty_item_statuses)}
    array, _, rest = item_errors.status.partition("[].")
    for number, item in enumerate(items_of(page, array)):
        status, error = value_at(item, rest), _first_error(item, array, item_errors.errors)
        has_failed = bool(error) if status is None else str(status) not in harmless
        if has_failed:
            raise _refused(page, number, "none" if status is None else str(status), error)


def _refused(page: Page, number: int, status: str, error: Mapping[str, Any]) -> ApiError:
    name = page.call.operation.operation_id
    code, message = str(error.get("code") or status)[:200], str(error.get("message") or "no reason given")[:2000]
    asked = page.call.requests[number] if number < len(page.call.requests) else {}
    item = ", ".join(f"{column} = {value!r}" for column, value in asked.items()) or f"item {number + 1}"
    ending = f" (request id {page.request_id})" if page.request_id else ""
    return ApiError(
        f"Amazon refused {item} of {name} (status {status}). Amazon said: {code}: {message}{ending}",
        AmazonDetail(name, code=code, message=message, request_id=page.request_id),
    )


def _first_error(item: object, array: str, errors: str) -> Mapping[str, Any]:
    return next(_objects(value_at(item, errors.removeprefix(f"{array}[].").removesuffix("[]"))), {})


def _objects(found: object) -> Iterator[Mapping[str, Any]]:
    for each in found if isinstance(found, Sequence) and not isinstance(found, str) else (found,):
        if isinstance(each, Mapping):
            yield each
