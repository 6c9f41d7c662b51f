"""A document that keeps a schema, member by member, the same for ever for the same row.

Goes from a schema and a scope to a JSON value; knows no request, list or page. Ids come from the pools, products and
orders from the story, everything else from `values`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from flight_server.simulator.generic.identities import (
    ASIN,
    MARKETPLACE,
    ORDER,
    SELLER,
    SKU,
    STORY_KINDS,
    Identities,
    home_in_turn,
    number,
    plain,
)
from flight_server.simulator.generic.models import ModelOperation, Schema
from flight_server.simulator.generic.scope import Scope
from flight_server.simulator.generic.values import Leaf, is_time, leaf_value
from flight_server.simulator.story import OrderRecord, Story
from flight_server.simulator.story.calendar import midnight
from flight_server.simulator.story.marketplaces import Marketplace
from flight_server.simulator.story.products import Listing

_ABSENT = object()
_LINES_TOLD = 12
_DEPTH = 2  # how often a schema may stand within itself
_DAY = 86_400
_WINDOW_DAYS, _MARGIN_DAYS = 716, 8
# Never told unless a schema demands it: errors, and the tokens that only a list's page knows.
_SILENT = frozenset(
    {
        "errors", "error", "warnings", "nexttoken", "previoustoken", "nextpagetoken", "previouspagetoken",
        "nexttokenforlineitems", "compressionalgorithm", "errormessage", "actionableerrors",
        "invalidskulist", "invalidasinlist",
    }
)  # fmt: skip
_TYPES: Mapping[str, type | tuple[type, ...]] = {"string": str, "boolean": bool, "integer": int, "number": (int, float)}


def singular(name: str) -> str:
    """The name of one of several: shipments is shipment, contentReferenceKeySet contentReferenceKey."""
    stem = re.sub(r"(List|Set)$", "", name)
    if stem != name and not stem.endswith("s"):
        return stem
    return re.sub(r"ies$", "y", stem) if stem.endswith("ies") else re.sub(r"(?<=[^s])s$", "", stem)


class Writer:
    """Writes the documents of one operation."""

    def __init__(self, operation: ModelOperation, identities: Identities, story: Story) -> None:
        self.operation = operation
        self.model = operation.model
        self.identities = identities
        self.story = story
        self._unions: Mapping[str, str] = self.model.odd("unions", {})
        self._members: Mapping[str, object] = self.model.odd("members", {})

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
        return self._dated(self._with_product(named))

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

    def write(
        self, schema: Schema, scope: Scope, name: str = "", owner: str = "", trail: tuple[str, ...] = ()
    ) -> object:
        """A value that keeps the schema; `trail` are the named schemas it stands in."""
        return self._value(schema, scope, name, owner, frozenset(), trail)

    def _value(
        self, schema: Schema, scope: Scope, name: str, owner: str, beside: frozenset[str], trail: tuple[str, ...]
    ) -> object:
        reference = schema.get("$ref")
        if reference:
            if trail.count(reference) >= _DEPTH:
                return _ABSENT
            trail = (*trail, reference)
        resolved = self.model.resolve(schema)
        if resolved.get("type") == "array":
            return self._array(resolved, scope, name, trail)
        if "properties" in resolved:
            return self._object(resolved, scope, name, trail)
        if resolved.get("type", "object") == "object" and not resolved.get("enum"):
            return self._map(resolved, scope, name, trail)
        return self._leaf(resolved, scope, name, owner, beside)

    def _object(self, schema: Schema, scope: Scope, name: str, trail: tuple[str, ...]) -> dict[str, object]:
        members: Mapping[str, Schema] = schema["properties"]
        scope = self._narrowed(scope, members)
        beside = frozenset(plain(member) for member in members)
        chosen = self._chosen(trail[-1] if trail else "", members, schema, scope)
        told: dict[str, object] = {}
        for member, part in chosen.items():
            is_required = member in schema.get("required", ())
            if not is_required and self._left_out(member, part, scope):
                continue
            value = self._value(part, scope.below(member), member, name, beside, trail)
            if value is _ABSENT and is_required:
                value = {} if self.model.resolve(part).get("type") != "array" else []
            if value is not _ABSENT:
                told[member] = value
        return told

    def _narrowed(self, scope: Scope, members: Iterable[str]) -> Scope:
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
        ids = self.identities.ids(ORDER, {})
        records = [self.story.record_by_id[one] for one in ids]
        there = [one for one in records if one.purchase.marketplace is scope.home] or records
        return there[(scope.chance("order") if not scope.is_row else scope.place) % len(there)]

    def _listing(self, scope: Scope) -> Listing:
        if scope.order is not None:
            lines = scope.order.purchase.lines
            return lines[scope.place % len(lines)].listing
        sold = [one for one in self.story.listings if scope.home.marketplace_id in one.product.marketplace_ids]
        return sold[scope.chance("listing") % len(sold)]

    def _chosen(
        self, reference: str, members: Mapping[str, Schema], schema: Schema, scope: Scope
    ) -> Mapping[str, Schema]:
        """All members, or those of a union that are set together."""
        if reference not in self._unions:
            return members
        required = schema.get("required", ())
        by = self._unions[reference]
        if not by:
            optional = [member for member in members if member not in required]
            kept = {optional[scope.chance("union") % len(optional)]}
        else:
            told = self._value(members[by], scope.below(by), by, "", frozenset(), ())
            kept = {by, *(member for member in members if plain(member) == plain(str(told)))}
        return {member: part for member, part in members.items() if member in kept or member in required}

    def _left_out(self, member: str, part: Schema, scope: Scope) -> bool:
        resolved = self.model.resolve(part)
        if plain(member) in _SILENT:
            return True
        inner = resolved.get("properties", {})
        if inner and all(plain(one) in _SILENT for one in inner):
            return True
        if not scope.is_row or member == "id" or plain(member) in scope.bound:
            return False
        named = self.identities.kind_of(member, self.operation) or self.identities.kind_of(
            singular(member), self.operation
        )
        is_kept = named or is_time(member, resolved) or "status" in member.lower() or len(scope.key) < 2
        return not is_kept and scope.chance("left out", member) % 14 == 0

    def _map(self, schema: Schema, scope: Scope, name: str, trail: tuple[str, ...]) -> dict[str, object]:
        inner = schema.get("additionalProperties")
        if isinstance(inner, dict) and inner:
            asked = scope.bound.get("accesspointtypes")
            names = list(asked) if isinstance(asked, tuple) else [f"{singular(name) or 'entry'}{n}" for n in (1, 2)]
            told = {key: self._value(inner, scope.below(key), key, name, frozenset(), trail) for key in names}
            return {key: value for key, value in told.items() if value is not _ABSENT}
        listing = scope.listing
        if name == "attributes" and listing is not None:
            place = {"marketplace_id": scope.home.marketplace_id}
            title = listing.product.title(scope.home.language)
            return {"item_name": [{"value": title, **place}], "brand": [{"value": listing.product.brand, **place}]}
        return {"name": name, "value": f"{scope.chance() % 1000}"}

    def _array(self, schema: Schema, scope: Scope, name: str, trail: tuple[str, ...]) -> object:
        items = schema["items"]
        reference = items.get("$ref")
        if reference and trail.count(reference) >= _DEPTH:
            return _ABSENT
        resolved = self.model.resolve(items)
        if "properties" not in resolved and resolved.get("type") != "object":
            return self._leaves(schema, resolved, scope, name)
        elements = self.elements(resolved, scope, name, self._count(schema, scope))
        told = [self._value(items, one, singular(name), name, frozenset(), trail) for one in elements]
        return [one for one in told if one is not _ABSENT]

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
        for name, value in scope.bound.items():
            kind = self.identities.kind_name(name, self.operation) if isinstance(value, tuple) else ""
            if isinstance(value, tuple) and kind in {ASIN, SKU} and kind in direct:
                known = self.story.listing_by_sku
                found = [known.get(one) if kind == SKU else self._listing_of(one) for one in value]
                return [one for one in found if one is not None]
        return []

    def _is_child(self, kind: str, scope: Scope) -> bool:
        parents = self.identities.parents(kind)
        return bool(parents) and all(parent in scope.known for parent in parents)

    def _count(self, schema: Schema, scope: Scope) -> int:
        least, most = schema.get("minItems", 1), schema.get("maxItems", 3)
        return int(max(least, min(most, 1 + scope.chance("count") % 3)))

    def _leaves(self, schema: Schema, items: Schema, scope: Scope, name: str) -> list[object]:
        count = self._count(schema, scope)
        if items.get("enum"):
            values = items["enum"]
            start = scope.chance() % len(values)
            return [values[(start + place) % len(values)] for place in range(min(count, len(values)))]
        kind = self.identities.kind_of(name, self.operation) or self.identities.kind_of(singular(name), self.operation)
        if kind == MARKETPLACE:
            return [one.marketplace_id for one in scope.asked or (scope.home,)]
        if kind and kind not in STORY_KINDS:
            return list(self._some_ids(kind, scope, count))
        told = [self._leaf(items, scope.element(place), singular(name), name, frozenset()) for place in range(count)]
        return list({str(one): one for one in told}.values())

    def _some_ids(self, kind: str, scope: Scope, count: int) -> tuple[str, ...]:
        if kind in scope.known:
            return (scope.known[kind],)
        ids = self.identities.ids(kind, scope.known)
        return ids if self.identities.parents(kind) else (ids[scope.place % len(ids)],)

    def _leaf(self, schema: Schema, scope: Scope, name: str, owner: str, beside: frozenset[str]) -> object:
        found = (self._bound(name, scope), self._identity(name, owner, scope), self._members.get(name))
        for candidate in found:
            fitting = _fitting(candidate, schema)
            if fitting is not None:
                return fitting
        return leaf_value(Leaf(name, owner, beside, schema, scope))

    def _bound(self, name: str, scope: Scope) -> object:
        value = scope.bound.get(plain(name))
        return value[0] if isinstance(value, tuple) and len(value) == 1 else value

    def _identity(self, name: str, owner: str, scope: Scope) -> str | None:
        """The id that a member of this name carries, if it carries one."""
        if name == "id":
            # An id of its own says by its place what it identifies.
            kind = self.identities.kind_of(f"{singular(owner)}Id", self.operation) if owner else None
            kind = kind or (scope.identity if len(scope.key) and scope.is_row and not owner else None)
        elif plain(name) in {"orderitemid", "quantityordered"} and scope.order is not None:
            lines = scope.order.purchase.lines
            line = lines[scope.place % len(lines)]
            return line.item_id if plain(name) == "orderitemid" else str(line.quantity)
        else:
            kind = self.identities.kind_of(name, self.operation)
        return self._id_of(kind, scope) if kind else None

    def _id_of(self, kind: str, scope: Scope) -> str | None:
        if kind == ASIN and scope.listing is not None and SKU in scope.known:
            return scope.listing.product.asin
        if kind in scope.known and not (kind in {ASIN, SKU} and scope.identity != kind and scope.listing is not None):
            return scope.known[kind]
        if kind == MARKETPLACE:
            return scope.home.marketplace_id
        if kind == SELLER:
            return self.story.seller_id
        if kind == ORDER:
            return scope.order.order_id if scope.order else None
        if kind in {ASIN, SKU}:
            listing = scope.listing
            return None if listing is None else listing.sku if kind == SKU else listing.product.asin
        ids = self.identities.ids(kind, scope.known)
        return ids[scope.place % len(ids)]


def _of_story(known: Mapping[str, str]) -> dict[str, str]:
    return {kind: value for kind, value in known.items() if kind in STORY_KINDS}


def _fitting(value: object, schema: Schema) -> object:
    """The value if the schema takes it, as the type that it wants; else None."""
    if value is None:
        return None
    wanted = schema.get("type", "string")
    if wanted in {"integer", "number"} and isinstance(value, str) and re.fullmatch(r"-?\d{1,12}", value):
        value = int(value)
    if not isinstance(value, _TYPES.get(wanted, str)) or (isinstance(value, bool) and wanted != "boolean"):
        return None
    if schema.get("enum") and value not in schema["enum"]:
        return None
    pattern = schema.get("pattern")
    return None if pattern and isinstance(value, str) and not re.search(pattern, value) else value


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
