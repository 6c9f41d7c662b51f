"""Buyers with their addresses: the same number in a country is always the same person.

Goes from seed, marketplace and a number to a Buyer; knows no orders. Members follow the Address of Orders v0.
"""

import random
from dataclasses import dataclass

from flight_server.simulator.story.marketplaces import Marketplace
from flight_server.simulator.story.words import COMPANIES, FAMILY_NAMES, GIVEN_NAMES

_STREETS = {
    "en": ("{n} WESTLAKE AVE", "{n} O'Farrell St", "Flat 3, {n} High Street"),
    "de": ("Hauptstraße {n}", "Schäferweg {n}b"),
    "fr": ("{n} rue de l'Église", "{n} bis, avenue Foch"),
    "it": ("Via Sant'Anna, {n}", "Piazza della Libertà {n}"),
    "es": ("Calle Núñez de Balboa, {n}", "Av. Insurgentes Sur {n}, 4º B"),
}
SHIP_FROM = {
    "NA": {
        "Name": "Nordhain Warehouse", "AddressLine1": "2201 Harbor Ave SW", "City": "SEATTLE", "StateOrRegion": "WA",
        "PostalCode": "98126", "CountryCode": "US", "Phone": "+1 206-555-0117", "AddressType": "Commercial",
    },
    "EU": {
        "Name": "Nordhain Lager", "AddressLine1": "Hafenstraße 14", "City": "Duisburg", "PostalCode": "47119",
        "CountryCode": "DE", "AddressType": "Commercial",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Buyer:
    """A person or company that orders."""

    name: str
    email: str
    company: str
    address: dict[str, object]


def buyer(seed: int, marketplace: Marketplace, number: int, *, is_business: bool) -> Buyer:
    """The buyer with this number in this marketplace."""
    rng = random.Random(f"{seed}/buyer/{marketplace.country}/{number}/{is_business}")
    language = marketplace.language
    name = f"{rng.choice(GIVEN_NAMES[language])} {rng.choice(FAMILY_NAMES[language])}"
    company = rng.choice(COMPANIES) if is_business else ""
    address = _address(rng, marketplace, name, company)
    return Buyer(name, f"{rng.getrandbits(56):014x}@marketplace.{marketplace.domain[4:]}", company, address)


def _address(rng: random.Random, marketplace: Marketplace, name: str, company: str) -> dict[str, object]:
    place = rng.choice(marketplace.places)
    street = rng.choice(_STREETS[marketplace.language]).format(n=rng.randrange(1, 2400))
    address: dict[str, object] = {"Name": name}
    if company:
        address["CompanyName"] = company
    address["AddressLine1"] = street
    if rng.random() < 0.15:
        address["AddressLine2"] = f"Apt. {rng.randrange(1, 90)}"
    address["City"] = place.city
    if place.region:
        address["StateOrRegion"] = place.region
    address |= {"PostalCode": place.postal_code, "CountryCode": marketplace.country}
    if rng.random() < 0.7:
        address["Phone"] = f"+1 480-386-{rng.randrange(10_000):04d} ext. {rng.randrange(100_000):05d}"
    if rng.random() < 0.8:
        address["AddressType"] = "Commercial" if company else "Residential"
    return address
