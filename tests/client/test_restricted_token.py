import json
from dataclasses import replace

import pytest

from catalog.table import Operation
from flight_server.activity import Journal
from flight_server.client import SellingPartnerClient
from flight_server.client.tokens.restricted_token import ROLES, in_production
from flight_server.connection.settings import Settings
from flight_server.errors import AccessDenied, ApiError, UnexpectedAnswer
from flight_server.plan import Call
from tests.client.broken_server import BrokenServer, Received, Reply, grant, refusal
from tests.client.fake_time import FakeQuery, FakeTime
from tests.client.operations import ORDERS

RESTRICTED = replace(ORDERS, needs_restricted_token=True, restricted_elements=("shippingAddress", "buyerInfo"))
ADDRESS = Operation("getOrderAddress", "orders", "v0", "GET", "/orders/v0/orders/{orderId}/address")


class RestrictedServer:
    """Counts the restricted tokens that it hands out and answers two pages for every list."""

    def __init__(self, server: BrokenServer) -> None:
        self.server = server
        self.creations: list[Received] = []
        self.reads: list[Received] = []
        self.refuse: Reply | None = None
        self.expired: set[str] = set()
        server.answer = self.answer

    def answer(self, received: Received) -> Reply:
        if received.path == "/tokens/2021-03-01/restrictedDataToken":
            self.creations.append(received)
            token = f"Atz.sprdt|{len(self.creations)}"
            return self.refuse or Reply(body={"restrictedDataToken": token, "expiresIn": 3600})
        self.reads.append(received)
        if received.access_token in self.expired:
            return refusal(403, "Unauthorized", "The access token you provided has expired.")
        return Reply(body={"payload": {"NextToken": "" if received.parameter("NextToken") else "a"}})

    def resources(self) -> list[object]:
        return [json.loads(creation.body)["restrictedResources"] for creation in self.creations]


@pytest.fixture
def amazon(server: BrokenServer) -> RestrictedServer:
    return RestrictedServer(server)


def test_one_restricted_token_opens_every_page(
    amazon: RestrictedServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery
) -> None:
    assert len(list(client.pages(RESTRICTED, settings, query))) == 2
    assert len(list(client.pages(RESTRICTED, settings, query))) == 2
    elements = ["buyerInfo", "shippingAddress"]
    assert amazon.resources() == [[{"method": "GET", "path": "/orders/v0/orders", "dataElements": elements}]]
    assert amazon.creations[0].access_token == "Atza|access-1"
    assert {read.access_token for read in amazon.reads} == {"Atz.sprdt|1"}


def test_the_token_is_asked_for_the_generic_path_where_there_is_one(
    amazon: RestrictedServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery
) -> None:
    for order_id in ("1", "2"):
        call = Call(ADDRESS, {"orderId": order_id}, needs_restricted_token=True, restricted_path=ADDRESS.path)
        list(client.pages(call, settings, query))
    assert amazon.resources() == [[{"method": "GET", "path": "/orders/v0/orders/{orderId}/address"}]]


def test_the_token_is_asked_for_the_very_path_otherwise(
    amazon: RestrictedServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery
) -> None:
    for order_id in ("1", "2"):
        list(client.pages(Call(ADDRESS, {"orderId": order_id}, needs_restricted_token=True), settings, query))
    paths = [resource[0]["path"] for resource in amazon.resources() if isinstance(resource, list)]
    assert paths == ["/orders/v0/orders/1/address", "/orders/v0/orders/2/address"]


def test_the_token_is_renewed_after_fifty_minutes(
    amazon: RestrictedServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery, time: FakeTime
) -> None:
    amazon.server.login = lambda _: grant(expires_in=100_000)
    for now in (0, 2999, 3001):
        time.now = now
        list(client.pages(RESTRICTED, settings, query))
    assert len(amazon.creations) == 2


def test_a_restricted_token_that_died_is_renewed_without_a_new_sign_in(
    amazon: RestrictedServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery
) -> None:
    list(client.pages(RESTRICTED, settings, query))
    amazon.expired.add("Atz.sprdt|1")
    assert len(list(client.pages(RESTRICTED, settings, query))) == 2
    assert len(amazon.creations) == 2
    assert len(amazon.server.logins) == 1


@pytest.mark.parametrize("element", sorted(ROLES))
def test_a_refusal_names_the_role_for_the_element(
    amazon: RestrictedServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery, element: str
) -> None:
    message = f"Application does not have access to one or more requested data elements: [{element}]"
    for refused in (refusal(403, "Unauthorized", "denied"), refusal(400, "InvalidInput", message)):
        amazon.refuse = refused
        with pytest.raises(AccessDenied) as caught:
            list(client.pages(replace(RESTRICTED, restricted_elements=(element,)), settings, query))
        assert "getOrders" in caught.value.message
        assert all(role in caught.value.message for role in ROLES[element])
    assert amazon.reads == []


def test_a_malformed_resource_is_no_matter_of_roles(
    amazon: RestrictedServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery
) -> None:
    amazon.refuse = refusal(400, "InvalidInput", "the path is not restricted")
    with pytest.raises(ApiError, match="createRestrictedDataToken"):
        list(client.pages(RESTRICTED, settings, query))


def test_an_answer_without_a_token_is_unexpected(
    amazon: RestrictedServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery
) -> None:
    amazon.refuse = Reply(body={"token": "?"}, headers={"x-amzn-RequestId": "r-3"})
    with pytest.raises(UnexpectedAnswer, match="r-3"):
        list(client.pages(RESTRICTED, settings, query))


def test_creating_tokens_obeys_a_usage_plan_and_retries(
    amazon: RestrictedServer, client: SellingPartnerClient, settings: Settings, query: FakeQuery, journal: Journal
) -> None:
    for order_id in range(12):
        list(client.pages(Call(ADDRESS, {"orderId": str(order_id)}, needs_restricted_token=True), settings, query))
    assert sum(query.waits) == pytest.approx(2, rel=0.05)
    (limit,) = [limit for limit in client.rate_limits() if limit.operation_id == "createRestrictedDataToken"]
    assert (limit.rate, limit.burst) == (1, 10)
    assert query.api_calls == 24


def test_a_sandbox_call_gets_its_token_from_the_production_endpoint(settings: Settings) -> None:
    sandbox = replace(settings, sandbox=True, endpoint=settings.endpoint.replace("//", "//sandbox."))
    assert in_production(sandbox) == replace(settings, sandbox=False)
    assert in_production(settings) is settings
