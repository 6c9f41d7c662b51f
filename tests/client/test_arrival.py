"""What an answer of success may hide: a fault of Amazon's, a broken connection, no end, no form; a 404 of others."""

import gzip
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from catalog.table import AnswerLevel, ItemErrors, Operation
from flight_server.client import SellingPartnerClient
from flight_server.connection.settings import RetryMode, RetrySettings, Settings
from flight_server.errors import (
    AccessDenied,
    AmazonError,
    ApiError,
    ApiUnavailable,
    QuotaExhausted,
    SignInError,
    UnexpectedAnswer,
)
from flight_server.plan import Call
from tests.client.broken_server import BrokenServer, Received, Reply, grant, refusal
from tests.client.fake_time import FakeQuery
from tests.client.operations import ORDERS

Read = Callable[..., list[bytes]]

LEVEL = AnswerLevel(frozenset({"payload", "errors"}), frozenset({"payload"}))
UNLIMITED = replace(ORDERS, operation=replace(ORDERS.operation, usage_plan=None, answer=LEVEL))
WHOLE = Reply(body={"payload": {"Orders": [1]}})
BATCH = Call(
    Operation("getPrices", "prices", "v1", "POST", "/prices"),
    item_errors=ItemErrors("responses[].status.statusCode", "200", "responses[].body.errors[]"),
    empty_item_statuses=(404,),
)
DEEP = b'{"payload": {"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}"


@pytest.fixture
def read(client: SellingPartnerClient, settings: Settings, query: FakeQuery) -> Read:
    """Read a call under a retry policy."""

    def bodies(call: Call = UNLIMITED, **retry: object) -> list[bytes]:
        policy = replace(RetrySettings(multiply_wait_time=False, count_max=3), **retry)  # type: ignore[arg-type]
        return [page.body for page in client.pages(call, replace(settings, retry=policy), query)]

    return bodies


def told_inside(*codes: str, **more: object) -> Reply:
    return Reply(body={"errors": [{"code": code, "message": f"about {code}"} for code in codes], **more})


def batch(*statuses: int) -> Reply:
    errors = [{"code": "InternalFailure", "message": "try again"}]
    items = [{"status": {"statusCode": each}, "body": {} if each == 200 else {"errors": errors}} for each in statuses]
    return Reply(body={"responses": items})


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("InternalFailure", 500, ApiUnavailable),
        ("InternalError", 500, ApiUnavailable),
        ("InternalServerError", 500, ApiUnavailable),
        ("INTERNAL_FAILURE", 500, ApiUnavailable),
        ("InternalFailureException", 500, ApiUnavailable),
        ("500", 500, ApiUnavailable),
        ("ServiceUnavailable", 503, ApiUnavailable),
        ("ServiceUnavailableException", 503, ApiUnavailable),
        ("QuotaExceeded", 429, QuotaExhausted),
        ("TooManyRequests", 429, QuotaExhausted),
        ("TooManyRequestsException", 429, QuotaExhausted),
        ("ThrottlingException", 429, QuotaExhausted),
        ("RequestThrottled", 429, QuotaExhausted),
        ("Unauthorized", 403, AccessDenied),
        ("InvalidInput", 400, ApiError),
    ],
)
def test_an_error_inside_a_success_counts_as_the_status_that_fits_it(
    server: BrokenServer, read: Read, code: str, status: int, error: type[AmazonError]
) -> None:
    server.script(told_inside(code))
    with pytest.raises(error, match=rf"getOrders \(HTTP 200\).*{code}: about {code}") as caught:
        read(status_codes=frozenset({status}))
    assert type(caught.value) is error
    assert caught.value.detail.http_status == 200
    assert len(server.calls) == 4
    server.script(told_inside(code), told_inside(code, payload={"Orders": [1]}), WHOLE)
    assert read(replace(UNLIMITED, header_parameters={"x-n": "2"}), status_codes=frozenset({status})) == [WHOLE.text]


@pytest.mark.parametrize(
    ("mode", "codes", "tries"),
    [
        ("None", ("QuotaExceeded",), 1),
        ("RetryWhenStatusCodeMatch", ("QuotaExceeded",), 4),
        ("RetryWhenStatusCodeMatch", ("InternalFailure",), 4),  # as a connection that broke: no status names it
        ("None", ("InternalFailure",), 1),
        ("RetryWhenStatusCodeMatch", ("QuotaExceeded", "InvalidInput"), 1),
        ("RetryAny", ("InternalFailure",), 4),
    ],
)
def test_the_mode_decides_on_errors_inside_a_success_as_on_others(
    server: BrokenServer, read: Read, mode: RetryMode, codes: tuple[str, ...], tries: int
) -> None:
    server.script(told_inside(*codes))
    with pytest.raises(AmazonError):
        read(mode=mode)
    assert len(server.calls) == tries


def test_all_errors_inside_a_success_are_told(server: BrokenServer, read: Read) -> None:
    server.script(told_inside("A", "InternalFailure", "C", payload={"Orders": [1]}))
    with pytest.raises(ApiError, match="A: about A; InternalFailure: about InternalFailure; C: about C"):
        read()


@pytest.mark.parametrize("name", ["Errors", "errorList", "actionableErrors", "processingErrors"])
def test_errors_under_a_name_that_the_model_does_not_have_are_errors(
    server: BrokenServer, read: Read, name: str
) -> None:
    server.script(Reply(body={"payload": {"Orders": [1]}, name: [{"code": "A", "message": "one"}]}))
    with pytest.raises(ApiError, match="A: one"):
        read()
    server.script(Reply(body={"payload": {"Orders": [1]}, name: [], "hasErrors": False}))
    assert len(read(replace(UNLIMITED, header_parameters={"x-n": "2"}))) == 1


def test_a_batch_is_asked_again_while_amazon_fails_on_an_item(server: BrokenServer, read: Read) -> None:
    server.script(batch(200, 429), batch(500, 200), batch(200, 400, 404))
    assert read(BATCH, status_codes=frozenset({429, 500})) == [batch(200, 400, 404).text]
    assert len(server.calls) == 3


@pytest.mark.parametrize(("failed", "tries"), [(429, 1), (500, 4)])
def test_a_batch_with_failed_items_goes_on_after_all_tries_since_its_other_items_are_answered(
    server: BrokenServer, read: Read, failed: int, tries: int
) -> None:
    server.script(batch(200, failed))
    assert read(BATCH, status_codes=frozenset()) == [batch(200, failed).text]
    assert len(server.calls) == tries


@pytest.mark.parametrize("framing", ["length", "chunked", "until close"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_packed_answer_that_is_cut_is_a_broken_connection(
    server: BrokenServer, read: Read, framing: str, share: float
) -> None:
    packed = gzip.compress(json.dumps({"payload": {"Orders": list(range(1000))}}).encode())
    headers = {"content-encoding": "gzip"}
    cut = Reply(body=packed[: int(len(packed) * share)], headers=headers, framing=framing)  # type: ignore[arg-type]
    server.script(cut, Reply(body=packed, headers=headers, framing=framing))  # type: ignore[arg-type]
    assert read() == [gzip.decompress(packed)]
    server.script(cut)
    with pytest.raises(ApiUnavailable, match="broke in the middle"):
        read(replace(UNLIMITED, header_parameters={"x-n": "2"}))
    assert len(server.calls) == 2 + 4


@pytest.mark.parametrize("headers", [{"content-encoding": "gzip"}, {}])
def test_an_answer_without_end_is_given_up_at_once(
    server: BrokenServer, read: Read, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flight_server.client.send.MOST_BYTES", 3 * 2**20)
    body = b'{"payload": {}}' + b" " * 3 * 2**20
    server.script(Reply(body=gzip.compress(body, 1) if headers else body, headers=headers))
    with pytest.raises(UnexpectedAnswer, match=r"getOrders.*longer than 3 MB.*check Endpoint"):
        read(mode="RetryAny")
    assert len(server.calls) == 1


def test_a_packing_that_was_not_asked_for_is_an_error(server: BrokenServer, read: Read) -> None:
    server.script(Reply(body=b"?", headers={"content-encoding": "br"}))
    with pytest.raises(UnexpectedAnswer, match="packed as 'br'"):
        read()


@pytest.mark.parametrize("framing", ["length", "until close"])
@pytest.mark.parametrize("body", [DEEP, DEEP[:1000] + b"[" * 100_000, b'{"errors": ' + DEEP + b"}"])
def test_brackets_without_end_are_an_answer_that_cannot_be_read(
    server: BrokenServer, read: Read, body: bytes, framing: str
) -> None:
    server.script(Reply(body=body, framing=framing, headers={"x-amzn-RequestId": "r-1"}))  # type: ignore[arg-type]
    with pytest.raises(UnexpectedAnswer, match=r"getOrders .*cannot be read: it is nested too deeply.*r-1"):
        read()
    assert len(server.calls) == 1


def test_brackets_without_end_in_an_error_are_an_error_without_words(server: BrokenServer, read: Read) -> None:
    server.script(Reply(400, DEEP))
    with pytest.raises(ApiError, match=r"Amazon refused getOrders \(HTTP 400\)$"):
        read()


@pytest.mark.parametrize("status", [200, 400])
def test_a_login_of_brackets_without_end_is_an_error(server: BrokenServer, read: Read, status: int) -> None:
    server.login = lambda _: Reply(status, DEEP)
    with pytest.raises(UnexpectedAnswer if status == 200 else SignInError, match="Login with Amazon"):
        read()


def test_a_login_without_end_is_given_up(server: BrokenServer, read: Read) -> None:
    server.login = lambda _: Reply(body=b" " * 2**20 + grant().text)
    with pytest.raises(UnexpectedAnswer, match=r"longer than 1 MB.*check TokenUrl"):
        read()


def test_a_login_in_another_charset_is_read(server: BrokenServer, read: Read) -> None:
    headers = {"content-type": "application/json; charset=utf-16"}
    server.login = lambda _: Reply(body=grant().text.decode().encode("utf-16"), headers=headers)
    server.script(WHOLE)
    assert read() == [WHOLE.text]


@pytest.mark.parametrize("status", [200, 400, 500])
def test_the_charset_counts_for_errors_as_well(server: BrokenServer, read: Read, status: int) -> None:
    body = '{"errors": [{"code": "Ungültig", "message": "größer\x01"}]}'.encode("latin-1")
    server.script(Reply(status, body, {"content-type": "application/json; charset=ISO-8859-1"}))
    with pytest.raises(AmazonError, match="Ungültig: größer"):
        read(mode="None")


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>Not Found</html>", {"message": None}, {"message": "Not Found"}, {}, b"null", b"[]", b"no such page"],
)
def test_a_404_in_other_words_than_those_of_amazons_api_is_no_empty_answer(
    server: BrokenServer, read: Read, body: object
) -> None:
    server.script(Reply(404, body))
    with pytest.raises(ApiError, match=r"getOrders \(HTTP 404\).*check Endpoint"):
        read(replace(UNLIMITED, empty_statuses=(404,)))


@pytest.mark.parametrize(
    "body",
    [
        {"errors": [{"code": "NotFound", "message": "no such order"}]},
        {"errors": []},
        [{"code": "NotFound", "message": "no such order"}],
        {"code": "NotFound", "message": "no such order", "details": ""},
    ],
)
def test_a_404_of_amazons_api_is_an_empty_answer(server: BrokenServer, read: Read, body: object) -> None:
    server.script(Reply(404, body))
    assert read(replace(UNLIMITED, empty_statuses=(404,))) == []


def test_an_answer_that_is_not_understood_is_named_and_told(server: BrokenServer, read: Read) -> None:
    server.script(Reply(body={"code": "Odd", "message": "what is this"}, headers={"x-amzn-RequestId": "r-1"}))
    with pytest.raises(UnexpectedAnswer) as caught:
        read()
    assert caught.value.message == (
        "an answer of getOrders (HTTP 200) cannot be understood: it has no payload, but code, message. "
        "Amazon said: Odd: what is this (request id r-1)"
    )


def test_an_empty_text_or_list_in_the_place_of_an_object_holds_no_token(server: BrokenServer, read: Read) -> None:
    call = replace(UNLIMITED, operation=replace(UNLIMITED.operation, answer=None))
    held: list[object] = ["", [], None, {}]
    for number, payload in enumerate(held):
        server.script(Reply(body={"payload": payload, "x": 1}))
        assert len(read(replace(call, header_parameters={"x-n": str(number)}))) == 1


def test_a_restricted_token_in_an_envelope_is_found(server: BrokenServer, read: Read) -> None:
    token = {"restrictedDataToken": "Atz.sprdt|1", "expiresIn": 3600}

    def answer(received: Received) -> Reply:
        return Reply(body={"payload": token}) if received.path.endswith("/restrictedDataToken") else WHOLE

    server.answer = answer
    assert read(replace(UNLIMITED, needs_restricted_token=True)) == [WHOLE.text]
    assert server.calls[-1].access_token == "Atz.sprdt|1"


def test_a_refusal_is_no_404(server: BrokenServer, read: Read) -> None:
    server.script(refusal(400, "InvalidInput", "bad"))
    with pytest.raises(ApiError, match="InvalidInput: bad"):
        read(replace(UNLIMITED, empty_statuses=(404,)))
