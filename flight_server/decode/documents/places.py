"""What the marketplaces of a document say about how it is written: zone, signs, order of dates, code page.

Evidence in the document itself comes first everywhere; this decides only what it leaves open. Knows no document.
"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from catalog.marketplaces import find_marketplace

_DECIMAL_COMMA = frozenset(("BE", "BR", "DE", "ES", "FR", "IT", "NL", "PL", "SE", "TR"))
_MONTH_FIRST = frozenset(("CA", "US"))
_CODE_PAGES = {"JP": "cp932"}


@dataclass(frozen=True)
class Places:
    """What some marketplaces have in common."""

    zones: tuple[ZoneInfo, ...] = ()
    has_decimal_comma: bool = False
    has_month_first: bool = False
    code_pages: tuple[str, ...] = ("cp1252",)


def places_of(marketplace_ids: tuple[str, ...]) -> Places:
    """What is known of these marketplaces; one that nobody knows says nothing.

    >>> places_of(("A1VC38T7YXB528",)).code_pages, places_of(("A1PA6795UKMFR9",)).has_decimal_comma
    (('cp932',), True)
    """
    known = [each for each in map(find_marketplace, marketplace_ids) if each is not None]
    countries = [each.country for each in known]
    pages = dict.fromkeys(_CODE_PAGES.get(country, "cp1252") for country in countries)
    return Places(
        zones=tuple(dict.fromkeys(ZoneInfo(each.zone) for each in known if each.zone)),
        has_decimal_comma=any(country in _DECIMAL_COMMA for country in countries),
        has_month_first=any(country in _MONTH_FIRST for country in countries),
        code_pages=tuple(pages) or ("cp1252",),
    )
