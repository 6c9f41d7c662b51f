"""Amazon's own SDK (amzn-sp-api) against the simulator: its model classes have to take every answer."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest

from flight_server.simulator import Simulator
from tests.simulator.caller import DEMO, US
from tests.simulator.sdk.known import ALL_ORDERS, OPEN_LISTINGS, SINCE, TO, Known

spapi = pytest.importorskip("spapi", reason="amzn-sp-api is not installed")


@dataclass(frozen=True)
class Seller(Known):
    """Makes its APIs."""

    client: Any
    grantless: Any

    def api(self, name: str, *, grantless: bool = False) -> Any:
        """Its class for an API."""
        return getattr(spapi, name)((self.grantless if grantless else self.client).api_client)

    def model(self, module: str, name: str, **members: Any) -> Any:
        """One of its model classes, filled."""
        return getattr(import_module(f"spapi.models.{module}"), name)(**members)


@pytest.fixture(scope="module")
def seller(amazon: Simulator) -> Iterator[Seller]:
    told = logging.getLogger("urllib3")
    handlers, level = list(told.handlers), told.level
    app = {"client_id": DEMO["client_id"], "client_secret": DEMO["client_secret"]}
    where = {"oauth_endpoint": f"{amazon.url}/auth/o2/token", "endpoint": amazon.url}
    client = spapi.SPAPIClient(spapi.SPAPIConfig(**app, refresh_token=DEMO["refresh_token"]), **where)
    grantless = spapi.SPAPIClient(spapi.SPAPIConfig(**app, scope="sellingpartnerapi::notifications"), **where)
    yield Seller(amazon, client, grantless)
    for one in (client, grantless):
        one.api_client.rest_client.pool_manager.clear()
    # It gives urllib3's logger handlers and a level of its own.
    told.handlers[:], told.level = handlers, level


def orders(seller: Seller) -> list[Any]:
    """All pages of orders of the US."""
    api = seller.api("OrdersV0Api")
    asked, found = {"created_after": SINCE, "max_results_per_page": 7}, []
    while True:
        payload = api.get_orders([US], **asked).payload
        found += payload.orders
        if not payload.next_token:
            return found
        asked = {"next_token": payload.next_token}


def _restricted_token(seller: Seller) -> Any:
    path = f"/orders/v0/orders/{seller.order_id}/address"
    resource = seller.model("tokens_v2021_03_01", "RestrictedResource", method="GET", path=path)
    wanted = seller.model("tokens_v2021_03_01", "CreateRestrictedDataTokenRequest", restricted_resources=[resource])
    return seller.api("TokensApi").create_restricted_data_token(wanted).restricted_data_token


def _offers(seller: Seller) -> Any:
    api = seller.api("ProductPricingApi")
    return api.get_item_offers(US, "New", seller.asin).payload.asin == seller.asin


def _competitive_summary(seller: Seller) -> Any:
    request = {
        "asin": seller.asin,
        "marketplaceId": US,
        "includedData": ["featuredBuyingOptions"],
        "uri": "/products/pricing/2022-05-01/items/competitiveSummary",
        "method": "GET",
    }
    api = seller.api("ProductPricingV2022Api")
    (response,) = api.get_competitive_summary({"requests": [request]}).responses
    return response.status.status_code == 200 and response.body.asin == seller.asin


def _fees(seller: Seller) -> Any:
    price = {"ListingPrice": {"CurrencyCode": "USD", "Amount": 20.5}}
    request = {"MarketplaceId": US, "Identifier": "1", "PriceToEstimateFees": price}
    answer = seller.api("FeesApi").get_my_fees_estimate_for_asin(seller.asin, {"FeesEstimateRequest": request})
    return answer.payload.fees_estimate_result.status == "Success"


def _report(seller: Seller) -> Any:
    api = seller.api("ReportsApi")
    report = api.get_reports(report_types=[OPEN_LISTINGS]).reports[0]
    assert api.get_report(report.report_id).report_type == OPEN_LISTINGS
    return api.get_report_document(report.report_document_id).url.startswith(seller.simulator.url)


def _new_report(seller: Seller) -> Any:
    api = seller.api("ReportsApi")
    wanted = seller.model(
        "reports_v2021_06_30",
        "CreateReportSpecification",
        report_type=ALL_ORDERS,
        marketplace_ids=[US],
        data_start_time=datetime.fromisoformat(SINCE),
        data_end_time=datetime.fromisoformat(TO),
    )
    report = api.get_report(api.create_report(wanted).report_id)
    assert report.data_start_time == datetime.fromisoformat(SINCE)
    assert report.processing_status == "DONE"
    return api.get_report_document(report.report_document_id).url


def _schedule(seller: Seller) -> Any:
    api = seller.api("ReportsApi")
    kind = "GET_SALES_AND_TRAFFIC_REPORT"
    wanted = seller.model(
        "reports_v2021_06_30",
        "CreateReportScheduleSpecification",
        report_type=kind,
        marketplace_ids=[US],
        period="P1D",
    )
    schedule_id = api.create_report_schedule(wanted).report_schedule_id
    [schedule] = api.get_report_schedules([kind]).report_schedules
    assert schedule.report_schedule_id == schedule_id
    api.cancel_report_schedule(schedule_id)
    return not api.get_report_schedules([kind]).report_schedules


def _plan(seller: Seller) -> Any:
    api = seller.api("FbaInboundApi")
    plan = api.get_inbound_plan(api.list_inbound_plans(page_size=5).inbound_plans[0].inbound_plan_id)
    shipment = plan.shipments[0].shipment_id
    assert api.list_transportation_options(plan.inbound_plan_id, shipment_id=shipment) is not None
    return api.get_shipment(plan.inbound_plan_id, shipment).shipment_id == shipment


def _prep(seller: Seller) -> Any:
    api = seller.api("FbaInboundV0Api")
    answer = api.get_prep_instructions("US", seller_sku_list=[seller.sku])
    return answer.payload.sku_prep_instructions_list[0].seller_sku == seller.sku


def _inventory(seller: Seller) -> Any:
    api = seller.api("FbaInventoryApi")
    summaries = api.get_inventory_summaries("Marketplace", US, [US], details=True).payload.inventory_summaries
    return summaries[0].inventory_details.fulfillable_quantity is not None


OPERATIONS: dict[str, Callable[[Seller], Any]] = {
    "marketplaces": lambda seller: seller.api("SellersApi").get_marketplace_participations().payload[0].marketplace.id,
    "account": lambda seller: seller.api("SellersApi").get_account().payload.business_type,
    "all pages of orders": orders,
    "order": lambda seller: seller.api("OrdersV0Api").get_order(seller.order_id).payload.order_status,
    "order items": lambda seller: (
        seller.api("OrdersV0Api").get_order_items(seller.order_id).payload.order_items[0].quantity_ordered
    ),
    "restricted token": _restricted_token,
    "orders of 2026": lambda seller: (
        seller.api("SearchOrdersApi").search_orders(created_after=SINCE).orders[0].order_id
    ),
    "sales": lambda seller: (
        seller.api("SalesApi")
        .get_order_metrics([US], f"{SINCE}--{TO}", "Day", granularity_time_zone="UTC")
        .payload[0]
        .total_sales.currency_code
    ),
    "inventory": _inventory,
    "catalog search": lambda seller: seller.api("CatalogApi").search_catalog_items([US], keywords=["a"]).items[0].asin,
    "catalog item": lambda seller: (
        seller.api("CatalogApi").get_catalog_item(seller.asin, [US], included_data=["images"]).images
    ),
    "prices": lambda seller: seller.api("ProductPricingApi").get_pricing(US, "Asin", asins=[seller.asin]).payload,
    "offers": _offers,
    "competitive summary": _competitive_summary,
    "fees": _fees,
    "events": lambda seller: (
        seller.api("FinancesV0Api")
        .list_financial_events(posted_after=datetime(2025, 12, 1, tzinfo=UTC))
        .payload.financial_events.shipment_event_list
    ),
    "event groups": lambda seller: (
        seller.api("FinancesV0Api")
        .list_financial_event_groups()
        .payload.financial_event_group_list[0]
        .financial_event_group_id
    ),
    "transactions": lambda seller: (
        seller.api("FinancesV2024Api").list_transactions(posted_after=SINCE).payload.transactions
    ),
    "report and its document": _report,
    "new report": _new_report,
    "schedule of reports": _schedule,
    "feeds": lambda seller: seller.api("FeedsApi").get_feeds(feed_types=["JSON_LISTINGS_FEED"]).feeds[0].feed_id,
    "listing": lambda seller: seller.api("ListingsApi").get_listings_item(seller.seller_id, seller.sku, [US]).sku,
    "destinations without a seller": lambda seller: (
        seller.api("NotificationsApi", grantless=True).get_destinations().payload[0].destination_id
    ),
    "inbound plan": _plan,
    "prep instructions": _prep,
    "queries": lambda seller: seller.api("QueriesApi").get_queries().queries[0].query_id,
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_answers_it(seller: Seller, name: str) -> None:
    assert len(OPERATIONS) >= 20
    assert OPERATIONS[name](seller)


def test_its_pages_are_all_orders(seller: Seller) -> None:
    found = [order.amazon_order_id for order in orders(seller)]
    assert sorted(found) == seller.order_ids()
    assert len(found) > 7


def test_it_knows_a_refusal_for_what_it_is(seller: Seller) -> None:
    api = seller.api("OrdersV0Api")
    with pytest.raises(spapi.ApiException) as caught:
        api.get_orders([US], created_after=SINCE, next_token="made up")
    assert caught.value.status == 400
    with pytest.raises(spapi.ApiException) as missing:
        api.get_order("111-0000000-0000000")
    assert missing.value.status == 404
