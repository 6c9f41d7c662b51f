"""A call of every read operation that must succeed, put together from the model and from ids that the seller has."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from flight_server.simulator import Story
from flight_server.simulator.generic.asked import TOKENS
from flight_server.simulator.generic.identities import ASIN, MARKETPLACE, Identities, plain
from flight_server.simulator.generic.models import ModelOperation, Schema, load_model, routes

US = "ATVPDKIKX0DER"
_TIMES = {"createdAfter": "2020-01-01T00:00:00Z", "createdBefore": "2030-01-01T00:00:00Z"}
# What no model demands and the prose does.
_SPOKEN: dict[str, dict[str, str]] = {
    "getReports": {"reportTypes": "GET_FLAT_FILE_OPEN_LISTINGS_DATA,GET_MERCHANT_LISTINGS_ALL_DATA"},
    "getReportSchedules": {"reportTypes": "GET_FLAT_FILE_OPEN_LISTINGS_DATA,GET_MERCHANT_LISTINGS_ALL_DATA"},
    "getFeeds": {"feedTypes": "JSON_LISTINGS_FEED,POST_PRODUCT_DATA"},
    "listTransactions": {"postedAfter": "2025-10-01T00:00:00Z"},
    "getServiceJobs": {"createdAfter": "2020-01-01T00:00:00Z"},
    "searchOrders": {"createdAfter": "2020-01-01T00:00:00Z"},
    "getInventorySummaries": {"granularityType": "Marketplace", "granularityId": US},
    "getPricing": {"Asins": "B000000000"},
    "getCompetitivePricing": {"Asins": "B000000000"},
    "getOrderMetrics": {
        "interval": "2026-01-01T00:00:00Z--2026-02-01T00:00:00Z",
        "granularity": "Total",
        "granularityTimeZone": "UTC",
    },
}


@dataclass
class Sample:
    """One call: path, query, body."""

    operation: ModelOperation
    path: str
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None


def operations() -> Iterator[ModelOperation]:
    """Every read operation."""
    for _, _, name, operation_id in routes():
        yield load_model(name).operations[operation_id]


def sample(operation: ModelOperation, story: Story) -> Sample:
    """A call of this operation about things that exist, for the US."""
    identities = Identities(operation.model, story.seed, story)
    known: dict[str, str] = {}
    path = operation.path
    for name in operation.placeholders:
        known[identities.kind_name(name, operation)] = value = _id(identities, operation, name, known)
        path = path.replace(f"{{{name}}}", _quoted(value))
    query = dict(_SPOKEN.get(operation.operation_id, {}))
    if operation.path == "/catalog/2022-04-01/items":
        query["keywords"] = "a"
    if operation.path == "/orders/v0/orders":
        query["CreatedAfter"] = "2020-01-01T00:00:00Z"
    for one in operation.parameters:
        if one["in"] == "query" and one.get("required") and one["name"] not in query:
            query[one["name"]] = _text(identities, operation, one, known)
    for group in operation.odd("needs", ()):
        if not any(name in query for name in group):
            query[group[0]] = _id(identities, operation, group[0], known)
    if query.get("QueryType") == "SHIPMENT":
        query["ShipmentStatusList"] = (
            "WORKING,SHIPPED,RECEIVING,CLOSED,CANCELLED,DELETED,ERROR,IN_TRANSIT,DELIVERED,CHECKED_IN"
        )
    if operation.operation_id == "getShipmentItems":
        query |= {"QueryType": "DATE_RANGE", "LastUpdatedAfter": "2020-01-01", "LastUpdatedBefore": "2030-01-01"}
    body = body_of(identities, operation) if operation.body else None
    return Sample(operation, path, query, body)


def _quoted(value: str) -> str:
    return quote(value, safe="")


def _id(identities: Identities, operation: ModelOperation, name: str, known: Mapping[str, str]) -> str:
    kind = identities.kind_of(name, operation)
    assert kind is not None, f"{operation.operation_id}: nobody knows which {name} there are"
    if kind == MARKETPLACE:
        return US
    ids = identities.ids(kind, known)
    story = identities.story
    for value in ids:
        home = identities.home(kind, value, known)
        product = story.product_by_asin.get(value) or getattr(story.listing_by_sku.get(value), "product", None)
        if (home is None or home.marketplace_id == US) and (product is None or US in product.marketplace_ids):
            return value
    raise AssertionError(f"{operation.operation_id}: no {name} in the US")


def _text(identities: Identities, operation: ModelOperation, one: Schema, known: Mapping[str, str]) -> str:
    allowed = one.get("enum") or one.get("items", {}).get("enum")
    if allowed:
        return str(allowed[0])
    name = one["name"]
    if identities.kind_of(name, operation):
        return _id(identities, operation, name, known)
    if name in _TIMES:
        return _TIMES[name]
    return {"baseAmount": "10.5", "keywords": "a", "revisionId": "1", "sourceCountryCode": "US", "shipmentId": "x"}.get(
        name, "US"
    )


def body_of(identities: Identities, operation: ModelOperation) -> Any:
    """A body with every member."""
    assert operation.body is not None
    return _member(identities, operation, operation.body, "", ())


def _member(
    identities: Identities, operation: ModelOperation, schema: Schema, name: str, trail: tuple[str, ...]
) -> Any:
    trail = (*trail, schema.get("$ref", ""))
    told = operation.model.resolve(schema)
    if told.get("type") == "array":
        return [_member(identities, operation, told["items"], name, trail)] * told.get("minItems", 1)
    if "properties" in told:
        return {
            member: _member(identities, operation, part, member, trail)
            for member, part in told["properties"].items()
            if plain(member) not in TOKENS
            if member in told.get("required", ())
            or (
                (not operation.rows.endswith("[]") or not operation.model.name.startswith("repl"))
                and (not trail.count(part.get("$ref", "?")) and len(trail) < 9)
            )
        }
    if told.get("type", "object") == "object":
        return {}
    if told.get("enum"):
        return told["enum"][0]
    if told["type"] in {"integer", "number"}:
        return 0 if name == "offset" else max(1, told.get("minimum", 1), told.get("multipleOf", 1))
    if told["type"] == "boolean":
        return True
    return _body_text(identities, operation, name, told)


def _body_text(identities: Identities, operation: ModelOperation, name: str, told: Schema) -> str:
    if name == "uri":
        return _uri(identities, operation)
    if name == "IdValue":
        return _id(identities, operation, ASIN, {})
    if identities.kind_of(name, operation):
        return _id(identities, operation, name, {})
    if str(told.get("format", "")).startswith("date") or plain(name).endswith(("date", "time")):
        return "2026-01-01T00:00:00Z"
    text = str(told.get("minLength", 2) * "U" if told.get("minLength", 2) > 2 else "US")
    samples = (text[: told.get("maxLength", 99)], "UN1234", "1.1", "2026-01-01", "a@example.com")
    return next(one for one in samples if re.search(told.get("pattern", ""), one))


def _uri(identities: Identities, operation: ModelOperation) -> str:
    match operation.operation_id:
        case "getCompetitiveSummary":
            return "/products/pricing/2022-05-01/items/competitiveSummary"
        case "getItemOffersBatch":
            return f"/products/pricing/v0/items/{_id(identities, operation, 'asin', {})}/offers"
        case "getListingOffersBatch":
            return f"/products/pricing/v0/listings/{_quoted(_id(identities, operation, 'sku', {}))}/offers"
        case "batchInventory":
            return f"/inventories?locationId=L1&skuId={_quoted(_id(identities, operation, 'sku', {}))}"
        case _:
            return "/"
