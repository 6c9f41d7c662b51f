"""Values of a query in the body that is sent: nested by path, typed as the model says, one request a key."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from catalog.table import KeyColumn, Operation, Parameter, RequestBatch, Table
from flight_server.errors import QueryError
from flight_server.plan import Binding, Output, ParameterValue, Scan
from flight_server.planner.asking.calls import calls
from flight_server.planner.asking.key_tuples import Sources
from flight_server.planner.asking.request_body import body_of, json_value
from tests.planner.test_plan import NOW

PARAMETERS = (
    Parameter("filters.sku", "body"),
    Parameter("filters.count", "body", type="integer"),
    Parameter("filters.price", "body", type="number"),
    Parameter("isNew", "body", type="boolean"),
    Parameter("items", "body", type="json"),
    Parameter("kinds", "body", is_list=True),
)
ASKED = Operation("ask", "things", "v1", "POST", "/things", PARAMETERS)
TABLE = Table("things", "things", "operation", (), operation=ASKED)


def test_members_are_nested_and_typed() -> None:
    values: dict[str, ParameterValue] = {
        "filters.sku": "A",
        "filters.count": "3",
        "filters.price": "19.90",
        "isNew": "true",
        "kinds": ("a", "b"),
    }
    assert body_of(TABLE, {**values, "items": '[{"n": 1.50}]'}) == {
        "filters": {"sku": "A", "count": 3, "price": Decimal("19.90")},
        "isNew": True,
        "items": [{"n": Decimal("1.50")}],
        "kinds": ["a", "b"],
    }


@pytest.mark.parametrize(
    ("name", "text"), [("filters.count", "3.5"), ("filters.price", "dear"), ("isNew", "2"), ("items", "[")]
)
def test_a_value_of_another_type_is_told(name: str, text: str) -> None:
    parameter = next(parameter for parameter in PARAMETERS if parameter.name == name)
    with pytest.raises(QueryError, match=name):
        json_value(text, parameter, TABLE)


@pytest.mark.parametrize("text", ["[NaN]", '["\\ud800"]', "[" * 100_000, '{"a": 1} b', "[01]", ""])
def test_what_is_almost_json_is_told(text: str) -> None:
    with pytest.raises(QueryError, match="items takes JSON text"):
        json_value(text, Parameter("items", "body", type="json"), TABLE)


def test_numbers_within_json_text_keep_their_digits() -> None:
    text = '[1.10,123456789012345678901234567890,1E+400,0.1234567890123456789,"日本 \\u00e9"]'
    found = json_value(text, Parameter("items", "body", type="json"), TABLE)
    assert msgspec.json.Encoder(decimal_format="number").encode(found).decode() == text.replace("\\u00e9", "é")


def _batch(values: tuple[str, ...], most: int, list_path: str = "requests[]") -> list[tuple[Any, Any, Any]]:
    parameters = (
        Parameter(f"{list_path}.sku", "body", required=True),
        Parameter(f"{list_path}.uri", "body"),
        Parameter(f"{list_path}.kind", "body"),
        Parameter("marketplaceId", "query"),
    )
    key = KeyColumn("sku", in_=f"{list_path}.sku", required=True)
    link = KeyColumn("link", eq=f"{list_path}.uri", form="/items/{}/offers")
    shop = KeyColumn("marketplace_id", eq="marketplaceId")
    operation = Operation("askAll", "things", "v1", "POST", "/all", parameters)
    table = Table(
        "things",
        "all",
        "operation",
        (),
        operation=operation,
        key_columns=(key, link, shop),
        request_batch=RequestBatch(list_path, most),
        constants={f"{list_path}.kind": "GET"},
    )
    bindings = (Binding(key, values), Binding(link, ("a/b",)), Binding(shop, ("US", "CA")))
    return [
        (call.url_parameters, call.body, call.requests)
        for call in calls(Scan((Output("s0", table, ()),), bindings), Sources(NOW))
    ]


def test_each_key_is_a_request_and_calls_hold_no_more_than_they_may() -> None:
    found = _batch(("A", "B", "C"), most=2)
    sizes = [(parameters, len(requests)) for parameters, _, requests in found]
    assert sorted(map(str, sizes)) == sorted(
        map(str, [({"marketplaceId": shop}, n) for shop in ("US", "CA") for n in (2, 1)])
    )
    first = {"sku": "A", "uri": "/items/a%2Fb/offers", "kind": "GET"}
    assert any(body["requests"][0] == first for _, body, _ in found)


def test_a_body_can_be_the_list_itself() -> None:
    ((_, body, requests), *_) = _batch(("A",), most=20, list_path="$[]")
    assert body == [{"sku": "A", "uri": "/items/a%2Fb/offers", "kind": "GET"}]
    assert requests[0]["sku"] == "A"
