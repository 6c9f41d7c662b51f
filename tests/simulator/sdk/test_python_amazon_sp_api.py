"""python-amazon-sp-api against the simulator: it sends marketplaces that nobody takes, in query and body alike."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from flight_server.simulator import Simulator
from tests.simulator.caller import US
from tests.simulator.sdk.known import ALL_ORDERS, OPEN_LISTINGS, SINCE, TO, Known

_ABSENT = "python-amazon-sp-api is not installed"
api = pytest.importorskip("sp_api.api", reason=_ABSENT)
auth = pytest.importorskip("sp_api.auth", reason=_ABSENT)
base = pytest.importorskip("sp_api.base", reason=_ABSENT)
util = pytest.importorskip("sp_api.util", reason=_ABSENT)


@dataclass(frozen=True)
class SimulatedMarketplace:
    """What its clients ask of a marketplace; its own list knows Amazon's addresses alone."""

    endpoint: str
    marketplace_id: str = US
    region: str = "us-east-1"


@dataclass(frozen=True)
class Seller(Known):
    """Makes its clients."""

    opened: list[Any] = field(default_factory=list)

    def client(self, name: str, **options: Any) -> Any:
        """Its client of an API."""
        url = self.simulator.url
        login = type("SimulatedLogin", (auth.AccessTokenClient,), {"scheme": "", "host": url})
        credentials = {"lwa_app_id": "amzn1.application-oa2-client.demo", "lwa_client_secret": "demo-secret"}
        # Access tokens are kept by refresh token for the life of the process: each simulator has a seller of its own.
        credentials["refresh_token"] = f"Atzr|demo-{self.simulator.port}"
        # It cuts `https://` from the address to name the host.
        known = getattr(api, name)
        headers = property(lambda client: {**known.headers.fget(client), "host": url.removeprefix("http://")})
        adapted = type(name, (known,), {"headers": headers})
        client = adapted(SimulatedMarketplace(url), credentials=credentials, auth_token_client_class=login, **options)
        self.opened.append(client)
        return client

    def close(self) -> None:
        """Close the connections of every client, those to the login too."""
        for client in self.opened:
            client.close()
            client._auth._transport.close()


@pytest.fixture
def seller(amazon: Simulator) -> Iterator[Seller]:
    asking = Seller(amazon)
    yield asking
    asking.close()


def _all_orders(seller: Seller) -> Any:
    client = seller.client("OrdersV0")
    load = util.load_all_pages(throttle_by_seconds=0)(client.get_orders)
    return [order for page in load(CreatedAfter=SINCE, MaxResultsPerPage=7) for order in page.payload["Orders"]]


def _address(seller: Seller) -> Any:
    path = f"/orders/v0/orders/{seller.order_id}/address"
    resource = {"method": "GET", "path": path}
    token = seller.client("Tokens").create_restricted_data_token(restrictedResources=[resource]).payload
    client = seller.client("OrdersV0", restricted_data_token=token["restrictedDataToken"])
    return client.get_order_address(seller.order_id).payload["AmazonOrderId"]


def _item_offers(seller: Seller) -> Any:
    uri = f"/products/pricing/v0/items/{seller.asin}/offers"
    request = {"uri": uri, "method": "GET", "MarketplaceId": US, "ItemCondition": "New"}
    (response,) = seller.client("ProductsV0").get_item_offers_batch([request]).payload["responses"]
    return response["status"]["statusCode"] == 200 and response["body"]["payload"]["ASIN"] == seller.asin


def _fees(seller: Seller) -> Any:
    estimate = seller.client("ProductFees").get_product_fees_estimate_for_asin(seller.asin, 20, currency="USD")
    return estimate.payload["FeesEstimateResult"]["Status"] == "Success"


def _report(seller: Seller) -> Any:
    client = seller.client("Reports")
    report = client.get_reports(reportTypes=[OPEN_LISTINGS]).payload["reports"][0]
    assert client.get_report(report["reportId"]).payload["reportType"] == OPEN_LISTINGS
    return client.get_report_document(report["reportDocumentId"], download=True).payload["document"]


def _new_report(seller: Seller) -> Any:
    client = seller.client("Reports")
    made = client.create_report(reportType=ALL_ORDERS, marketplaceIds=[US], dataStartTime=SINCE, dataEndTime=TO).payload
    report = client.get_report(made["reportId"]).payload
    assert report["processingStatus"] == "DONE"
    document = client.get_report_document(report["reportDocumentId"], download=True).payload["document"]
    return str(document).startswith("amazon-order-id\t")


def _new_query(seller: Seller) -> Any:
    client = seller.client("DataKiosk")
    arguments = f'aggregateBy:DAY startDate:"{SINCE[:10]}" endDate:"{TO[:10]}" marketplaceIds:["{US}"]'
    selection = "startDate sales{unitsOrdered}"
    text = f"query{{analytics_salesAndTraffic_2024_04_24{{salesAndTrafficByDate({arguments}){{{selection}}}}}}}"
    query = client.get_query(client.create_query(text).payload["queryId"]).payload
    assert query["processingStatus"] == "DONE"
    document = client.get_document(query["dataDocumentId"], download=True).payload["document"]
    return json.loads(document.splitlines()[0])["startDate"] == SINCE[:10]


def _cancelled_query(seller: Seller) -> Any:
    client = seller.client("DataKiosk")
    query = client.get_queries(processingStatuses=["FATAL"], pageSize=1).payload["queries"][0]
    with pytest.raises(base.SellingApiBadRequestException):
        client.cancel_query(query["queryId"])
    return client.get_document(query["errorDocumentId"], download=True).payload["document"]


def _items_of_a_plan(seller: Seller) -> Any:
    client = seller.client("FulfillmentInboundV20240320")
    plan = client.list_inbound_plans().payload["inboundPlans"][0]["inboundPlanId"]
    return client.list_inbound_plan_items(plan).payload["items"]


def _listing(seller: Seller) -> Any:
    client = seller.client("ListingsItemsV20210801")
    return client.get_listings_item(seller.seller_id, seller.sku).payload["sku"] == seller.sku


OPERATIONS: dict[str, Callable[[Seller], Any]] = {
    "marketplaces": lambda seller: seller.client("Sellers").get_marketplace_participation().payload,
    "account": lambda seller: seller.client("Sellers").get_account().payload["businessType"],
    "all pages of orders": _all_orders,
    "order": lambda seller: seller.client("OrdersV0").get_order(seller.order_id).payload["AmazonOrderId"],
    "order items": lambda seller: seller.client("OrdersV0").get_order_items(seller.order_id).payload["OrderItems"],
    "address by a restricted token": _address,
    "orders of 2026": lambda seller: (
        seller.client("OrdersV20260101").search_orders(createdAfter=SINCE, includedData=["BUYER"]).payload["orders"]
    ),
    "sales": lambda seller: (
        seller.client("Sales").get_order_metrics((SINCE, TO), base.Granularity.DAY, granularityTimeZone="UTC").payload
    ),
    "inventory": lambda seller: (
        seller.client("Inventories")
        .get_inventory_summary_marketplace(details=True)
        .payload["inventorySummaries"][0]["inventoryDetails"]
    ),
    "catalog search": lambda seller: (
        seller.client("CatalogItemsV20220401")
        .search_catalog_items(keywords="a", includedData="summaries")
        .payload["items"]
    ),
    "catalog item": lambda seller: (
        seller.client("CatalogItemsV20220401").get_catalog_item(seller.asin, includedData="images").payload["images"]
    ),
    "prices by ASIN": lambda seller: seller.client("ProductsV0").get_product_pricing_for_asins([seller.asin]).payload,
    "prices of others by SKU": lambda seller: (
        seller.client("ProductsV0").get_competitive_pricing_for_skus([seller.sku]).payload
    ),
    "offers in a batch": _item_offers,
    "fees": _fees,
    "events": lambda seller: (
        seller.client("FinancesV0").list_financial_events(PostedAfter=SINCE).payload["FinancialEvents"]
    ),
    "event groups": lambda seller: (
        seller.client("FinancesV0").list_financial_event_groups().payload["FinancialEventGroupList"]
    ),
    "transactions": lambda seller: (
        seller.client("FinancesV20240619").list_transactions(postedAfter=SINCE).payload["transactions"]
    ),
    "report and its document": _report,
    "new report": _new_report,
    "feeds": lambda seller: seller.client("FeedsV20210630").get_feeds(feedTypes="JSON_LISTINGS_FEED").payload["feeds"],
    "listing": _listing,
    "destinations without a seller": lambda seller: seller.client("Notifications").get_destinations().payload,
    "inbound plan": _items_of_a_plan,
    "new query": _new_query,
    "query that has ended": _cancelled_query,
    "queries": lambda seller: seller.client("DataKiosk").get_queries().payload["queries"],
    "purchase orders": lambda seller: seller.client("VendorOrders").get_purchase_orders(limit=5).payload["orders"],
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_answers_it(seller: Seller, name: str) -> None:
    assert len(OPERATIONS) >= 20
    assert OPERATIONS[name](seller)


def test_its_pages_are_all_orders(seller: Seller) -> None:
    found = [order["AmazonOrderId"] for order in _all_orders(seller)]
    assert sorted(found) == seller.order_ids()
    assert len(found) > 7


def test_it_knows_a_refusal_for_what_it_is(seller: Seller) -> None:
    with pytest.raises(base.SellingApiBadRequestException) as caught:
        seller.client("OrdersV0").get_orders(CreatedAfter=SINCE, NextToken="made up")
    assert caught.value.code == 400 or "InvalidInput" in str(caught.value)
    with pytest.raises(base.SellingApiNotFoundException):
        seller.client("OrdersV0").get_order("111-0000000-0000000")
