"""What Amazon sends in the place of a value: empty forms are null, the rest is an error or, with OnBadValue=Null, null
and counted."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import adbc_driver_manager
import pytest

from tests.scripted_amazon import ScriptedAmazon, scripted_amazon

ORDERS = "FROM orders.orders WHERE purchase_date >= '2026-05-01'"
TOTAL = {"CurrencyCode": "USD", "Amount": "12.50"}
DETAIL = [{"Payment": {"CurrencyCode": "USD", "Amount": "1.00"}, "PaymentMethod": "COD"}]


@pytest.fixture(scope="module")
def amazon() -> Iterator[ScriptedAmazon]:
    with scripted_amazon() as scripted:
        yield scripted


def order(name: str, **members: object) -> dict[str, object]:
    return {"AmazonOrderId": name, "PurchaseDate": "2026-06-02T00:00:00Z", "OrderTotal": TOTAL, **members}


def answer(amazon: ScriptedAmazon, *orders: object) -> None:
    amazon.answer("/orders/v0/orders", {"payload": {"Orders": orders}})


def activity(amazon: ScriptedAmazon, sql: str) -> dict[str, Any]:
    """The last query's record."""
    found = amazon.query("SELECT sql, bad_values, bad_value_examples FROM system.queries ORDER BY started_at")
    return [row for row in found if row["sql"] == sql][-1]


@pytest.mark.parametrize("nothing", ["", [], None])
def test_an_empty_form_of_an_object_is_null_whatever_columns_are_asked_for(
    amazon: ScriptedAmazon, nothing: object
) -> None:
    members = ("OrderTotal", "ShippingAddress", "BuyerInfo", "PaymentExecutionDetail", "AutomatedShippingSettings")
    answer(amazon, order("a"), order("b", **dict.fromkeys(members, nothing)))
    for types in ("json", "native"):
        first, second = amazon.query(f"SELECT * {ORDERS}", NestedTypes=types, RestrictedData="Never")
        assert first["order_total_amount"] == Decimal("12.50")
        assert second["amazon_order_id"] == "b"
        assert not any(
            second[name] for name in second if name.startswith(("order_total", "shipping_address", "buyer_"))
        )
        empty = [] if types == "native" else "[]"
        assert second["payment_execution_detail"] == (empty if nothing == [] else None)
    assert (
        len(amazon.query(f"SELECT index {ORDERS}".replace("orders.orders", "orders.orders__payment_execution_detail")))
        == 0
    )


@pytest.mark.parametrize("payload", ["", [], None, {"Orders": ""}, {"Orders": {}}, {"Orders": []}])
def test_an_empty_form_on_the_way_to_the_rows_is_no_rows(amazon: ScriptedAmazon, payload: object) -> None:
    amazon.answer("/orders/v0/orders", {"payload": payload})
    assert amazon.query(f"SELECT * {ORDERS}", RestrictedData="Never") == []


@pytest.mark.parametrize("on_bad_value", ["Error", "Null"])
@pytest.mark.parametrize("payload", ["none", {"Orders": {"a": 1}}, {"Orders": "none"}, {"Orders": ["b"]}])
def test_what_hides_rows_is_an_error_in_any_case(amazon: ScriptedAmazon, payload: object, on_bad_value: str) -> None:
    amazon.answer("/orders/v0/orders", {"payload": payload})
    with pytest.raises(adbc_driver_manager.Error, match=r"getOrders .*(cannot be read|cannot be understood): payload"):
        amazon.query(f"SELECT amazon_order_id {ORDERS}", OnBadValue=on_bad_value)


BAD: list[tuple[str, object, str]] = [
    ("last_update_date", "2024-02-30T00:00:00Z", "2024-02-30T00:00:00Z"),
    ("last_update_date", {"at": 1}, '{"at": 1}'),
    ("number_of_items_shipped", "N/A", "N/A"),
    ("number_of_items_shipped", 2**64, str(2**64)),
    ("number_of_items_shipped", 2.5, "2.5"),
    ("number_of_items_shipped", [], "[]"),
    ("is_prime", "maybe", "maybe"),
    ("order_total_amount", "free", "free"),
    ("order_total_amount", 10**40, str(10**40)),
    ("order_total_amount", "0.0000001", "0.0000001"),
    ("order_total_amount", {}, "{}"),
]
MEMBERS = {
    "last_update_date": "LastUpdateDate",
    "number_of_items_shipped": "NumberOfItemsShipped",
    "is_prime": "IsPrime",
}


def with_bad(column: str, value: object) -> dict[str, object]:
    if column == "order_total_amount":
        return order("b", OrderTotal={**TOTAL, "Amount": value})
    return order("b", **{MEMBERS[column]: value})


@pytest.mark.parametrize(("column", "value", "shown"), BAD)
def test_a_value_that_its_column_cannot_hold_is_an_error_that_names_the_way_out(
    amazon: ScriptedAmazon, column: str, value: object, shown: str
) -> None:
    answer(amazon, order("a"), with_bad(column, value))
    with pytest.raises(adbc_driver_manager.Error, match=f"getOrders sent a value for column {column}") as caught:
        amazon.query(f"SELECT amazon_order_id, {column} {ORDERS}")
    assert "OnBadValue=Null" in str(caught.value)
    assert repr(shown) in str(caught.value)


@pytest.mark.parametrize(("column", "value", "shown"), BAD)
def test_with_null_it_is_null_and_counted_and_everything_else_stays(
    amazon: ScriptedAmazon, column: str, value: object, shown: str
) -> None:
    answer(amazon, order("a", SalesChannel="Amazon.com"), with_bad(column, value))
    sql = f"SELECT amazon_order_id, {column}, order_total_currency_code {ORDERS}"
    rows = amazon.query(sql, OnBadValue="Null")
    assert [(row["amazon_order_id"], row["order_total_currency_code"]) for row in rows] == [("a", "USD"), ("b", "USD")]
    assert rows[1][column] is None
    told = activity(amazon, sql)
    assert told["bad_values"] == 1
    assert "getOrders" in told["bad_value_examples"]
    assert column in told["bad_value_examples"]
    assert repr(shown) in told["bad_value_examples"]


def test_another_value_in_the_place_of_an_object_is_a_bad_value_of_its_columns(amazon: ScriptedAmazon) -> None:
    answer(amazon, order("a"), order("b", OrderTotal="12.50 USD"))
    sql = f"SELECT amazon_order_id, order_total_amount, order_total_currency_code {ORDERS}"
    with pytest.raises(adbc_driver_manager.Error, match=r"payload\.Orders\[\]\.OrderTotal is a text where an object"):
        amazon.query(sql)
    rows = amazon.query(sql, OnBadValue="Null")
    assert [row["order_total_amount"] for row in rows] == [Decimal("12.50"), None]
    assert activity(amazon, sql)["bad_values"] == 2


def test_values_of_child_tables_and_native_types_are_counted_too(amazon: ScriptedAmazon) -> None:
    bad = [*DETAIL, {"Payment": {"CurrencyCode": "USD", "Amount": "N/A"}, "PaymentMethod": "GC"}]
    answer(amazon, order("a", PaymentExecutionDetail=bad))
    sql = f"SELECT * {ORDERS}".replace("orders.orders", "orders.orders__payment_execution_detail")
    with pytest.raises(adbc_driver_manager.Error, match="OnBadValue=Null"):
        amazon.query(sql)
    rows = amazon.query(sql, OnBadValue="Null")
    assert [(row["payment_method"], row["payment_amount"]) for row in rows] == [("COD", Decimal(1)), ("GC", None)]
    assert activity(amazon, sql)["bad_values"] == 1

    sql = f"SELECT payment_execution_detail {ORDERS}"
    with pytest.raises(adbc_driver_manager.Error, match=r"PaymentExecutionDetail\[\]\.Payment\.Amount\).*decimal"):
        amazon.query(sql, NestedTypes="native")
    ((row,),) = (list(row.values()) for row in amazon.query(sql, NestedTypes="native", OnBadValue="Null"))
    assert [each["payment"]["amount"] for each in row] == [Decimal(1), None]
    assert [each["payment_method"] for each in row] == ["COD", "GC"]
    assert activity(amazon, sql)["bad_values"] == 1


def test_the_first_five_examples_are_kept_and_all_are_counted(amazon: ScriptedAmazon) -> None:
    answer(amazon, *(order(str(number), NumberOfItemsShipped=f"no {number}") for number in range(12)))
    sql = f"SELECT number_of_items_shipped {ORDERS}"
    assert amazon.query(sql, OnBadValue="Null") == [{"number_of_items_shipped": None}] * 12
    told = activity(amazon, sql)
    assert told["bad_values"] == 12
    assert [f"'no {number}'" in told["bad_value_examples"] for number in range(6)] == [True] * 5 + [False]


def test_a_restricted_value_is_never_shown(amazon: ScriptedAmazon) -> None:
    amazon.answer("/tokens/2021-03-01/restrictedDataToken", {"restrictedDataToken": "Atz.sprdt|x", "expiresIn": 3600})
    answer(amazon, order("a", BuyerInfo="Maria Ramos"))
    sql = f"SELECT buyer_info_buyer_name {ORDERS}"
    with pytest.raises(adbc_driver_manager.Error, match="personal data") as caught:
        amazon.query(sql)
    assert "Maria" not in str(caught.value)
    assert amazon.query(sql, OnBadValue="Null") == [{"buyer_info_buyer_name": None}]
    told = activity(amazon, sql)
    assert told["bad_values"] == 1
    assert "Maria" not in json.dumps(told)


def test_a_condition_on_such_a_column_drops_the_row_as_it_drops_any_null(amazon: ScriptedAmazon) -> None:
    answer(amazon, order("a", NumberOfItemsShipped=3), order("b", NumberOfItemsShipped="N/A"))
    select = f"SELECT amazon_order_id {ORDERS} AND number_of_items_shipped"
    assert amazon.query(f"{select} > 0", OnBadValue="Null") == [{"amazon_order_id": "a"}]
    assert amazon.query(f"{select} IS NULL", OnBadValue="Null") == [{"amazon_order_id": "b"}]
