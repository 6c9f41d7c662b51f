"""Marketplaces as reports know them: those of the story, and two more in whose form only reports are told.

Goes from marketplace ids to Places: time zone, charset of old documents, how numbers and dates are written. Time zones
are those of the fact table of marketplaces, charsets those of the fact table of behaviours, section 8.
"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flight_server.simulator.answers import invalid
from flight_server.simulator.parameters import check_marketplace
from flight_server.simulator.story.marketplaces import TAKEN_PART, Marketplace

# Sold there without orders that the Orders API tells: reports alone show their form.
_JP = Marketplace(
    "A1VC38T7YXB528", "JP", "Amazon.co.jp", "JPY", "ja_JP", "www.amazon.co.jp", 0, 15000, 10, True, 9, ("249",), ()
)  # fmt: skip
_IN = Marketplace(
    "A21TJRUUN4KGV", "IN", "Amazon.in", "INR", "en_IN", "www.amazon.in", 0, 8300, 18, True, 5, ("408",), ()
)  # fmt: skip
_GUESTS = (_JP, _IN)
_ZONES = {"US": "America/Los_Angeles", "CA": "America/Los_Angeles", "MX": "America/Los_Angeles",
          "GB": "Europe/London", "JP": "Asia/Tokyo", "IN": "Asia/Kolkata"}  # fmt: skip
_EUROPE = frozenset({"DE", "GB", "FR", "IT", "ES"})
_COMMA = frozenset({"DE", "FR", "IT", "ES"})
_FEEDBACK_DAYS = {"US": "%m/%d/%y", "DE": "%d.%m.%y", "JP": "%y/%m/%d"}


@dataclass(frozen=True)
class Place:
    """One marketplace with the manners of its documents."""

    marketplace: Marketplace

    @property
    def marketplace_id(self) -> str:
        """Its id."""
        return self.marketplace.marketplace_id

    @property
    def country(self) -> str:
        """Its country."""
        return self.marketplace.country

    @property
    def zone(self) -> ZoneInfo:
        """The zone that its days are counted in."""
        return ZoneInfo(_ZONES.get(self.country, "Europe/Paris"))

    @property
    def is_european(self) -> bool:
        """Whether it is one of the stores of the European account."""
        return self.country in _EUROPE

    @property
    def has_decimal_comma(self) -> bool:
        """Whether old documents write amounts with a comma."""
        return self.country in _COMMA

    @property
    def charset(self) -> str:
        """The charset of old documents, by Amazon's name for it."""
        return "Cp1252" if self.is_european else "Windows-31J" if self.country == "JP" else "utf8"

    @property
    def feedback_day(self) -> str:
        """How the day of a feedback is written."""
        return _FEEDBACK_DAYS.get(self.country, "%d/%m/%y")

    @property
    def has_orders(self) -> bool:
        """Whether the story's orders reach it."""
        return bool(self.marketplace.share)


PLACES = {one.marketplace_id: Place(one) for one in (*TAKEN_PART, *_GUESTS)}


def place(marketplace_id: str) -> Place:
    """The place of a marketplace; Refused where there is none, or where the seller takes no part."""
    if marketplace_id not in PLACES:
        check_marketplace(marketplace_id, "marketplaceIds")
        raise invalid(f"Invalid marketplaceIds: {marketplace_id}.")
    return PLACES[marketplace_id]
