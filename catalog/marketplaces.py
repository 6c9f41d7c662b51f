"""Amazon's marketplaces: found by id or country code, each with its region, currency, time zone and language.

Reads `marketplaces.toml` once. Knows no hosts (`flight_server.connection.hosts` does) and not in which marketplaces
anybody sells.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Literal

import msgspec

from catalog.errors import BadDeclaration

Region = Literal["NA", "EU", "FE"]


class Marketplace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One marketplace; `zone` and `language` are empty where nobody knows them."""

    country: str
    id: str
    region: Region
    currency: str
    zone: str = ""
    language: str = ""
    aliases: tuple[str, ...] = ()  # further codes that people write


@cache
def read_marketplaces() -> tuple[Marketplace, ...]:
    """All marketplaces; raise BadDeclaration where the file says what cannot be."""
    document = tomllib.loads((resources.files("catalog") / "marketplaces.toml").read_text(encoding="utf-8"))
    read = []
    for country, entry in document.items():
        try:
            read.append(msgspec.convert({"country": country, **entry}, Marketplace))
        except msgspec.ValidationError as error:
            raise BadDeclaration(f"marketplaces.toml: {country}: {error}") from None
    return tuple(read)


def find_marketplace(text: str) -> Marketplace | None:
    """The marketplace of an id or a country code, whatever the case; None where it is neither.

    >>> [find_marketplace(text).id for text in ("de", "UK", "ATVPDKIKX0DER")]
    ['A1PA6795UKMFR9', 'A1F83G8C2ARO7P', 'ATVPDKIKX0DER']
    >>> find_marketplace("XX") is None
    True
    """
    return _by_name().get(text.strip().upper())


@cache
def _by_name() -> Mapping[str, Marketplace]:
    return {name: each for each in read_marketplaces() for name in (each.id, each.country, *each.aliases)}
