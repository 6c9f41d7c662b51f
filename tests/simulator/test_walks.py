"""From what lists tell to what is below: ids lead on, and things belong to what they hang under."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from flight_server.simulator import Simulator
from tests.simulator.caller import DE, US, Caller, refusal
from tests.simulator.samples import operations
from tests.simulator.test_generic_answers import NOTIFICATIONS

INBOUND = "/inbound/fba/2024-03-20/inboundPlans"
WALLET = "/finances/transfers/wallet/2024-03-01"
LONG_AGO = "2020-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def walker(simulator: Simulator) -> Iterator[Caller]:
    caller = Caller(simulator.url)
    yield caller
    caller.close()


def told(caller: Caller, path: str, **query: str | int) -> Any:
    answer = caller.get(path, None, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_inbound_plans_lead_to_their_shipments_and_boxes(walker: Caller) -> None:
    first, second = told(walker, INBOUND)["inboundPlans"][:2]
    plan = told(walker, f"{INBOUND}/{first['inboundPlanId']}")
    assert {name: plan[name] for name in first if name in plan} == first
    for shipment in plan["shipments"]:
        path = f"{INBOUND}/{first['inboundPlanId']}/shipments/{shipment['shipmentId']}"
        whole = told(walker, path)
        assert (whole["shipmentId"], whole["status"]) == (shipment["shipmentId"], shipment["status"])
        assert told(walker, f"{path}/boxes")["boxes"]
        foreign = f"{INBOUND}/{second['inboundPlanId']}/shipments/{shipment['shipmentId']}"
        assert refusal(walker.get(foreign)) == (404, "NotFound")
    for option in told(walker, f"{INBOUND}/{first['inboundPlanId']}/packingOptions")["packingOptions"]:
        for group in option["packingGroups"]:
            assert told(walker, f"{INBOUND}/{first['inboundPlanId']}/packingGroups/{group}/items")["items"]


def test_previews_of_content_updates_are_found_one_by_one(walker: Caller) -> None:
    plan = told(walker, INBOUND)["inboundPlans"][0]["inboundPlanId"]
    shipment = told(walker, f"{INBOUND}/{plan}")["shipments"][0]["shipmentId"]
    path = f"{INBOUND}/{plan}/shipments/{shipment}/contentUpdatePreviews"
    for preview in told(walker, path)["contentUpdatePreviews"]:
        assert told(walker, f"{path}/{preview['contentUpdatePreviewId']}") == preview
        assert preview["transportationOption"]["shipmentId"] == shipment


def test_event_groups_lead_to_their_events(walker: Caller) -> None:
    groups = told(walker, "/finances/v0/financialEventGroups")["payload"]["FinancialEventGroupList"]
    path = f"/finances/v0/financialEventGroups/{groups[0]['FinancialEventGroupId']}/financialEvents"
    events = told(walker, path)["payload"]["FinancialEvents"]
    assert len(events) > 25


def test_financial_events_of_an_order_name_it(simulator: Simulator, walker: Caller) -> None:
    order_id = simulator.story.by_placed[-5].order_id
    events = told(walker, f"/finances/v0/orders/{order_id}/financialEvents")["payload"]["FinancialEvents"]
    assert {event["AmazonOrderId"] for event in events["ShipmentEventList"]} == {order_id}
    assert refusal(walker.get("/finances/v0/orders/111-0000000-0000000/financialEvents")) == (404, "NotFound")


def test_reports_lead_to_documents_that_can_be_fetched(walker: Caller) -> None:
    kinds = "GET_FLAT_FILE_OPEN_LISTINGS_DATA,GET_MERCHANT_LISTINGS_ALL_DATA"
    reports = told(walker, "/reports/2021-06-30/reports", reportTypes=kinds)["reports"]
    report = told(walker, f"/reports/2021-06-30/reports/{reports[0]['reportId']}")
    assert report == reports[0]
    document = told(walker, f"/reports/2021-06-30/documents/{report['reportDocumentId']}")
    assert document["reportDocumentId"] == report["reportDocumentId"]
    table = walker.http.get(document["url"], timeout=10)
    assert table.status_code == 200
    assert table.text.startswith("sku\tasin\tprice\tquantity\r\n")
    schedule = told(walker, f"/reports/2021-06-30/schedules/{report['reportScheduleId']}")
    assert schedule["reportScheduleId"] == report["reportScheduleId"]


@pytest.mark.parametrize("path", ["/documents/", "/documents/reports_2021-06-30", "/documents/reports_2021-06-30/"])
def test_links_that_nobody_gave_lead_nowhere(walker: Caller, path: str) -> None:
    assert refusal(walker.get(path)) == (404, "NoSuchKey")


def test_queries_and_feeds_lead_to_documents(walker: Caller) -> None:
    query = told(walker, "/dataKiosk/2023-11-15/queries")["queries"][0]
    assert told(walker, f"/dataKiosk/2023-11-15/queries/{query['queryId']}") == query
    document = told(walker, f"/dataKiosk/2023-11-15/documents/{query['dataDocumentId']}")
    assert walker.http.get(document["documentUrl"], timeout=10).text.startswith('{"startDate":')
    feed = told(walker, "/feeds/2021-06-30/feeds", feedTypes="JSON_LISTINGS_FEED")["feeds"][0]
    assert feed["feedType"] == "JSON_LISTINGS_FEED"
    assert told(walker, f"/feeds/2021-06-30/feeds/{feed['feedId']}") == feed
    assert told(walker, f"/feeds/2021-06-30/documents/{feed['resultFeedDocumentId']}")["url"]


def test_accounts_belong_to_one_marketplace_and_have_transactions(walker: Caller) -> None:
    accounts = told(walker, f"{WALLET}/accounts", marketplaceId=US)["accounts"]
    account = accounts[0]["accountId"]
    assert told(walker, f"{WALLET}/accounts/{account}", marketplaceId=US) == accounts[0]
    assert refusal(walker.get(f"{WALLET}/accounts/{account}", marketplaceId=DE)) == (404, "NotFound")
    page = told(walker, f"{WALLET}/transactions", accountId=account, marketplaceId=US)["transactions"]
    assert {one["accountId"] for one in page} == {account}
    one = told(walker, f"{WALLET}/transactions/{page[0]['transactionId']}", marketplaceId=US)
    assert one == page[0]
    balances = told(walker, f"{WALLET}/accounts/{account}/balance", marketplaceId=US)["balances"]
    assert {balance["accountId"] for balance in balances} == {account}


def test_subscriptions_belong_to_their_type(simulator: Simulator) -> None:
    caller = Caller(simulator.url)
    path = "/notifications/v1/subscriptions"
    page = told(caller, path, notificationTypes="ORDER_CHANGE")["payload"]["subscriptions"]
    grantless = caller.login(NOTIFICATIONS).json()["access_token"]
    subscription = page[0]["subscriptionId"]
    one = caller.get(f"{path}/ORDER_CHANGE/{subscription}", grantless).json()["payload"]
    assert one == page[0]
    foreign = caller.get(f"{path}/ANY_OFFER_CHANGED/{subscription}", grantless)
    assert refusal(foreign) == (404, "NotFound")
    destinations = caller.get("/notifications/v1/destinations", grantless).json()["payload"]
    assert one["destinationId"] in {destination["destinationId"] for destination in destinations}
    caller.close()


def test_fulfillment_orders_are_the_same_in_both_versions(walker: Caller) -> None:
    old = told(walker, "/fba/outbound/2020-07-01/fulfillmentOrders")["payload"]["fulfillmentOrders"]
    new = told(walker, "/fulfillment/outbound/2026-07-04/orders")["orders"]
    found = told(walker, f"/fulfillment/outbound/2026-07-04/orders/{old[0]['sellerFulfillmentOrderId']}")["order"]
    assert found["orderId"] == old[0]["sellerFulfillmentOrderId"]
    whole = told(walker, f"/fba/outbound/2020-07-01/fulfillmentOrders/{new[0]['orderId']}")["payload"]
    assert whole["fulfillmentOrder"]["sellerFulfillmentOrderId"] == new[0]["orderId"]
    package = whole["fulfillmentShipments"][0]["fulfillmentShipmentPackage"][0]["packageNumber"]
    tracking = told(walker, "/fba/outbound/2020-07-01/tracking", packageNumber=package)["payload"]
    assert tracking["packageNumber"] == package


@pytest.mark.parametrize(
    ("path", "rows", "name", "query"),
    [
        ("/awd/2024-05-09/inboundShipments", "shipments", "shipmentId", {}),
        ("/awd/2024-05-09/outboundOrders", "outboundOrders", "orderId", {}),
        ("/awd/2024-05-09/replenishmentOrders", "orders", "orderId", {}),
        ("/supplySources/2020-07-01/supplySources", "supplySources", "supplySourceId", {}),
        ("/externalFulfillment/2024-09-11/returns", "returns", "id", {}),
        ("/tax/invoices/2024-06-19/exports", "exports", "exportId", {"marketplaceId": US}),
        ("/tax/invoices/2024-06-19/invoices", "invoices", "id", {"marketplaceId": US}),
        ("/definitions/2020-09-01/productTypes", "productTypes", "name", {"marketplaceIds": US}),
        ("/orders/2026-01-01/orders", "orders", "orderId", {"createdAfter": LONG_AGO}),
        ("/listings/2021-08-01/items/A3NORDHAINDEMO", "items", "sku", {"marketplaceIds": US}),
        ("/finances/invoices/2026-06-25/invoices", "invoices", "invoiceIdentifier", {"marketplaceId": US}),
    ],
)
def test_what_a_list_names_can_be_asked_for(
    walker: Caller, path: str, rows: str, name: str, query: dict[str, str]
) -> None:
    found = told(walker, path, **query)[rows]
    assert len(found) > 1
    required = {key: text for key, text in query.items() if key.startswith("marketplace")}
    for row in found[:3]:
        whole = walker.get(f"{path}/{quote(row[name], safe='')}", **(required if "exports" not in path else {}))
        assert whole.status_code == 200, whole.text
        assert row[name] in whole.text


def test_external_shipments_lead_to_their_options(walker: Caller) -> None:
    path = "/externalFulfillment/2024-09-11/shipments"
    status = next(one for one in operations() if one.path == path).parameters
    allowed = next(one["enum"] for one in status if one["name"] == "status")
    pages = [told(walker, path, status=one)["shipments"] for one in allowed]
    shipment = next(one for page in pages for one in page)
    assert told(walker, f"{path}/{shipment['id']}") == shipment
    package = shipment["packages"][0]["id"]
    assert told(walker, f"{path}/{shipment['id']}/shippingOptions", packageId=package)["shippingOptions"]
    refused = walker.get(f"{path}/{shipment['id']}/shippingOptions", packageId="PKG000000000")
    assert refusal(refused) == (404, "NotFound")


def test_lists_keep_their_filters(walker: Caller) -> None:
    status = told(walker, "/awd/2024-05-09/inboundShipments")["shipments"][0]["shipmentStatus"]
    filtered = told(walker, "/awd/2024-05-09/inboundShipments", shipmentStatus=status)["shipments"]
    assert {one["shipmentStatus"] for one in filtered} == {status}
    edge = "2026-03-01T00:00:00Z"
    kinds = {"reportTypes": "GET_FLAT_FILE_OPEN_LISTINGS_DATA", "pageSize": "100"}
    late = told(walker, "/reports/2021-06-30/reports", createdSince=edge, **kinds)["reports"]
    early = told(walker, "/reports/2021-06-30/reports", createdUntil=edge, **kinds)["reports"]
    assert late and early
    assert all(one["createdTime"] >= edge for one in late)
    assert all(one["createdTime"] <= edge for one in early)


def test_reviews_and_returns_follow_the_product_to_its_browse_node(walker: Caller, simulator: Simulator) -> None:
    asin = simulator.story.asins(US)[0]
    base = "/customerFeedback/2024-06-01"
    node = told(walker, f"{base}/items/{asin}/browseNode", marketplaceId=US)["browseNodeId"]
    assert node == simulator.story.product_by_asin[asin].category.node
    topics = told(walker, f"{base}/browseNodes/{node}/returns/topics", marketplaceId=US)
    assert topics["browseNodeId"] == node
    reviews = told(walker, f"{base}/items/{asin}/reviews/topics", marketplaceId=US, sortBy="MENTIONS")
    assert reviews["asin"] == asin


def test_products_asked_for_are_the_products_answered(walker: Caller, simulator: Simulator) -> None:
    skus = simulator.story.skus(US)[:3]
    instructions = told(
        walker, "/fba/inbound/v0/prepInstructions", ShipToCountryCode="US", SellerSKUList=",".join(skus)
    )["payload"]["SKUPrepInstructionsList"]
    assert [one["SellerSKU"] for one in instructions] == skus
    half = told(walker, "/fba/inbound/v0/prepInstructions", ShipToCountryCode="US", SellerSKUList=f"{skus[0]},none")
    unknown = half["payload"]["InvalidSKUList"]
    assert [(one["SellerSKU"], one["ErrorReason"]) for one in unknown] == [("none", "DoesNotExist")]
    assert [one["SellerSKU"] for one in half["payload"]["SKUPrepInstructionsList"]] == skus[:1]
    url = f"{walker.url}/inbound/fba/2024-03-20/items/prepDetails"
    awkward = [sku.replace("%", "%25").replace(",", "%2C") for sku in skus]
    headers = {"x-amz-access-token": walker.access_token}
    answer = walker.http.get(url, params=[("marketplaceId", US), *(("mskus", one) for one in awkward)], headers=headers)
    assert {one["msku"] for one in answer.json()["mskuPrepDetails"]} == set(skus)


def test_an_offer_is_about_the_sku_in_its_path(walker: Caller, simulator: Simulator) -> None:
    sku = simulator.story.skus(US)[4]
    path = f"/products/pricing/v0/listings/{quote(sku, safe='')}/offers"
    payload = told(walker, path, MarketplaceId=US, ItemCondition="New")["payload"]
    assert (payload["SKU"], payload["ASIN"]) == (sku, simulator.story.listing_by_sku[sku].product.asin)
    fees = walker.post(
        f"/products/fees/v0/listings/{quote(sku, safe='')}/feesEstimate",
        {"FeesEstimateRequest": {"MarketplaceId": US, "Identifier": "mine", "PriceToEstimateFees": {
            "ListingPrice": {"CurrencyCode": "USD", "Amount": 20}}}},
    ).json()["payload"]["FeesEstimateResult"]  # fmt: skip
    identifier = fees["FeesEstimateIdentifier"]
    assert (identifier["IdType"], identifier["IdValue"]) == ("SellerSKU", sku)
    assert (identifier["SellerInputIdentifier"], fees["Status"]) == ("mine", "Success")


def test_a_batch_answers_every_request_in_order(walker: Caller, simulator: Simulator) -> None:
    asins = [*simulator.story.asins(US)[:2], "B000000000"]
    path = "/products/pricing/v0/items/{}/offers"
    asked = [{"uri": path.format(asin), "method": "GET", "MarketplaceId": US, "ItemCondition": "New"} for asin in asins]
    answer = walker.post("/batches/products/pricing/v0/itemOffers", {"requests": asked}).json()["responses"]
    assert [one["request"]["Asin"] for one in answer] == asins
    assert [one["status"]["statusCode"] for one in answer] == [200, 200, 404]
    assert answer[0]["body"]["payload"]["ASIN"] == asins[0]
    assert answer[2]["body"]["errors"]
    many = {"requests": asked * 7}
    assert refusal(walker.post("/batches/products/pricing/v0/itemOffers", many)) == (400, "InvalidInput")


def test_expected_prices_take_forty_skus(walker: Caller, simulator: Simulator) -> None:
    path = "/batches/products/pricing/2022-05-01/offer/featuredOfferExpectedPrice"
    asked = [
        {"uri": "/products/pricing/2022-05-01/offer/featuredOfferExpectedPrice", "method": "GET", "sku": sku,
         "marketplaceId": US}
        for sku in simulator.story.skus(US)[:41]
    ]  # fmt: skip
    answer = walker.post(path, {"requests": asked[:40]}).json()["responses"]
    assert [one["request"]["sku"] for one in answer] == [one["sku"] for one in asked[:40]]
    assert refusal(walker.post(path, {"requests": asked})) == (400, "InvalidInput")


def test_estimates_of_fees_tell_what_is_unknown(walker: Caller, simulator: Simulator) -> None:
    price = {"ListingPrice": {"CurrencyCode": "USD", "Amount": 20}}
    asked = [
        {"FeesEstimateRequest": {"MarketplaceId": US, "PriceToEstimateFees": price, "Identifier": str(place)},
         "IdType": "ASIN", "IdValue": asin}
        for place, asin in enumerate((simulator.story.asins(US)[0], "B000000000"))
    ]  # fmt: skip
    answer = walker.post("/products/fees/v0/feesEstimate", asked).json()
    assert [one["Status"] for one in answer] == ["Success", "ClientError"]
    assert [one["FeesEstimateIdentifier"]["IdValue"] for one in answer] == [one["IdValue"] for one in asked]
    assert "Error" in answer[1] and "FeesEstimate" not in answer[1]


def test_offers_of_replenishment_are_paged_by_offset(walker: Caller) -> None:
    path = "/replenishment/2022-11-07/offers/search"
    filters = {"marketplaceId": US, "programTypes": ["SUBSCRIBE_AND_SAVE"]}
    whole = walker.post(path, {"pagination": {"limit": 100, "offset": 0}, "filters": filters}).json()
    later = walker.post(path, {"pagination": {"limit": 5, "offset": 7}, "filters": filters}).json()
    assert whole["pagination"]["totalResults"] == len(whole["offers"])
    assert later["offers"] == whole["offers"][7:12]


def test_tokens_that_must_be_alone_are_refused_with_company(walker: Caller) -> None:
    path = "/reports/2021-06-30/reports"
    kinds = "GET_FLAT_FILE_OPEN_LISTINGS_DATA,GET_MERCHANT_LISTINGS_ALL_DATA"
    page = told(walker, path, reportTypes=kinds, pageSize=3)
    assert refusal(walker.get(path, nextToken=page["nextToken"], reportTypes=kinds)) == (400, "InvalidInput")
    assert len(told(walker, path, nextToken=page["nextToken"])["reports"]) == 3
    assert refusal(walker.get(path, nextToken="made-up")) == (400, "InvalidInput")
    assert refusal(walker.get("/feeds/2021-06-30/feeds", nextToken=page["nextToken"])) == (400, "InvalidInput")


def test_a_token_fits_only_the_filters_it_was_given_for(walker: Caller) -> None:
    page = told(walker, INBOUND, pageSize=5)
    token = page["pagination"]["nextToken"]
    assert refusal(walker.get(INBOUND, paginationToken=token, status="SHIPPED"))[0] == 400
    assert len(told(walker, INBOUND, paginationToken=token, pageSize=7)["inboundPlans"]) == 7


def test_inventory_of_external_locations_answers_many(walker: Caller, simulator: Simulator) -> None:
    sku = simulator.story.skus(US)[0]
    asked = [
        {"uri": f"/inventories?locationId=L1&skuId={quote(one, safe='')}", "method": "GET"} for one in (sku, "none")
    ]
    answer = walker.post("/externalFulfillment/inventory/2024-09-11/inventories", {"requests": asked})
    assert answer.status_code == 207
    responses = answer.json()["responses"]
    assert responses[0]["body"]["skuId"] == sku
    assert [one["status"]["statusCode"] for one in responses] == [200, 404]


def test_ids_that_no_list_tells_can_be_asked_of_the_simulator(walker: Caller, simulator: Simulator) -> None:
    tracking_id = simulator.ids("shipping", "trackingId")[0]
    assert told(walker, f"/shipping/v1/tracking/{tracking_id}")["payload"]["trackingId"] == tracking_id
    plan = simulator.ids("fulfillmentInbound_2024-03-20", "inboundPlanId")[0]
    shipments = simulator.ids("fulfillmentInbound_2024-03-20", "shipmentId", inboundPlanId=plan)
    assert told(walker, f"{INBOUND}/{plan}/shipments/{shipments[0]}")["shipmentId"] == shipments[0]


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"Nonsense": 1},
        {"FeesEstimateRequest": {"MarketplaceId": US, "Identifier": "1"}},
        {"FeesEstimateRequest": "text"},
    ],
    ids=str,
)
def test_bodies_are_checked(strict_caller: Caller, body: object) -> None:
    url = f"{strict_caller.url}/products/fees/v0/items/B000000000/feesEstimate"
    headers = {"x-amz-access-token": strict_caller.access_token}
    answer = strict_caller.http.post(url, json=body, headers=headers, timeout=10)
    assert refusal(answer) == (400, "InvalidInput")
