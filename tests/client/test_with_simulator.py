"""The client against the simulated SP-API: a second reading of the same facts, written by other hands."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from catalog.table import Operation, Parameter, UsagePlan
from flight_server.activity import Journal, QueryActivity
from flight_server.client import SellingPartnerClient
from flight_server.connection.settings import RetrySettings, Secret, Settings
from flight_server.errors import AccessDenied, SignInError
from flight_server.plan import Call
from flight_server.simulator import Simulator, SimulatorOptions
from tests.client.operations import ORDERS_PAGING, unlike

GET_ORDERS = Operation(
    "getOrders",
    "orders",
    "v0",
    "GET",
    "/orders/v0/orders",
    parameters=(Parameter("MarketplaceIds", "query", is_list=True), Parameter("NextToken", "query")),
    usage_plan=UsagePlan(0.0167, 20),
)
ALL_ORDERS = Call(
    GET_ORDERS,
    url_parameters={"MarketplaceIds": ("ATVPDKIKX0DER",), "CreatedAfter": "2016-01-01T00:00:00Z"},
    paging=ORDERS_PAGING,
    page_size=10,
)
SELLER = Call(Operation("getAccount", "sellers", "v1", "GET", "/sellers/v1/account", usage_plan=UsagePlan(0.016, 15)))
QUIET = SimulatorOptions(port=0, orders=300, limits=False, strict=True)


@pytest.fixture
def journal() -> Journal:
    return Journal()


@pytest.fixture
def client(journal: Journal) -> Iterator[SellingPartnerClient]:
    client = SellingPartnerClient(journal)
    yield client
    client.close()


def settings_for(simulator: Simulator) -> Settings:
    return Settings(
        client_id="amzn1.application-oa2-client.demo",
        client_secret=Secret("demo-secret"),
        refresh_token=Secret("Atzr|demo"),
        token_url=f"{simulator.url}/auth/o2/token",
        endpoint=simulator.url,
        retry=RetrySettings(status_codes=frozenset({429, 500, 503}), wait_time_ms=1),
    )


def bodies(client: SellingPartnerClient, call: Call, settings: Settings) -> list[bytes]:
    return [page.body for page in client.pages(call, settings, QueryActivity("", ""))]


def orders(pages: list[bytes]) -> list[dict[str, Any]]:
    return [order for page in pages for order in json.loads(page)["payload"]["Orders"]]


def order_ids(pages: list[bytes]) -> list[str]:
    return [order["AmazonOrderId"] for order in orders(pages)]


def test_two_hundred_calls_are_never_throttled_and_learn_the_speed_of_the_simulator(
    client: SellingPartnerClient,
) -> None:
    with Simulator(replace(QUIET, limits=True, speed=50_000)) as simulator, ThreadPoolExecutor(8) as threads:
        settings = settings_for(simulator)
        futures = [threads.submit(bodies, client, unlike(SELLER, number), settings) for number in range(200)]
        assert all(len(future.result()) == 1 for future in futures)
        statuses = [entry["status"] for entry in simulator.calls if entry["operation"] == "getAccount"]
        assert statuses == [200] * 200
        assert client.rate_limits()[0].rate == pytest.approx(800)


def test_the_same_orders_come_through_failures_and_broken_connections(
    client: SellingPartnerClient, journal: Journal
) -> None:
    with Simulator(QUIET) as calm:
        expected = order_ids(bodies(client, ALL_ORDERS, settings_for(calm)))
    assert len(expected) > 100
    query = journal.begin("", "", "")
    with Simulator(replace(QUIET, fail_rate=0.2, fail_statuses=(500, 503), drop_rate=0.1)) as stormy:
        pages = client.pages(ALL_ORDERS, settings_for(stormy), query)
        assert order_ids([page.body for page in pages]) == expected
    assert query.retries > 0


def test_restricted_data_comes_with_a_restricted_token(client: SellingPartnerClient) -> None:
    call = replace(ALL_ORDERS, needs_restricted_token=True, restricted_elements=("shippingAddress",))
    with Simulator(QUIET) as simulator:
        plain = bodies(client, ALL_ORDERS, settings_for(simulator))
        restricted = bodies(client, call, settings_for(simulator))
        creations = [entry for entry in simulator.calls if entry["operation"] == "createRestrictedDataToken"]
    assert len(creations) == 1
    assert order_ids(restricted) == order_ids(plain)
    assert any("AddressLine1" in order.get("ShippingAddress", {}) for order in orders(restricted))
    assert not any("AddressLine1" in order.get("ShippingAddress", {}) for order in orders(plain))


def test_an_app_without_the_restricted_role_is_told_which_one_it_needs(client: SellingPartnerClient) -> None:
    call = replace(ALL_ORDERS, needs_restricted_token=True, restricted_elements=("shippingAddress",))
    with Simulator(QUIET) as simulator:
        settings = replace(
            settings_for(simulator),
            client_id="amzn1.application-oa2-client.norole",
            refresh_token=Secret("Atzr|norole"),
        )
        with pytest.raises(AccessDenied, match=r"Direct to Consumer Shipping \(Restricted\)"):
            bodies(client, call, settings)


def test_wrong_credentials_are_refused_with_advice(client: SellingPartnerClient) -> None:
    with Simulator(QUIET) as simulator:
        with pytest.raises(SignInError, match="180 days"):
            bodies(client, SELLER, replace(settings_for(simulator), client_secret=Secret("wrong-one")))
        with pytest.raises(SignInError, match="check RefreshToken"):
            bodies(client, SELLER, replace(settings_for(simulator), refresh_token=Secret("Atzr|wrong")))


def test_tokens_that_expire_in_the_middle_are_renewed(client: SellingPartnerClient) -> None:
    with Simulator(QUIET) as simulator:
        settings = settings_for(simulator)
        pages = client.pages(ALL_ORDERS, settings, QueryActivity("", ""))
        next(pages)
        simulator.expire_tokens()
        next(pages)
        statuses = [entry["status"] for entry in simulator.calls if entry["operation"] == "getOrders"]
        assert statuses == [200, 403, 200]
