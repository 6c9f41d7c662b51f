"""Answers of a batch and the requests that they belong to."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest

from catalog.table import Operation, RequestBatch, Table
from flight_server.decode.batches import matched_to_answers
from flight_server.errors import UnexpectedAnswer
from flight_server.plan import Call, Page

OPERATION = Operation("getPrices", "prices", "v1", "POST", "/prices")
BATCH = RequestBatch("requests[]", 20, {"sku": "responses[].request.sku", "shop": "responses[].request.shop"})
NUMBERED = RequestBatch("$[]", 20, number="$[].Id", number_repeated="$[].Asked.Id")


Asked = dict[str, str | None]


def order(told: Sequence[Mapping[str, Any]], *asked: Asked) -> list[str | None]:
    answers = {"responses": [{"request": request} if request else {} for request in told]}
    return _order(answers, BATCH, "responses[].body", asked)


def _order(answers: object, batch: RequestBatch, row_path: str, asked: tuple[Asked, ...]) -> list[str | None]:
    table = Table("prices", "prices", "operation", (), operation=OPERATION, row_path=row_path, request_batch=batch)
    page = Page(Call(OPERATION, requests=asked), 0, msgspec.json.encode(answers), "r-1")
    return [request["sku"] for request in matched_to_answers(page, table).call.requests]


A: Asked = {"sku": "A"}
B: Asked = {"sku": "B"}
C: Asked = {"sku": "C"}


def test_answers_that_repeat_nothing_come_in_order() -> None:
    assert order([{}, {}, {}], A, B, C) == ["A", "B", "C"]


def test_answers_that_repeat_their_requests_may_come_in_any() -> None:
    assert order([C, A, B], A, B, C) == ["C", "A", "B"]


def test_one_that_repeats_nothing_takes_the_place_that_is_left() -> None:
    assert order([B, {}], A, B) == ["B", "A"]
    assert order([{}, B, {}], A, B, C) == ["A", "B", "C"]


def test_what_amazon_spells_otherwise_is_taken_by_its_place() -> None:
    assert order([{"sku": "a"}, {"sku": "b"}], A, B) == ["A", "B"]
    assert order([{"sku": "x%2Fy"}, A], A, {"sku": "x/y"}) == ["x/y", "A"]


def test_values_that_were_not_asked_for_tell_nothing() -> None:
    assert order([{"sku": "B", "shop": "US"}, {"sku": "A", "shop": "US"}], A, {**B, "shop": None}) == ["B", "A"]


def test_requests_that_differ_in_one_value_are_told_apart() -> None:
    american: Asked = {**A, "shop": "US"}
    canadian: Asked = {"sku": "A ", "shop": "CA"}
    assert order([{"shop": "CA"}, {"shop": "US"}], american, canadian) == ["A ", "A"]


@pytest.mark.parametrize("told", [[A, A], [A], [A, B, C], [{}, {}, {}], [B, B]])
def test_answers_that_do_not_pair_up_are_refused(told: Sequence[Mapping[str, Any]]) -> None:
    with pytest.raises(UnexpectedAnswer, match=r"answers.*r-1"):
        order(told, A, B)


def test_silent_answers_among_moved_ones_are_refused() -> None:
    with pytest.raises(UnexpectedAnswer, match="which request"):
        order([B, {}, {}], A, B, C)


def test_numbers_tell_requests_apart() -> None:
    answers = [{"Asked": {"Id": "2"}}, {"Asked": {"Id": 1}}]
    assert _order(answers, NUMBERED, "$[]", (A, B)) == ["B", "A"]


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"responses": [\xff]}', b"[" * 100_000])
def test_what_is_no_json_is_told(body: bytes) -> None:
    table = Table("prices", "prices", "operation", (), row_path="responses[]", request_batch=BATCH)
    with pytest.raises(UnexpectedAnswer, match="not valid JSON"):
        matched_to_answers(Page(Call(OPERATION, requests=(A,)), 0, body), table)


def test_a_number_that_no_double_holds_does_not_spoil_a_page() -> None:
    table = Table("prices", "prices", "operation", (), row_path="responses[]", request_batch=BATCH)
    body = b'{"responses": [{"request": {"sku": "A"}, "price": 1e999}]}'
    page = Page(Call(OPERATION, requests=(A,)), 0, body)
    assert matched_to_answers(page, table) is page
