from dataclasses import replace

import pytest

from catalog.table import Operation, Paging
from flight_server.client import SellingPartnerClient
from flight_server.connection.settings import Settings
from flight_server.errors import ApiError, Cancelled, UnexpectedAnswer
from flight_server.plan import Call
from tests.client.broken_server import BrokenServer, Received, Reply, refusal
from tests.client.fake_time import FakeQuery
from tests.client.operations import ORDERS, ORDERS_PAGING


def orders(*ids: str, token: object = None) -> Reply:
    return Reply(body={"payload": {"Orders": [{"AmazonOrderId": one} for one in ids], "NextToken": token}})


class Reader:
    """Reads calls of one client, settings and query."""

    def __init__(self, client: SellingPartnerClient, settings: Settings, query: FakeQuery) -> None:
        self.client, self.settings, self.query = client, settings, query

    def bodies(self, call: Call = ORDERS) -> list[bytes]:
        return [page.body for page in self.client.pages(call, self.settings, self.query)]


@pytest.fixture
def reader(client: SellingPartnerClient, settings: Settings, query: FakeQuery) -> Reader:
    return Reader(client, settings, query)


def test_pages_follow_each_other_until_there_is_no_token(server: BrokenServer, reader: Reader) -> None:
    replies = (orders("1", token="t/1+="), orders("2", token="t2"), orders("3"))
    server.script(*replies)
    assert reader.bodies() == [reply.text for reply in replies]
    assert [call.parameter("NextToken") for call in server.calls] == ["", "t/1+=", "t2"]
    assert [call.parameter("MarketplaceIds") for call in server.calls] == ["A1,A2"] * 3
    assert reader.query.pages == 3
    assert reader.query.api_calls == 3


def test_pages_are_numbered_and_know_their_call_and_request(
    server: BrokenServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery
) -> None:
    server.script(replace(orders(token="a"), headers={"x-amzn-RequestId": "r-1"}), orders())
    first, second = client.pages(ORDERS, settings, query)
    assert (first.number, second.number) == (0, 1)
    assert (first.request_id, second.request_id) == ("r-1", "")
    assert first.call is ORDERS


def test_a_page_is_fetched_only_when_it_is_asked_for(
    server: BrokenServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery
) -> None:
    server.script(orders(token="a"), orders(token="b"), orders())
    pages = client.pages(ORDERS, settings, query)
    assert server.logins == []
    next(pages)
    assert len(server.calls) == 1


def test_a_token_alone_goes_without_the_other_parameters(server: BrokenServer, reader: Reader) -> None:
    server.script(orders(token="a"), orders())
    reader.bodies(replace(ORDERS, paging=replace(ORDERS_PAGING, repeat="none"), page_size=50))
    assert [call.query_text for call in server.calls] == ["MarketplaceIds=A1,A2&MaxResultsPerPage=50", "NextToken=a"]


def test_the_page_size_goes_with_every_page(server: BrokenServer, reader: Reader) -> None:
    server.script(orders(token="a"), orders())
    reader.bodies(replace(ORDERS, page_size=50))
    assert [call.parameter("MaxResultsPerPage") for call in server.calls] == ["50", "50"]


def test_empty_pages_with_a_token_go_on(server: BrokenServer, reader: Reader) -> None:
    server.script(orders(token="a"), orders(token="b"), orders("1"))
    assert len(reader.bodies()) == 3


@pytest.mark.parametrize("body", [{}, {"payload": None}, {"payload": {}}, {"payload": {"NextToken": ""}}, []])
def test_an_absent_or_empty_token_is_the_end(server: BrokenServer, reader: Reader, body: object) -> None:
    server.script(Reply(body=body))
    assert len(reader.bodies()) == 1


def test_a_token_deep_in_the_answer_is_found(server: BrokenServer, reader: Reader) -> None:
    call = replace(ORDERS, paging=Paging("NextToken", "payload.pagination.nextToken"))
    server.script(Reply(body={"payload": {"pagination": {"nextToken": 17}}}), Reply(body={"payload": {"x": "ü"}}))
    assert len(reader.bodies(call)) == 2
    assert server.calls[1].parameter("NextToken") == "17"


def test_a_token_at_the_root_is_found(server: BrokenServer, reader: Reader) -> None:
    server.script(Reply(body={"nextToken": "a"}), Reply(body={"nextToken": None}))
    assert len(reader.bodies(replace(ORDERS, paging=Paging("NextToken", "nextToken")))) == 2


def test_a_call_without_paging_is_one_page(server: BrokenServer, reader: Reader) -> None:
    server.script(orders(token="a"))
    assert len(reader.bodies(replace(ORDERS, paging=None, page_size=7))) == 1


@pytest.mark.parametrize("tokens", [("a", "a"), ("a", "b", "a")])
def test_a_token_that_comes_again_is_an_error_instead_of_an_endless_loop(
    server: BrokenServer, reader: Reader, tokens: tuple[str, ...]
) -> None:
    server.script(*(orders(token=token) for token in tokens))
    with pytest.raises(UnexpectedAnswer, match="getOrders"):
        reader.bodies()
    assert len(server.calls) == len(tokens)


def test_a_byte_order_mark_does_not_reach_the_page(server: BrokenServer, reader: Reader) -> None:
    server.script(Reply(body=b'\xef\xbb\xbf{"payload": {"NextToken": "a"}}'), orders())
    assert reader.bodies()[0] == b'{"payload": {"NextToken": "a"}}'


@pytest.mark.parametrize("status", [404, 204])
def test_a_status_that_means_no_rows_gives_no_page(server: BrokenServer, reader: Reader, status: int) -> None:
    server.script(refusal(status, "NotFound") if status == 404 else Reply(204, b""))
    assert reader.bodies(replace(ORDERS, empty_statuses=(404, 204))) == []
    assert len(server.calls) == 1


def test_a_later_page_that_is_not_found_is_no_silent_end(server: BrokenServer, reader: Reader) -> None:
    server.script(orders("1", token="a"), refusal(404, "NotFound", "the token is gone"))
    with pytest.raises(ApiError, match="the token is gone"):
        reader.bodies(replace(ORDERS, empty_statuses=(404,)))


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"payload": {"NextToken": "a"', b'{"payload": [1]}', b'"text"'])
def test_an_answer_that_cannot_be_read_is_an_error_with_the_request_id(
    server: BrokenServer, reader: Reader, body: bytes
) -> None:
    server.script(Reply(body=body, headers={"x-amzn-RequestId": "r-7"}))
    with pytest.raises(UnexpectedAnswer, match="r-7"):
        reader.bodies()


def test_an_answer_that_holds_only_errors_is_an_error(server: BrokenServer, reader: Reader) -> None:
    server.script(replace(refusal(200, "InvalidInput", "bad sku"), status=200))
    with pytest.raises(ApiError, match="InvalidInput: bad sku") as caught:
        reader.bodies()
    assert caught.value.detail.code == "InvalidInput"


THING = Call(Operation("getThing", "things", "v1", "GET", "/things"))


@pytest.mark.parametrize("more", [{"payload": [{"sku": "a"}]}, {"responses": [1]}])
def test_rows_beside_errors_are_less_than_there_is_and_so_an_error(
    server: BrokenServer, reader: Reader, more: dict[str, object]
) -> None:
    server.script(Reply(body={"errors": [{"code": "x", "message": "one"}, {"code": "y"}], **more}))
    with pytest.raises(ApiError, match="x: one; y") as caught:
        reader.bodies(THING)
    assert caught.value.detail.http_status == 200


def test_errors_that_the_stanza_calls_data_are_a_page_unless_they_stand_alone(
    server: BrokenServer, reader: Reader
) -> None:
    errors, call = [{"code": "x", "message": "one"}], replace(THING, errors_are_data=True)
    server.script(Reply(body={"status": "Errored", "errors": errors}))
    assert len(reader.bodies(call)) == 1
    server.script(Reply(body={"errors": errors, "status": None}))
    with pytest.raises(ApiError, match="x: one"):
        reader.bodies(replace(call, header_parameters={"x-again": "1"}))


def test_errors_that_amazon_calls_warnings_are_told_as_such(server: BrokenServer, reader: Reader) -> None:
    warning = {"code": "W", "message": "an old slot", "errorLevel": "WARNING"}
    server.script(Reply(body={"payload": {"x": 1}, "errors": [warning]}))
    assert len(reader.bodies(THING)) == 1
    assert reader.query.warnings == ["Amazon warns in an answer of getThing: W: an old slot"]
    server.script(Reply(body={"payload": {"x": 1}, "errors": [warning, {"code": "E", "errorLevel": "ERROR"}]}))
    with pytest.raises(ApiError, match="Amazon said: W: an old slot; E"):
        reader.bodies(replace(THING, header_parameters={"x-again": "1"}))


@pytest.mark.parametrize("errors", [[], None, {}, ""])
def test_an_empty_list_of_errors_is_no_error(server: BrokenServer, reader: Reader, errors: object) -> None:
    server.script(Reply(body={"errors": errors}))
    assert len(reader.bodies()) == 1


def test_a_cancelled_query_asks_for_no_further_page(
    server: BrokenServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery
) -> None:
    server.script(orders(token="a"), orders())
    pages = client.pages(ORDERS, settings, query)
    next(pages)
    query.cancel()
    with pytest.raises(Cancelled):
        next(pages)
    assert len(server.calls) == 1


def test_an_expired_access_token_is_renewed_in_the_middle_of_paging(server: BrokenServer, reader: Reader) -> None:
    def answer(received: Received) -> Reply:
        if received.parameter("NextToken") and received.access_token == "Atza|access-1":
            return refusal(403, "Unauthorized", "Access denied.", "The access token you provided has expired.")
        return orders("2") if received.parameter("NextToken") else orders("1", token="a")

    server.answer = answer
    assert len(reader.bodies()) == 2
    assert len(server.logins) == 2
    assert [call.access_token for call in server.calls] == ["Atza|access-1", "Atza|access-1", "Atza|access-2"]
