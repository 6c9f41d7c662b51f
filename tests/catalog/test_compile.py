"""Amazon's models compile without a fault, and the committed ones are what they compile to."""

import json
from pathlib import Path

import pytest

from catalog.compile import compile_model, compile_models
from catalog.errors import CatalogError
from catalog.model import read_model

MODELS = Path(__file__).parents[3] / "shared" / "spapi" / "models"
COMMITTED = Path(__file__).parents[2] / "catalog" / "models"

needs_models = pytest.mark.skipif(not MODELS.is_dir(), reason="Amazon's published models are not beside this checkout")


@needs_models
def test_committed_models_are_fresh(tmp_path: Path) -> None:
    written = compile_models(MODELS, tmp_path)
    assert {path.name for path in written} == {path.name for path in COMMITTED.glob("*.json")}
    for path in written:
        assert path.read_text() == (COMMITTED / path.name).read_text(), f"compile {path.name} again"


@needs_models
def test_every_model_of_amazons_compiles() -> None:
    operations = [
        operation
        for path in sorted(MODELS.glob("*.json"))
        for operation in compile_model(json.loads(path.read_bytes()), path.stem, "v").operations
    ]
    assert len(operations) == 370
    assert sum(operation.rate is not None for operation in operations) == 300
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
        compile_models(tmp_path, tmp_path / "new" / "folder")


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
