"""Values that cannot exist: whoever names one is told, a sandbox is asked for it, a join passes it over."""

from collections.abc import Iterator

import adbc_driver_manager
import pytest

import catalog
from catalog.forms import example_of
from catalog.table import KeyColumn, Table
from flight_server import planner
from flight_server.connection.settings import Settings
from flight_server.errors import Error, QueryError
from tests.client.broken_server import Received, Reply
from tests.planner.test_plan import NOW, fold
from tests.scripted_amazon import UNHURRIED, ScriptedAmazon, scripted_amazon

ORDERS = "/orders/v0/orders"
ITEMS = "SELECT seller_sku FROM orders.order_items WHERE amazon_order_id"
TEST_CASE = "TEST_CASE_200"
OTHER = "no such\nform"  # of no pattern: a line end within, small letters, blanks


@pytest.fixture
def amazon() -> Iterator[ScriptedAmazon]:
    with scripted_amazon() as scripted:
        scripted.answer(f"{ORDERS}/{TEST_CASE}", {"payload": {"AmazonOrderId": TEST_CASE}})
        items = {"AmazonOrderId": TEST_CASE, "OrderItems": [{"SellerSKU": "A-1"}]}
        scripted.answer(f"{ORDERS}/{TEST_CASE}/orderItems", {"payload": items})
        scripted.by_path[ORDERS] = _orders_asked_for
        yield scripted


def _orders_asked_for(received: Received) -> Reply:
    orders = [{"AmazonOrderId": identifier} for identifier in (received.parameter("AmazonOrderIds") or "").split(",")]
    return Reply(200, {"payload": {"Orders": orders}}, UNHURRIED)


def error_of(amazon: ScriptedAmazon, sql: str, **parameters: str) -> str:
    with pytest.raises(adbc_driver_manager.Error) as caught:
        amazon.query(sql, **parameters)
    return str(caught.value)


MINE = f"SELECT '{TEST_CASE}' || i[:0] AS id FROM (VALUES ('x')) AS v(i)"  # known only when the query runs

SANDBOX_QUERIES = (
    (f"SELECT amazon_order_id AS told FROM orders.order WHERE amazon_order_id = '{TEST_CASE}'", TEST_CASE),
    (f"SELECT amazon_order_id AS told FROM orders.orders WHERE amazon_order_id = '{TEST_CASE}'", TEST_CASE),
    (f"SELECT seller_sku AS told FROM orders.order_items WHERE amazon_order_id = '{TEST_CASE}'", "A-1"),
    (f"SELECT seller_sku AS told FROM ({MINE}) AS mine JOIN orders.order_items ON amazon_order_id = id", "A-1"),
)


@pytest.mark.parametrize(("sql", "told"), SANDBOX_QUERIES)
def test_a_sandbox_is_asked_for_values_of_any_form(amazon: ScriptedAmazon, sql: str, told: str) -> None:
    assert amazon.query(sql, Sandbox="True") == [{"told": told}]
    assert len(amazon.asked) == 1


@pytest.mark.parametrize("sql", [sql for sql, _ in SANDBOX_QUERIES[:3]])
def test_elsewhere_a_named_value_that_cannot_exist_is_an_error_with_its_form(amazon: ScriptedAmazon, sql: str) -> None:
    amazon.query(sql, Sandbox="True")  # the plan for a sandbox is no other's
    told = error_of(amazon, sql)
    for part in (f"amazon_order_id cannot be '{TEST_CASE}'", "[0-9A-Z]{3}-[0-9]{7}", "902-1845936-5435065", "Sandbox"):
        assert part in told
    assert len(amazon.asked) == 1


@pytest.mark.parametrize(
    "condition", [f"IN ('902-1845936-5435065', '{TEST_CASE}')", "= '902-1845936-543506'", "= '902-1845936-5435065 '"]
)
def test_one_slip_among_good_values_is_told_too(amazon: ScriptedAmazon, condition: str) -> None:
    assert "amazon_order_id cannot be" in error_of(amazon, f"{ITEMS} {condition}")
    assert amazon.asked == []


def test_keys_that_come_from_a_join_are_passed_over(amazon: ScriptedAmazon) -> None:
    assert amazon.query(f"{ITEMS} IN ({MINE})") == []
    assert amazon.asked == []


def test_a_sandbox_is_asked_for_marketplaces_that_the_account_does_not_list(amazon: ScriptedAmazon) -> None:
    inventory = "/fba/inventory/v1/summaries"
    amazon.answer(inventory, {"payload": {"inventorySummaries": [{"sellerSku": "A-1"}]}})
    sql = "SELECT seller_sku FROM fba_inventory.inventory_summaries WHERE marketplace_id = 'ATVPDKIKX0DER'"
    amazon.query(sql, Sandbox="True", Marketplaces="")
    assert [received.path for received in amazon.asked] == [inventory]


WITH_FORMS = [
    (table, key)
    for table in catalog.load().tables
    if table.kind == "operation"
    for key in table.key_columns
    if key.pattern and (key.eq or key.in_)
]


@pytest.mark.parametrize(("table", "key"), WITH_FORMS, ids=lambda each: getattr(each, "name", None) or each.column)
def test_every_column_with_a_form_says_so(table: Table, key: KeyColumn) -> None:
    strings = {column.name for column in table.columns if column.declared_type == "string"}
    others = [
        f"{other.column} = {example_of(other.pattern) or 'A'!r}"
        for other in table.key_columns
        if other.required and other is not key and other.column in strings
    ]
    where = " AND ".join([f"{key.column} = $1", *others])
    statement = planner.read(f"SELECT * FROM {table.qualified_name} WHERE {where}", catalog.load())
    with pytest.raises(QueryError) as caught:
        planner.plan(statement, Settings(), fold, NOW, [OTHER])
    assert f"{key.column} cannot be 'no such" in str(caught.value)
    assert f"for example {example_of(key.pattern)}" in str(caught.value)
    try:
        planner.plan(statement, Settings(sandbox=True), fold, NOW, [OTHER])
    except Error as error:  # other keys are missing
        assert "since every value has the form" not in str(error)
