"""Reports agree with the APIs that tell the same, and with one another."""

import json
from collections import Counter
from decimal import Decimal
from xml.etree import ElementTree

import pytest

from flight_server.simulator import Simulator
from tests.simulator.caller import DE, US, Caller
from tests.simulator.reports.asking import ORDERS, asked, rows, text

GB = "A1F83G8C2ARO7P"
WINDOW = ("2026-02-10", "2026-03-10")
LAST = ("2026-02-10", "2026-03-10T23:59:59Z")
ZONES = {US: ("US/Pacific", "-08:00"), DE: ("Europe/Berlin", "+01:00"), GB: ("Europe/London", "+00:00")}


@pytest.mark.parametrize("place", [US, DE, GB])
@pytest.mark.parametrize("granularity", ["DAY", "MONTH"])
def test_sales_by_date_are_the_order_metrics(asker: Caller, place: str, granularity: str) -> None:
    body = asked("GET_SALES_AND_TRAFFIC_REPORT", "2026-02-01", "2026-02-28", place, dateGranularity=granularity)
    told = json.loads(text(asker, body), parse_float=Decimal)
    zone, offset = ZONES[place]
    metrics = asker.get(
        "/sales/v1/orderMetrics",
        marketplaceIds=place,
        interval=f"2026-02-01T00:00:00{offset}--2026-03-01T00:00:00{offset}",
        granularity=granularity.title(),
        granularityTimeZone=zone,
    ).json()["payload"]
    by_date = [
        (
            day["date"],
            day["salesByDate"]["unitsOrdered"],
            day["salesByDate"]["totalOrderItems"],
            day["salesByDate"]["orderedProductSales"]["amount"],
        )
        for day in told["salesAndTrafficByDate"]
    ]
    assert by_date == [
        (one["interval"][:10], one["unitCount"], one["orderItemCount"], Decimal(one["totalSales"]["amount"]))
        for one in metrics
    ]
    assert sum(one["salesByAsin"]["unitsOrdered"] for one in told["salesAndTrafficByAsin"]) == sum(
        one["unitCount"] for one in metrics
    )
    assert any(one["unitCount"] for one in metrics)


@pytest.mark.parametrize(
    ("granularity", "ids"),
    [("PARENT", {"parentAsin"}), ("CHILD", {"parentAsin", "childAsin"}), ("SKU", {"parentAsin", "childAsin", "sku"})],
)
def test_products_are_told_as_asked_for(asker: Caller, granularity: str, ids: set[str]) -> None:
    body = asked("GET_SALES_AND_TRAFFIC_REPORT", *WINDOW, asinGranularity=granularity)
    for one in json.loads(text(asker, body))["salesAndTrafficByAsin"]:
        assert one.keys() == ids | {"salesByAsin", "trafficByAsin"}


def test_stock_is_that_of_the_inventory_api(asker: Caller) -> None:
    told = {row["sku"]: row for row in rows(asker, asked("GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA", "", "", DE))}
    available = Counter[str]()
    for row in rows(asker, asked("GET_AFN_INVENTORY_DATA", "", "", DE)):
        if row["Warehouse-Condition-code"] == "SELLABLE":
            available[row["seller-sku"]] += int(row["Quantity Available"])
    parameters: dict[str, str | int] = {
        "granularityType": "Marketplace",
        "granularityId": DE,
        "marketplaceIds": DE,
        "details": "true",
    }
    seen = 0
    while True:
        page = asker.get("/fba/inventory/v1/summaries", None, **parameters).json()
        for one in page["payload"]["inventorySummaries"]:
            row, details = told[one["sellerSku"]], one["inventoryDetails"]
            assert int(row["afn-total-quantity"]) == one["totalQuantity"]
            assert int(row["afn-fulfillable-quantity"]) == details["fulfillableQuantity"]
            assert int(row["afn-reserved-quantity"]) == details["reservedQuantity"]["totalReservedQuantity"]
            assert available[one["sellerSku"]] == details["fulfillableQuantity"]
            seen += 1
        if "pagination" not in page or "nextToken" not in page["pagination"]:
            break
        parameters["nextToken"] = page["pagination"]["nextToken"]
    assert seen == len(told) > 50


def test_listings_are_those_of_the_seller(quick: Simulator, asker: Caller) -> None:
    everything = rows(asker, asked("GET_MERCHANT_LISTINGS_ALL_DATA"))
    assert [row["seller-sku"] for row in everything] == quick.story.skus(US)
    active = rows(asker, asked("GET_FLAT_FILE_OPEN_LISTINGS_DATA"))
    inactive = rows(asker, asked("GET_MERCHANT_LISTINGS_INACTIVE_DATA"))
    assert {row["sku"] for row in active} == {row["seller-sku"] for row in everything if row["status"] == "Active"}
    assert len(active) + len(inactive) == len(everything)
    prices = {row["seller-sku"]: row["price"] for row in everything}
    assert all(prices[row["sku"]] == row["price"] for row in active)
    for row in everything:
        assert (row["quantity"] == "") == (row["fulfillment-channel"] == "AMAZON_NA")
        offer = quick.story.offer(row["seller-sku"], US)
        assert offer is None or row["price"] in str(offer)


def test_shipments_are_of_orders_that_were_shipped(asker: Caller) -> None:
    ordered = rows(asker, asked(ORDERS, "2025-12-01", WINDOW[1], US, DE))
    bought = {row["order-item-id"]: row for row in ordered}
    shipped = rows(asker, asked("GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL", *WINDOW, US, DE))
    assert len(shipped) > 10
    for row in shipped:
        order = bought[row["amazon-order-item-id"]]
        assert order["fulfillment-channel"] == "Amazon" and order["item-status"] == "Shipped"
        assert (row["quantity-shipped"], row["item-price"]) == (order["quantity"], order["item-price"])
        assert row["shipment-date"] > row["purchase-date"]


def test_the_ledger_counts_shipments_and_returns(asker: Caller) -> None:
    bounds = ("2025-12-01", "2026-01-01")
    detail = rows(asker, asked("GET_LEDGER_DETAIL_VIEW_DATA", *bounds))
    shipped = rows(asker, asked("GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL", *bounds))
    moved = Counter[str]()
    for row in detail:
        moved[row["Event Type"]] += int(row["Quantity"])
    assert -moved["Shipments"] == sum(int(row["quantity-shipped"]) for row in shipped) > 0
    summary = rows(asker, asked("GET_LEDGER_SUMMARY_VIEW_DATA", *bounds))
    assert sum(int(row["Customer Shipments"]) for row in summary) == moved["Shipments"]
    assert sum(int(row["Customer Returns"]) for row in summary) == moved["CustomerReturns"]
    assert {row["Date"] for row in summary} == {"12/2025"}
    only = rows(asker, asked("GET_LEDGER_DETAIL_VIEW_DATA", *bounds, eventType="Shipments"))
    assert {row["Event Type"] for row in only} == {"Shipments"}


def test_returns_and_reimbursements_are_of_shipped_items(asker: Caller) -> None:
    year = ("2025-03-01", "2026-03-01")
    orders = {row["amazon-order-id"] for row in rows(asker, asked(ORDERS, "2024-12-01", year[1], US, DE))}
    for kind, name in (
        ("GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA", "order-id"),
        ("GET_FBA_REIMBURSEMENTS_DATA", "amazon-order-id"),
    ):
        told = rows(asker, asked(kind, *year, US, DE))
        assert told
        assert {row[name] for row in told} <= orders


def test_vendor_sales_add_up_and_hide_orders_from_sourcing(asker: Caller) -> None:
    kind, options = "GET_VENDOR_SALES_REPORT", {"reportPeriod": "WEEK", "sellingProgram": "RETAIL"}
    for view in ("MANUFACTURING", "SOURCING"):
        told = json.loads(text(asker, asked(kind, "2026-02-01", "2026-02-28", distributorView=view, **options)))
        assert len(told["salesAggregate"]) == 4
        assert sum(one["shippedUnits"] for one in told["salesByAsin"]) == sum(
            one["shippedUnits"] for one in told["salesAggregate"]
        )
        assert all(("orderedUnits" in one) == (view == "MANUFACTURING") for one in told["salesByAsin"])


def test_orders_as_xml_are_the_orders_of_the_table(asker: Caller) -> None:
    tree = ElementTree.fromstring(text(asker, asked("GET_XML_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL", *WINDOW)))
    table = rows(asker, asked(ORDERS, *WINDOW))
    ids = [item.text for item in tree.iterfind("Message/Order/OrderItem/SKU")]
    assert sorted(map(str, ids)) == sorted(row["sku"] for row in table)


def test_the_browse_tree_hangs_together(asker: Caller) -> None:
    tree = ElementTree.fromstring(text(asker, asked("GET_XML_BROWSE_TREE_DATA", "", "", DE)))
    nodes = {node.findtext("browseNodeId"): node for node in tree.iterfind("Node")}
    for node in nodes.values():
        children = [one.text for one in node.iterfind("childNodes/id")]
        assert (node.findtext("hasChildren") == "true") == bool(children)
        assert set(children) <= nodes.keys()
    roots = ElementTree.fromstring(text(asker, asked("GET_XML_BROWSE_TREE_DATA", "", "", DE, RootNodesOnly="true")))
    assert 0 < len(roots.findall("Node")) < len(nodes)


def test_feedback_is_of_orders_and_dated_as_in_its_place(asker: Caller) -> None:
    kind = "GET_SELLER_FEEDBACK_DATA"
    american = rows(asker, asked(kind, "2025-09-01", "2026-03-01"))
    german = rows(asker, asked(kind, "2025-09-01", "2026-03-01", DE))
    assert set(american[0]) > {"Date", "Rating", "Comments", "Order ID"}
    assert set(german[0]) > {"Datum", "Bewertung", "Kommentare", "Bestellnummer"}
    assert all(row["Date"][2] == "/" for row in american)
    assert all(row["Datum"][2] == "." for row in german)
