"""A world that lives, through HTTP: with time orders come in and change, and every instant has one story."""

import gzip
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from flight_server.simulator import SimulatedClock, Simulator, SimulatorOptions
from flight_server.simulator.story.order_documents import shipped_lines
from tests.simulator.caller import EVERYWHERE, LONG_AGO, US, Caller
from tests.simulator.conftest import NOW, Tick

HOUR, DAY = 3600, 86_400
OPTIONS = SimulatorOptions(port=0, orders=20_000, limits=False, token_seconds=1e9, lives=True)


class World:
    """A living simulator whose clock a test moves."""

    def __init__(self, simulator: Simulator, tick: Tick) -> None:
        self.simulator, self.tick = simulator, tick
        self.caller = Caller(simulator.url)

    @property
    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.tick.seconds)

    def orders(self, **asked: str) -> dict[str, dict[str, Any]]:
        return {order["AmazonOrderId"]: order for order in self.caller.orders(**asked)}

    def items(self, order_id: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.caller.get(f"/orders/v0/orders/{order_id}/orderItems").json()["payload"][
            "OrderItems"
        ]
        return items

    def report(self, start: datetime) -> str:
        """The rows of a report of orders by their last update."""
        asked = {
            "reportType": "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL",
            "marketplaceIds": [US],
            "dataStartTime": text(start),
            "dataEndTime": text(start + timedelta(days=19)),
        }
        root = "/reports/2021-06-30"
        report_id = self.caller.post(f"{root}/reports", asked).json()["reportId"]
        document_id = self.caller.get(f"{root}/reports/{report_id}").json()["reportDocumentId"]
        return self._document(self.caller.get(f"{root}/documents/{document_id}").json())

    def query(self) -> str:
        """The lines of a query of Data Kiosk."""
        root = "/dataKiosk/2023-11-15"
        days = f'startDate: "{NOW - timedelta(days=6):%Y-%m-%d}", endDate: "{NOW:%Y-%m-%d}"'
        fields = "startDate sales { orderedProductSales { amount } }"
        asked = f'salesAndTrafficByDate(aggregateBy: DAY, {days}, marketplaceIds: ["{US}"]) {{ {fields} }}'
        body = {"query": f"query {{ analytics_salesAndTraffic_2024_04_24 {{ {asked} }} }}"}
        answer = self.caller.post(f"{root}/queries", body)
        assert answer.status_code == 202, answer.text
        query_id = answer.json()["queryId"]
        document_id = self.caller.get(f"{root}/queries/{query_id}").json()["dataDocumentId"]
        return self._document(self.caller.get(f"{root}/documents/{document_id}").json())

    def _document(self, told: dict[str, str]) -> str:
        content = self.caller.http.get(told.get("url") or told["documentUrl"], timeout=10).content
        return (gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content).decode()

    def stock(self, seconds: float = 0, **asked: str) -> dict[str, dict[str, Any]]:
        """Stock in the US by SKU; so many seconds pass after each page."""
        sent = {"granularityType": "Marketplace", "granularityId": US, "marketplaceIds": US, "details": "true", **asked}
        told: dict[str, dict[str, Any]] = {}
        token: str | None = ""
        while token is not None:
            body = self.caller.get(
                "/fba/inventory/v1/summaries", **sent, **({"nextToken": token} if token else {})
            ).json()
            told |= {one["sellerSku"]: one for one in body["payload"]["inventorySummaries"]}
            token = body.get("pagination", {}).get("nextToken")
            self.tick.seconds += seconds
        return told

    def posted(self, operation: str, start: datetime, end: datetime) -> dict[tuple[str, str], dict[str, Any]]:
        """Events of a period by the moment they were posted, and by order or id."""
        is_older = operation == "listFinancialEvents"
        path = "/finances/v0/financialEvents" if is_older else "/finances/2024-06-19/transactions"
        names = ("PostedAfter", "PostedBefore") if is_older else ("postedAfter", "postedBefore")
        sent, told, token = dict(zip(names, (text(start), text(end)), strict=True)), {}, ""
        while True:
            more = {"NextToken" if is_older else "nextToken": token} if token else {}
            payload = self.caller.get(path, **sent, **more).json()["payload"]
            lists = payload["FinancialEvents"].values() if is_older else [payload["transactions"]]
            for event in (one for told_of_kind in lists for one in told_of_kind):
                name = event["AmazonOrderId"] if is_older else event["transactionId"]
                told[event["PostedDate" if is_older else "postedDate"], name] = event
            token = payload.get("NextToken" if is_older else "nextToken")
            if not token:
                return told

    def shipped(self, after: datetime, until: datetime) -> Counter[str]:
        """Units that Amazon shipped in the US after one moment and up to another, by SKU."""
        told: Counter[str] = Counter()
        for record in self.simulator.story.by_placed:
            bought, left = record.purchase, 0
            for at, status in bought.events:
                lines = shipped_lines(bought, status)
                is_asked = bought.channel == "AFN" and bought.marketplace.marketplace_id == US
                if is_asked and after.timestamp() < at <= until.timestamp():
                    for line in bought.lines[left:lines]:
                        told[line.listing.sku] += line.quantity
                left = max(left, lines)
        return told


@contextmanager
def world(seconds: float = 0, options: SimulatorOptions = OPTIONS) -> Iterator[World]:
    """A simulator that started so many seconds after NOW."""
    tick = Tick()
    with Simulator(options, SimulatedClock(NOW + timedelta(seconds=seconds), tick)) as simulator:
        told = World(simulator, tick)
        yield told
        told.caller.close()


@pytest.fixture
def living() -> Iterator[World]:
    with world() as told:
        yield told


def text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def day_before(moment: datetime) -> str:
    return text(moment - timedelta(days=1))


def test_orders_come_in_at_the_rate_of_their_number(living: World) -> None:
    before = living.orders(CreatedAfter=day_before(NOW))
    living.tick.seconds = 10 * DAY
    after = living.orders(CreatedAfter=day_before(NOW))
    assert before.keys() < after.keys()
    assert 5 * 27 < len(after) - len(before) < 20 * 27  # 20,000 in two years are 27 a day
    assert max(order["PurchaseDate"] for order in after.values()) > text(living.now - timedelta(hours=8))


def test_two_years_hold_about_as_many_orders_as_were_asked_for(living: World) -> None:
    assert 18_000 < len(living.simulator.story.orders()) < 22_000


def test_what_was_updated_since_is_exactly_what_changed(living: World) -> None:
    since = day_before(NOW - timedelta(days=60))
    before = living.orders(CreatedAfter=since)
    living.tick.seconds = 6 * HOUR
    after = living.orders(CreatedAfter=since)
    changed = {one for one in after if after[one] != before.get(one)}
    assert changed & before.keys()
    assert changed - before.keys()
    told = living.orders(LastUpdatedAfter=text(NOW - timedelta(seconds=119)))
    assert {one: told[one] for one in told if one in after} == {one: after[one] for one in changed}


def test_an_order_goes_on_and_each_change_moves_its_last_update(living: World) -> None:
    pending = living.orders(CreatedAfter=day_before(NOW), OrderStatuses="Pending")
    assert pending
    seen = {one: [order] for one, order in pending.items()}
    for hours in range(6, 9 * 24, 6):
        living.tick.seconds = hours * HOUR
        for one, order in living.orders(CreatedAfter=day_before(NOW)).items():
            if one in seen:
                seen[one].append(order)
    for states in seen.values():
        for earlier, later in pairwise(states):
            changed = earlier != later
            assert (later["LastUpdateDate"] > earlier["LastUpdateDate"]) is changed
    ways = [list(dict.fromkeys(order["OrderStatus"] for order in states)) for states in seen.values()]
    assert ["Pending", "Unshipped", "Shipped"] in ways
    assert all(way[-1] in {"Shipped", "Canceled"} for way in ways)


def test_some_orders_are_cancelled(living: World) -> None:
    before = living.orders(CreatedAfter=day_before(NOW - timedelta(days=1)))
    living.tick.seconds = 5 * DAY
    after = living.orders(CreatedAfter=day_before(NOW - timedelta(days=1)), CreatedBefore=text(NOW + timedelta(days=4)))
    assert before.keys() <= after.keys()
    assert {order["OrderStatus"] for order in after.values()} >= {"Shipped", "Canceled"}


def test_items_ship_with_their_order(living: World) -> None:
    waiting = living.orders(CreatedAfter=day_before(NOW), OrderStatuses="Unshipped,PartiallyShipped")
    living.tick.seconds = 8 * DAY
    for order_id in list(waiting)[:12]:
        order = living.caller.get(f"/orders/v0/orders/{order_id}").json()["payload"]
        shipped = sum(item["QuantityShipped"] for item in living.items(order_id))
        assert shipped == order["NumberOfItemsShipped"]
        assert order["OrderStatus"] == "Canceled" or shipped > waiting[order_id]["NumberOfItemsShipped"]


def test_a_world_that_started_later_tells_the_same(living: World) -> None:
    living.orders(CreatedAfter=day_before(NOW))
    living.tick.seconds = 3 * DAY + 5 * HOUR
    asked = {"LastUpdatedAfter": text(NOW - timedelta(days=20))}
    with world(seconds=living.tick.seconds) as fresh:
        orders = living.caller.orders(**asked)
        assert orders == fresh.caller.orders(**asked)
        last = orders[-1]["AmazonOrderId"]
        assert living.items(last) == fresh.items(last)
        assert living.simulator.story.orders() == fresh.simulator.story.orders()


def test_two_looks_at_one_instant_agree_whatever_was_looked_at_between() -> None:
    with world() as told:
        first = told.orders(CreatedAfter=day_before(NOW))
        told.tick.seconds = 40 * DAY
        told.orders(CreatedAfter=day_before(NOW))
        told.tick.seconds = 0
        assert told.orders(CreatedAfter=day_before(NOW)) == first


def test_pages_of_a_list_hold_while_days_pass(living: World) -> None:
    asked = {"CreatedAfter": text(NOW - timedelta(days=30)), "CreatedBefore": text(NOW - timedelta(days=1))}
    expected = {order["AmazonOrderId"] for order in living.caller.orders(**asked)}
    told: list[str] = []
    for page in living.caller.order_pages(**asked):
        told += [order["AmazonOrderId"] for order in page]
        living.tick.seconds += 2 * DAY
    assert len(told) == len(set(told)) == len(expected) > 500
    assert set(told) == expected


def test_a_list_by_update_misses_no_change_that_happens_while_it_is_read(living: World) -> None:
    last: dict[str, dict[str, Any]] = {}
    for page in living.caller.order_pages(LastUpdatedAfter=text(NOW - timedelta(days=40))):
        last |= {order["AmazonOrderId"]: order for order in page}
        living.tick.seconds += 600
    assert last == living.orders(LastUpdatedAfter=text(NOW - timedelta(days=40)))


def test_the_orders_of_the_younger_version_change_as_those_of_the_older(living: World) -> None:
    for seconds in (0, 7 * HOUR):
        living.tick.seconds = seconds
        told = living.caller.get(
            "/orders/2026-01-01/orders", createdAfter=LONG_AGO, marketplaceIds=EVERYWHERE, maxResultsPerPage=100
        ).json()["orders"]
        assert told
        for order in told:
            older = living.caller.get(f"/orders/v0/orders/{order['orderId']}").json()["payload"]
            assert order["lastUpdatedTime"] == older["LastUpdateDate"]
            if "fulfillment" in order:
                status = order["fulfillment"]["fulfillmentStatus"].replace("_", "").replace("CANCELLED", "CANCELED")
                assert status == older["OrderStatus"].upper()


def test_stock_goes_down_by_what_ships_and_each_change_has_its_time(living: World) -> None:
    before, start = living.stock(), living.now
    living.tick.seconds = 2 * DAY
    after = living.stock()
    shipped = living.shipped(start - timedelta(minutes=2), living.now - timedelta(minutes=2))
    assert len(shipped) > 5
    delivered = 0
    for sku, summary in after.items():
        delivered += before[sku]["totalQuantity"] - summary["totalQuantity"] != shipped[sku]
        is_changed = summary != before[sku]
        assert (summary["lastUpdatedTime"] > before[sku]["lastUpdatedTime"]) is is_changed
    assert delivered < len(after) / 6  # one delivery in 28 days
    since = living.stock(startDateTime=text(start - timedelta(seconds=119)))
    assert since == {sku: summary for sku, summary in after.items() if summary != before[sku]} != {}


def test_stock_waits_for_those_who_ordered_it(living: World) -> None:
    waiting: Counter[str] = Counter()
    asked = {"OrderStatuses": "Pending,PendingAvailability,Unshipped,PartiallyShipped", "FulfillmentChannels": "AFN"}
    for order in living.orders(CreatedAfter=text(NOW - timedelta(days=80)), **asked).values():
        if order["MarketplaceId"] == US:
            for item in living.items(order["AmazonOrderId"]):
                waiting[item["SellerSKU"]] += item["QuantityOrdered"] - item["QuantityShipped"]
    reserved = {
        sku: summary["inventoryDetails"]["reservedQuantity"]["pendingCustomerOrderQuantity"]
        for sku, summary in living.stock().items()
    }
    assert {sku: count for sku, count in reserved.items() if count} == waiting != {}


def test_pages_of_stock_are_those_of_one_moment(living: World) -> None:
    expected = living.stock(startDateTime=text(NOW - timedelta(days=9)))
    assert living.stock(seconds=25, startDateTime=text(NOW - timedelta(days=9))) == expected
    assert len(expected) > 50


def test_reports_and_queries_tell_of_the_instant_at_which_they_were_made() -> None:
    """And of the same world: one that started later makes the same documents."""
    options = replace(OPTIONS, report_seconds=0)
    told = []
    for start, step in ((0, 0), (0, 2 * DAY), (2 * DAY, 0)):
        with world(seconds=start, options=options) as one:
            one.tick.seconds = step
            told.append((one.report(NOW - timedelta(days=20)), one.query()))
    assert told[1] == told[2]
    assert told[0][0] != told[1][0]
    assert told[0][1] != told[1][1]


def test_a_world_goes_on_after_years_that_nobody_looked_at() -> None:
    with world(options=replace(OPTIONS, orders=2000)) as told:
        told.simulator.story.orders()
        told.tick.seconds = 2000 * DAY
        with world(seconds=2000 * DAY, options=replace(OPTIONS, orders=2000)) as fresh:
            assert told.simulator.story.by_placed == fresh.simulator.story.by_placed
            assert told.simulator.story.orders() == fresh.simulator.story.orders() != []


@pytest.mark.parametrize("operation", ["listFinancialEvents", "listTransactions"])
def test_what_was_posted_is_told_for_two_days_more_and_then_never_changes(living: World, operation: str) -> None:
    start, end = NOW - timedelta(days=3), NOW - timedelta(minutes=2)
    told = []
    for hours in (0, 12, 24, 36, 48, 49, 72, 24 * 30):
        living.tick.seconds = hours * HOUR
        told.append(living.posted(operation, start, end))
    for earlier, later in pairwise(told):
        assert earlier.items() <= later.items()
    assert len(told[0]) < len(told[1]) < len(told[3])
    assert told[4] == told[5] == told[6] == told[7]
    assert len(told[7]) > 30
    assert all(text(start) <= posted < text(end) for posted, _ in told[7])


@pytest.mark.parametrize("operation", ["listFinancialEvents", "listTransactions"])
def test_postings_are_those_of_a_world_that_started_later(living: World, operation: str) -> None:
    living.posted(operation, NOW - timedelta(days=9), NOW - timedelta(minutes=2))
    living.tick.seconds = 30 * HOUR
    with world(seconds=30 * HOUR) as fresh:
        period = NOW - timedelta(days=9), NOW + timedelta(days=1)
        assert living.posted(operation, *period) == fresh.posted(operation, *period) != {}


def test_a_shipped_order_is_posted_with_its_items(living: World) -> None:
    period = NOW - timedelta(days=20), NOW - timedelta(days=10)
    events = [one for (_, _), one in living.posted("listFinancialEvents", *period).items()]
    for event in events[:10]:
        items = {item["OrderItemId"]: item for item in living.items(event["AmazonOrderId"])}
        for told in event.get("ShipmentItemList", []):
            assert told["QuantityShipped"] == items[told["OrderItemId"]]["QuantityShipped"]


def test_prices_change_now_and_then_and_orders_are_placed_at_those_of_their_day(living: World) -> None:
    skus = living.simulator.story.skus(US)[:20]
    asked = {"MarketplaceId": US, "ItemType": "Sku", "Skus": ",".join(skus)}
    seen = []
    for day in range(0, 90, 10):
        living.tick.seconds = day * DAY
        told = living.caller.get("/products/pricing/v0/price", **asked).json()["payload"]
        seen.append({one["SellerSKU"]: one["Product"]["Offers"][0]["RegularPrice"]["Amount"] for one in told})
    counts = [len({prices[sku] for prices in seen}) for sku in skus]
    assert min(counts) >= 2
    assert all(0 < sum(earlier[sku] == later[sku] for sku in skus) < len(skus) for earlier, later in pairwise(seen))
    story = living.simulator.story
    today = [record for record in story.by_placed if record.placed_at >= story.as_of - story.as_of % DAY]
    lines = [(record.purchase.marketplace, line) for record in today for line in record.purchase.lines]
    assert lines
    for marketplace, line in lines:
        assert line.price == story.listing_by_sku[line.listing.sku].cents(marketplace) * line.quantity


def test_a_listing_whose_price_changed_was_updated_then(living: World) -> None:
    path = f"/listings/2021-08-01/items/{living.simulator.story.seller_id}"
    asked = {"marketplaceIds": US, "includedData": "summaries,offers", "pageSize": "20"}
    since = {"lastUpdatedAfter": "2026-03-19T00:00:00Z"}

    def listed(**more: str) -> dict[str, Any]:
        told: dict[str, Any] = {}
        token: dict[str, str] = {}
        while True:
            body = living.caller.get(path, **asked, **more, **token).json()
            told |= {one["sku"]: one for one in body["items"]}
            if not body.get("pagination", {}).get("nextToken"):
                return told
            token = {"pageToken": body["pagination"]["nextToken"]}

    before = listed()
    living.tick.seconds = 4 * DAY
    after = listed()
    repriced = {sku for sku in after if after[sku].get("offers") != before[sku].get("offers")}
    assert repriced
    assert repriced <= listed(**since).keys()
    for sku in (one for one in repriced if "summaries" in after[one]):
        assert after[sku]["summaries"][0]["lastUpdatedDate"] > before[sku]["summaries"][0]["lastUpdatedDate"]


def test_a_frozen_world_never_changes() -> None:
    tick = Tick()
    options = SimulatorOptions(port=0, orders=900, limits=False, token_seconds=1e9)
    with Simulator(options, SimulatedClock(NOW, tick)) as simulator:
        caller = Caller(simulator.url)
        first = caller.orders(CreatedAfter="2026-03-01T00:00:00Z")
        tick.seconds = 9 * DAY
        assert caller.orders(CreatedAfter="2026-03-01T00:00:00Z") == first
        caller.close()


def test_a_day_can_pass_in_a_second() -> None:
    ticks = iter((100.0, *[101.0] * 1000))
    clock = SimulatedClock(NOW, lambda: next(ticks), pace=DAY)
    assert clock.now() - NOW == timedelta(days=1)
    assert clock.seconds() == 1


@pytest.mark.parametrize(
    "change", [{"pace": 0.0}, {"pace": 2.0, "lives": False}, {"moving": True, "lives": True}], ids=str
)
def test_choices_that_contradict_one_another_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"lives|pace"):
        SimulatorOptions(**{"lives": True, **change})


def test_what_is_long_past_is_forgotten() -> None:
    with world(options=SimulatorOptions(port=0, orders=2000, limits=False, token_seconds=1e9, lives=True)) as told:
        before = len(told.simulator.story.by_updated)
        for days in range(30, 900, 30):
            told.tick.seconds = days * DAY
            assert len(told.simulator.story.by_updated) < before * 1.4
        assert told.orders(LastUpdatedAfter=day_before(told.now))
