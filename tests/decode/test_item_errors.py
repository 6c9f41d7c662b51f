"""Errors of single items inside an answer: which are refused, how they are named, and which mean "no rows"."""

import msgspec
import pytest

from catalog.table import ItemErrors, Operation
from flight_server.decode.item_errors import refuse_item_errors
from flight_server.errors import ApiError, ApiUnavailable, QuotaExhausted
from flight_server.plan import Call, Page

BATCH = Operation("getPrices", "prices", "v1", "POST", "/prices")
WORDS = ItemErrors("responses[].status.statusCode", "200", "responses[].body.errors[]")


def page(answer: object, *empty_statuses: int) -> Page:
    call = Call(BATCH, requests=({"sku": "A-1"}, {"sku": "A-2"}), empty_item_statuses=empty_statuses)
    return Page(call=call, number=0, body=msgspec.json.encode(answer), request_id="r-1")


def responses(*statuses: int) -> object:
    errors = [{"code": "InvalidInput", "message": "no such SKU"}]
    bodies = [{"errors": [] if each == 200 else errors} for each in statuses]
    return {
        "responses": [
            {"status": {"statusCode": each}, "body": body} for each, body in zip(statuses, bodies, strict=True)
        ]
    }


def test_an_item_that_failed_is_named_with_what_amazon_says_of_it() -> None:
    with pytest.raises(ApiError, match=r"sku = 'A-2' of getPrices \(status 400\).*InvalidInput: no such SKU.*r-1"):
        refuse_item_errors(page(responses(200, 400)), WORDS)


def test_items_that_succeeded_are_not_refused() -> None:
    refuse_item_errors(page(responses(200, 200)), WORDS)


def test_a_status_that_means_no_rows_means_so_of_an_item_too() -> None:
    refuse_item_errors(page(responses(200, 404), 404), WORDS)
    with pytest.raises(ApiError, match="status 404"):
        refuse_item_errors(page(responses(200, 404)), WORDS)


def test_an_item_without_a_status_has_failed_if_it_tells_errors() -> None:
    refuse_item_errors(page({"responses": [{"body": {"offers": []}}, {"body": {"errors": []}}]}), WORDS)
    with pytest.raises(ApiError, match=r"'A-2' of getPrices \(status none\).*Amazon said: Gone: no such SKU"):
        errors = [{"code": "Gone", "message": "no such SKU"}]
        refuse_item_errors(page({"responses": [{}, {"body": {"errors": errors}}]}), WORDS)
    with pytest.raises(ApiError, match="Amazon said: what"):
        refuse_item_errors(page({"errors": [{"details": "what"}]}), ItemErrors("errors[].code", ""))


def test_an_item_can_itself_say_what_is_wrong() -> None:
    answer = {"warnings": [], "errors": [{"code": "TooLong", "message": "the name is too long"}]}
    with pytest.raises(ApiError, match="TooLong: the name is too long"):
        refuse_item_errors(page(answer), ItemErrors("errors[].code", ""))
    refuse_item_errors(page({"warnings": [], "errors": []}), ItemErrors("errors[].code", ""))


def test_an_item_that_succeeded_and_tells_errors_has_less_than_there_is() -> None:
    answer = {"responses": [{"status": {"statusCode": 200}, "body": {"offers": [1], "errors": [{"code": "Partial"}]}}]}
    with pytest.raises(ApiError, match=r"sku = 'A-1'.*status 200.*Partial"):
        refuse_item_errors(page(answer), WORDS)


def test_all_that_is_wrong_with_an_item_is_told() -> None:
    errors = [{"code": "A", "message": "one"}, {"code": "B", "details": "two"}]
    with pytest.raises(ApiError, match=r"Amazon said: A: one; B: two \(request id r-1\)"):
        refuse_item_errors(page({"responses": [{"status": {"statusCode": 400}, "body": {"errors": errors}}]}), WORDS)


def test_errors_that_need_the_seller_are_reasons() -> None:
    words = ItemErrors("responses[].status.statusCode", "200", "responses[].body.actionableErrors")
    errors = [{"errorType": "LocationIssue", "errorSubType": "NoSuchLocation"}, {"errorType": "Other"}]
    with pytest.raises(ApiError, match="Amazon said: LocationIssue: NoSuchLocation; Other"):
        refuse_item_errors(
            page({"responses": [{"status": {"statusCode": 400}, "body": {"actionableErrors": errors}}]}), words
        )


def test_the_phrase_of_a_status_is_the_reason_where_nothing_else_is() -> None:
    item = {"status": {"statusCode": 400, "reasonPhrase": "Bad Request"}, "body": {}}
    with pytest.raises(ApiError, match="Amazon said: Bad Request"):
        refuse_item_errors(page({"responses": [item]}), WORDS)
    with pytest.raises(ApiError, match="no reason given"):
        refuse_item_errors(page({"responses": [{"status": {"statusCode": 400}}]}), WORDS)


def test_an_item_that_amazon_failed_on_is_amazons_fault_and_not_refused() -> None:
    with pytest.raises(QuotaExhausted, match=r"quota exhausted.*sku = 'A-2'"):
        refuse_item_errors(page(responses(200, 429)), WORDS)
    with pytest.raises(ApiUnavailable, match=r"sku = 'A-2' of getPrices \(status 503\)"):
        refuse_item_errors(page(responses(200, 503)), WORDS)
