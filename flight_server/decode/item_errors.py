"""Items of an answer that Amazon refused, though the answer as a whole succeeded: found, named, and told as rows.

A refused item is one that neither succeeded nor has a status that means "no rows"; one that tells errors and no status,
or that succeeded and tells errors which no column holds, is refused as well. Its row holds the key that was asked for,
its status and what Amazon said of it. Knows the page and the words that say where a status stands; knows no HTTP.
"""

from __future__ import annotations  # pa.Array[...] exists for the type checker only

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import pyarrow as pa

from catalog.arrow_types import arrow_schema, arrow_type
from catalog.table import ITEM_ERROR, ITEM_STATUS, Column, ItemErrors
from flight_server.decode.columns import text_array
from flight_server.decode.items import items_of, value_at, with_items
from flight_server.decode.unexpected import unreadable_echo
from flight_server.errors import AmazonDetail, AmazonError, ApiError, ApiUnavailable
from flight_server.plan import Page

_FAULTS = frozenset({"InternalError", "InternalFailure", "QuotaExceeded", "ServiceError", "ServiceUnavailable"})
"""Codes by which Amazon says that it failed itself; so do the statuses 429 and from 500."""

_REASON_MAX = 2000  # characters that are told of what Amazon said


@dataclass(frozen=True)
class RefusedItem:
    """One item that failed, by its place in the answer."""

    number: int
    status: str  # empty: it has none
    codes: tuple[str, ...]
    reason: str  # all that Amazon said of it
    key: Mapping[str, str | None]  # column -> value that was asked for

    @property
    def is_fault(self) -> bool:
        """Whether Amazon failed, and not the item: the next time, it may be answered."""
        if self.status.isdecimal() and (int(self.status) == 429 or int(self.status) >= 500):
            return True
        return not _FAULTS.isdisjoint((self.status, *self.codes))


def refused_items(page: Page, words: ItemErrors) -> list[RefusedItem]:
    """Every item of the page that failed."""
    array, _, status_path = words.status.partition("[].")
    errors_path = words.errors.removeprefix(f"{array}[].").removesuffix("[]")
    found = []
    for number, item in enumerate(items_of(page, array)):
        status, errors = value_at(item, status_path), list(_objects(value_at(item, errors_path)))
        spelled = None if status is None else str(status)
        if _has_failed(spelled, errors, words, page.call.empty_statuses):
            found.append(_refused(page, number, spelled or "", errors))
    return found


def refusal(page: Page, items: Sequence[RefusedItem]) -> AmazonError:
    """The error that names the first of these items, and what can be done about it."""
    item, name = items[0], page.call.operation.operation_id
    key = ", ".join(f"{column} = {value!r}" for column, value in item.key.items() if value is not None)
    others = f", and {len(items) - 1} more" if len(items) > 1 else ""
    ending = f" (request id {page.request_id})" if page.request_id else ""
    said = (
        f"Amazon refused {key or f'item {item.number + 1}'}{others} of {name} (status {item.status or 'none'}). "
        f"Amazon said: {item.reason}{ending}"
    )
    detail = AmazonDetail(
        name, code=next(iter(item.codes), item.status)[:200], message=item.reason, request_id=page.request_id
    )
    if item.is_fault:
        return ApiUnavailable(f"{said}; that is no fault of the item, so ask again", detail)
    return ApiError(f"{said}; OnItemError=Row makes such a key a row with {ITEM_STATUS} and {ITEM_ERROR}", detail)


def without_items(page: Page, words: ItemErrors, items: Sequence[RefusedItem]) -> Page:
    """The page as if these items had not been asked for."""
    array, gone = words.status.partition("[].")[0], {item.number for item in items}
    requests = tuple(request for number, request in enumerate(page.call.requests) if number not in gone)
    return replace(page, call=replace(page.call, requests=requests), body=with_items(page, array, gone))


def rows_of_refused(columns: Sequence[Column], page: Page, items: Sequence[RefusedItem]) -> pa.RecordBatch:
    """One row an item: its key, its status and its error; everything else is null."""
    return pa.RecordBatch.from_arrays(
        [_values(column, page, items) for column in columns], schema=arrow_schema(columns)
    )


def _values(column: Column, page: Page, items: Sequence[RefusedItem]) -> pa.Array[Any]:
    if column.name == ITEM_STATUS:
        return pa.array([item.status or None for item in items], pa.utf8())
    if column.name == ITEM_ERROR:
        return pa.array([item.reason for item in items], pa.utf8())
    if all(item.key.get(column.name) is None for item in items):
        return pa.nulls(len(items), arrow_type(column))
    built = text_array([item.key.get(column.name) for item in items], column.declared_type)
    for bad in built.bad_values:
        raise unreadable_echo(page, column, bad)
    return built.array


def _has_failed(
    status: str | None, errors: Sequence[Mapping[str, Any]], words: ItemErrors, empty_statuses: Sequence[int]
) -> bool:
    if status is None:
        return bool(errors)
    if status == words.ok:
        return bool(errors) and not words.are_told
    return status not in map(str, empty_statuses)


def _refused(page: Page, number: int, status: str, errors: Sequence[Mapping[str, Any]]) -> RefusedItem:
    asked = page.call.requests[number] if number < len(page.call.requests) else page.call.asked
    codes = tuple(str(error["code"]) for error in errors if error.get("code"))
    said = "; ".join(_sentence(error) for error in errors) or f"{status}: no reason given"
    return RefusedItem(number, status, codes, said[:_REASON_MAX], asked)


def _sentence(error: Mapping[str, Any]) -> str:
    """`code: message`, as most errors have them; the whole object where an error has other members."""
    code, message, details = (error.get(name) or "" for name in ("code", "message", "details"))
    if not (code or message):
        return msgspec.json.encode(error).decode()
    further = f" {details}" if details and str(details) not in str(message) else ""
    return ": ".join(str(part) for part in (code, f"{message or 'no reason given'}{further}") if part)


def _objects(found: object) -> Iterator[Mapping[str, Any]]:
    for each in found if isinstance(found, Sequence) and not isinstance(found, str) else (found,):
        if isinstance(each, Mapping):
            yield each
