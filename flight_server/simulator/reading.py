"""Reads Amazon's Swagger models for the simulator: `python -m flight_server.simulator.reading PLANS MODELS_DIR...`.

Goes from Swagger 2.0 files to one compact JSON file an API in `models/`, and `models/index.json` with the route of
every operation. Carries over names, types and numbers, never prose. Only operations that read are told; which POST and
PUT operations do, no model says: they are named here. PLANS is a JSON file of usage plans by SDK client and operation,
for operations whose model states none. Knows nothing of answers and of the story.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

Json = dict[str, object]

READ_BY_BODY = frozenset(
    {
        ("awd_2024-05-09", "checkInboundEligibility"),
        ("aplusContent_2020-11-01", "validateContentDocumentAsinRelations"),
        ("easyShip_2022-03-23", "listHandoverSlots"),
        ("externalFulfillmentInventory_2024-09-11", "batchInventory"),
        ("fulfillmentOutbound_2020-07-01", "getFulfillmentPreview"),
        ("fulfillmentOutbound_2020-07-01", "deliveryOffers"),
        ("fulfillmentOutbound_2026-07-04", "getOrderPreview"),
        ("fulfillmentOutbound_2026-07-04", "getOffers"),
        ("merchantFulfillmentV0", "getEligibleShipmentServices"),
        ("merchantFulfillmentV0", "getAdditionalSellerInputs"),
        ("productFeesV0", "getMyFeesEstimateForSKU"),
        ("productFeesV0", "getMyFeesEstimateForASIN"),
        ("productFeesV0", "getMyFeesEstimates"),
        ("productPricingV0", "getItemOffersBatch"),
        ("productPricingV0", "getListingOffersBatch"),
        ("productPricing_2022-05-01", "getFeaturedOfferExpectedPriceBatch"),
        ("productPricing_2022-05-01", "getCompetitiveSummary"),
        ("replenishment-2022-11-07", "getSellingPartnerMetrics"),
        ("replenishment-2022-11-07", "listOfferMetrics"),
        ("replenishment-2022-11-07", "listOffers"),
        ("services", "getRangeSlotCapacity"),
        ("services", "getFixedSlotCapacity"),
        ("shipping", "retrieveShippingLabel"),
        ("support_2025-02-01", "listCases"),
        ("shipping", "getRates"),
        ("shippingV2", "getRates"),
        ("shippingV2", "getCarrierAccounts"),
        ("shippingV2", "getCollectionFormHistory"),
        ("shippingV2", "getUnmanifestedShipments"),
        ("tokens_2021-03-01", "createRestrictedDataToken"),
    }
)

# What a schema says that an answer or a check of a request depends on.
_KEPT = (
    "type", "format", "enum", "required", "minimum", "maximum", "minLength", "maxLength", "pattern", "minItems",
    "maxItems", "uniqueItems", "multipleOf",
)  # fmt: skip
_PARAMETER_KEPT = ("name", "in", *_KEPT, "default", "collectionFormat")
_PLAN = re.compile(r"\|\s*(\d*\.?\d+)\s*\|\s*(\d*\.?\d+)\s*\|")
_METHODS = ("get", "post", "put")
_SANDBOX = ("x-amzn-api-sandbox-only", "x-amazon-spds-sandbox-only")
# The usage plan where nobody states one.
_UNSTATED_PLAN = ("1", 1)
# The SDK's client of a model, where clients of several models have operations of the same name.
_CLIENTS = {
    "InvoicesApiModel_2024-06-19": ("InvoicesApi",),
    "externalFulfillmentShipments_2024-09-11": ("ShipmentRetrievalApi", "ShipmentProcessingApi"),
    "financesInvoices_2026-06-25": ("DefaultApi",),
    "sellerWallet_2024-03-01": ("AccountsApi", "TransactionsApi", "TransferPreviewApi", "TransferScheduleApi"),
}
# Lists of values in files made from classes of the SDK, where every text has those of the class read before.
_STRAY = "x-source"

Plan = tuple[str, int]


def read_model(name: str, swagger: Json, plans: Mapping[str, Plan]) -> Json:
    """One Swagger document as the simulator keeps it; `plans` are those of the SDK, by client and operation."""
    if _STRAY in _object(swagger.get("info")):
        swagger = _object(_without_strays(swagger))
    base = str(swagger.get("basePath", "")).rstrip("/")
    known = _plans_of(name, plans)
    told = [
        _operation(swagger, declared, method, base + path, shared, known)
        for path, method, declared, shared in _declared(swagger)
        if (method == "get" or (name, str(declared["operationId"])) in READ_BY_BODY) and not _is_sandbox(declared)
    ]
    definitions = {key: _schema(part) for key, part in _object(swagger.get("definitions")).items()}
    used: set[str] = set()
    _collect([operation.get("answer") for operation in told], definitions, used)
    _collect([operation.get("body") for operation in told], definitions, used)
    return {"operations": told, "definitions": {key: definitions[key] for key in sorted(used)}}


def _declared(swagger: Json) -> Iterator[tuple[str, str, Json, list[object]]]:
    for path, methods in _object(swagger["paths"]).items():
        item = _object(methods)
        for method in _METHODS:
            if method in item:
                yield path, method, {**_outer_sandbox(item), **_object(item[method])}, _array(item.get("parameters"))


def _outer_sandbox(item: Json) -> Json:
    return {flag: item[flag] for flag in _SANDBOX if flag in item}


def _is_sandbox(declared: Json) -> bool:
    return any(declared.get(flag) for flag in _SANDBOX)


def _plans_of(name: str, plans: Mapping[str, Plan]) -> dict[str, Plan]:
    """The SDK's plans by operation, those of the model's own clients before others of the same name."""
    clients = _CLIENTS.get(name, ())
    ordered = sorted(plans.items(), key=lambda item: item[0].partition("-")[0] in clients)
    return {key.partition("-")[2]: plan for key, plan in ordered}


def _without_strays(part: object, name: str = "") -> object:
    """The document without lists of values, but for those of definitions, which are whole schemas of their own."""
    if isinstance(part, list):
        return [_without_strays(one) for one in part]
    if not isinstance(part, dict):
        return part
    kept = {key: value for key, value in part.items() if key != "enum" or name[:1].isupper()}
    return {key: _without_strays(value, key) for key, value in kept.items()}


def _operation(
    swagger: Json, declared: Json, method: str, path: str, shared: list[object], plans: Mapping[str, Plan]
) -> Json:
    parameters = [_resolved(swagger, part) for part in [*shared, *_array(declared.get("parameters"))]]
    body = next((part for part in parameters if part["in"] == "body"), None)
    rate, burst = (
        _plan(str(declared.get("description", ""))) or plans.get(str(declared["operationId"])) or _UNSTATED_PLAN
    )
    told: Json = {
        "id": declared["operationId"],
        "method": method.upper(),
        "path": path,
        "rate": rate,
        "burst": burst,
        "parameters": [_parameter(part) for part in parameters if part["in"] != "body"],
    }
    if body is not None:
        told["body"] = _schema(body["schema"])
        told["body_required"] = bool(body.get("required"))
    status, answer = _first_success(swagger, declared)
    return {**told, "status": status, "answer": answer}


def _parameter(part: Json) -> Json:
    told = {key: part[key] for key in _PARAMETER_KEPT if key in part}
    if "items" in part:
        told["items"] = _schema(part["items"])
    return told


def _first_success(swagger: Json, declared: Json) -> tuple[int, object]:
    for status, answer in sorted(_object(declared["responses"]).items()):
        resolved = _resolved(swagger, answer)
        if status.startswith("2") and "schema" in resolved:
            return int(status), _schema(resolved["schema"])
    raise ValueError(f"{declared['operationId']} declares no answer with a schema")


def _plan(prose: str) -> Plan | None:
    # Some models write the line breaks of the table as a backslash and an n.
    stated = _PLAN.search(prose.replace("\\n", "\n"))
    return (stated[1], int(float(stated[2]))) if stated else None


def _schema(part: object) -> object:
    schema = _object(part)
    if "$ref" in schema:
        return {"$ref": str(schema["$ref"]).rpartition("/")[2]}
    told: Json = {key: schema[key] for key in _KEPT if key in schema}
    if "properties" in schema:
        told["properties"] = {key: _schema(value) for key, value in _object(schema["properties"]).items()}
    if "items" in schema:
        told["items"] = _schema(schema["items"])
    if "allOf" in schema:
        told["allOf"] = [_schema(value) for value in _array(schema["allOf"])]
    if "additionalProperties" in schema:
        more = schema["additionalProperties"]
        told["additionalProperties"] = more if isinstance(more, bool) else _schema(more)
    return told


def _collect(part: object, definitions: Json, used: set[str]) -> None:
    """Name in `used` every definition that a schema needs."""
    if isinstance(part, list):
        for entry in part:
            _collect(entry, definitions, used)
    elif isinstance(part, dict):
        reference = part.get("$ref")
        if isinstance(reference, str):
            if reference not in used:
                used.add(reference)
                _collect(definitions[reference], definitions, used)
            return
        for entry in part.values():
            _collect(entry, definitions, used)


def _resolved(swagger: Json, part: object) -> Json:
    told = _object(part)
    while "$ref" in told:
        found: object = swagger
        for key in str(told["$ref"]).removeprefix("#/").split("/"):
            found = _object(found)[key]
        told = _object(found)
    return told


def _object(value: object) -> Json:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise TypeError(f"expected an object, not {value!r}")
    return value


def _array(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def read_plans(file: Path) -> dict[str, Plan]:
    """The usage plans of the SDK: `<client>-<operation>` → rate and burst."""
    stated = _object(json.loads(file.read_text("utf-8"), parse_float=str)["plans"])
    found = {key: _object(plan) for key, plan in stated.items()}
    return {key: (str(plan["rate"]), int(str(plan["burst"]))) for key, plan in found.items()}


def write_models(sources: Sequence[Path], plans: Mapping[str, Plan], target: Path) -> int:
    """Read every model of some folders into another; gives the number of operations told."""
    routes: list[list[object]] = []
    for file in sorted((file for source in sources for file in source.glob("*.json")), key=lambda file: file.name):
        model = read_model(file.stem, json.loads(file.read_text("utf-8")), plans)
        operations = _array(model["operations"])
        if not operations:
            continue
        (target / file.name).write_text(json.dumps(model, separators=(",", ":"), ensure_ascii=False) + "\n", "utf-8")
        told = [_object(entry) for entry in operations]
        routes += [[entry["method"], entry["path"], file.stem, entry["id"]] for entry in told]
    lines = ",\n".join(json.dumps(route, ensure_ascii=False) for route in routes)
    (target / "index.json").write_text(f"[\n{lines}\n]\n", "utf-8")
    return len(routes)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: python -m flight_server.simulator.reading PLANS MODELS_DIR...")
    folders = [Path(folder) for folder in sys.argv[2:]]
    written = write_models(folders, read_plans(Path(sys.argv[1])), Path(__file__).parent / "models")
    sys.stderr.write(f"{written} operations read\n")
