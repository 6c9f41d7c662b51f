"""Items of an answer that Amazon refused, though the answer as a whole succeeded: found, named, and told as rows.

A refused item is one that neither succeeded nor has a status that means "no rows"; one that tells errors and no status,
or that succeeded and tells errors which no column holds, is refused as well. Its row holds the key that was asked for,
its status and what Amazon said of it. Knows the page and the words that say where a status stands; knows no HTTP.
"""

from __future__ import annotations  # pa.Array[...] exists for the type checker only

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import pyarrow as pa

from catalog.arrow_types import arrow_schema, arrow_type
from catalog.table import ITEM_ERROR, ITEM_STATUS, Column, ItemErrors
from flight_server.decode.columns import text_array
from flight_server.decode.items import items_of, value_at, with_items
from flight_server.decode.unexpected import unreadable_echo
from flight_server.errors import AmazonDetail, AmazonError, ApiError, ApiUnavailable, QuotaExhausted
from flight_server.plan import Page
from flight_server.reasons import Reason, reasons_of, status_meant, told

_SAID_MAX = 2000  # characters that are told of what Amazon said


@dataclass(frozen=True)
class RefusedItem:
    """One item that failed, by its place in the answer."""

    number: int
    status: str  # empty: it has none
    reasons: tuple[Reason, ...]
    key: Mapping[str, str | None]  # column -> value that was asked for

    @property
    def said(self) -> str:
        """All that Amazon said of it."""
        return ("; ".join(map(str, self.reasons)) or f"{self.status}: no reason given")[:_SAID_MAX]

    @property
    def status_meant(self) -> int:
        """Its status, or the one that its codes come to."""
        return int(self.status) if self.status in ("429", "500", "502", "503", "504") else status_meant(self.reasons)

    @property
    def is_fault(self) -> bool:
        """Whether Amazon failed, and not the item: the next time, it may be answered."""
        return self.status_meant == 429 or self.status_meant >= 500


def refused_items(page: Page, words: ItemErrors) -> list[RefusedItem]:
    """Every item of the page that failed."""
    array = words.status.partition("[].")[0]
    return [
        refused
        for number, item in enumerate(items_of(page, array))
        if (refused := _refused(page, number, item, words)) is not None
    ]


def refusal(page: Page, items: Sequence[RefusedItem]) -> AmazonError:
    """The error that names the first of these items, in the class of its status, and what can be done about it."""
    item, name = items[0], page.call.operation.operation_id
    asked = ", ".join(f"{column} = {value!r}" for column, value in item.key.items() if value is not None)
    others = f", and {len(items) - 1} more" if len(items) > 1 else ""
    which = f"{asked or f'item {item.number + 1}'}{others} of {name} (status {item.status or 'none'})"
    ending = f" (request id {page.request_id})" if page.request_id else ""
    amazon_said = f"Amazon said: {told(item.reasons) or item.said}{ending}"
    code = item.reasons[0].code if item.reasons else ""
    detail = AmazonDetail(name, code=(code or item.status)[:200], message=item.said, request_id=page.request_id)
    if item.status_meant == 429:
        words = f"quota exhausted: Amazon throttled {which}; try later, or raise RetryCountMax"
        return QuotaExhausted(f"{words}. {amazon_said}", detail)
    if item.is_fault:
        words = f"try later, or more often (RetryStatusCodeList with {item.status_meant})"
        return ApiUnavailable(f"Amazon could not answer {which}: {words}. {amazon_said}", detail)
    advice = f"OnItemError=Row makes such a key a row with {ITEM_STATUS} and {ITEM_ERROR}"
    return ApiError(f"Amazon refused {which}. {amazon_said}; {advice}", detail)


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
        return pa.array([item.said for item in items], pa.utf8())
    if all(item.key.get(column.name) is None for item in items):
        return pa.nulls(len(items), arrow_type(column))
    built = text_array([item.key.get(column.name) for item in items], column.declared_type)
    for bad in built.bad_values:
        raise unreadable_echo(page, column, bad)
    return built.array


def _refused(page: Page, number: int, item: object, words: ItemErrors) -> RefusedItem | None:
    """The item, if it failed."""
    found = value_at(item, _in_item(words.status, words))
    status, reasons = "" if found is None else str(found), _reasons(item, words)
    if status in ("", words.ok):
        has_failed = bool(reasons) and not (words.are_told and status)
    else:
        has_failed = status not in map(str, page.call.empty_item_statuses)
    asked = page.call.requests[number] if number < len(page.call.requests) else page.call.asked
    return RefusedItem(number, status, reasons, asked) if has_failed else None


def _reasons(item: object, words: ItemErrors) -> tuple[Reason, ...]:
    """What is wrong with an item: its errors, else what stands beside a status that is not the good one."""
    errors = value_at(item, _in_item(words.errors, words).removesuffix("[]"))
    if found := reasons_of(errors):
        return found
    if errors:  # of members that say nothing to us
        return (Reason(message=msgspec.json.encode(errors).decode()),)
    status = _in_item(words.status, words)
    if str(value_at(item, status)) == words.ok:
        return ()
    return reasons_of(value_at(item, status.rpartition(".")[0])) if "." in status else ()


def _in_item(path: str, words: ItemErrors) -> str:
    """A path of the answer as it leads on from an item of it."""
    return path.removeprefix(f"{words.status.partition('[].')[0]}[].")
