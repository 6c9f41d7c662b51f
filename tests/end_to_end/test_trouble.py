"""Amazon on a bad day, and users who mistype: the same rows, or a sentence that says what to do."""

import gc
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import adbc_driver_manager
import pytest

from flight_server.client.pages.page_spool import PageSpool
from flight_server.simulator import SimulatorOptions
from tests.client.broken_server import eventually
from tests.scripted_amazon import scripted_amazon
from tests.server_fixtures import NOW, Stack, running_stack

QUERIES = [
    "SELECT amazon_order_id, order_status, order_total_amount FROM orders.orders ORDER BY ALL",
    "SELECT o.amazon_order_id, i.seller_sku, i.item_price_amount FROM orders.orders o JOIN orders.order_items i "
    "USING (amazon_order_id) WHERE purchase_date >= '2026-06-08' ORDER BY ALL",
    "SELECT marketplace_id, seller_sku, total_quantity FROM fba_inventory.inventory_summaries ORDER BY ALL",
    "SELECT interval_start, order_count, total_sales_amount FROM sales.order_metrics WHERE granularity = 'Week' "
    "AND interval_start >= '2026-01-05' AND interval_start < '2026-05-04' AND marketplace_id = 'A1PA6795UKMFR9' "
    "ORDER BY ALL",
    "SELECT asin, summaries FROM catalog_items.search WHERE keywords = 'mug' ORDER BY ALL",
]

PATIENT = {
    "RetryStatusCodeList": "500,503",
    "RetryWaitTimeMs": "1",
    "RetryMultiplyWaitTime": "False",
    "RetryCountMax": "9",
}


TROUBLED = SimulatorOptions(port=0, orders=300, limits=False, now=NOW, fail_rate=0.2, drop_rate=0.1)


@pytest.fixture(scope="module")
def throttled() -> Iterator[Stack]:
    with running_stack(replace(TROUBLED, fail_rate=0.5)) as running:
        yield running


@pytest.fixture(scope="module")
def unreliable() -> Iterator[Stack]:
    with running_stack(replace(TROUBLED, fail_statuses=(500, 503))) as running:
        yield running


@pytest.mark.parametrize("sql", QUERIES, ids=lambda sql: sql[:40])
def test_failures_and_dropped_connections_do_not_change_the_rows(sql: str, stack: Stack, unreliable: Stack) -> None:
    unreliable.simulator.clear_calls()
    assert unreliable.query(sql, **PATIENT) == stack.query(sql)


def test_what_the_defaults_try_again_does_not_change_the_rows(stack: Stack, throttled: Stack) -> None:
    assert throttled.query(QUERIES[0]) == stack.query(QUERIES[0])
    assert {200, 429} <= {call["status"] for call in throttled.simulator.calls}


def test_there_were_failures_to_survive(unreliable: Stack) -> None:
    unreliable.query(QUERIES[2], **PATIENT)
    statuses = {call["status"] for call in unreliable.simulator.calls}
    assert statuses & {500, 503}
    assert 0 in statuses


def test_a_failure_that_may_not_be_retried_fails_the_query_with_amazons_words(unreliable: Stack) -> None:
    with pytest.raises(adbc_driver_manager.OperationalError) as caught:
        for _ in range(20):
            unreliable.query(QUERIES[2], RetryMode="None")
    assert re.search(r"HTTP 50[03]|connection|answer", str(caught.value))


@pytest.mark.parametrize(
    ("parameters", "error", "words"),
    [
        ({"ClientSecret": "wrong-secret-value"}, adbc_driver_manager.ProgrammingError, "ClientSecret"),
        ({"RefreshToken": "Atzr|wrong-token-value"}, adbc_driver_manager.ProgrammingError, "RefreshToken"),
        ({"ClientId": ""}, adbc_driver_manager.ProgrammingError, "ClientId"),
        ({"RetryMode": "Sometimes"}, adbc_driver_manager.ProgrammingError, "RetryWhenStatusCodeMatch"),
        ({"Region": "MARS"}, adbc_driver_manager.ProgrammingError, "NA, EU"),
        ({"OrdersApiVersion": "v9"}, adbc_driver_manager.ProgrammingError, "v0"),
        ({"Endpoint": "http://169.254.169.254"}, adbc_driver_manager.ProgrammingError, "Endpoint"),
        ({"ClientSecert": "x"}, adbc_driver_manager.ProgrammingError, "ClientSecret"),
        ({"Marketplaces": "XX"}, adbc_driver_manager.ProgrammingError, "Marketplaces"),
    ],
)
def test_a_bad_parameter_is_named_and_no_secret_shown(
    parameters: dict[str, str], error: type[Exception], words: str, stack: Stack
) -> None:
    with pytest.raises(error) as caught:
        stack.query("SELECT count(*) FROM orders.orders WHERE purchase_date >= '2026-06-14'", **parameters)
    message = str(caught.value)
    assert words in message
    assert not [secret for secret in ("demo-secret", "Atzr|", "wrong-secret", "wrong-token") if secret in message]
    assert "Traceback" not in message


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM fba_inventory.inventory_summaries",
        "SELECT shipping_address_name FROM orders.orders",
        "SELECT * FROM orders.order_address LIMIT 1",
    ],
)
def test_a_missing_role_is_an_error_and_never_an_empty_column(sql: str, stack: Stack) -> None:
    no_role = {"ClientId": "amzn1.application-oa2-client.norole", "RefreshToken": "Atzr|norole"}
    with pytest.raises(adbc_driver_manager.ProgrammingError) as caught:
        stack.query(sql, **no_role)
    assert caught.value.status_code == adbc_driver_manager.AdbcStatusCode.UNAUTHORIZED
    assert "role" in str(caught.value)


def test_wrong_credentials_are_unauthenticated(stack: Stack) -> None:
    with pytest.raises(adbc_driver_manager.ProgrammingError) as caught:
        stack.query("SELECT * FROM sellers.account", ClientSecret="wrong-secret-value")
    assert caught.value.status_code == adbc_driver_manager.AdbcStatusCode.UNAUTHENTICATED


def test_an_expired_token_in_the_middle_of_paging_is_renewed(stack: Stack) -> None:
    """Restricted data tokens, too; each costs one refused call, here and not in a test that counts."""
    queries = [
        "SELECT count(*) AS n FROM orders.orders",
        "SELECT count(buyer_info_buyer_name) AS n, count(shipping_address_name) AS m FROM orders.orders",
        "SELECT * FROM orders.orders",
        "SELECT * FROM orders.order_items WHERE amazon_order_id IN (SELECT amazon_order_id FROM orders.orders LIMIT 1)",
    ]
    expected = [stack.query(sql) for sql in queries]
    stack.simulator.expire_tokens()
    assert [stack.query(sql) for sql in queries] == expected


def test_a_timeout_ends_the_query(stack: Stack) -> None:
    with pytest.raises(adbc_driver_manager.OperationalError) as caught:
        stack.query(
            "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range + b.range = 1", QueryTimeout="1"
        )
    assert "QueryTimeout" in str(caught.value)


def test_secrets_are_masked_in_system_tables(stack: Stack) -> None:
    rows = stack.query("SELECT name, value FROM system.connection_parameters")
    values = {row["name"]: row["value"] for row in rows}
    assert values["ClientSecret"] == "***"
    assert values["RefreshToken"] == "***"
    assert values["ClientId"] == "amzn1.application-oa2-client.demo"
    assert "demo-secret" not in str(stack.query("SELECT * FROM system.api_calls"))


@pytest.fixture
def spools(monkeypatch: pytest.MonkeyPatch) -> list[PageSpool]:
    """All that are made from here on; to ask the collector is no use, it hides what it looks at just now."""
    made: list[PageSpool] = []
    begin = PageSpool.__init__

    def noted(spool: PageSpool, *arguments: Any) -> None:
        begin(spool, *arguments)
        made.append(spool)

    monkeypatch.setattr(PageSpool, "__init__", noted)
    return made


def test_a_call_that_fails_ends_the_walk_that_gave_its_key_at_once(spools: list[PageSpool]) -> None:
    """Not when the garbage collector comes by: what has waited for whoever reads on is in files."""
    orders = [{"AmazonOrderId": f"902-1845936-543506{n}", "PurchaseDate": "2026-06-02T00:00:00Z"} for n in range(9)]
    pages = [{"payload": {"Orders": orders, "NextToken": f"page {number}"}} for number in range(20)]
    gc.disable()
    try:
        with scripted_amazon() as amazon:
            amazon.answer("/orders/v0/orders", *pages)
            for order in orders:
                refusal = {"errors": [{"code": "InvalidInput", "message": "not this one"}]}
                amazon.answer(f"/orders/v0/orders/{order['AmazonOrderId']}/orderItems", refusal, status=400)
            with pytest.raises(adbc_driver_manager.Error, match="not this one"):
                amazon.query("SELECT seller_sku FROM orders.order_items ORDER BY ALL")
        eventually(lambda: are_closed(spools))  # now that the server has let go of what queries share
    finally:
        gc.enable()


UNREADABLE = {"AmazonOrderId": "902-1845936-5435060", "PurchaseDate": "soon"}


@pytest.mark.parametrize(
    ("sql", "parameters", "said"),
    [
        ("SELECT amazon_order_id, purchase_date FROM orders.orders ORDER BY ALL", {}, "soon"),
        ("SELECT amazon_order_id FROM orders.orders ORDER BY ALL", {"MaxRows": "12"}, "MaxRows"),
    ],
    ids=["a value that cannot be read", "more rows than allowed"],
)
def test_what_ends_a_query_between_two_pages_ends_its_walk_at_once(
    sql: str, parameters: dict[str, str], said: str, spools: list[PageSpool]
) -> None:
    """Not when the garbage collector comes by: an error that is told holds on to all that was at work."""
    orders = [{"AmazonOrderId": f"902-1845936-543506{n}", "PurchaseDate": "2026-06-02T00:00:00Z"} for n in range(9)]
    bodies = [[*orders, UNREADABLE] if number == 2 else orders for number in range(20)]
    pages = [{"payload": {"Orders": body, "NextToken": f"page {number}"}} for number, body in enumerate(bodies)]
    gc.disable()
    try:
        with scripted_amazon() as amazon:
            amazon.answer("/orders/v0/orders", *pages)
            with pytest.raises(adbc_driver_manager.Error, match=said):
                amazon.query(sql, **parameters)
        eventually(lambda: are_closed(spools))
    finally:
        gc.enable()


def are_closed(spools: list[PageSpool]) -> bool:
    return bool(spools) and all(spool._file.closed for spool in spools)
