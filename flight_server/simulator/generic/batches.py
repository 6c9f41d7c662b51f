"""Calls that hold many requests: one response a request, in order, each with a status of its own.

Goes from an OperationCall to the body of its answer. What a request is about (an ASIN or a SKU, and a marketplace)
stands in its members or in its `uri`; one about a product that the marketplace does not have fails alone.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, unquote, urlsplit

from flight_server.simulator.generic.asked import echoed
from flight_server.simulator.generic.documents import Writer
from flight_server.simulator.generic.identities import ASIN, SKU, Identities, plain
from flight_server.simulator.generic.models import ModelOperation, Schema
from flight_server.simulator.generic.scope import Scope
from flight_server.simulator.generic.standing import root_scope
from flight_server.simulator.operations import OperationCall
from flight_server.simulator.story import Story
from flight_server.simulator.story.amounts import iso
from flight_server.simulator.story.marketplaces import MARKETPLACE_BY_ID, TAKEN_PART, Marketplace

Json = dict[str, object]
_MISSING, _BAD = (404, "Not Found"), (400, "Bad Request")


@dataclass(frozen=True)
class Subject:
    """What one request of a batch is about."""

    kind: str
    value: str
    marketplace: Marketplace | None
    is_global: bool = False  # of the seller, whatever the marketplace

    def exists(self, story: Story) -> bool:
        """Whether the marketplace has it, or the seller."""
        listing = story.listing_by_sku.get(self.value)
        by_sku = listing.product if listing else None
        product = story.product_by_asin.get(self.value) if self.kind == ASIN else by_sku
        if product is None or self.marketplace is None:
            return product is not None and self.is_global
        return self.marketplace.marketplace_id in product.marketplace_ids


def _member(kind: str, name: str, marketplace: str) -> Callable[[Mapping[str, object]], Subject]:
    def read(request: Mapping[str, object]) -> Subject:
        return Subject(kind, str(request[name]), _marketplace(request.get(marketplace)))

    return read


def _offers(kind: str) -> Callable[[Mapping[str, object]], Subject]:
    """The product stands in the path of the uri, as in the call that asks for one."""

    def read(request: Mapping[str, object]) -> Subject:
        uri = urlsplit(str(request["uri"]))
        match = re.search(r"/(?:items|listings)/([^/]+)/offers$", uri.path)
        query = dict(parse_qsl(uri.query))
        marketplace = request.get("MarketplaceId", query.get("MarketplaceId"))
        return Subject(kind, unquote(match[1]) if match else "", _marketplace(marketplace))

    return read


def _inventory(request: Mapping[str, object]) -> Subject:
    query = dict(parse_qsl(urlsplit(str(request["uri"])).query))
    return Subject(SKU, query.get("skuId", ""), None, is_global=True)


def _fees(request: Mapping[str, object]) -> Subject:
    inner = request.get("FeesEstimateRequest")
    marketplace = inner.get("MarketplaceId") if isinstance(inner, Mapping) else None
    kind = SKU if request.get("IdType") == "SellerSKU" else ASIN
    return Subject(kind, str(request["IdValue"]), _marketplace(marketplace))


def _marketplace(value: object) -> Marketplace | None:
    marketplace = MARKETPLACE_BY_ID.get(str(value))
    return marketplace if marketplace and marketplace.takes_part else None


BATCHES: Mapping[str, Callable[[Mapping[str, object]], Subject]] = {
    "getItemOffersBatch": _offers(ASIN),
    "getListingOffersBatch": _offers(SKU),
    "getFeaturedOfferExpectedPriceBatch": _member(SKU, "sku", "marketplaceId"),
    "getCompetitiveSummary": _member(ASIN, "asin", "marketplaceId"),
    "getMyFeesEstimates": _fees,
    "batchInventory": _inventory,
}


def answer_batch(call: OperationCall, operation: ModelOperation, identities: Identities) -> object:
    """The responses, one a request."""
    body = call.body
    requests = body.get("requests", []) if isinstance(body, Mapping) else body
    assert isinstance(requests, list)
    writer = Writer(operation, identities, call.story)
    schema = _response_schema(writer)
    told = [_response(call, writer, schema, request) for request in requests]
    return told if operation.rows == "[]" or operation.rows == "$[]" else {"responses": told}


def _response_schema(writer: Writer) -> Schema:
    answer = writer.model.resolve(writer.operation.answer)
    if answer.get("type") != "array":
        answer = writer.model.resolve(answer["properties"]["responses"])
    items: Schema = answer["items"]
    return items


def _response(call: OperationCall, writer: Writer, schema: Schema, request: Mapping[str, object]) -> object:
    operation = writer.operation
    subject = BATCHES[operation.operation_id](request)
    home = subject.marketplace or TAKEN_PART[0]
    bound = echoed(operation, {**_flat(request), "origin": call.origin, "idvalue": subject.value})
    scope = root_scope(operation, writer.identities, (home,), bound, {})
    exists = subject.exists(call.story)
    if exists:
        scope = writer.row_scope(replace(scope, home=home), subject.kind, subject.value, 0)
    if operation.operation_id == "getMyFeesEstimates":
        return fees_result(call, writer, schema, scope, subject, exists=exists)
    told = writer.write(schema, scope)
    assert isinstance(told, dict)
    return _with_status(call, writer, schema, told, request, subject, exists=exists)


def _with_status(
    call: OperationCall,
    writer: Writer,
    schema: Schema,
    told: Json,
    request: Mapping[str, object],
    subject: Subject,
    *,
    exists: bool,
) -> Json:
    members = writer.model.resolve(schema)["properties"]
    code, reason = (200, "Success") if exists else _MISSING if subject.marketplace or subject.is_global else _BAD
    told["status"] = {"statusCode": code, "reasonPhrase": reason}
    if "headers" in members:
        told["headers"] = {
            "Date": iso(call.story.as_of),
            "x-amzn-RequestId": f"{writer.identities.seed}-{subject.value}",
        }
    if "request" in members:
        known = writer.model.resolve(members["request"])["properties"]
        named = {plain(name): value for name, value in request.items()}
        named |= {subject.kind: subject.value, "asin": subject.value, "sellersku": subject.value}
        if subject.marketplace:
            named.setdefault("marketplaceid", subject.marketplace.marketplace_id)
        query = {plain(name): value for name, value in parse_qsl(urlsplit(str(request.get("uri", ""))).query)}
        told["request"] = {name: {**query, **named}[plain(name)] for name in known if plain(name) in {**query, **named}}
    if not exists:
        told["body"] = _failed(writer, members["body"], subject)
    return told


def _failed(writer: Writer, schema: Schema, subject: Subject) -> Json:
    members = writer.model.resolve(schema)["properties"]
    if "errors" not in members:
        return (
            {"actionableErrors": [{"message": f"There is no {subject.kind} {subject.value}."}]}
            if ("actionableErrors" in members)
            else {}
        )
    error = {"code": "NotFound", "message": f"There is no {subject.kind} {subject.value}."}
    told: Json = {"errors": [error]}
    required = writer.model.resolve(schema).get("required", ())
    known = {"asin": subject.value, "marketplaceid": subject.marketplace.marketplace_id if subject.marketplace else ""}
    return {**{name: known[plain(name)] for name in required if plain(name) in known}, **told}


def fees_result(
    call: OperationCall, writer: Writer, schema: Schema, scope: Scope, subject: Subject, *, exists: bool
) -> Json:
    """An estimate, or why there is none; the request is echoed in it."""
    told = writer.write(schema, scope)
    assert isinstance(told, dict)
    told.pop("Error", None)
    if exists:
        told["Status"] = "Success"
    else:
        message = f"There is no {subject.kind} {subject.value}."
        told |= {
            "Status": "ClientError",
            "Error": {"Type": "Sender", "Code": "InvalidParameterValue", "Message": message, "Detail": []},
        }
        told.pop("FeesEstimate", None)
    return told


def _flat(request: Mapping[str, object]) -> dict[str, object]:
    told: dict[str, object] = {}
    for name, value in request.items():
        if isinstance(value, Mapping):
            told |= _flat(value)
        elif isinstance(value, str | int | float):
            told[plain(name)] = value
    return told
