"""Settlements: what a marketplace's orders came to in two weeks, what Amazon kept, what it paid out.

Goes from a place and a period to the lines of one settlement; every amount is that of the orders' items. Headers and
forms are those of the fact tables of report types and of report documents: the first row holds the sums, amounts have
a decimal comma and days are dd.MM.yyyy in Europe.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from flight_server.simulator.chance import number
from flight_server.simulator.reports.places import Place
from flight_server.simulator.reports.report import Asked
from flight_server.simulator.reports.rows.sheet import Row, Sheet, decimal
from flight_server.simulator.reports.rows.sold import Sold, sold
from flight_server.simulator.story import Story
from flight_server.simulator.story.amounts import tax, wrap

LENGTH = timedelta(days=14)
_FIRST = datetime(2020, 1, 3, 20, 21, 38, tzinfo=UTC)

# Amount in cents, its type and what it is for.
_Part = tuple[int, str, str]


def periods(place: Place, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The settlement periods of a place that end after one moment and up to another."""
    start = _FIRST + timedelta(days=number(place.marketplace_id, "settles", below=14))
    start += (since - start) // LENGTH * LENGTH
    while start <= until:
        if since < start:
            yield start - LENGTH, start
        start += LENGTH


def settlement(asked: Asked, story: Story) -> Sheet | None:
    """One settlement."""
    place, start, end = asked.places[0], asked.start, asked.end
    settlement_id = f"{number(place.marketplace_id, start, below=10**9) + 10**10:011d}"
    lines = [
        (at, kind, one, part)
        for one in sold(story, (place,), start.timestamp(), end.timestamp())
        for at, kind, part in _parts(one)
        if start.timestamp() <= at < end.timestamp()
    ]
    if not lines:
        return None
    total = sum(part[0] for _, _, _, part in lines)
    first = {
        "settlement-id": settlement_id,
        "settlement-start-date": _moment(place, start.timestamp()),
        "settlement-end-date": _moment(place, end.timestamp()),
        "deposit-date": _moment(place, end.timestamp() + 2 * 86_400),
        "total-amount": _money(place, total),
        "currency": place.marketplace.currency,
    }
    lines.sort(key=lambda line: (line[0], line[2].line.item_id))
    rows = [{"settlement-id": settlement_id, **_row(place, *line)} for line in lines]
    return Sheet(tuple(column.name for column in asked.type.columns), (first, *rows))


def _parts(one: Sold) -> Iterator[tuple[int, str, _Part]]:
    """Every amount of one item: what the buyer paid and what Amazon kept, and back again after a refund."""
    yield from ((one.shipped_at, "Order", part) for part in _paid(one))
    if one.refunded_at:
        principal = _paid(one)[0]
        yield one.refunded_at, "Refund", (-principal[0], principal[1], principal[2])
        yield one.refunded_at, "Refund", (one.commission * 4 // 5, "ItemFees", "Commission")
    if one.reimbursed_at:
        yield one.reimbursed_at, "other-transaction", (one.line.price, "FBA Inventory Reimbursement", "REVERSAL")


def _paid(one: Sold) -> list[_Part]:
    bought, line = one.record.purchase, one.line
    included = one.place.marketplace.tax_included
    item_tax = tax(bought, line.price)
    parts = [
        (line.price - (item_tax if included else 0), "ItemPrice", "Principal"),
        (item_tax, "ItemPrice", "Tax"),
        (line.shipping, "ItemPrice", "Shipping"),
        (wrap(bought, line) or 0, "ItemPrice", "GiftWrap"),
        (-line.promotion, "Promotion", "Principal"),
        (-one.commission, "ItemFees", "Commission"),
        (-one.fulfilment_fee, "ItemFees", "FBAPerUnitFulfillmentFee"),
    ]
    return [part for part in parts if part[0]]


def _row(place: Place, at: float, kind: str, one: Sold, part: _Part) -> Row:
    amount, amount_type, description = part
    return {
        "transaction-type": kind,
        "order-id": one.record.order_id if kind != "other-transaction" else "",
        "merchant-order-id": one.record.order_id if kind != "other-transaction" else "",
        "adjustment-id": one.line.item_id[-8:] if kind == "Refund" else "",
        "shipment-id": one.shipment_id,
        "marketplace-name": place.marketplace.name,
        "amount-type": amount_type,
        "amount-description": description,
        "amount": _money(place, amount),
        "fulfillment-id": one.record.purchase.channel,
        "posted-date": _moment(place, at)[:10],
        "posted-date-time": _moment(place, at),
        "order-item-code": one.line.item_id,
        "sku": one.line.listing.sku,
        "quantity-purchased": str(one.line.quantity) if description == "Principal" else "",
    }


def _money(place: Place, cents: int) -> str:
    text = decimal(cents)
    return text.replace(".", ",") if place.has_decimal_comma else text


def _moment(place: Place, epoch: float) -> str:
    form = "%d.%m.%Y" if place.is_european else "%Y-%m-%d"
    return datetime.fromtimestamp(epoch, UTC).strftime(f"{form} %H:%M:%S UTC")
