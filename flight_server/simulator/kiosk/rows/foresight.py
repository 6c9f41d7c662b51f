"""What is yet to come: fees that Amazon would take, and what its programs would change.

Goes from a question to rows of the seller's listings. How much will be sold follows from the listing and the length of
the period alone; fees are those of the economics of what was sold.
"""

from collections.abc import Callable, Mapping, Sequence

from flight_server.simulator.chance import number
from flight_server.simulator.kiosk.questions import Question
from flight_server.simulator.kiosk.rows.charges import Charge, fee
from flight_server.simulator.kiosk.rows.economics import cost
from flight_server.simulator.kiosk.rows.periods import Period, dated, places
from flight_server.simulator.reports.places import PLACES, Place
from flight_server.simulator.reports.rows.listings import status
from flight_server.simulator.reports.rows.traffic import money_of
from flight_server.simulator.story import Story
from flight_server.simulator.story.products import Listing

Json = dict[str, object]
_SENDING = 322
_OF_PRICE = {"REFERRAL_FEES": 15, "SPONSORED_PRODUCTS_CHARGES": 7, "CLOSING_FEES": 1}  # percent
_OF_AMAZON = ("FBA", "STORAGE", "INVENTORY")  # fees of what Amazon keeps and sends
_ACTIONS = {"AWD": ("AwdStorageFee", 35), "SIPP": ("SippDiscount", -42)}  # cents a unit

_NAMES: Mapping[str, Callable[[Listing], str]] = {
    "ASIN": lambda one: one.product.asin,
    "FNSKU": lambda one: one.fnsku,
    "MSKU": lambda one: one.sku,
}


def preview(asked: Question, story: Story) -> list[Json]:
    """A row a listing, the whole period together."""
    names = list(dict.fromkeys(asked.arguments["feeTypes"]))
    return [
        _row(asked, place, listing, units, [charge for name in names for charge in _fee(place, listing, name, units)])
        for place in places(asked)
        if place.has_orders
        for listing in _active(story, place)
        for units in (_expected(asked, listing),)
    ]


def simulation(asked: Question, story: Story) -> list[Json]:
    """A row a product that the seller lists, if Amazon sends it: programs of Amazon change nothing of others."""
    place = PLACES[asked.arguments["marketplaceId"]]
    actions = [_ACTIONS[one] for one in dict.fromkeys(asked.arguments["actionTypes"])]
    rows = []
    for product in asked.arguments["products"]:
        weekly = (product.get("inputContext") or {}).get("historicalAverageWeeklySales")
        for listing in _named(story, place, product["identifier"]):
            units = _expected(asked, listing) if weekly is None else weekly * _days(asked) // 7
            charges = [Charge("FbaFulfilmentFee", _SENDING * units, units)]
            charges += [Charge(name, cents * units, units, cents) for name, cents in actions]
            rows.append(_row(asked, place, listing, units, charges))
    return rows


def _active(story: Story, place: Place) -> list[Listing]:
    here = (one for one in story.listings if place.marketplace_id in one.product.marketplace_ids)
    return [one for one in here if status(one) == "Active"]


def _named(story: Story, place: Place, identifier: dict[str, str]) -> list[Listing]:
    ours = (one for one in _active(story, place) if one.channel == "AFN")
    return [one for one in ours if _NAMES[identifier["type"]](one) == identifier["value"]]


def _days(asked: Question) -> int:
    days: int = (asked.arguments["endDate"] - asked.arguments["startDate"]).days + 1
    return days


def _expected(asked: Question, listing: Listing) -> int:
    return (1 + number(listing.sku, "monthly", below=30)) * _days(asked) // 30


def _fee(place: Place, listing: Listing, name: str, units: int) -> list[Charge]:
    """A fee by the name of its type; none where Amazon does not send the product."""
    if listing.channel != "AFN" and any(part in name for part in _OF_AMAZON):
        return []
    price = listing.cents(place.marketplace)
    each = price * _OF_PRICE[name] // 100 if name in _OF_PRICE else 5 + number(listing.sku, name, below=200)
    each, raised = (_SENDING, 7) if name == "FBA_FULFILLMENT_FEES" else (each, None)
    told = "".join(word.title() for word in name.split("_"))
    return [Charge(told, each * units, units, raised)] if units else []


def _row(asked: Question, place: Place, listing: Listing, units: int, charges: Sequence[Charge]) -> Json:
    money = money_of(place)
    period: Period = (asked.arguments["startDate"], asked.arguments["endDate"])
    sales = listing.cents(place.marketplace) * units
    proceeds = sales - sum(one.cents for one in charges)
    return {
        **dated(period, place),
        "parentAsin": listing.product.parent_asin or listing.product.asin,
        "childAsin": listing.product.asin,
        "msku": listing.sku,
        "fnsku": listing.fnsku if listing.channel == "AFN" else None,
        "sales": {
            "orderedProductSales": money(sales),
            "refundedProductSales": money(0),
            "netProductSales": money(sales),
            "unitsOrdered": units,
            "unitsRefunded": 0,
            "netUnitsSold": units,
            "averageSellingPrice": money(listing.cents(place.marketplace)) if units else None,
        },
        "fees": [fee(place, period, one) for one in charges],
        "ads": None,
        "cost": cost(place, listing),
        "netProceeds": {"total": money(proceeds), "perUnit": money(proceeds // units) if units > 0 else None},
    }
