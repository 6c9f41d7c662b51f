"""Amazon's Swagger → `models/*.json`: names, paths, types, parameters and usage plans; deterministic, no prose.

Run by a developer on Amazon's published models. Knows nothing of tables: what a table is, a stanza in `tables/` says.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from catalog.apis import read_apis
from catalog.compile.body import body_objects, body_parameters
from catalog.compile.members import members
from catalog.compile.source import read_swagger
from catalog.errors import CatalogError
from catalog.model import Model, OperationModel, ParameterModel, write_model
from catalog.names import schema_name

_METHODS = ("get", "post", "put", "patch", "delete")
_NUMBER = r"(\d*\.?\d+)"
_PLAN_ROW = re.compile(rf"^\|?\s*(?:Default\s*\|)?\s*{_NUMBER}\s*\|\s*{_NUMBER}\s*\|?\s*$", re.MULTILINE)


def compile_models(folders: Sequence[Path], out_dir: Path) -> list[Path]:
    """Compile every model that `apis.toml` names; raise CatalogError where one is missing or cannot be read."""
    out_dir.mkdir(parents=True, exist_ok=True)
    written = []
    for api in read_apis():
        for version, source in api.sources.items():
            path = next((folder / source for folder in folders if (folder / source).is_file()), None)
            if path is None:
                places = " or ".join(str(folder) for folder in folders)
                raise CatalogError(f"{source} is not in {places}; apis.toml names it for {api.name} {version}")
            written.append(out_dir / f"{schema_name(api.name, version)}.json")
            write_model(compile_model(read_swagger(path), api.name, version), written[-1])
    return written


def compile_model(swagger: Mapping[str, Any], api: str, version: str) -> Model:
    """One Swagger document as a model; operations in the order of path and method."""
    operations = [
        _operation(swagger, path, method, item)
        for path, item in sorted(swagger["paths"].items())
        for method in _METHODS
        if method in item
    ]
    return Model(api=api, version=version, operations=tuple(operations))


def _operation(swagger: Mapping[str, Any], path: str, method: str, item: Mapping[str, Any]) -> OperationModel:
    operation = item[method]
    rate, burst = _usage_plan(operation.get("description", ""))
    parameters = [*item.get("parameters", ()), *operation.get("parameters", ())]
    return OperationModel(
        operation_id=operation["operationId"],
        method=method.upper(),
        path=swagger.get("basePath", "").rstrip("/") + path,
        deprecated=bool(operation.get("deprecated")),
        rate=rate,
        burst=burst,
        parameters=tuple(each for parameter in parameters for each in _parameters(swagger, parameter)),
        body_objects=dict(_body_objects(swagger, parameters)),
        members=dict(members(swagger, _answer_schema(operation))),
    )


def _answer_schema(operation: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The schema of the first successful answer that has one."""
    for status, response in sorted(operation.get("responses", {}).items()):
        if status.startswith("2") and "schema" in response:
            schema: Mapping[str, Any] = response["schema"]
            return schema
    return None


def _usage_plan(description: str) -> tuple[float | None, int | None]:
    """Rate and burst from the table in the description; two models write its line ends as the letters `\\n`."""
    rows = _PLAN_ROW.findall(description.replace("\\n", "\n").replace("\r", ""))
    if not rows:
        return None, None
    rate, burst = rows[0]
    return float(rate), int(float(burst))


def _body_objects(
    swagger: Mapping[str, Any], parameters: list[Mapping[str, Any]]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for parameter in (_dereferenced(swagger, parameter) for parameter in parameters):
        if parameter["in"] == "body":
            yield from body_objects(swagger, parameter.get("schema", {}))


def _parameters(swagger: Mapping[str, Any], parameter: Mapping[str, Any]) -> Iterator[ParameterModel]:
    parameter = _dereferenced(swagger, parameter)
    if parameter["in"] == "body":
        yield from body_parameters(swagger, parameter.get("schema", {}), bool(parameter.get("required")))
    else:
        yield _parameter(swagger, parameter)


def _dereferenced(swagger: Mapping[str, Any], parameter: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in parameter:
        return parameter
    found: Mapping[str, Any] = swagger["parameters"][parameter["$ref"].rsplit("/", 1)[-1]]
    return found


def _parameter(swagger: Mapping[str, Any], parameter: Mapping[str, Any]) -> ParameterModel:
    schema = _resolved(swagger, parameter.get("schema", parameter))
    items = _resolved(swagger, schema.get("items", {}))
    is_list = schema.get("type") == "array"
    return ParameterModel(
        name=parameter["name"],
        location=parameter["in"],
        type=str(items.get("type", "string") if is_list else schema.get("type", "string")),
        format=str((items if is_list else schema).get("format", "")),
        required=bool(parameter.get("required")),
        is_list=is_list,
        repeated=parameter.get("collectionFormat") == "multi",
        max_items=schema.get("maxItems"),
        enum=tuple(str(value) for value in (items if is_list else schema).get("enum", ())),
    )


def _resolved(swagger: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = swagger["definitions"][schema["$ref"].rsplit("/", 1)[-1]]
    return schema
