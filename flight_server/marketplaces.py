"""The parameter `Marketplaces`: ids and country codes as users write them → ids, all of one region.

Knows no other parameter; what marketplaces there are is the catalog's knowledge.
"""

from collections.abc import Iterable

from catalog.marketplaces import Marketplace, find_marketplace, read_marketplaces
from flight_server.setting_values import BadValue


def known_marketplaces(names: Iterable[str]) -> tuple[Marketplace, ...]:
    """The marketplaces of some ids or country codes, each once; raise BadValue for an unknown one.

    >>> [each.id for each in known_marketplaces(["de", "A1PA6795UKMFR9", "UK"])]
    ['A1PA6795UKMFR9', 'A1F83G8C2ARO7P']
    """
    found: dict[str, Marketplace] = {}
    for position, name in enumerate(names, start=1):
        marketplace = find_marketplace(name)
        if marketplace is None:
            countries = ", ".join(sorted(each.country for each in read_marketplaces()))
            raise BadValue(
                f"must be marketplace ids or country codes, and number {position} of the list is none: {countries}"
            )
        found[marketplace.id] = marketplace
    return tuple(found.values())


def ids_within(marketplaces: Iterable[Marketplace], region: str) -> tuple[str, ...]:
    """Their ids; raise BadValue for one of another region."""
    listed = tuple(marketplaces)
    others = ", ".join(f"{each.country} ({each.region})" for each in listed if each.region != region)
    if others:
        raise BadValue(
            f"must be of Region {region}, and these are not: {others}; set Region, or use another connection"
        )
    return tuple(each.id for each in listed)
