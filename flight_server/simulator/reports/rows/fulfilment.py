"""What Amazon's warehouses did: shipments, customer returns, reimbursements, the ledger.

Goes from what is asked for to tables; each is told of the same items sold, so that they agree with the orders and with
one another. Headers are those of the fact tables of report types and of report documents.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flight_server.simulator.chance import number
from flight_server.simulator.reports.report import Asked
from flight_server.simulator.reports.rows.sheet import Row, Sheet, decimal, iso, sheet
from flight_server.simulator.reports.rows.sold import Sold, sold
from flight_server.simulator.story import Story
from flight_server.simulator.story.amounts import tax, wrap
from flight_server.simulator.story.products import Listing

_DISPOSITIONS = {"DEFECTIVE": "DEFECTIVE", "NOT_AS_DESCRIBED": "CUSTOMER_DAMAGED", "DAMAGED_BY_FC": "DEFECTIVE"}
_COMMENTS = ("", "", "too small", 'the "lid" does not close', "kam zerbrochen an – schade")


def shipments(asked: Asked, story: Story) -> Sheet | None:
    """One row an item that Amazon sent in the period."""
    found = _within(asked, story, lambda one: one.shipped_at)
    return sheet(_header(asked), (_shipment(one) for one in found if one.is_fba))


def returns(asked: Asked, story: Story) -> Sheet | None:
    """One row an item that came back to Amazon in the period."""
    found = _within(asked, story, lambda one: one.returned_at)
    return sheet(_header(asked), (_return(one) for one in found if one.is_fba))


def reimbursements(asked: Asked, story: Story) -> Sheet | None:
    """One row an item that Amazon paid for in the period."""
    found = _within(asked, story, lambda one: one.reimbursed_at)
    return sheet(_header(asked), (_reimbursement(one) for one in found))


def ledger_detail(asked: Asked, story: Story) -> Sheet | None:
    """One row a movement of stock in the period."""
    kind = asked.options.get("eventType", "")
    moves = (one for one in _moves(asked, story) if not kind or one.kind == kind)
    header = [*_header(asked), "Date and Time", "Store"]
    return sheet(header, (_movement(one) for one in moves))


def ledger_summary(asked: Asked, story: Story) -> Sheet | None:
    """One row a SKU, period and place with what moved."""
    period = asked.options.get("aggregatedByTimePeriod", "MONTHLY")
    by_center = asked.options.get("aggregateByLocation") == "FC"
    sums: dict[tuple[str, str, str], Counter[str]] = {}
    about: dict[str, Listing] = {}
    for move in _moves(asked, story):
        location = move.of.center if by_center else move.of.place.country
        key = (_period(move.at, period), move.of.line.listing.sku, location)
        sums.setdefault(key, Counter())[move.kind] += move.quantity
        about[move.of.line.listing.sku] = move.of.line.listing
    rows = (_balance(key, moved, about[key[1]]) for key, moved in sorted(sums.items()))
    return sheet([*_header(asked), "Store"], rows)


@dataclass(frozen=True)
class _Move:
    of: Sold
    kind: str
    at: int
    quantity: int


def _header(asked: Asked) -> list[str]:
    return [column.name for column in asked.type.columns if column.is_always]


def _within(asked: Asked, story: Story, moment: Callable[[Sold], int | None]) -> Iterator[Sold]:
    """Items to which something happened in the period, by moment."""
    start, end = asked.start.timestamp(), min(asked.end.timestamp(), story.as_of)
    timed = ((moment(one), one) for one in sold(story, asked.places, start, end))
    found = [(at, one) for at, one in timed if at is not None and start <= at < end]
    return (one for _, one in sorted(found, key=lambda pair: (pair[0], pair[1].line.item_id)))


def _shipment(one: Sold) -> Row:
    bought, line = one.record.purchase, one.line
    # The buyer's address is withheld from the report that any application may read.
    return {
        "amazon-order-id": one.record.order_id,
        "merchant-order-id": "",
        "shipment-id": one.shipment_id,
        "shipment-item-id": f"{one.shipment_id}{line.item_id[-4:]}",
        "amazon-order-item-id": line.item_id,
        "purchase-date": iso(one.record.placed_at),
        "payments-date": iso(one.shipped_at),
        "shipment-date": iso(one.shipped_at),
        "reporting-date": iso(one.shipped_at + 3600),
        "sku": line.listing.sku,
        "product-name": one.item["Title"],
        "quantity-shipped": str(one.item["QuantityShipped"]),
        "currency": one.place.marketplace.currency,
        "item-price": decimal(line.price),
        "item-tax": decimal(tax(bought, line.price)),
        "shipping-price": decimal(line.shipping),
        "shipping-tax": decimal(tax(bought, line.shipping)),
        "gift-wrap-price": decimal(wrap(bought, line) or 0),
        "gift-wrap-tax": "0.00",
        "ship-service-level": str(one.record.order["ShipmentServiceLevelCategory"]),
        "ship-country": one.place.country,
        "item-promotion-discount": decimal(-line.promotion),
        "ship-promotion-discount": "0.00",
        "carrier": "AMZN_US",
        "tracking-number": f"TBA{number(line.item_id, below=10**12):012d}",
        "estimated-arrival-date": iso(one.shipped_at + 3 * 86_400),
        "fulfillment-center-id": one.center,
        "fulfillment-channel": "AFN",
        "sales-channel": one.place.marketplace.name,
    }


def _return(one: Sold) -> Row:
    assert one.returned_at is not None
    return {
        "return-date": iso(one.returned_at),
        "order-id": one.record.order_id,
        **_about(one.line.listing, one),
        "quantity": str(one.line.quantity),
        "fulfillment-center-id": one.center,
        "detailed-disposition": _DISPOSITIONS.get(one.return_reason, "SELLABLE"),
        "reason": one.return_reason,
        "status": "Unit returned to inventory",
        "license-plate-number": f"LPN{number(one.line.item_id, 'plate', below=10**9):09d}",
        "customer-comments": _COMMENTS[number(one.line.item_id, "comment", below=len(_COMMENTS))],
    }


def _reimbursement(one: Sold) -> Row:
    assert one.reimbursed_at is not None
    quantity = one.line.quantity
    return {
        "approval-date": iso(one.reimbursed_at),
        "reimbursement-id": f"{number(one.line.item_id, 'reimbursement', below=10**10):010d}",
        "case-id": "",
        "amazon-order-id": one.record.order_id,
        "reason": "CustomerReturn" if one.returned_at else "Lost_Outbound",
        **_about(one.line.listing, one),
        "condition": "Sellable",
        "currency-unit": one.place.marketplace.currency,
        "amount-per-unit": decimal(one.line.price // quantity),
        "amount-total": decimal(one.line.price // quantity * quantity),
        "quantity-reimbursed-cash": str(quantity),
        "quantity-reimbursed-inventory": "0",
        "quantity-reimbursed-total": str(quantity),
    }


def _about(listing: Listing, one: Sold) -> Row:
    title = one.item["Title"]
    return {"sku": listing.sku, "asin": listing.product.asin, "fnsku": listing.fnsku, "product-name": title}


def _moves(asked: Asked, story: Story) -> Iterable[_Move]:
    start, end = asked.start.timestamp(), min(asked.end.timestamp(), story.as_of)
    found = []
    for one in sold(story, asked.places, start, end):
        if not one.is_fba or not _is_asked(asked, one.line.listing):
            continue
        events = ((one.shipped_at, "Shipments", -1), (one.returned_at, "CustomerReturns", 1))
        found += [
            _Move(one, kind, at, sign * one.line.quantity)
            for at, kind, sign in events
            if at is not None and start <= at < end
        ]
    return sorted(found, key=lambda move: (move.at, move.of.line.item_id))


def _is_asked(asked: Asked, listing: Listing) -> bool:
    wanted = {"FNSKU": listing.fnsku, "MSKU": listing.sku, "ASIN": listing.product.asin}
    return all(asked.options.get(name) in {None, "", value} for name, value in wanted.items())


def _movement(move: _Move) -> Row:
    one, zone = move.of, move.of.place.zone
    local = datetime.fromtimestamp(move.at, zone).replace(hour=0, minute=0, second=0)
    return {
        "Date": f"{local:%m/%d/%Y}",
        "FNSKU": one.line.listing.fnsku,
        "ASIN": one.line.listing.product.asin,
        "MSKU": one.line.listing.sku,
        "Title": one.item["Title"],
        "Event Type": move.kind,
        "Reference ID": "" if move.kind == "Shipments" else f"{number(one.line.item_id, 'ledger', below=10**13):013d}",
        "Quantity": str(move.quantity),
        "Fulfillment Center": one.center,
        "Disposition": "SELLABLE" if move.quantity < 0 else _DISPOSITIONS.get(one.return_reason, "SELLABLE"),
        "Country": one.place.country,
        "Date and Time": f"{local:%Y-%m-%dT%H:%M:%S%z}",
    }


def _period(at: int, name: str) -> str:
    moment = datetime.fromtimestamp(at, UTC)
    if name == "WEEKLY":  # told by its Saturday
        moment += timedelta(days=(5 - moment.weekday()) % 7)
    return f"{moment:%m/%Y}" if name == "MONTHLY" else f"{moment:%m/%d/%Y}"


def _balance(key: tuple[str, str, str], moved: Counter[str], listing: Listing) -> Row:
    period, sku, location = key
    starting = 400 + number(sku, "balance", below=400)
    counts = {"Customer Shipments": moved["Shipments"], "Customer Returns": moved["CustomerReturns"]}
    names = ("In Transit Between Warehouses", "Receipts", "Vendor Returns", "Warehouse Transfer In/Out", "Found",
             "Lost", "Damaged", "Disposed", "Other Events", "Unknown Events")  # fmt: skip
    return {
        "Date": period,
        "FNSKU": listing.fnsku,
        "ASIN": listing.product.asin,
        "MSKU": sku,
        "Title": listing.product.title("en"),
        "Disposition": "SELLABLE",
        "Starting Warehouse Balance": str(starting),
        **dict.fromkeys(names, "0"),
        **{name: str(count) for name, count in counts.items()},
        "Ending Warehouse Balance": str(starting + sum(counts.values())),
        "Location": location,
    }
