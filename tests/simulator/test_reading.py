"""The models that the simulator holds are those that Amazon publishes, read anew."""

import json
from pathlib import Path

import pytest

from flight_server import simulator
from flight_server.simulator.generic.models import find_route, routes
from flight_server.simulator.reading import read_model, read_plans, write_models
from tests.simulator.model_schema import MODELS, NEWER, PLANS

HELD = Path(simulator.__file__).parent / "models"
needs_models = pytest.mark.skipif(not NEWER.is_dir(), reason="Amazon's models are not on this machine (shared/spapi)")


@needs_models
def test_reading_again_changes_nothing(tmp_path: Path) -> None:
    assert write_models((MODELS, NEWER), read_plans(PLANS), tmp_path) == len(routes())
    assert {file.name for file in tmp_path.iterdir()} == {file.name for file in HELD.iterdir()}
    for file in HELD.iterdir():
        assert (tmp_path / file.name).read_bytes() == file.read_bytes(), file.name


@needs_models
def test_no_prose_is_carried_over() -> None:
    for file in [*MODELS.glob("*.json"), *NEWER.glob("*.json")]:
        text = json.dumps(read_model(file.stem, json.loads(file.read_text("utf-8")), {}))
        assert '"description": "' not in text
        assert '"title": "' not in text


@pytest.mark.parametrize(
    ("method", "path", "operation_id"),
    [
        ("GET", "/finances/transfers/2024-06-01/payouts/expected", "listExpectedPayouts"),
        ("POST", "/fba/outbound/2020-07-01/fulfillmentOrders/preview", "getFulfillmentPreview"),
        ("GET", "/fba/outbound/2020-07-01/fulfillmentOrders/preview", "getFulfillmentOrder"),
        ("GET", "/listings/2021-08-01/items/A1/a%2Fb", "getListingsItem"),
        ("GET", "/shipping/v1/shipments/12", "getShipment"),
        ("PUT", "/shipping/v2/carrierAccounts", "getCarrierAccounts"),
    ],
)
def test_routes_are_found_by_method_and_the_most_literal_path(method: str, path: str, operation_id: str) -> None:
    found = find_route(method, path)
    assert found is not None
    assert found[1] == operation_id


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/shipping/v1/shipments/12"),
        ("GET", "/listings/2021-08-01/items/A1/a/b"),
        ("GET", "/shipping/v1/shipments/"),
        ("POST", "/shipping/v1/shipments"),
    ],
)
def test_writes_and_foreign_paths_have_no_route(method: str, path: str) -> None:
    assert find_route(method, path) is None


def test_a_model_without_an_answer_is_refused() -> None:
    broken: dict[str, object] = {"paths": {"/a": {"get": {"operationId": "getA", "responses": {"404": {}}}}}}
    with pytest.raises(ValueError, match="getA declares no answer"):
        read_model("a", broken, {})


def test_plans_are_read_from_prose_else_from_the_sdk_and_assumed_where_both_are_silent() -> None:
    answer = {"200": {"schema": {"type": "object"}}}
    paths = {
        "/a": {"get": {"operationId": "a", "description": "| .5 | 30 |", "responses": answer}},
        "/b": {"get": {"operationId": "b", "responses": answer}},
        "/c": {"get": {"operationId": "c", "x-amzn-api-sandbox-only": True, "responses": answer}},
        "/d": {"get": {"operationId": "d", "responses": answer}},
    }
    plans = {"ThingsApi-a": ("9", 9), "ThingsApi-b": ("0.5", 15)}
    told = read_model("a", {"basePath": "/x", "paths": paths}, plans)["operations"]
    assert isinstance(told, list)
    read = [(one["path"], one["rate"], one["burst"]) for one in told]
    assert read == [("/x/a", ".5", 30), ("/x/b", "0.5", 15), ("/x/d", "1", 1)]


def test_among_operations_of_one_name_the_plan_is_that_of_the_models_own_client() -> None:
    paths = {"/a": {"get": {"operationId": "getShipments", "responses": {"200": {"schema": {"type": "object"}}}}}}
    plans = {"ShipmentRetrievalApi-getShipments": ("1", 1), "FbaInboundApi-getShipments": ("2", 30)}
    told = read_model("externalFulfillmentShipments_2024-09-11", {"paths": paths}, plans)["operations"]
    assert isinstance(told, list)
    assert (told[0]["rate"], told[0]["burst"]) == ("1", 1)


def test_lists_of_values_that_files_made_from_classes_have_everywhere_are_no_values() -> None:
    text = {"type": "string", "enum": ["GROUP"]}
    swagger: dict[str, object] = {
        "info": {"x-source": "an SDK"},
        "paths": {
            "/a": {
                "get": {
                    "operationId": "a",
                    "parameters": [{"name": "locale", "in": "query", **text}],
                    "responses": {"200": {"schema": {"$ref": "#/definitions/A"}}},
                }
            }
        },
        "definitions": {
            "A": {"type": "object", "properties": {"name": text, "kind": {"$ref": "#/definitions/Kind"}}},
            "Kind": {"type": "string", "enum": ["DEAL", "COUPON"]},
        },
    }
    told = json.dumps(read_model("a", swagger, {}))
    assert "GROUP" not in told
    assert "COUPON" in told
