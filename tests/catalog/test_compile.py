"""Amazon's models compile without a fault, and the committed ones are what they compile to."""

import json
from pathlib import Path

import pytest

from catalog.compile import compile_model, compile_models
from catalog.compile.source import read_swagger
from catalog.errors import CatalogError
from catalog.model import read_model
from tests.catalog.published_models import FOLDERS, needs_models

COMMITTED = Path(__file__).parents[2] / "catalog" / "models"


@needs_models
def test_committed_models_are_fresh(tmp_path: Path) -> None:
    written = compile_models(FOLDERS, tmp_path)
    assert {path.name for path in written} == {path.name for path in COMMITTED.glob("*.json")}
    for path in written:
        assert path.read_text() == (COMMITTED / path.name).read_text(), f"compile {path.name} again"


@needs_models
def test_every_model_of_amazons_compiles() -> None:
    operations = [
        operation
        for folder in FOLDERS
        for path in sorted(folder.glob("*.json"))
        for operation in compile_model(read_swagger(path), path.stem, "v").operations
    ]
    assert len(operations) == 378
    assert sum(operation.rate is not None for operation in operations) == 303
    assert min(operation.rate for operation in operations if operation.rate is not None) == 0.0056
    assert max(len(operation.members) for operation in operations) > 500


def test_committed_models_hold_no_prose() -> None:
    for path in COMMITTED.glob("*.json"):
        texts = [text for text in json.dumps(json.loads(path.read_bytes())).split('"') if text.count(" ") > 2]
        assert not [text for text in texts if text.strip(" ,:[]{}0123456789.truefalsn")], path.name


def test_a_schema_that_contains_itself_stops_at_json() -> None:
    swagger = {
        "paths": {
            "/a": {"get": {"operationId": "getA", "responses": {"200": {"schema": {"$ref": "#/definitions/A"}}}}}
        },
        "definitions": {
            "A": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "parts": {"type": "array", "items": {"$ref": "#/definitions/A"}},
                    "extra": {"type": "object", "additionalProperties": {"type": "string"}},
                },
            }
        },
    }
    (operation,) = compile_model(swagger, "a", "v1").operations
    assert operation.members == {"extra": "json", "name": "string", "parts[]": "json"}


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("| Rate | Burst |\n| ---- | ---- |\n| 0.0167 | 20 |", (0.0167, 20)),
        ("| ---- | ---- |\\n| .5 | 15 |\\n", (0.5, 15)),
        ("---- | ----\n5 | 10\n", (5.0, 10)),
        ("no plan here", (None, None)),
    ],
)
def test_usage_plans_are_read_from_their_tables(description: str, expected: tuple[float | None, int | None]) -> None:
    swagger = {"paths": {"/a": {"get": {"operationId": "getA", "description": description, "responses": {}}}}}
    (operation,) = compile_model(swagger, "a", "v1").operations
    assert (operation.rate, operation.burst) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, r"aplusContent_2020-11-01\.json is not in .*apis\.toml names it for aplus_content 2020-11-01"),
        ("{", r"aplusContent_2020-11-01\.json is no JSON"),
        ('{"openapi": "3.0.0"}', r"aplusContent_2020-11-01\.json is no Swagger 2\.0 document"),
    ],
)
def test_a_model_that_cannot_be_compiled_is_named(tmp_path: Path, text: str | None, message: str) -> None:
    if text is not None:
        (tmp_path / "aplusContent_2020-11-01.json").write_text(text)
    with pytest.raises(CatalogError, match=message):
        compile_models([tmp_path], tmp_path / "new" / "folder")


TEXT = {"type": "string", "enum": ["GROUP"]}
FROM_CLASSES = {
    "swagger": "2.0",
    "info": {"x-source": "an SDK"},
    "paths": {
        "/a": {"get": {"operationId": "a", "parameters": [{"name": "locale", "in": "query", **TEXT}], "responses": {}}}
    },
    "definitions": {
        "A": {"type": "object", "properties": {"name": TEXT, "kind": {"$ref": "#/definitions/Kind"}}},
        "Kind": {"type": "string", "enum": ["DEAL", "COUPON"]},
    },
}


def read_back(tmp_path: Path, document: object) -> str:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document))
    return json.dumps(read_swagger(path))


def test_values_that_every_text_of_a_file_made_from_classes_has_are_strays(tmp_path: Path) -> None:
    read = read_back(tmp_path, FROM_CLASSES)
    assert "GROUP" not in read
    assert "COUPON" in read


def test_values_that_amazon_publishes_are_kept(tmp_path: Path) -> None:
    assert "GROUP" in read_back(tmp_path, {**FROM_CLASSES, "info": {}})


def test_no_model_of_an_api_made_from_classes_has_stray_values() -> None:
    for name in ("promotions_2025_12_01", "support_2025_02_01", "finance_remittance_2026_03_17"):
        model = read_model((COMMITTED / f"{name}.json").read_bytes())
        assert not [each.name for operation in model.operations for each in operation.parameters if each.enum]


def test_a_text_in_something_named_a_currency_is_one() -> None:
    currency = {"type": "object", "properties": {"value": {"type": "number"}, "unit": {"type": "string"}}}
    swagger = {
        "paths": {
            "/a": {
                "post": {
                    "operationId": "a",
                    "parameters": [{"in": "body", "name": "body", "schema": {"$ref": "#/definitions/Box"}}],
                    "responses": {"200": {"schema": {"$ref": "#/definitions/Box"}}},
                }
            }
        },
        "definitions": {
            "Currency": currency,
            "Weight": currency,
            "Box": {
                "type": "object",
                "properties": {
                    "worth": {"$ref": "#/definitions/Currency"},
                    "weight": {"$ref": "#/definitions/Weight"},
                },
            },
        },
    }
    (operation,) = compile_model(swagger, "a", "v").operations
    assert (operation.members["worth.unit"], operation.members["weight.unit"]) == ("string:currency", "string")
    assert {each.name: each.format for each in operation.parameters}["worth.unit"] == "currency"


def test_models_are_read_back_as_they_were_written() -> None:
    for path in COMMITTED.glob("*.json"):
        assert read_model(path.read_bytes()).operations


def test_the_members_of_a_request_body_are_parameters() -> None:
    swagger = {
        "paths": {"/a": {"post": {"operationId": "getA", "parameters": [_BODY], "responses": {}}}},
        "definitions": {
            "Request": {"type": "object", "required": ["sku"], "properties": {"sku": {"type": "string"}}},
            "Body": {
                "type": "object",
                "required": ["requests", "address"],
                "properties": {
                    "requests": {"type": "array", "maxItems": 20, "items": {"$ref": "#/definitions/Request"}},
                    "address": {
                        "type": "object",
                        "required": ["city"],
                        "properties": {"city": {"type": "string"}, "lines": {"type": "array", "items": {}}},
                    },
                    "program": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}},
                },
            },
        },
    }
    found = {each.name: each for each in compile_model(swagger, "a", "v").operations[0].parameters}
    assert list(found) == ["requests", "requests[].sku", "address.city", "address.lines", "program.id"]
    assert (found["requests"].type, found["requests"].max_items, found["requests"].required) == ("json", 20, True)
    assert found["requests[].sku"].required and found["address.city"].required
    assert not found["program.id"].required, "it is only required within an object that is not"
    assert found["address.lines"].is_list and not found["address.lines"].required
    assert compile_model(swagger, "a", "v").operations[0].body_objects == {
        "": ("requests", "address"),
        "requests[]": ("sku",),
        "address": ("city",),
        "program": ("id",),
    }


_BODY = {"in": "body", "name": "body", "required": True, "schema": {"$ref": "#/definitions/Body"}}
