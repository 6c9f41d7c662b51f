"""Fees and advertising as Data Kiosk tells them: summaries with charges, in detail and in components.

Goes from cents to objects. What is charged is told as a negative amount; `totalAmount` is amount less promotion, plus
tax. An entry of a list may be null, as in documents that have been seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flight_server.simulator.kiosk.rows.periods import Period
from flight_server.simulator.reports.places import Place
from flight_server.simulator.reports.rows.traffic import money_of

Json = dict[str, object]


@dataclass(frozen=True)
class Charge:
    """What Amazon takes for something; money in cents."""

    name: str
    cents: int
    units: int | None  # None: not charged by the unit
    more: int | None = None  # by how much Amazon takes more of a unit than before; None: as before


def fee(place: Place, period: Period, charge: Charge, components: Sequence[str] = ()) -> Json:
    """The summary of one type of fee."""
    told = {
        "identifier": charge.name,
        "startDate": f"{period[0]}",
        "endDate": f"{period[1]}",
        "aggregatedDetail": detail(place, charge.cents, charge.units, charge.more),
        "components": _components(place, charge, components) if components else None,
        "properties": [{"propertyName": "feeProgram", "propertyValue": "standard"}, None],
    }
    return {"feeTypeName": charge.name, "charges": [told], "charge": told}


def ads(place: Place, cents: int) -> list[Json]:
    """What was spent on advertising."""
    return [{"adTypeName": "SponsoredProductFee", "charge": detail(place, cents, None)}] if cents else []


def detail(place: Place, cents: int, units: int | None, more: int | None = None) -> Json:
    """One amount with all that belongs to it."""
    money = money_of(place)
    return {
        "amount": money(-cents),
        "amountPerUnit": money(-(cents // units)) if units else None,
        "amountPerUnitDelta": money(-more) if more is not None else None,
        "promotionAmount": money(0),
        "quantity": units,
        "taxAmount": money(0),
        "totalAmount": money(-cents),
    }


def _components(place: Place, charge: Charge, names: Sequence[str]) -> list[Json]:
    """A charge in parts: the last is a tenth of it, the first the rest."""
    small = charge.cents // 10
    parts = (charge.cents - small, small)
    return [
        {"name": name, "aggregatedDetail": detail(place, cents, charge.units), "properties": []}
        for name, cents in zip(names, parts, strict=True)
    ]
