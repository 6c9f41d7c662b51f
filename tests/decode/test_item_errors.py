"""Errors of single items inside an answer: which count, how they are named, and how they become rows."""

from dataclasses import replace

import msgspec
import pytest

from catalog.table import Column, ItemErrors, Operation
from flight_server.decode import decoder
from flight_server.decode.item_errors import refusal, refused_items, rows_of_refused, without_items
from flight_server.errors import ApiError, ApiUnavailable, QuotaExhausted
from flight_server.plan import Call, Page

BATCH = Operation("getPrices", "prices", "v1", "POST", "/prices")
WORDS = ItemErrors("responses[].status.statusCode", "200", "responses[].body.errors[]")


def page(answer: object, *empty_statuses: int) -> Page:
    call = Call(BATCH, requests=({"sku": "A-1"}, {"sku": "A-2"}), empty_item_statuses=empty_statuses)
    return Page(call=call, number=0, body=msgspec.json.encode(answer), request_id="r-1")


def responses(*statuses: int, code: str = "InvalidInput") -> object:
    def response(status: int) -> object:
        failed = {"errors": [{"code": code, "message": "no such SKU"}]}
        return {"status": {"statusCode": status}, "body": {"price": "1.10"} if status == 200 else failed}

    return {"responses": [response(each) for each in statuses]}


def refused(answer: object, *empty_statuses: int, words: ItemErrors = WORDS) -> list[tuple[str, str]]:
    return [(item.status, item.said) for item in refused_items(page(answer, *empty_statuses), words)]


def test_an_item_that_failed_is_named_with_what_amazon_says_of_it_and_what_can_be_done() -> None:
    told = page(responses(200, 400))
    error = refusal(told, refused_items(told, WORDS))
    assert isinstance(error, ApiError)
    assert "sku = 'A-2' of getPrices (status 400). Amazon said: InvalidInput: no such SKU (request id r-1)" in str(
        error
    )
    assert "OnItemError=Row" in str(error)


def test_of_several_the_first_is_named_and_the_others_are_counted() -> None:
    told = page(responses(400, 400))
    assert "refused sku = 'A-1', and 1 more of getPrices" in str(refusal(told, refused_items(told, WORDS)))


def test_items_that_succeeded_are_not_refused() -> None:
    assert refused(responses(200, 200)) == []


def test_a_status_that_means_no_rows_means_so_of_an_item_too() -> None:
    assert refused(responses(200, 404), 404) == []
    assert refused(responses(200, 404)) == [("404", "InvalidInput: no such SKU")]


def test_an_item_without_a_status_has_failed_if_it_tells_errors() -> None:
    assert refused({"responses": [{"body": {"offers": []}}, {"body": {"errors": []}}]}) == []
    errors = [{"code": "Gone", "message": "no such SKU", "details": "not even once"}, {"code": "Late"}]
    told = {"responses": [{}, {"body": {"errors": errors}}]}
    assert refused(told) == [("", "Gone: no such SKU not even once; Late")]
    assert refused(told, words=replace(WORDS, are_told=True)) == refused(told)
    only = ItemErrors("errors[].code", "")
    assert refused({"errors": [{"details": "?"}]}, words=only) == [("", "?")]


def test_an_item_that_succeeded_has_failed_if_it_tells_errors_that_no_column_holds() -> None:
    told = {"responses": [{"status": {"statusCode": 200}, "body": {"errors": [{"code": "Odd", "message": "what?"}]}}]}
    assert refused(told) == [("200", "Odd: what?")]
    assert refused(told, words=replace(WORDS, are_told=True)) == []


def test_an_item_can_itself_say_what_is_wrong() -> None:
    answer = {"warnings": [], "errors": [{"code": "TooLong", "message": "the name is too long"}]}
    words = ItemErrors("errors[].code", "")
    assert refused(answer, words=words) == [("TooLong", "TooLong: the name is too long")]
    assert refused({"warnings": [], "errors": []}, words=words) == []


@pytest.mark.parametrize(
    ("errors", "said"),
    [
        ([{"errorType": "SKU", "errorSubType": "UNKNOWN"}], "SKU: UNKNOWN"),
        ([{"code": "A", "message": "one"}, {"code": "B", "details": "two"}], "A: one; B: two"),
        ([{"reason": 7}], '[{"reason":7}]'),
        ([], "Bad Request"),
    ],
)
def test_all_that_is_wrong_with_an_item_is_told_whatever_its_form(errors: object, said: str) -> None:
    status = {"statusCode": 400, "reasonPhrase": "Bad Request"}
    assert refused({"responses": [{"status": status, "body": {"errors": errors}}]}) == [("400", said)]


def test_an_item_without_any_reason_tells_its_status() -> None:
    assert refused({"responses": [{"status": {"statusCode": 400}}]}) == [("400", "400: no reason given")]


@pytest.mark.parametrize(("status", "code"), [(429, "QuotaExceeded"), (500, ""), (503, "?"), (400, "InternalFailure")])
def test_a_fault_of_amazons_is_none_of_the_key(status: int, code: str) -> None:
    told = page(responses(200, status, code=code))
    (item,) = refused_items(told, WORDS)
    assert item.is_fault
    error = refusal(told, [item])
    assert isinstance(error, QuotaExhausted if status == 429 else ApiUnavailable)
    assert "OnItemError" not in str(error)


def test_a_refused_item_is_a_row_of_its_key_status_and_error_and_the_others_stand_beside_their_own() -> None:
    told = replace(page(responses(400, 200)), call=Call(BATCH, requests=({"sku": "A-1"}, {"sku": "A-2"})))
    items = refused_items(told, WORDS)
    columns = (
        Column("sku", "string", is_echo=True),
        Column("price", "decimal", "responses[].body.price"),
        Column("item_status", "string", "responses[].status.statusCode"),
        Column("item_error", "string", is_of_refused=True),
    )
    good = decoder("responses[].body", columns)([without_items(told, WORDS, items)]).to_pylist()
    assert [(row["sku"], str(row["price"]), row["item_status"], row["item_error"]) for row in good] == [
        ("A-2", "1.100000", "200", None)
    ]
    assert rows_of_refused(columns, told, items).to_pylist() == [
        {"sku": "A-1", "price": None, "item_status": "400", "item_error": "InvalidInput: no such SKU"}
    ]


def test_what_is_left_of_a_page_is_as_it_was_sent() -> None:
    body = b'{"a": {"items": [{"n": 1.10}, {"n": 2.20, "t": "\\u0026"}]}, "total": 3.30}'
    told = Page(Call(BATCH), 0, body)
    words = ItemErrors("a.items[].status", "ok")
    left = without_items(told, words, [replace(refused_items(page(responses(400)), WORDS)[0], number=0)])
    assert left.body == b'{"a":{"items":[{"n": 2.20, "t": "\\u0026"}]},"total":3.30}'
