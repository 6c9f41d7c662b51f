"""The filters of getOrders: the rules between parameters, the period asked for, and which orders match.

Goes from parameters to a period and a predicate over records; knows no pages and no restricted data. The rules are
those of Amazon's Orders v0 model and use case guide.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from flight_server.simulator.answers import invalid
from flight_server.simulator.parameters import Parameters, instant
from flight_server.simulator.story import LAG_SECONDS, OrderRecord

_CREATED = ("CreatedAfter", "CreatedBefore")
_UPDATED = ("LastUpdatedAfter", "LastUpdatedBefore")
_NOT_WITH_SELLER_ORDER_ID = (
    "FulfillmentChannels", "OrderStatuses", "PaymentMethods", "LastUpdatedAfter", "LastUpdatedBefore", "BuyerEmail",
)  # fmt: skip
_NOT_WITH_BUYER_EMAIL = (
    "FulfillmentChannels", "OrderStatuses", "PaymentMethods", "LastUpdatedAfter", "LastUpdatedBefore", "SellerOrderId",
)  # fmt: skip
_FOREVER = float("inf")
DELIVERY_DATES = ("EarliestDeliveryDate", "LatestDeliveryDate")
Predicate = Callable[[OrderRecord], bool]


def check_rules(asked: Parameters, now: datetime) -> None:
    """Refuse combinations that the model's prose forbids."""
    created, updated = any(name in asked for name in _CREATED), any(name in asked for name in _UPDATED)
    if created and updated:
        raise invalid("CreatedAfter/CreatedBefore and LastUpdatedAfter/LastUpdatedBefore exclude each other.")
    by_id = "AmazonOrderIds" in asked or "SellerOrderId" in asked
    if "CreatedAfter" not in asked and "LastUpdatedAfter" not in asked and (created or updated or not by_id):
        raise invalid("Either CreatedAfter or LastUpdatedAfter is required.")
    for lone, others in (("SellerOrderId", _NOT_WITH_SELLER_ORDER_ID), ("BuyerEmail", _NOT_WITH_BUYER_EMAIL)):
        excluded = [name for name in others if lone in asked and name in asked]
        if excluded:
            raise invalid(f"Not allowed with {lone}: {', '.join(excluded)}.")
    statuses = set(asked.texts("OrderStatuses"))
    if len(statuses & {"Unshipped", "PartiallyShipped"}) == 1:
        raise invalid("Unshipped and PartiallyShipped must be asked for together in OrderStatuses.")
    for after, before in (_CREATED, _UPDATED):
        _check_period(asked.instant(after), asked.instant(before), f"{after} and {before}", now)
    for member in DELIVERY_DATES:
        if _is_upside_down(asked.instant(f"{member}After"), asked.instant(f"{member}Before")):
            raise invalid(f"{member}Before must not lie before {member}After.")


def _check_period(start: datetime | None, end: datetime | None, names: str, now: datetime) -> None:
    latest = now - timedelta(seconds=LAG_SECONDS)
    if any(bound is not None and bound > latest for bound in (start, end)):
        raise invalid(f"{names} must be at least two minutes before now.")
    if _is_upside_down(start, end):
        raise invalid(f"{names} are upside down.")


def _is_upside_down(start: datetime | None, end: datetime | None) -> bool:
    return start is not None and end is not None and end < start


def period(asked: Parameters) -> tuple[float, float]:
    """Both ends of the period as epoch seconds, each within it."""
    names = _UPDATED if "LastUpdatedAfter" in asked else _CREATED
    start, end = (asked.instant(name) for name in names)
    return start.timestamp() if start else -_FOREVER, end.timestamp() if end else _FOREVER


def order_filter(asked: Parameters) -> Predicate:
    """Whether a record matches every filter but the period."""
    tests = [*_list_tests(asked), *_text_tests(asked), *_delivery_tests(asked)]
    return lambda record: all(test(record) for test in tests)


def _list_tests(asked: Parameters) -> list[Predicate]:
    members = {
        "MarketplaceIds": "MarketplaceId",
        "OrderStatuses": "OrderStatus",
        "FulfillmentChannels": "FulfillmentChannel",
        "PaymentMethods": "PaymentMethod",
        "EasyShipShipmentStatuses": "EasyShipShipmentStatus",
        "ElectronicInvoiceStatuses": "ElectronicInvoiceStatus",
        "AmazonOrderIds": "AmazonOrderId",
    }
    return [_member_is(member, frozenset(asked.texts(name))) for name, member in members.items() if name in asked]


def _text_tests(asked: Parameters) -> list[Predicate]:
    tests: list[Predicate] = []
    if "SellerOrderId" in asked:
        tests.append(_member_is("SellerOrderId", frozenset({asked.text("SellerOrderId")})))
    if "IsISPU" in asked:
        tests.append(_member_is("IsISPU", frozenset({asked.flag("IsISPU")})))
    if "BuyerEmail" in asked:
        tests.append(_inner_is("BuyerInfo", "BuyerEmail", asked.text("BuyerEmail")))
    if "ActualFulfillmentSupplySourceId" in asked:
        source = asked.text("ActualFulfillmentSupplySourceId")
        tests.append(_inner_is("FulfillmentInstruction", "FulfillmentSupplySourceId", source))
    if "StoreChainStoreId" in asked:
        store = asked.text("StoreChainStoreId")
        tests.append(lambda record: any(item.get("StoreChainStoreId") == store for item in record.items))
    return tests


def _delivery_tests(asked: Parameters) -> list[Predicate]:
    tests: list[Predicate] = []
    for member in DELIVERY_DATES:
        after, before = asked.instant(f"{member}After"), asked.instant(f"{member}Before")
        if after or before:
            tests.append(_within(member, after, before))
    return tests


def _member_is(member: str, values: frozenset[object]) -> Predicate:
    return lambda record: record.order.get(member) in values


def _inner_is(member: str, inner: str, value: str) -> Predicate:
    def test(record: OrderRecord) -> bool:
        told = record.order.get(member)
        return isinstance(told, dict) and told.get(inner) == value

    return test


def _within(member: str, after: datetime | None, before: datetime | None) -> Predicate:
    def test(record: OrderRecord) -> bool:
        told = record.order.get(member)
        if not isinstance(told, str):
            return False
        moment = instant(told, member)
        return (after is None or after <= moment) and (before is None or moment <= before)

    return test
