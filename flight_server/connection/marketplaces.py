"""Which marketplaces are asked for: those of the parameter `Marketplaces`, or of what Amazon lists for an account.

Knows no other parameter; what marketplaces there are is the catalog's knowledge. Accounts of long standing list more
than marketplaces (`Non-Amazon US`, `SI Prod Marketplace`), which every operation refuses.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from catalog.marketplaces import Marketplace, find_marketplace, read_marketplaces
from catalog.table import KeyColumn
from flight_server.connection.setting_values import BadValue


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


@dataclass(frozen=True)
class Participation:
    """What an account lists among its marketplaces."""

    id: str
    name: str
    domain: str
    takes_part: bool

    def __str__(self) -> str:
        return f"{self.name or 'unnamed'} ({self.id}{'' if self.takes_part else ', takes no part'})"


def taken_part_in(listed: Iterable[Participation], region: str | None) -> tuple[str, ...]:
    """Ids of the marketplaces that the account takes part in, of one region; None: wherever they are."""
    known = ((each.id, find_marketplace(each.id)) for each in listed if each.takes_part)
    found = (id_ for id_, marketplace in known if marketplace is not None and region in (None, marketplace.region))
    return tuple(dict.fromkeys(found))


def new_stores(listed: Iterable[Participation]) -> Iterator[Participation]:
    """Those that it takes part in, that nobody here knows and that are stores of Amazon, as far as one can tell."""
    for each in listed:
        is_store = re.fullmatch(r"(www\.)?amazon\.[a-z]+(\.[a-z]+)?", each.domain.lower()) is not None
        if each.takes_part and find_marketplace(each.id) is None and (is_store or not each.domain):
            yield each


def that_may_be_named(listed: Iterable[Participation]) -> frozenset[str]:
    """Ids that a query may ask for: all that are listed, but for marketplaces in which the account takes no part."""
    return frozenset(each.id for each in listed if each.takes_part or find_marketplace(each.id) is None)


def offered(key: KeyColumn, identifiers: Iterable[str], *, to_vendors: bool) -> tuple[str, ...]:
    """The marketplaces among these where the operation is offered, as far as that is known."""
    known = {*key.offered_in, *(key.offered_to_vendors_in if to_vendors else ())}
    return tuple(each for each in identifiers if not known or each in known)
