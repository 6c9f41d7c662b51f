"""Orders v0: orders by filters or id, their items, buyers and addresses.

Declares the operations as Amazon's Orders v0 model does and applies the rules its prose states; the data comes from
the story. Restricted members are left out unless the call may see their data element (restricted data fact table).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from datetime import timedelta
from operator import attrgetter

from flight_server.simulator.answers import not_found
from flight_server.simulator.moving import move_on
from flight_server.simulator.operations import OperationCall, operation
from flight_server.simulator.order_filters import Predicate, check_rules, order_filter, period
from flight_server.simulator.paging import check_same
from flight_server.simulator.parameters import Parameter, Parameters, read
from flight_server.simulator.story import LAG_SECONDS, OrderRecord, Story
from flight_server.simulator.story.amounts import Document, iso

STATUSES = (
    "PendingAvailability", "Pending", "Unshipped", "PartiallyShipped", "Shipped", "InvoiceUnconfirmed", "Canceled",
    "Unfulfillable",
)  # fmt: skip
_EASY_SHIP = (
    "PendingSchedule", "PendingPickUp", "PendingDropOff", "LabelCanceled", "PickedUp", "DroppedOff", "AtOriginFC",
    "AtDestinationFC", "Delivered", "RejectedByBuyer", "Undeliverable", "ReturningToSeller", "ReturnedToSeller", "Lost",
    "OutForDelivery", "Damaged",
)  # fmt: skip
_INVOICES = ("NotRequired", "NotFound", "Processing", "Errored", "Accepted")
_ORDER_ID = r"\d{3}-\d{7}-\d{7}"
ITEMS_PER_PAGE = 100
_ORDERS_PER_PAGE = 100
_DAYS_TOLD = 730

_OPEN_BUYER_MEMBERS = {"BuyerEmail"}
_OPEN_ADDRESS_MEMBERS = {"City", "StateOrRegion", "PostalCode", "CountryCode"}

_BY_ID = (Parameter("orderId", pattern=_ORDER_ID, required=True),)
_ITEM_PARAMETERS = (*_BY_ID, Parameter("NextToken"))


@operation(
    "GET",
    "/orders/v0/orders",
    "getOrders",
    rate="0.0167",
    burst=20,
    data_elements=("buyerInfo", "shippingAddress", "buyerTaxInformation"),
    parameters=(
        Parameter("CreatedAfter", "instant"),
        Parameter("CreatedBefore", "instant"),
        Parameter("LastUpdatedAfter", "instant"),
        Parameter("LastUpdatedBefore", "instant"),
        Parameter("OrderStatuses", "texts", allowed=STATUSES),
        Parameter("MarketplaceIds", "texts", required=True, at_most=50, is_marketplace=True),
        Parameter("FulfillmentChannels", "texts", allowed=("AFN", "MFN")),
        Parameter("PaymentMethods", "texts", allowed=("COD", "CVS", "Other")),
        Parameter("BuyerEmail"),
        Parameter("SellerOrderId"),
        Parameter("MaxResultsPerPage", "integer", minimum=1, maximum=100),
        Parameter("EasyShipShipmentStatuses", "texts", allowed=_EASY_SHIP),
        Parameter("ElectronicInvoiceStatuses", "texts", allowed=_INVOICES),
        Parameter("NextToken"),
        Parameter("AmazonOrderIds", "texts", at_most=50, pattern=_ORDER_ID),
        Parameter("ActualFulfillmentSupplySourceId"),
        Parameter("IsISPU", "flag"),
        Parameter("StoreChainStoreId"),
        Parameter("EarliestDeliveryDateBefore", "instant"),
        Parameter("EarliestDeliveryDateAfter", "instant"),
        Parameter("LatestDeliveryDateBefore", "instant"),
        Parameter("LatestDeliveryDateAfter", "instant"),
    ),
)
def get_orders(call: OperationCall) -> object:
    """Orders that match every filter, by the date that was filtered."""
    asked, position = _asked(call)
    check_rules(asked, call.now)
    is_update = "LastUpdatedAfter" in asked
    records, first, last = _period_of(call.story, asked)
    before = call.story.updated_before if is_update else call.story.placed_before
    size = call.parameters.integer("MaxResultsPerPage", asked.integer("MaxResultsPerPage", _ORDERS_PER_PAGE))
    page, rest = _page(records, max(first, position - before), last, size, _wanted(asked, call))
    payload: Document = {"Orders": [_visible(record.order, call.data_elements) for record in page]}
    if rest is not None:
        sent = {name: text for name, text in asked.sent.items() if name != "NextToken"}
        payload["NextToken"] = call.page_tokens.issue("getOrders", sent, before + rest, call.seconds)
    horizon = asked.instant("LastUpdatedBefore" if is_update else "CreatedBefore")
    horizon = horizon or call.now - timedelta(seconds=LAG_SECONDS)
    payload["LastUpdatedBefore" if is_update else "CreatedBefore"] = iso(int(horizon.timestamp()))
    if call.moving and rest is not None:
        move_on(call.story, page, int(call.now.timestamp()) - LAG_SECONDS)
    return {"payload": payload}


def _asked(call: OperationCall) -> tuple[Parameters, int]:
    """The filters in force and where to go on: those of the token, if there is one."""
    text = call.parameters.text("NextToken")
    if not text:
        return call.parameters, 0
    token = call.page_tokens.read(text, "getOrders", "NextToken")
    check_same(token, call.parameters.sent, "NextToken", may_omit=True, free="MaxResultsPerPage")
    return read(call.operation.parameters, token.sent), token.position


def _period_of(story: Story, asked: Parameters) -> tuple[list[OrderRecord], int, int]:
    """The records in the order asked for, and where the period begins and ends in them."""
    start, end = period(asked)
    if "LastUpdatedAfter" in asked:
        records, key = story.by_updated, attrgetter("updated_at")
    else:
        records, key = story.by_placed, attrgetter("placed_at")
    return records, bisect_left(records, start, key=key), bisect_right(records, end, key=key)


def _wanted(asked: Parameters, call: OperationCall) -> Predicate:
    oldest = (call.now - timedelta(days=_DAYS_TOLD)).timestamp()
    matches = order_filter(asked)
    return lambda record: record.placed_at >= oldest and call.story.is_current(record) and matches(record)


def _page(
    records: list[OrderRecord], first: int, last: int, size: int, wanted: Predicate
) -> tuple[list[OrderRecord], int | None]:
    """Up to `size` wanted records from `first` to before `last`, and where the next one stands, if any."""
    page: list[OrderRecord] = []
    for place in range(first, last):
        if wanted(records[place]):
            if len(page) == size:
                return page, place
            page.append(records[place])
    return page, None


@operation(
    "GET",
    "/orders/v0/orders/{orderId}",
    "getOrder",
    rate="0.5",
    burst=30,
    parameters=_BY_ID,
    data_elements=("buyerInfo", "shippingAddress", "buyerTaxInformation"),
)
def get_order(call: OperationCall) -> object:
    """One order."""
    return {"payload": _visible(_record(call).order, call.data_elements)}


@operation(
    "GET", "/orders/v0/orders/{orderId}/buyerInfo", "getOrderBuyerInfo",
    rate="0.5", burst=30, parameters=_BY_ID, is_restricted=True,
)  # fmt: skip
def get_order_buyer_info(call: OperationCall) -> object:
    """Who bought an order."""
    order = _record(call).order
    info = order.get("BuyerInfo", {})
    assert isinstance(info, dict)
    return {"payload": {"AmazonOrderId": order["AmazonOrderId"], **info}}


@operation(
    "GET", "/orders/v0/orders/{orderId}/address", "getOrderAddress",
    rate="0.5", burst=30, parameters=_BY_ID, is_restricted=True,
)  # fmt: skip
def get_order_address(call: OperationCall) -> object:
    """Where an order goes."""
    order = _record(call).order
    payload: Document = {"AmazonOrderId": order["AmazonOrderId"]}
    address = order.get("ShippingAddress")
    if isinstance(address, dict):
        payload["ShippingAddress"] = address
        if "CompanyName" in address:
            payload["BuyerCompanyName"] = address["CompanyName"]
    return {"payload": payload}


@operation(
    "GET", "/orders/v0/orders/{orderId}/orderItems", "getOrderItems",
    rate="0.5", burst=30, parameters=_ITEM_PARAMETERS, data_elements=("buyerInfo",),
)  # fmt: skip
def get_order_items(call: OperationCall) -> object:
    """The items of an order."""
    hidden = set() if "buyerInfo" in call.data_elements else {"BuyerInfo"}
    return _items_page(call, lambda item: {name: item[name] for name in item if name not in hidden})


@operation(
    "GET", "/orders/v0/orders/{orderId}/orderItems/buyerInfo", "getOrderItemsBuyerInfo",
    rate="0.5", burst=30, parameters=_ITEM_PARAMETERS, is_restricted=True,
)  # fmt: skip
def get_order_items_buyer_info(call: OperationCall) -> object:
    """What the buyer said about the items of an order."""

    def told(item: Document) -> Document:
        info = item.get("BuyerInfo", {})
        assert isinstance(info, dict)
        return {"OrderItemId": item["OrderItemId"], **info}

    return _items_page(call, told)


def _items_page(call: OperationCall, told: Callable[[Document], Document]) -> object:
    record = _record(call)
    text, position = call.parameters.text("NextToken"), 0
    if text:
        token = call.page_tokens.read(text, call.operation.operation_id, "NextToken")
        check_same(token, call.parameters.sent, "NextToken", may_omit=False)
        position = token.position
    end = position + ITEMS_PER_PAGE
    payload: Document = {
        "AmazonOrderId": record.order_id,
        "OrderItems": [told(item) for item in record.items[position:end]],
    }
    if end < len(record.items):
        sent = {name: value for name, value in call.parameters.sent.items() if name != "NextToken"}
        payload["NextToken"] = call.page_tokens.issue(call.operation.operation_id, sent, end, call.seconds)
    elif text:
        payload["NextToken"] = ""  # the model speaks of tokens that are present and empty
    return {"payload": payload}


def _record(call: OperationCall) -> OrderRecord:
    order_id = call.parameters.text("orderId")
    record = call.story.record_by_id.get(order_id)
    if record is None:
        raise not_found(f"There is no order {order_id}.")
    return record


def _visible(order: Document, data_elements: Iterable[str]) -> Document:
    """The order without what the call may not see."""
    seen = dict(order)
    for member, element, open_members in (
        ("BuyerInfo", "buyerInfo", _OPEN_BUYER_MEMBERS),
        ("ShippingAddress", "shippingAddress", _OPEN_ADDRESS_MEMBERS),
    ):
        told = order.get(member)
        if element not in data_elements and isinstance(told, dict):
            seen[member] = {name: value for name, value in told.items() if name in open_members}
    return seen
