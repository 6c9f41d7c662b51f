"""The marketplaces: country → id and region. Ids and countries come in, ids go out.

Knows no settings; a marketplace belongs to exactly one region, whose endpoint alone answers for it.
Facts: Amazon's list of marketplace ids.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from flight_server.setting_values import BadValue


@dataclass(frozen=True)
class Marketplace:
    """One marketplace."""

    country_code: str
    marketplace_id: str
    region: str


MARKETPLACES = tuple(
    Marketplace(country_code, marketplace_id, region)
    for region, listed in {
        "NA": "CA A2EUQ1WTGCTBG2 US ATVPDKIKX0DER MX A1AM78C64UM0Y8 BR A2Q3Y263D00KWC",
        "EU": "IE A28R8C7NBKEWEA ES A1RKKUPIHCS9HS GB A1F83G8C2ARO7P FR A13V1IB3VIYZZH BE AMEN7PMS3EDWL "
        "NL A1805IZSGTT6HS DE A1PA6795UKMFR9 IT APJ6JRA9NG5V4 SE A2NODRKZP88ZB9 ZA AE08WJ6YKNBMC PL A1C3SOZRARQ6R3 "
        "EG ARBP9OOSHTCHU TR A33AVAJ2PDY3EV SA A17E79C6D8DWNP AE A2VIGQ35RCS4UG IN A21TJRUUN4KGV",
        "FE": "SG A19VAU5U5O7RUS AU A39IBJ37TRP1C6 JP A1VC38T7YXB528",
    }.items()
    for country_code, marketplace_id in zip(listed.split()[::2], listed.split()[1::2], strict=True)
)

_OTHER_NAMES = {"UK": "GB"}

_BY_NAME = {name: each for each in MARKETPLACES for name in (each.country_code, each.marketplace_id)}


def known_marketplaces(names: Iterable[str]) -> tuple[Marketplace, ...]:
    """The marketplaces of some ids or country codes, each once; raise BadValue for an unknown one.

    >>> [each.marketplace_id for each in known_marketplaces(["de", "A1PA6795UKMFR9", "UK"])]
    ['A1PA6795UKMFR9', 'A1F83G8C2ARO7P']
    """
    found = []
    for position, name in enumerate(names, start=1):
        marketplace = _BY_NAME.get(_OTHER_NAMES.get(name.upper(), name.upper()))
        if marketplace is None:
            raise BadValue(
                f"must be marketplace ids or country codes, and number {position} of the list is none: "
                f"{', '.join(sorted(each.country_code for each in MARKETPLACES))}"
            )
        found.append(marketplace)
    return tuple(dict.fromkeys(found))


def ids_within(marketplaces: Iterable[Marketplace], region: str) -> tuple[str, ...]:
    """Their ids; raise BadValue for one of another region."""
    listed = tuple(marketplaces)
    others = [each for each in listed if each.region != region]
    if others:
        outside = ", ".join(f"{each.country_code} ({each.region})" for each in others)
        raise BadValue(
            f"must be of Region {region}, and these are not: {outside}; set Region, or use another connection"
        )
    return tuple(each.marketplace_id for each in listed)
