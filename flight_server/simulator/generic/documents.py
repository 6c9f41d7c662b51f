"""A document that keeps a schema, member by member, the same for ever for the same row.

Goes from a schema and a scope to a JSON value; knows no request, list or page. Ids come from the pools, products and
orders from the story, everything else from `values`.
"""

import re
from collections.abc import Mapping

from flight_server.simulator.generic.identities import (
    ASIN,
    MARKETPLACE,
    ORDER,
    SELLER,
    SKU,
    STORY_KINDS,
    Identities,
    plain,
    singular,
)
from flight_server.simulator.generic.models import ModelOperation, Schema
from flight_server.simulator.generic.scope import Scope
from flight_server.simulator.generic.standing import Standing
from flight_server.simulator.generic.values import Leaf, is_time, leaf_value
from flight_server.simulator.story import Story

_ABSENT = object()
_DEPTH = 2  # how often a schema may stand within itself
# Never told unless a schema demands it: errors, and the tokens that only a list's page knows.
_SILENT = frozenset(
    {
        "errors", "error", "warnings", "nexttoken", "previoustoken", "nextpagetoken", "previouspagetoken",
        "nexttokenforlineitems", "compressionalgorithm", "errormessage", "actionableerrors",
    }
)  # fmt: skip
_FULFILLED = frozenset({"quantityfulfilled", "quantityunfulfilled"})
_TYPES: Mapping[str, type | tuple[type, ...]] = {"string": str, "boolean": bool, "integer": int, "number": (int, float)}


class Writer(Standing):
    """Writes the documents of one operation."""

    def __init__(self, operation: ModelOperation, identities: Identities, story: Story) -> None:
        super().__init__(operation, identities, story)
        self._unions: Mapping[str, str] = self.model.odd("unions", {})
        self._members: Mapping[str, object] = self.model.odd("members", {})

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
        scope = self.narrowed(scope, members)
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
        if self.story.lives and self.operation.odd("happens"):
            return False  # an event is known again by its id and its order
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
        elif name == "amount" and owner == "price" and scope.listing is not None and self.story.lives:
            return f"{scope.listing.cents(scope.home) / 100:.2f}"
        elif plain(name) == "quantityshipped" and scope.order is not None and self.story.lives:
            lines = scope.order.purchase.lines
            return str(lines[scope.place % len(lines)].quantity)
        elif plain(name) in _FULFILLED and scope.order is not None and self.story.lives:
            item = scope.order.items[scope.place % len(scope.order.items)]
            shipped, ordered = (int(str(item[one])) for one in ("QuantityShipped", "QuantityOrdered"))
            return str(shipped if plain(name) == "quantityfulfilled" else ordered - shipped)
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
