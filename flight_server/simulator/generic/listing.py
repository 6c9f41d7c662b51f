"""The rows of a list: which there are, which of them were asked for, in which order.

Goes from an operation and what was asked to the scopes of its rows, and filters written rows; knows no pages. A filter
is a parameter that has the name of a member; ranges of times are about the member that their name tells.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from flight_server.simulator.generic.asked import TOKENS, Asked, takes_marketplace
from flight_server.simulator.generic.documents import Writer
from flight_server.simulator.generic.identities import ASIN, ORDER, SKU, home_in_turn, plain, singular
from flight_server.simulator.generic.models import ModelOperation, Schema
from flight_server.simulator.generic.pages import SIZES
from flight_server.simulator.generic.rules import excludes_its_end, limit
from flight_server.simulator.generic.scope import Scope
from flight_server.simulator.generic.standing import order_state
from flight_server.simulator.parameters import instant
from flight_server.simulator.story.marketplaces import TAKEN_PART, Marketplace

_FEW = 3
_PRODUCTS_TOLD = 60
_UNFILTERED = TOKENS | SIZES | {"marketplaceid", "marketplaceids", "querytype", "sortby", "sortorder", "sortfield"}


def row_kind(writer: Writer) -> str | None:
    """The kind of id that the rows of a list have."""
    operation, identities = writer.operation, writer.identities
    told = operation.odd("rows_of")
    if told is not None:
        return identities.kind_name(told, operation) or None
    # A list stands above the single rows of its path.
    for other in operation.model.operations.values():
        above, _, last = other.path.rpartition("/")
        if last.startswith("{") and above == operation.path:
            return identities.kind_of(last[1:-1], other)
    return None


def single_kind(writer: Writer) -> str | None:
    """The kind of id that a single row has: what its path ends with."""
    operation, identities = writer.operation, writer.identities
    told = operation.odd("rows_of")
    if told is not None:
        return identities.kind_name(told, operation) or None
    last = operation.path.rpartition("/")[2]
    return identities.kind_of(last[1:-1], operation) if last.startswith("{") else None


def row_scopes(writer: Writer, asked: Asked, root: Scope, count: int = 0) -> list[Scope]:
    """Every row of a list as far as ids and marketplaces decide, newest first unless asked otherwise."""
    kind = row_kind(writer)
    each = writer.operation.odd("each")
    if each:
        scopes = [
            one for parent in _parents(writer, each, asked, root) for one in _anonymous(writer, asked, parent, count)
        ]
    elif kind in {ASIN, SKU}:
        return list(_products(writer, kind, asked, root))
    elif kind:
        scopes = list(_identified(writer, kind, asked, root))
    else:
        scopes = list(_anonymous(writer, asked, root, count))
    return _sorted(scopes, asked)


def _sorted(scopes: list[Scope], asked: Asked) -> list[Scope]:
    order = next((found[0] for name, found in asked.values.items() if plain(name) == "sortorder"), "DESC")
    sign = 1 if order.upper().startswith("ASC") else -1
    return sorted(scopes, key=lambda scope: sign * (scope.moment or 0))


def _parents(writer: Writer, name: str, asked: Asked, root: Scope) -> Iterator[Scope]:
    kind = plain(name)
    for scope in _identified(writer, kind, asked, root):
        key = (root.key[0], root.key[1], root.key[2], kind, scope.known[kind])
        yield replace(root, key=key, home=scope.home, known={kind: scope.known[kind]})


def _identified(writer: Writer, kind: str, asked: Asked, root: Scope) -> Iterator[Scope]:
    ids = writer.identities.ids(kind, asked.known)
    if kind in asked.known:
        ids = (asked.known[kind],)
    elif _tells_states(writer, kind):
        ids = tuple(
            one for one in ids if is_in_period(writer, asked, order_state(writer.story.record_by_id[one]), None)
        )
    for place, value in enumerate(ids):
        scope = writer.row_scope(root, kind, value, place)
        is_bound = kind == ORDER or (not asked.known and takes_marketplace(writer.operation))
        if not is_bound or not asked.marketplaces or scope.home in asked.marketplaces:
            yield scope


def _products(writer: Writer, kind: str, asked: Asked, root: Scope) -> Iterator[Scope]:
    """Products of the marketplaces asked for; one row a marketplace where rows name theirs."""
    story = writer.story
    wanted = _wanted_products(writer, kind, asked)
    most = writer.operation.odd("counts", _PRODUCTS_TOLD)
    homes: Sequence[Marketplace] = asked.marketplaces or TAKEN_PART
    told: set[str] = set()
    for home in homes:
        skus = story.skus(home.marketplace_id)
        ids = skus if kind == SKU else list(dict.fromkeys(story.listing_by_sku[sku].product.asin for sku in skus))
        chosen = [one for one in ids if one in wanted] if wanted is not None else ids
        fresh = [one for one in chosen if one not in told][: max(0, most - len(told))]
        told |= set(fresh)
        yield from (writer.row_scope(replace(root, home=home), kind, one, place) for place, one in enumerate(fresh))


def _wanted_products(writer: Writer, kind: str, asked: Asked) -> set[str] | None:
    """The products that parameters or members of the body name, if they name any."""
    wanted: set[str] | None = None
    named = {**{name: value for name, value in asked.bound.items() if isinstance(value, tuple)}, **asked.values}
    for name, value in named.items():
        is_product = writer.identities.kind_name(name, writer.operation) in {ASIN, SKU}
        if is_product or plain(name) == "identifiers":
            found = _identified_products(writer, kind, set(value))
            wanted = found if wanted is None else wanted & found
    keywords = asked.values.get("keywords")
    return _with_keywords(writer, kind, keywords) if keywords and wanted is None else wanted


def _with_keywords(writer: Writer, kind: str, keywords: tuple[str, ...]) -> set[str]:
    found = set()
    for listing in writer.story.listings:
        title = f"{listing.product.title('en')} {listing.product.brand}".lower()
        if any(keyword.lower() in title for keyword in keywords):
            found.add(listing.sku if kind == SKU else listing.product.asin)
    return found


def _identified_products(writer: Writer, kind: str, identifiers: set[str]) -> set[str]:
    found = set()
    for listing in writer.story.listings:
        product = listing.product
        if identifiers & {listing.sku, product.asin, listing.fnsku, product.ean, product.upc}:
            found.add(listing.sku if kind == SKU else product.asin)
    return found


def _anonymous(writer: Writer, asked: Asked, root: Scope, count: int) -> Iterator[Scope]:
    operation = writer.operation
    told = operation.odd("counts", _FEW)
    count = count or (told if isinstance(told, int) else _FEW)
    if asked.known or root.known or not (takes_marketplace(operation) or count >= len(TAKEN_PART)):
        yield from (writer.anonymous_scope(root, place) for place in range(count))
    elif count >= len(TAKEN_PART):
        for place in range(count):
            home = home_in_turn(place)
            if not asked.marketplaces or home in asked.marketplaces:
                yield writer.anonymous_scope(replace(root, home=home), place)
    else:
        for home in asked.marketplaces or TAKEN_PART:
            of_home = replace(root.below(home.marketplace_id), home=home)
            yield from (writer.anonymous_scope(of_home, place) for place in range(count))


def _tells_states(writer: Writer, kind: str | None) -> bool:
    """Whether the rows of a list are orders that change, whose times are known before they are written."""
    return writer.story.lives and kind == ORDER


def is_period(writer: Writer, name: str) -> bool:
    """Whether a parameter bounds a period."""
    return limit(next((one for one in writer.operation.parameters if one["name"] == name), {}), name) is not None


def is_in_period(writer: Writer, asked: Asked, row: Mapping[str, object], scope: Scope | None) -> bool:
    """Whether a row, as far as it is written, keeps the periods that were asked for."""
    types = {one["name"]: one for one in writer.operation.parameters}
    told = ((name, values) for name, values in filters(writer.operation, asked).items() if is_period(writer, name))
    return all(_keeps(writer, types[name], name, values, row, scope) for name, values in told)


def is_filtered(writer: Writer, asked: Asked) -> bool:
    """Whether rows must be written before one knows which were asked for."""
    left = filters(writer.operation, asked)
    if _tells_states(writer, row_kind(writer)):
        return not all(is_period(writer, name) for name in left)
    return bool(left)


def matches(writer: Writer, asked: Asked, row: object, scope: Scope) -> bool:
    """Whether a written row keeps every filter."""
    if not isinstance(row, Mapping):
        return True
    types = {one["name"]: one for one in writer.operation.parameters}
    return all(
        _keeps(writer, types.get(name, {}), name, values, row, scope)
        for name, values in filters(writer.operation, asked).items()
    )


def filters(operation: ModelOperation, asked: Asked) -> dict[str, tuple[str, ...]]:
    """What may narrow a list: parameters of the query, and lists among the filters of a body."""
    in_body = asked.body.get("filters", {}) if isinstance(asked.body, Mapping) else {}
    lists = {name: tuple(map(str, value)) for name, value in in_body.items() if isinstance(value, list)}
    told = {**lists, **asked.values}
    return {
        name: values
        for name, values in told.items()
        if name not in operation.placeholders and plain(name) not in _UNFILTERED
    }


def _keeps(
    writer: Writer,
    parameter: Schema,
    name: str,
    values: tuple[str, ...],
    row: Mapping[str, object],
    scope: Scope | None,
) -> bool:
    bound = limit(parameter, name)
    if bound is not None:
        stem, is_upper = bound
        moment, edge = _moment(writer, stem, row, scope), instant(values[0], name).timestamp()
        if is_upper:
            return moment < edge or (moment == edge and not excludes_its_end(writer.operation))
        return moment >= edge
    told = list(_told(writer, name, row, 3))
    return not told or any(str(one) in values or str(one).lower() in values for one in told)


def _told(writer: Writer, name: str, row: Mapping[str, object], depth: int) -> Iterator[object]:
    """What a row says under the name of a parameter; the outermost member of that name counts."""
    operation, identities = writer.operation, writer.identities
    wanted = {identities.kind_name(name, operation), identities.kind_name(singular(name), operation), plain(name)}
    row_id = operation.odd("named") or "id"
    found = False
    for member, value in row.items():
        kind = identities.kind_name(member, operation)
        if kind in wanted or (member == row_id and row_kind(writer) in wanted):
            if isinstance(value, list):
                if value and isinstance(value[0], dict):
                    continue
                found = True
                yield from value
            elif not isinstance(value, dict):
                found = True
                yield value
    if found or depth == 1:
        return
    for value in row.values():
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, Mapping):
                yield from _told(writer, name, inner, depth - 1)


def _moment(writer: Writer, stem: str, row: Mapping[str, object], scope: Scope | None) -> float:
    """The instant of a row that a range is about; that of the row itself where it tells none."""
    told: Mapping[str, str] = writer.operation.odd("dates", {})
    path = next((path for name, path in told.items() if plain(name) == plain(stem)), stem)
    value: object = row
    for part in path.split("."):
        members = value if isinstance(value, Mapping) else {}
        exact = [one for one in members if plain(one) == plain(part)]
        close = exact or [one for one in members if plain(one).startswith(plain(part)[:6])]
        value = next((members[one] for one in close if isinstance(members[one], str | Mapping)), None)
    if scope and f"{plain(stem)}date" in scope.bound:
        value = scope.bound[f"{plain(stem)}date"]  # it stands deeper than a range looks
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d", value):
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return float((scope and scope.moment) or 0)
