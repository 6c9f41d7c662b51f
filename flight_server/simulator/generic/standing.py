"""Where rows and elements of a document stand: the scopes that decide what will be written there.

Goes from ids, marketplaces and arrays to scopes; writes nothing. A row with an id follows from its id alone, so that
a list and the single row agree; orders and products are the story's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from flight_server.simulator.generic.identities import (
    ASIN,
    MARKETPLACE,
    ORDER,
    ORDERS_LISTED,
    SKU,
    STORY_KINDS,
    Identities,
    home_in_turn,
    number,
    plain,
    singular,
)
from flight_server.simulator.generic.models import ModelOperation, Schema
from flight_server.simulator.generic.scope import Scope
from flight_server.simulator.story import OrderRecord, Story
from flight_server.simulator.story.amounts import iso
from flight_server.simulator.story.calendar import midnight
from flight_server.simulator.story.marketplaces import Marketplace
from flight_server.simulator.story.products import Listing

_LINES_TOLD = 12
_DAY = 86_400
_STATUSES = {
    "PendingAvailability": "PENDING_AVAILABILITY",
    "PartiallyShipped": "PARTIALLY_SHIPPED",
    "Canceled": "CANCELLED",
}
_WINDOW_DAYS, _MARGIN_DAYS = 716, 8


class Standing:
    """The scopes of one operation's rows."""

    def __init__(self, operation: ModelOperation, identities: Identities, story: Story) -> None:
        self.operation = operation
        self.model = operation.model
        self.identities = identities
        self.story = story

    def row_scope(self, scope: Scope, kind: str, value: str, place: int) -> Scope:
        """The scope of a row that has an id: everything in it follows from the id."""
        above = self.identities.completed(kind, scope.known)
        home = self.identities.home(kind, value, scope.known) or scope.home
        key: tuple[object, ...] = (self.identities.seed, self.model.name, kind, *above.values(), value)
        if kind in {ASIN, SKU}:
            key = (*key, home.marketplace_id)
        # What else the request names is no part of what this id stands for.
        kept = scope.known if kind in STORY_KINDS else _of_story(scope.known)
        named = replace(
            scope,
            key=key,
            home=home,
            place=place,
            is_row=True,
            identity=kind,
            known={**kept, **above, kind: value},
        )
        return self._as_it_stands(self._dated(self._with_product(named)))

    def _as_it_stands(self, scope: Scope) -> Scope:
        """Where orders and prices change: the row of an order or a SKU with its present state.

        An order has the same place whatever comes after it.
        """
        if scope.identity == SKU:
            repriced_at = self.story.repriced_at(scope.known[SKU])
            changed_at = max(repriced_at or 0, (scope.moment or 0) + _DAY)
            return replace(scope, bound={**scope.bound, "lastupdateddate": iso(changed_at)}) if repriced_at else scope
        if not self.story.lives or scope.identity != ORDER or scope.order is None:
            return scope
        return replace(scope, place=0, bound={**scope.bound, **order_state(scope.order)})

    def anonymous_scope(self, scope: Scope, place: int) -> Scope:
        """The scope of a row that is known only by its place."""
        return self._dated(self._with_product(replace(scope.below(place), place=place, is_row=True)))

    def _dated(self, scope: Scope) -> Scope:
        if scope.order is not None:
            return replace(scope, moment=scope.order.placed_at)
        # An instant of its own, which moves on by a whole window before it would grow too old.
        last = midnight(self.story.today) - _MARGIN_DAYS * _DAY
        window = _WINDOW_DAYS * _DAY
        return replace(scope, moment=last - (last - scope.chance("moment")) % window)

    def _with_product(self, scope: Scope) -> Scope:
        known = scope.known
        order = self.story.record_by_id.get(known[ORDER]) if ORDER in known else scope.order
        listing = scope.listing
        if SKU in known:
            listing = self.story.listing_by_sku.get(known[SKU])
        elif ASIN in known:
            listing = self._listing_of(known[ASIN])
        return replace(scope, order=order, listing=listing)

    def _listing_of(self, asin: str) -> Listing | None:
        """The seller's listing of a product, or what another seller's would be."""
        product = self.story.product_by_asin.get(asin)
        if product is None:
            return None
        own = (one for one in self.story.listings if one.product is product)
        return next(own, Listing(f"OTHER-{asin}", product, "MFN", "New", "New", f"X{asin[1:]}", 0.0))

    def narrowed(self, scope: Scope, members: Iterable[str]) -> Scope:
        """Settle which order and which product an object tells of, if it tells of one."""
        kinds = {self.identities.kind_of(member, self.operation) for member in members}
        if ORDER in kinds and scope.order is None:
            scope = replace(scope, order=self._order(scope))
            if scope.is_row and scope.order:
                scope = replace(scope, moment=scope.order.placed_at)
        if {ASIN, SKU} & kinds and scope.listing is None:
            scope = replace(scope, listing=self._listing(scope))
        return scope

    def _order(self, scope: Scope) -> OrderRecord:
        """One of the story's younger orders, where there is one from the scope's marketplace."""
        # Not today's: they are more with every hour, and what is told shall stay as it is.
        today = midnight(self.story.today)
        known = self.story.by_placed[-ORDERS_LISTED:]
        records = [one for one in known if one.placed_at < today] or self.story.by_placed
        there = [one for one in records if one.purchase.marketplace is scope.home] or records
        return there[(scope.chance("order") if not scope.is_row else scope.place) % len(there)]

    def _listing(self, scope: Scope) -> Listing:
        if scope.order is not None:
            lines = scope.order.purchase.lines
            return lines[scope.place % len(lines)].listing
        sold = [one for one in self.story.listings if scope.home.marketplace_id in one.product.marketplace_ids]
        return sold[scope.chance("listing") % len(sold)]

    def elements(self, items: Schema, scope: Scope, name: str, count: int) -> list[Scope]:
        """The scopes of an array's elements: children of the row, marketplaces asked for, or just some."""
        members = items.get("properties", {})
        kind = self.identities.kind_of(f"{singular(name)}Id", self.operation)
        if kind and kind not in STORY_KINDS and kind not in scope.known and self._is_child(kind, scope):
            ids = self.identities.ids(kind, scope.known)
            return [self.row_scope(replace(scope, listing=None), kind, one, place) for place, one in enumerate(ids)]
        direct = {self.identities.kind_of(member, self.operation) for member in members}
        if plain(name) == "orderitems" and scope.order is not None:
            count = min(len(scope.order.purchase.lines), _LINES_TOLD)
        if plain(name).startswith("invalid") and {ASIN, SKU} & direct:
            return self._unknown_products(direct, scope)
        wanted = self._wanted_products(direct, scope)
        if wanted:
            return [replace(scope.element(place), listing=one, known={}) for place, one in enumerate(wanted)]
        if MARKETPLACE in direct and scope.is_row:
            homes = scope.asked or (scope.home,)
            return [replace(scope.element(0, named=one.marketplace_id), home=one) for one in homes]
        if {ASIN, SKU} & direct and scope.identity not in {ASIN, SKU}:
            scope = replace(scope, listing=None)
        return [scope.element(place) for place in range(count)]

    def _wanted_products(self, direct: Iterable[str | None], scope: Scope) -> list[Listing]:
        """The products that a list in the request names, where the elements of an array are products."""
        kind, values = self._named_products(direct, scope)
        found = [self.story.listing_by_sku.get(one) if kind == SKU else self._listing_of(one) for one in values]
        return [one for one in found if one is not None]

    def _unknown_products(self, direct: Iterable[str | None], scope: Scope) -> list[Scope]:
        """What a list in the request names and the seller does not know, for arrays that tell just that."""
        kind, values = self._named_products(direct, scope)
        unknown = [one for one in values if not self.identities.exists(kind, one, {})]
        return [
            replace(scope.element(place), bound={"sellersku": one, "asin": one, "errorreason": "DoesNotExist"})
            for place, one in enumerate(unknown)
        ]

    def _named_products(self, direct: Iterable[str | None], scope: Scope) -> tuple[str, tuple[str, ...]]:
        for name, value in scope.bound.items():
            kind = self.identities.kind_name(name, self.operation) if isinstance(value, tuple) else ""
            if isinstance(value, tuple) and kind in {ASIN, SKU} and kind in direct:
                return kind, value
        return "", ()

    def _is_child(self, kind: str, scope: Scope) -> bool:
        parents = self.identities.parents(kind)
        return bool(parents) and all(parent in scope.known for parent in parents)


def order_state(record: OrderRecord) -> dict[str, object]:
    """What the row of an order says of its state, by plain name."""
    status = record.purchase.moment(record.as_of)[1]
    return {
        "createdtime": iso(record.placed_at),
        "lastupdatedtime": iso(record.updated_at),
        "fulfillmentstatus": _STATUSES.get(status, status.upper()),
    }


def _of_story(known: Mapping[str, str]) -> dict[str, str]:
    return {kind: value for kind, value in known.items() if kind in STORY_KINDS}


def root_scope(
    operation: ModelOperation,
    identities: Identities,
    asked: tuple[Marketplace, ...],
    bound: Mapping[str, object],
    known: Mapping[str, str],
) -> Scope:
    """Where a document begins: at what the request names."""
    named = sorted((name, value) for name, value in known.items())
    key = (identities.seed, operation.model.name, operation.rows, *(part for pair in named for part in pair))
    home = identities.home_of(known) or (asked[0] if asked else home_in_turn(number(*key)))
    return Scope(operation=operation, key=key, home=home, asked=asked, bound=bound, known=known)
