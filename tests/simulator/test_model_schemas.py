"""Every answer against Amazon's own models: members, types, formats; and what the operations declare, too."""

import re
from collections.abc import Iterator

import pytest

from flight_server.simulator import Simulator
from flight_server.simulator.operations import OPERATIONS, Operation
from tests.simulator.caller import DE, EVERYWHERE, IT, LONG_AGO, US, Caller
from tests.simulator.model_schema import MODELS, answer_checker, operations

pytestmark = pytest.mark.skipif(not MODELS.is_dir(), reason="Amazon's models are not on this machine (shared/spapi)")

MODEL_BY_PREFIX = {
    "/sellers/": "sellers.json",
    "/orders/": "ordersV0.json",
    "/sales/": "sales.json",
    "/fba/": "fbaInventory.json",
    "/catalog/": "catalogItems_2022-04-01.json",
    "/products/": "productPricingV0.json",
    "/reports/": "reports_2021-06-30.json",
    "/dataKiosk/": "dataKiosk_2023-11-15.json",
    "/tokens/": "tokens_2021-03-01.json",
}
DATASETS = (
    "attributes,classifications,dimensions,identifiers,images,productTypes,relationships,salesRanks,summaries,"
    "vendorDetails"
)


def model_of(path: str) -> str:
    return next(model for prefix, model in MODEL_BY_PREFIX.items() if path.startswith(prefix))


def check(
    caller: Caller, path: str, operation_id: str, sent: dict[str, str], token: str = "", status: int = 200
) -> None:
    answer = caller.get(path, token or None, **sent)
    assert answer.status_code == status, answer.text
    answer_checker(model_of(path), operation_id, status).validate(answer.json())


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.operation_id)
def test_declarations_agree_with_the_model(operation: Operation) -> None:
    declared = operations(model_of(operation.path))[operation.operation_id]
    assert (operation.method, operation.path) == (declared["method"], declared["path"])
    plan = re.search(r"\|\s*(\d*\.?\d+)\s*\|\s*(\d+)\s*\|", declared["description"])
    assert plan is not None
    assert (float(operation.rate), operation.burst) == (float(plan[1]), int(plan[2]))
    in_model = {p["name"]: bool(p.get("required")) for p in declared.get("parameters", []) if p["in"] != "body"}
    assert {p.name: p.required for p in operation.parameters} == in_model


def test_the_check_itself_refuses_undeclared_members_and_wrong_types() -> None:
    checker = answer_checker("ordersV0.json", "getOrders", 200)
    order = {"AmazonOrderId": "1", "LastUpdateDate": "x", "OrderStatus": "Shipped", "PurchaseDate": "x"}
    checker.validate({"payload": {"Orders": [order]}})
    for broken in ({**order, "Nonsense": 1}, {**order, "IsPrime": "true"}, {**order, "OrderStatus": "Sent"}, {}):
        assert not checker.is_valid({"payload": {"Orders": [broken]}})


def test_every_order_page(caller: Caller) -> None:
    checker = answer_checker("ordersV0.json", "getOrders", 200)
    for elements in ((), ("buyerInfo", "shippingAddress")):
        token = caller.restricted_token("/orders/v0/orders", *elements) if elements else None
        for page in caller.order_pages(token, CreatedAfter=LONG_AGO):
            checker.validate({"payload": {"Orders": page}})
    answer = caller.get("/orders/v0/orders", CreatedAfter=LONG_AGO, MarketplaceIds=EVERYWHERE)
    checker.validate(answer.json())


def order_ids(simulator: Simulator) -> Iterator[str]:
    """One order of every mix of status, channel and kind that the story has, and the largest."""
    kinds = {
        (
            record.order["OrderStatus"],
            record.order["FulfillmentChannel"],
            record.order["IsBusinessOrder"],
            record.order["PaymentMethod"],
            tuple(sorted({name for item in record.items for name in item})),
        ): record.order_id
        for record in simulator.story.by_placed
    }
    yield from kinds.values()
    yield max(simulator.story.by_placed, key=lambda record: len(record.items)).order_id


def test_every_kind_of_order_with_its_parts(simulator: Simulator, caller: Caller) -> None:
    parts = {
        "": ("getOrder", ("buyerInfo", "shippingAddress")),
        "/buyerInfo": ("getOrderBuyerInfo", ()),
        "/address": ("getOrderAddress", ()),
        "/orderItems": ("getOrderItems", ("buyerInfo",)),
        "/orderItems/buyerInfo": ("getOrderItemsBuyerInfo", ()),
    }
    for part, (operation_id, elements) in parts.items():
        token = caller.restricted_token(f"/orders/v0/orders/{{orderId}}{part}", *elements)
        checker = answer_checker("ordersV0.json", operation_id, 200)
        for order_id in order_ids(simulator):
            checker.validate(caller.get(f"/orders/v0/orders/{order_id}{part}", token).json())


@pytest.mark.parametrize("marketplace_id", [US, DE, IT])
def test_sellers_stock_catalog_and_prices(simulator: Simulator, caller: Caller, marketplace_id: str) -> None:
    check(caller, "/sellers/v1/marketplaceParticipations", "getMarketplaceParticipations", {})
    check(caller, "/sellers/v1/account", "getAccount", {})
    stock = {"granularityType": "Marketplace", "granularityId": marketplace_id, "marketplaceIds": marketplace_id}
    for details in ("true", "false"):
        check(caller, "/fba/inventory/v1/summaries", "getInventorySummaries", {**stock, "details": details})
    search = {"marketplaceIds": marketplace_id, "includedData": DATASETS, "pageSize": "20"}
    check(caller, "/catalog/2022-04-01/items", "searchCatalogItems", {**search, "keywords": "a"})
    checker = answer_checker("catalogItems_2022-04-01.json", "getCatalogItem", 200)
    asins, skus = simulator.story.asins(marketplace_id), simulator.story.skus(marketplace_id)
    for asin in asins:
        answer = caller.get(f"/catalog/2022-04-01/items/{asin}", marketplaceIds=marketplace_id, includedData=DATASETS)
        checker.validate(answer.json())
    for path, operation_id, kind in (
        ("/products/pricing/v0/price", "getPricing", {"OfferType": "B2B"}),
        ("/products/pricing/v0/price", "getPricing", {}),
        ("/products/pricing/v0/competitivePrice", "getCompetitivePricing", {"CustomerType": "Business"}),
    ):
        for start in range(0, 60, 20):
            asked = {"MarketplaceId": marketplace_id, **kind}
            check(
                caller, path, operation_id, {**asked, "ItemType": "Asin", "Asins": ",".join(asins[start : start + 20])}
            )
            check(caller, path, operation_id, {**asked, "ItemType": "Sku", "Skus": ",".join(skus[start : start + 20])})


@pytest.mark.parametrize("granularity", ["Day", "Week", "Month", "Year", "Total"])
def test_metrics(caller: Caller, granularity: str) -> None:
    interval = "2025-12-24T00:00:00Z--2026-03-18T12:00:00Z"
    asked = {"marketplaceIds": US, "interval": interval, "granularity": granularity, "granularityTimeZone": "UTC"}
    check(caller, "/sales/v1/orderMetrics", "getOrderMetrics", asked)


def test_queries_of_data_kiosk_and_their_documents(caller: Caller) -> None:
    text = "query{analytics_economics_2024_03_15{economics(%s){msku}}}"
    period = f'startDate:"2026-01-01"endDate:"2026-01-09"marketplaceIds:["{US}"]'
    answer = caller.post("/dataKiosk/2023-11-15/queries", {"query": text % period})
    answer_checker("dataKiosk_2023-11-15.json", "createQuery", 202).validate(answer.json())
    answer = caller.post("/dataKiosk/2023-11-15/queries", {"query": text})
    answer_checker("dataKiosk_2023-11-15.json", "createQuery", 400).validate(answer.json())
    check(caller, "/dataKiosk/2023-11-15/queries", "getQueries", {"pageSize": "2"})
    for one in caller.get("/dataKiosk/2023-11-15/queries").json()["queries"]:
        check(caller, f"/dataKiosk/2023-11-15/queries/{one['queryId']}", "getQuery", {})
        for document_id in (one.get("dataDocumentId"), one.get("errorDocumentId")):
            if document_id:
                check(caller, f"/dataKiosk/2023-11-15/documents/{document_id}", "getDocument", {})


def test_restricted_data_tokens(caller: Caller) -> None:
    entry = {"method": "GET", "path": "/orders/v0/orders/{orderId}/address"}
    answer = caller.post("/tokens/2021-03-01/restrictedDataToken", {"restrictedResources": [entry]})
    answer_checker("tokens_2021-03-01.json", "createRestrictedDataToken", 200).validate(answer.json())
    answer = caller.post("/tokens/2021-03-01/restrictedDataToken", {"restrictedResources": []})
    answer_checker("tokens_2021-03-01.json", "createRestrictedDataToken", 400).validate(answer.json())


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.operation_id)
def test_refusals(strict_caller: Caller, operation: Operation) -> None:
    if operation.method != "GET":
        return
    path = re.sub(r"{(\w+)}", "111-0000000-0000000", operation.path)
    for token, status in (("", 403 if operation.refuses_surplus else 400), ("Atza|nobody", 403)):
        if operation.is_restricted and not token:
            continue
        check(strict_caller, path, operation.operation_id, {"Nonsense": "1"}, token, status)
