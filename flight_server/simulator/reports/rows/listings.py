"""What the seller lists: the listing reports, open listings, the fee preview.

Goes from what is asked for to tables of the story's listings, in the first marketplace asked for, as Amazon does
(fact table of behaviours, section 8).
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from flight_server.simulator.chance import number
from flight_server.simulator.reports.places import Place
from flight_server.simulator.reports.report import Asked
from flight_server.simulator.reports.rows.sheet import Row, Sheet, decimal, sheet
from flight_server.simulator.story import Story
from flight_server.simulator.story.products import Listing

# From these columns on a listing report is one of an account that sells to businesses.
_BUSINESS = ("Business Price", "Quantity ", "Progressive ")
_CONDITIONS = {"New": "11", "Good": "3"}
_INACTIVE_OF = 9
_STATUSES = {
    "GET_MERCHANT_LISTINGS_INACTIVE_DATA": ("Inactive",),
    "GET_MERCHANT_LISTINGS_ALL_DATA": ("Active", "Inactive"),
}


def merchant_listings(asked: Asked, story: Story) -> Sheet | None:
    """The listings, all of them or those of a status that the type's name tells."""
    place = asked.places[0]
    statuses = _STATUSES.get(asked.type.name, ("Active",))
    rows = (_row(place, one) for one in held(story, place) if status(one) in statuses)
    return sheet(_header(asked), rows)


def open_listings(asked: Asked, story: Story) -> Sheet | None:
    """SKU, ASIN, price, and the quantity that the seller sends himself."""
    place = asked.places[0]
    rows = (
        {"sku": one.sku, "asin": one.product.asin, "price": price(place, one), "quantity": quantity(one)}
        for one in held(story, place)
        if status(one) == "Active"
    )
    return sheet(("sku", "asin", "price", "quantity"), rows)


def fee_preview(asked: Asked, story: Story) -> Sheet | None:
    """What Amazon would keep of each listing that it sends."""
    place = asked.places[0]
    is_european = place.is_european
    later = ("amazon-store", "product-size-tier", "expected-fulfillment-fee-per-unit")
    header = [
        column.name
        for column in asked.type.columns
        if (column.is_always and (is_european or "fulfilment" not in column.name))
        or (not is_european and column.name in later)
    ]
    rows = (_fees(place, one) for one in held(story, place) if one.channel == "AFN")
    return sheet(header, rows)


def held(story: Story, place: Place) -> Iterator[Listing]:
    """The listings of a place; where only reports are told, those of the United States."""
    home = place.marketplace_id if place.has_orders else "ATVPDKIKX0DER"
    return (one for one in story.listings if home in one.product.marketplace_ids)


def status(listing: Listing) -> str:
    """Whether a listing can be bought."""
    return "Inactive" if number(listing.sku, "status", below=_INACTIVE_OF) == 0 else "Active"


def price(place: Place, listing: Listing) -> str:
    """The price as listing reports write it: Japan has no cents."""
    cents = listing.cents(place.marketplace)
    return str(cents // 100) if place.country == "JP" else decimal(cents)


def quantity(listing: Listing) -> str:
    """The units offered; not told where Amazon holds them."""
    return "" if listing.channel == "AFN" else str(listing.product.number % 60)


def _header(asked: Asked) -> list[str]:
    return [column.name for column in asked.type.columns if column.is_always and not column.name.startswith(_BUSINESS)]


def _row(place: Place, one: Listing) -> Row:
    language = place.marketplace.language
    amazon = {"US": "AMAZON_NA", "CA": "AMAZON_NA", "MX": "AMAZON_NA", "JP": "AMAZON_JP", "IN": "AMAZON_IN"}
    return {
        "item-name": one.product.title(language),
        "item-description": f'{one.product.brand} {one.product.model}<br>100 % "{one.product.noun.code}"',
        "listing-id": f"{number(one.sku, place.country, below=10**10):010d}",
        "seller-sku": one.sku,
        "price": price(place, one),
        "quantity": quantity(one),
        "open-date": _opened(place, one),
        "item-is-marketplace": "y",
        "product-id-type": "1",
        "item-condition": _CONDITIONS.get(one.subcondition, "11"),
        "item-note": "" if one.condition == "New" else "Good",
        "asin1": one.product.asin,
        "product-id": one.product.asin,
        "pending-quantity": "0",
        "fulfillment-channel": amazon.get(place.country, "AMAZON_EU") if one.channel == "AFN" else "DEFAULT",
        "merchant-shipping-group": "Migrated Template",
        "status": status(one),
    }


def _opened(place: Place, one: Listing) -> str:
    """When the listing was made, in the place's own time and form."""
    day = datetime.fromisoformat(one.product.released or "2020-05-01").replace(hour=14, tzinfo=UTC)
    local = day.astimezone(place.zone)
    if place.country == "JP":
        return f"{local:%Y/%m/%d %H:%M:%S} JST"
    form = "%d/%m/%Y" if place.is_european or place.country == "IN" else "%Y-%m-%d"
    zone = local.tzname() or ""
    names = {"CET": "MET", "CEST": "MEST"}
    return f"{local:{form} %H:%M:%S} {names.get(zone, zone)}"


def _fees(place: Place, one: Listing) -> Row:
    cents = one.cents(place.marketplace)
    referral, sending = (cents * 15 + 50) // 100, 322
    grams = one.product.noun.grams
    return {
        "sku": one.sku,
        "fnsku": one.fnsku,
        "asin": one.product.asin,
        "amazon-store": place.country,
        "product-name": one.product.title(place.marketplace.language),
        "product-group": one.product.category.product_type,
        "brand": one.product.brand,
        "fulfilled-by": "Amazon",
        "has-local-inventory": "Yes",
        "your-price": decimal(cents),
        "sales-price": decimal(cents),
        "longest-side": "30.00",
        "median-side": "20.00",
        "shortest-side": "10.00",
        "length-and-girth": "90.00",
        "unit-of-dimension": "centimeters",
        "item-package-weight": f"{grams / 1000:.2f}",
        "unit-of-weight": "kilograms",
        "product-size-tier": "UsLargeStandardSize",
        "product-size-weight-band": "Standard",
        "currency": place.marketplace.currency,
        "estimated-fee-total": decimal(referral + sending),
        "estimated-referral-fee-per-unit": decimal(referral),
        "estimated-variable-closing-fee": "0.00",
        "expected-domestic-fulfilment-fee-per-unit": decimal(sending),
        "expected-fulfillment-fee-per-unit": decimal(sending),
    }
