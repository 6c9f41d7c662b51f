"""Where a leaf stands when its value is chosen: in which row, of which marketplace, about which product or order.

Frozen; going down into a document makes narrower scopes. Knows no schema and no request.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from flight_server.simulator.generic.identities import number
from flight_server.simulator.generic.models import ModelOperation
from flight_server.simulator.story import OrderRecord
from flight_server.simulator.story.marketplaces import Marketplace
from flight_server.simulator.story.products import Listing


@dataclass(frozen=True)
class Scope:
    """What is known at one place of a document."""

    operation: ModelOperation
    key: tuple[object, ...]  # decides every value below
    home: Marketplace
    asked: tuple[Marketplace, ...]  # named by the request; empty if none is
    bound: Mapping[str, object]  # values that members of these plain names have
    known: Mapping[str, str]  # ids by kind
    place: int = 0  # of the row in its list
    moment: int | None = None  # epoch seconds; None until a row begins
    listing: Listing | None = None
    order: OrderRecord | None = None
    is_row: bool = False
    identity: str = ""  # the kind whose id names the row

    def below(self, name: object) -> "Scope":
        """One step down."""
        # Done once for every leaf: a copy of the members is far quicker than dataclasses.replace.
        inner = object.__new__(Scope)
        inner.__dict__.update(self.__dict__, key=(*self.key, name))
        return inner

    def element(self, place: int, *, named: object = None) -> "Scope":
        """One element of an array; `named` instead of its place where it is known by something better."""
        return replace(self, key=(*self.key, place if named is None else named), place=self.place + place)

    def chance(self, *more: object) -> int:
        """A number that belongs to this place."""
        return number(*self.key, *more)
