"""A slip must not cost half an hour: scans from the very beginning are told, and MaxCalls and MaxRows end them."""

import re
from collections.abc import Iterator

import adbc_driver_manager
import pytest

import catalog
from catalog.table import Table
from tests.client.broken_server import Received, Reply
from tests.scripted_amazon import UNHURRIED, ScriptedAmazon, scripted_amazon

ORDERS = "/orders/v0/orders"
PAGES = 5
ALL = "SELECT amazon_order_id FROM orders.orders"
NO_PERIOD = "orders.orders from 2016 on, no purchase_date given; getOrders 1 a minute"
JUNE = "purchase_date >= '2026-06-01'"


@pytest.fixture
def amazon() -> Iterator[ScriptedAmazon]:
    with scripted_amazon() as scripted:
        scripted.by_path[ORDERS] = _five_pages
        yield scripted


def _five_pages(received: Received) -> Reply:
    """Ten orders a page; each names the next one but for the last."""
    number = int(received.parameter("NextToken") or 1)
    bought = "2026-06-02T00:00:00Z"
    orders = [{"AmazonOrderId": f"902-1845936-{number:04}{row:03}", "PurchaseDate": bought} for row in range(10)]
    following = {"NextToken": str(number + 1)} if number < PAGES else {}
    return Reply(200, {"payload": {"Orders": orders, **following}}, UNHURRIED)


def warnings_of(amazon: ScriptedAmazon, sql: str) -> list[str]:
    text = sql.replace("'", "''")
    rows = amazon.query(f"SELECT warnings FROM system.queries WHERE sql = '{text}' ORDER BY started_at DESC LIMIT 1")
    return (rows[0]["warnings"] or "").splitlines()


def error_of(amazon: ScriptedAmazon, sql: str, **parameters: str) -> str:
    with pytest.raises(adbc_driver_manager.Error) as caught:
        amazon.query(sql, **parameters)
    return str(caught.value)


def test_a_scan_from_the_very_beginning_is_told_with_the_pace_of_its_operation(amazon: ScriptedAmazon) -> None:
    amazon.query(ALL)
    assert warnings_of(amazon, ALL) == [NO_PERIOD]


def test_a_period_that_only_ends_begins_by_default_too(amazon: ScriptedAmazon) -> None:
    sql = f"{ALL} WHERE purchase_date < '2026-06-01'"
    amazon.query(sql)
    (told,) = warnings_of(amazon, sql)
    assert told.startswith("orders.orders from 2016 on, no beginning of purchase_date given; getOrders ")


@pytest.mark.parametrize("condition", [JUNE, "amazon_order_id = '902-1845936-5435065'", "seller_order_id = 'A-1'"])
def test_whoever_says_when_or_which_is_told_nothing(amazon: ScriptedAmazon, condition: str) -> None:
    sql = f"{ALL} WHERE {condition}"
    amazon.query(sql)
    assert warnings_of(amazon, sql) == []


def test_a_parent_that_is_walked_for_keys_is_told_as_well(amazon: ScriptedAmazon) -> None:
    sql = "SELECT seller_sku FROM orders.order_items LIMIT 1"
    amazon.by_path[f"{ORDERS}/902-1845936-0001000/orderItems"] = lambda _: Reply(
        200, {"payload": {"OrderItems": [{"SellerSKU": "A-1"}]}}, UNHURRIED
    )
    assert amazon.query(sql) == [{"seller_sku": "A-1"}]
    assert warnings_of(amazon, sql) == [NO_PERIOD]


def _answer_of_nothing(received: Received) -> Reply:
    return Reply(404, {"errors": [{"code": "NotFound", "message": "nothing"}]}, UNHURRIED)


def _with_a_period() -> list[Table]:
    """Tables that a query without any condition reads from their beginning on, by the words of their stanzas."""
    return [
        table
        for table in catalog.load().tables
        if table.kind == "operation"
        and any(key.earliest_unless for key in table.key_columns)
        and not any(key.required or key.parent for key in table.key_columns)
        and not table.requires_one_of
    ]


@pytest.mark.parametrize("table", _with_a_period(), ids=lambda table: table.qualified_name)
def test_every_table_with_a_default_beginning_tells_it(amazon: ScriptedAmazon, table: Table) -> None:
    sql = f"SELECT * FROM {table.qualified_name}"
    error_of_call = ""
    try:
        amazon.query(sql)
    except adbc_driver_manager.Error as error:  # nothing is scripted for most of them
        error_of_call = str(error)
    assert "no answer is scripted" in error_of_call or not error_of_call
    column = next(key.column for key in table.key_columns if key.earliest_unless)
    assert table.operation is not None
    (told,) = (line for line in warnings_of(amazon, sql) if " given; " in line)
    assert re.fullmatch(
        rf"{re.escape(table.qualified_name)} from \d{{4}} on, no {column} given; {table.operation.operation_id}.*", told
    )


@pytest.mark.parametrize("sql", [ALL, "SELECT count(*) AS n FROM orders.orders", f"{ALL} ORDER BY 1"])
def test_a_query_that_needs_more_calls_than_max_calls_makes_no_call_more_and_names_the_condition(
    amazon: ScriptedAmazon, sql: str
) -> None:
    told = error_of(amazon, sql, MaxCalls="3")
    assert "needs more than the 3 API calls that MaxCalls allows" in told
    assert "add a condition such as purchase_date >= '2026-05-16' on orders.orders" in told
    assert len(amazon.asked) == 3


def test_a_query_that_needs_just_max_calls_is_answered_whole(amazon: ScriptedAmazon) -> None:
    assert len(amazon.query(ALL, MaxCalls=str(PAGES))) == 10 * PAGES
    assert len(amazon.query(f"{ALL} LIMIT 10", MaxCalls="1")) == 10


def test_signing_in_retries_and_the_list_of_marketplaces_are_no_calls_of_the_query(amazon: ScriptedAmazon) -> None:
    store = {"id": "ATVPDKIKX0DER", "name": "Amazon.com", "countryCode": "US", "domainName": "www.amazon.com"}
    taking_part = {"isParticipating": True, "hasSuspendedListings": False}
    amazon.answer(
        "/sellers/v1/marketplaceParticipations", {"payload": [{"marketplace": store, "participation": taking_part}]}
    )
    fails = iter([Reply(429, {"errors": []}, {**UNHURRIED, "Retry-After": "0"})])
    amazon.by_path[ORDERS] = lambda received: next(fails, None) or _five_pages(received)
    assert len(amazon.query(ALL, Marketplaces="", MaxCalls=str(PAGES), MaxRows="50", RetryWaitTimeMs="1")) == 10 * PAGES


@pytest.mark.parametrize("sql", [ALL, "SELECT count(*) AS n FROM orders.orders", f"{ALL} ORDER BY 1"])
def test_a_query_that_needs_more_rows_than_max_rows_ends_soon_and_names_the_condition(
    amazon: ScriptedAmazon, sql: str
) -> None:
    told = error_of(amazon, sql, MaxRows="15")
    assert "needs more than the 15 rows that MaxRows allows" in told
    assert "add a condition such as purchase_date >= '2026-05-16' on orders.orders" in told
    assert len(amazon.asked) < PAGES


def test_max_rows_counts_what_is_needed_not_what_a_page_holds(amazon: ScriptedAmazon) -> None:
    assert len(amazon.query(ALL, MaxRows="50")) == 50
    assert len(amazon.query(f"{ALL} WHERE fulfillment_channel IS NULL LIMIT 5", MaxRows="5")) == 5
    assert "MaxRows" in error_of(amazon, f"{ALL} WHERE order_status = 'Canceled' LIMIT 5", MaxRows="5")


def test_the_condition_to_add_is_one_that_the_query_lacks(amazon: ScriptedAmazon) -> None:
    told = error_of(amazon, f"{ALL} WHERE {JUNE}", MaxCalls="1")
    assert "a narrower condition on purchase_date, " in told
    assert "last_update_date" not in told
    items = f"SELECT seller_sku FROM orders.orders o JOIN orders.order_items i USING (amazon_order_id) WHERE o.{JUNE}"
    told = error_of(amazon, items, MaxCalls="5")
    assert "a narrower condition on amazon_order_id" in told
    assert "or on the table that it is joined with" in told
    walked = error_of(amazon, "SELECT seller_sku FROM orders.order_items", MaxRows="5")
    assert "purchase_date >= '2026-05-16' on orders.orders" in walked


def test_a_query_that_may_not_read_on_leaves_the_pages_that_it_shares_to_others(amazon: ScriptedAmazon) -> None:
    assert "MaxCalls" in error_of(amazon, ALL, MaxCalls="2")
    assert len(amazon.query(ALL)) == 10 * PAGES


@pytest.mark.parametrize("value", ["-1", "many", "1.5"])
@pytest.mark.parametrize("name", ["MaxCalls", "MaxRows"])
def test_a_limit_is_a_whole_number(amazon: ScriptedAmazon, name: str, value: str) -> None:
    assert f"{name} must be a whole number" in error_of(amazon, "SELECT 1", **{name: value})
