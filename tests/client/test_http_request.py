from collections.abc import Callable
from dataclasses import replace
from string import ascii_letters, digits
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.table import Operation, Paging, Parameter
from flight_server.activity import Journal
from flight_server.client import SellingPartnerClient
from flight_server.client.wire.http_request import USER_AGENT, http_request
from flight_server.connection.settings import Settings
from flight_server.errors import ApiError
from flight_server.plan import Call
from tests.client.broken_server import BrokenServer, Received
from tests.client.fake_time import START, FakeQuery
from tests.client.operations import GET_ORDERS, ORDERS

Send = Callable[[Call], Received]

OFFERS = Operation("getListingOffers", "product_pricing", "v0", "GET", "/pricing/{SellerSKU}/offers")


@pytest.fixture
def send(server: BrokenServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery) -> Send:
    def send(call: Call) -> Received:
        list(client.pages(call, settings, query))
        return server.calls[-1]

    return send


@pytest.mark.parametrize(
    ("sku", "target"),
    [
        ("a/b", "/pricing/a%2Fb/offers"),
        ("a b+c", "/pricing/a%20b%2Bc/offers"),
        ("50%25?#&;=@:", "/pricing/50%2525%3F%23%26%3B%3D%40%3A/offers"),
        ("a/../b", "/pricing/a%2F..%2Fb/offers"),
        ("日本", "/pricing/%E6%97%A5%E6%9C%AC/offers"),
        ("a~b-c_d.e", "/pricing/a~b-c_d.e/offers"),
    ],
)
def test_a_path_parameter_arrives_fully_encoded(send: Send, sku: str, target: str) -> None:
    assert send(Call(OFFERS, path_parameters={"SellerSKU": sku})).target == target


@pytest.mark.parametrize("sku", [".", ".."])
def test_a_path_parameter_that_would_vanish_from_the_path_is_refused(
    send: Send, server: BrokenServer, sku: str
) -> None:
    with pytest.raises(ApiError, match="SellerSKU"):
        send(Call(OFFERS, path_parameters={"SellerSKU": sku}))
    assert server.calls == []


def test_an_empty_path_parameter_names_no_resource_and_costs_no_call(
    server: BrokenServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery
) -> None:
    assert list(client.pages(Call(OFFERS, path_parameters={"SellerSKU": ""}), settings, query)) == []
    assert server.calls == []


def test_values_of_the_query_are_encoded_one_by_one_and_lists_joined_by_commas(send: Send) -> None:
    received = send(Call(GET_ORDERS, url_parameters={"MarketplaceIds": ("A,1", "B 2"), "CreatedAfter": "10:00+01"}))
    assert received.query_text == "MarketplaceIds=A%2C1,B%202&CreatedAfter=10%3A00%2B01"


def test_a_repeated_list_is_sent_once_a_value(send: Send) -> None:
    received = send(Call(GET_ORDERS, url_parameters={"mskus": ("a&b", "c d"), "MarketplaceIds": ("A", "B")}))
    assert received.query_text == "mskus=a%26b&mskus=c%20d&MarketplaceIds=A,B"


def test_a_body_is_sent_as_json(send: Send) -> None:
    operation = Operation("getFees", "product_fees", "v0", "POST", "/fees")
    received = send(Call(operation, body={"skus": ["ü"], "count": 2}))
    assert received.method == "POST"
    assert received.headers["content-type"] == "application/json"
    assert received.body == '{"skus":["ü"],"count":2}'.encode()


def test_the_headers_are_those_that_amazon_asks_for(send: Send) -> None:
    received = send(replace(ORDERS, header_parameters={"x-amzn-shipping-business-id": "AmazonShipping_UK"}))
    assert received.access_token == "Atza|access-1"
    assert received.headers["x-amz-date"] == "20260101T000000Z"
    assert received.headers["user-agent"] == USER_AGENT
    assert received.headers["accept-encoding"] == "gzip"
    assert received.headers["x-amzn-shipping-business-id"] == "AmazonShipping_UK"
    assert "content-type" not in received.headers


def test_the_user_agent_has_the_form_that_amazon_asks_for() -> None:
    name, rest = USER_AGENT.split(" ", 1)
    assert name.startswith("spapi-flight/")
    assert rest.startswith("(Language=Python/3.")
    assert "; Platform=" in rest


def test_a_header_parameter_cannot_add_another_header(send: Send) -> None:
    with pytest.raises(ApiError, match="x-amzn-shipping-business-id"):
        send(replace(ORDERS, header_parameters={"x-amzn-shipping-business-id": "a\r\nx-amz-access-token: b"}))


def test_page_size_and_token_of_a_post_go_into_its_body(send: Send) -> None:
    parameters = (Parameter("pagination.limit", "body", type="integer"), Parameter("pagination.token", "body"))
    operation = Operation("listOffers", "replenishment", "v1", "POST", "/offers", parameters=parameters)
    paging = Paging("pagination.token", "next", size="pagination.limit")
    received = send(Call(operation, body={"pagination": {"offset": 0}}, paging=paging, page_size=50))
    assert received.body == b'{"pagination":{"offset":0,"limit":50}}'


def test_what_may_be_shown_of_a_request_holds_no_query_and_no_token(send: Send, journal: Journal) -> None:
    send(ORDERS)
    assert [call.path for call in journal.calls()] == ["/auth/o2/token", "/orders/v0/orders"]


@given(st.text(min_size=1).filter(lambda value: value not in (".", "..")), st.lists(st.text(), min_size=1, max_size=4))
def test_every_text_can_be_read_back_from_the_address(sku: str, values: list[str]) -> None:
    parameters = (Parameter("csv", "query", is_list=True), Parameter("multi", "query", is_list=True, repeated=True))
    call = Call(
        replace(OFFERS, parameters=parameters),
        {"SellerSKU": sku},
        {"csv": tuple(values), "multi": tuple(values), "one": sku},
    )
    request = http_request(call, "", "https://host", "token", START)
    path, _, query = request.url.removeprefix("https://host").partition("?")
    assert unquote(path) == f"/pricing/{sku}/offers"
    csv, *multi, one = query.split("&")
    assert [unquote(value) for value in csv.removeprefix("csv=").split(",")] == values
    assert [unquote(value.removeprefix("multi=")) for value in multi] == values
    assert unquote(one) == f"one={sku}"
    assert set(request.url) <= set(ascii_letters + digits + "-._~:/?&=,%")
