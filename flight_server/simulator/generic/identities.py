"""Which ids there are, and whose: a pool of ids for every kind of thing that an API names.

Goes from a model, a kind and the ids of its parents to the ids of that kind; the same seed always gives the same ones.
Kinds follow from the placeholders of a model's paths; orders, ASINs and SKUs are the story's own.
"""

import re
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b

from flight_server.simulator.generic.models import Model, ModelOperation
from flight_server.simulator.story import Story
from flight_server.simulator.story.marketplaces import MARKETPLACE_BY_ID, TAKEN_PART, Marketplace
from flight_server.simulator.story.words import CATEGORIES

ORDER, ASIN, SKU, SELLER, MARKETPLACE = "amazonorderid", "asin", "sku", "sellerid", "marketplaceid"
STORY_KINDS = frozenset({ORDER, ASIN, SKU, SELLER, MARKETPLACE})
_STORY_NAMES = {
    "amazonorderid": ORDER,
    "amazonorderids": ORDER,
    "asin": ASIN,
    "asins": ASIN,
    "asinset": ASIN,
    "asinlist": ASIN,
    "sku": SKU,
    "skus": SKU,
    "sellersku": SKU,
    "sellerskulist": SKU,
    "msku": SKU,
    "mskus": SKU,
    "merchantsku": SKU,
    "amazonsku": SKU,
    "skuid": SKU,
    "channelsku": SKU,
    "vendorproductidentifier": SKU,
    "buyerproductidentifier": ASIN,
    "sellerid": SELLER,
    "merchantid": SELLER,
    "marketplaceid": MARKETPLACE,
    "marketplaceids": MARKETPLACE,
}
# Which marketplace the members of a pool belong to, in turn: large marketplaces more often, all of them early.
_TURNS = re.findall(
    "..",
    "USDEGBCAFRITMXESUSUSDEUSGBCAUSFRDEUSITUSGBMXUSDEUSCAFRUSDEUSGBESUSITUSDEFRUSGBCA",
)
_BY_COUNTRY = {marketplace.country: marketplace for marketplace in TAKEN_PART}
_LETTERS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_DIGITS = {"X": _LETTERS, "x": "0123456789abcdef", "#": "0123456789"}
ORDERS_LISTED = 130
_SIZE, _CHILD_SIZES = 40, (2, 3, 4, 5)


@lru_cache(maxsize=8192)
def plain(name: str) -> str:
    """A name without case and separators: how names of one thing are compared.

    >>> plain("carrierTracking.trackingNumber"), plain("SellerSKU")
    ('carriertrackingtrackingnumber', 'sellersku')
    """
    return re.sub(r"[^a-z0-9]", "", name.lower())


@lru_cache(maxsize=8192)
def singular(name: str) -> str:
    """The name of one of several.

    >>> [singular(name) for name in ("shipments", "contentReferenceKeySet", "statuses", "ShipmentStatusList", "boxes")]
    ['shipment', 'contentReferenceKey', 'status', 'ShipmentStatus', 'box']
    """
    stem = re.sub(r"(?<=[a-z])(List|Set)$", "", name)
    for plural, one in ((r"ies$", "y"), (r"(?<=us|ss)es$", ""), (r"(?<=x)es$", ""), (r"(?<=[^su])s$", "")):
        if re.search(plural, stem):
            return re.sub(plural, one, stem)
    return stem


def number(*key: object) -> int:
    """A number that depends on its key alone, below 2**64."""
    return int.from_bytes(blake2b("\x1f".join(map(str, key)).encode(), digest_size=8).digest())


@dataclass(frozen=True)
class Kind:
    """One kind of ids of one API."""

    name: str
    parents: tuple[str, ...]
    family: str  # kinds of the same family have the same ids
    form: str
    count: int
    source: str = "form"
    members: tuple[str, ...] = ()


class Identities:
    """The ids of one API."""

    def __init__(self, model: Model, seed: int, story: Story) -> None:
        self.model = model
        self.seed = seed
        self.story = story
        self._known: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._kind_names: dict[tuple[str, str], str] = {}

    def of(self, story: Story) -> "Identities":
        """The same ids where orders and products are those of another story: what is known of them is shared."""
        other = copy(self)
        other.story = story
        return other

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        """Every kind of the API by its plain name, the story's aside."""
        pools = {plain(name): told for name, told in self.model.odd("pools", {}).items()}
        fixed = {plain(name): tuple(told) for name, told in self.model.odd("fixed", {}).items()}
        parents = self._parents()
        return {
            name: self._kind(name, parents.get(name, ()), pools.get(name, {}), fixed.get(name, ()))
            for name in {**parents, **pools, **fixed}
            if name not in STORY_KINDS
        }

    def _kind(self, name: str, parents: tuple[str, ...], told: Mapping[str, object], fixed: tuple[str, ...]) -> Kind:
        count = told.get("count", 0)
        assert isinstance(count, int)
        return Kind(
            name=name,
            parents=parents,
            family=str(told.get("shared", f"{self.model.name}/{name}")),
            form=str(told.get("form", "XXXXXXXXXXXX")),
            count=count,
            source="fixed" if fixed else str(told.get("from", "form")),
            members=fixed,
        )

    def _parents(self) -> dict[str, tuple[str, ...]]:
        """What a path names before a kind, wherever that kind stands, are its parents."""
        found: dict[str, list[str]] = {}
        for operation in self.model.operations.values():
            above: list[str] = []
            for placeholder in operation.placeholders:
                kind = self.kind_name(placeholder, operation)
                if kind not in STORY_KINDS:
                    found[kind] = [one for one in found.get(kind, above) if one in above]
                    above.append(kind)
        told = {plain(name): [plain(one) for one in of] for name, of in self.model.odd("parents", {}).items()}
        return {name: tuple(of) for name, of in {**found, **told}.items()}

    @cached_property
    def _aliases(self) -> dict[str, str]:
        return {plain(alias): plain(name) for alias, name in self.model.odd("aliases", {}).items()}

    def kind_name(self, name: str, operation: ModelOperation) -> str:
        """The plain name of what a parameter or member of this name would be."""
        key = (name, operation.operation_id)
        if key not in self._kind_names:
            self._kind_names[key] = self._named(name, operation)
        return self._kind_names[key]

    def _named(self, name: str, operation: ModelOperation) -> str:
        told = plain(name)
        for alias, kind in operation.odd("local", {}).items():
            if plain(alias) == told:
                return plain(kind)
        told = self._aliases.get(told, told)
        return _STORY_NAMES.get(told, told)

    def kind_of(self, name: str, operation: ModelOperation) -> str | None:
        """The kind of id that a member or parameter of this name carries, if it carries one."""
        kind = self.kind_name(name, operation)
        if kind in STORY_KINDS or kind in self.kinds:
            return kind
        return None

    def parents(self, kind: str) -> tuple[str, ...]:
        """The kinds whose ids one must know to know those of this kind."""
        return self.kinds[kind].parents if kind in self.kinds else ()

    def ids(self, kind: str, known: Mapping[str, str]) -> tuple[str, ...]:
        """Every id of a kind that belongs to the ids known; a parent that is not known is its pool's first."""
        if kind in STORY_KINDS:
            return self._story_ids(kind)
        told = self.kinds[kind]
        above = self.completed(kind, known)
        key = (kind, *(above[parent] for parent in told.parents))
        if key not in self._known:
            self._known[key] = self._members(told, key[1:])
        return self._known[key]

    def completed(self, kind: str, known: Mapping[str, str]) -> dict[str, str]:
        """The ids of a kind's parents: those known, and the first of their pools for the others."""
        above: dict[str, str] = {}
        for parent in self.parents(kind):
            above[parent] = known.get(parent) or self.ids(parent, {**known, **above})[0]
        return above

    def _members(self, kind: Kind, above: tuple[str, ...]) -> tuple[str, ...]:
        if kind.source == "fixed":
            return kind.members
        if kind.source == "node":
            return tuple(category.node for category in CATEGORIES)
        if kind.source == "product_type":
            return tuple(dict.fromkeys(category.product_type for category in CATEGORIES))
        key = (self.seed, kind.family, *above)
        children = _CHILD_SIZES[number(*key) % len(_CHILD_SIZES)]
        count = kind.count or (children if kind.parents else _SIZE)
        return tuple(dict.fromkeys(self._formed(kind.form, (*key, place)) for place in range(count)))

    def _formed(self, form: str, key: tuple[object, ...]) -> str:
        rest = number(*key) << 64 | number(*key, "more")
        text = ""
        for sign in form:
            letters = _DIGITS.get(sign)
            if letters is None:
                text += sign
                continue
            rest, place = divmod(rest, len(letters))
            text += letters[place]
            rest = rest or number(*key, text)
        return text

    def _story_ids(self, kind: str) -> tuple[str, ...]:
        if kind == ORDER:
            # Where orders go on changing, none may drop out of the lists that tell of it.
            told = self.story.by_placed if self.story.lives else self.story.by_placed[-ORDERS_LISTED:]
            return tuple(record.order_id for record in told)
        if kind == ASIN:
            return tuple(dict.fromkeys(listing.product.asin for listing in self.story.listings))
        if kind == SKU:
            return tuple(self.story.listing_by_sku)
        if kind == SELLER:
            return (self.story.seller_id,)
        return tuple(MARKETPLACE_BY_ID)

    def exists(self, kind: str, value: str, known: Mapping[str, str]) -> bool:
        """Whether there is such an id, and it belongs to the ids known."""
        if kind == ORDER:
            return value in self.story.record_by_id
        if kind == ASIN:
            return value in self.story.product_by_asin
        return value in self.ids(kind, known)

    def home(self, kind: str, value: str, known: Mapping[str, str]) -> Marketplace | None:
        """The marketplace that an id belongs to: its parent's, or its own; None where it belongs to none."""
        if kind == ORDER:
            return self.story.record_by_id[value].purchase.marketplace
        if kind in STORY_KINDS or self.kinds[kind].source != "form":
            return None
        above = self.completed(kind, known)
        homes = (self.home(parent, one, above) for parent, one in above.items())
        return next(filter(None, homes), None) or home_in_turn(self.ids(kind, known).index(value))

    def home_of(self, known: Mapping[str, str]) -> Marketplace | None:
        """The marketplace that the first of some ids belongs to that belongs to one."""
        homes = (self.home(kind, value, known) for kind, value in known.items())
        return next(filter(None, homes), None)


def home_in_turn(place: int) -> Marketplace:
    """The marketplace of the member of a pool that stands at this place."""
    return _BY_COUNTRY[_TURNS[place % len(_TURNS)]]
