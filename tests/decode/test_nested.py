"""Native lists and structs hold what the JSON text holds, exactly."""

from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa
import pytest

from catalog.columns.member_types import member_types
from catalog.columns.nested import nested_type
from catalog.table import ListOf, Nested, StructOf
from flight_server.decode.nested import nested_array

MEMBERS = member_types(
    {
        "Rows[].Items[].Sku": "string",
        "Rows[].Items[].Price.Amount": "string",
        "Rows[].Items[].Price.CurrencyCode": "string",
        "Rows[].Items[].Bought": "string:date-time",
        "Rows[].Items[].Count": "integer",
        "Rows[].Items[].Extra": "json",
        "Rows[].Codes[]": "string",
    }
)
ITEMS = nested_type("Rows[].Items", MEMBERS)


def _values(nested: Nested, *texts: str | None) -> list[Any]:
    raw = [None if text is None else msgspec.Raw(text.encode()) for text in texts]
    built = nested_array(raw, nested)
    assert built.bad_values == []
    values: list[Any] = built.array.to_pylist()
    return values


def test_values_inside_are_read_by_the_rules_of_columns() -> None:
    ((item,),) = _values(ITEMS, '[{"Sku": 7, "Price": {"Amount": 0.10}, "Bought": "2026-01-01", "Count": "3"}]')
    assert (item["sku"], item["price"]["amount"], item["count"]) == ("7", Decimal("0.100000"), 3)
    assert item["bought"].isoformat() == "2026-01-01T00:00:00+00:00"


def test_missing_null_and_empty_are_told_apart() -> None:
    assert _values(ITEMS, None, "null", "[]", "[null]", "[{}]")[:4] == [None, None, [], [None]]
    assert nested_type("Rows[].Codes", MEMBERS) == ListOf("string")
    assert _values(ListOf("string"), '["a", null, ""]') == [["a", None, ""]]


def test_what_no_model_names_stays_json_text() -> None:
    ((item,),) = _values(ITEMS, '[{"Extra": {"deep": [1.50]}, "Unknown": 1}]')
    assert item["extra"] == '{"deep":[1.50]}'
    assert "unknown" not in item


@pytest.mark.parametrize(
    ("text", "below", "wanted", "shown"),
    [
        ('[{"Sku": "a", "Count": 3.5}]', "[].Count", "int64", "3.5"),
        ('{"Sku": "a"}', "", "a list", '{"Sku": "a"}'),
        ('[{"Sku": "a"}, "b"]', "[]", "an object", "b"),
        ('[{"Sku": "a", "Price": [1]}]', "[].Price", "an object", "[1]"),
        ('[{"Sku": "a", "Price": {"Amount": "0.1234567"}}]', "[].Price.Amount", "decimal", "0.1234567"),
        ('[{"Sku": "a", "Bought": "soon"}]', "[].Bought", "timestamp", "soon"),
    ],
)
def test_what_does_not_fit_is_null_by_itself_and_told(text: str, below: str, wanted: str, shown: str) -> None:
    built = nested_array([None, msgspec.Raw(b"[]"), msgspec.Raw(text.encode())], ITEMS)
    (bad,) = built.bad_values
    assert (bad.number, bad.below, bad.wanted, bad.text) == (2, below, wanted, shown)
    *others, last = built.array.to_pylist()
    assert others == [None, []]
    assert last is None if not below else last[0]["sku"] == "a"


def test_empty_texts_lists_and_objects_in_each_others_places_are_null() -> None:
    ((item,), *others) = _values(ITEMS, '[{"Price": "", "Extra": ""}]', '""', "{}", '[""]')
    assert (item["price"], item["extra"]) == (None, None)
    assert others == [None, None, [None]]
    assert _values(ITEMS, '[{"Price": []}]')[0][0]["price"] is None


def test_the_tail_of_a_double_is_rounded_away() -> None:
    ((item,),) = _values(ITEMS, '[{"Price": {"Amount": 3.4400000000000004}}]')
    assert item["price"]["amount"] == Decimal("3.44")


def test_members_that_would_share_a_name_stay_json_text() -> None:
    assert nested_type("A", {"A.orderId": "string", "A.OrderID": "string"}) == "json"
    assert nested_type("A", {"A.orderId": "string"}) == StructOf((("order_id", "orderId", "string"),))


def test_an_empty_page_has_the_type_too() -> None:
    assert nested_array([], ListOf("int64")).array.type == pa.list_(pa.int64())
