"""What one call names: ids that must exist, marketplaces, values that the answer has to repeat.

Goes from an operation and its parameters and body to an Asked, or to a refusal (404 for what does not exist); knows no
rows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from flight_server.simulator.answers import not_found
from flight_server.simulator.generic.identities import ASIN, MARKETPLACE, SKU, Identities, plain
from flight_server.simulator.generic.models import ModelOperation
from flight_server.simulator.generic.rules import check_rules
from flight_server.simulator.parameters import Parameters, check_marketplace
from flight_server.simulator.story.marketplaces import MARKETPLACE_BY_ID, Marketplace

TOKENS = frozenset({"nexttoken", "pagetoken", "paginationtoken", "nextpagetoken", "nexttokenforlineitems"})


@dataclass(frozen=True)
class Asked:
    """What a request names."""

    values: Mapping[str, tuple[str, ...]]  # of every parameter, as sent
    body: object
    marketplaces: tuple[Marketplace, ...]
    known: Mapping[str, str]  # ids that the whole answer is about
    bound: Mapping[str, object]  # what members of these names have to say


def read_asked(
    operation: ModelOperation, identities: Identities, parameters: Parameters, body: object, origin: str, now: datetime
) -> Asked:
    """What a call names; Refused if it leaves out what is needed or names what does not exist."""
    arrays = {str(one["name"]) for one in operation.parameters if one.get("type") == "array"}
    values = {name: parameters.texts(name) if name in arrays else (text,) for name, text in parameters.sent.items()}
    check_rules(operation, values, now)
    told = dict(_scalars(body))
    marketplaces = _marketplaces(operation, identities, values, told)
    known = _known(operation, identities, values)
    _check_exist(operation, identities, known, marketplaces)
    is_list = operation.rows.endswith("]")
    required = {str(one["name"]) for one in operation.parameters if one.get("required")}
    bound: dict[str, object] = {
        plain(name): found if name in arrays else found[0]
        for name, found in values.items()
        if (not is_list or name in required) and plain(name) not in TOKENS
    }
    return Asked(values, body, marketplaces, known, echoed(operation, {**told, **bound, "origin": origin}))


def echoed(operation: ModelOperation, bound: Mapping[str, object]) -> dict[str, object]:
    """What a request names, under the names that the answer has for it too."""
    told = {plain(name): value for name, value in operation.odd("binds", {}).items()}
    for member, source in operation.model.odd("echoes", {}).items():
        if plain(source) in bound:
            told[plain(member)] = bound[plain(source)]
    return {**bound, **told}


def _scalars(value: object) -> Iterator[tuple[str, object]]:
    """The members of a body by plain name, inner ones too, outer ones last so that they win."""
    if not isinstance(value, dict):
        return
    for inner in value.values():
        if isinstance(inner, dict):
            yield from _scalars(inner)
    for member, inner in value.items():
        if isinstance(inner, str | int | float):
            yield plain(member), inner
        elif isinstance(inner, list) and all(isinstance(one, str) for one in inner):
            yield plain(member), tuple(inner)


def _marketplaces(
    operation: ModelOperation,
    identities: Identities,
    values: Mapping[str, tuple[str, ...]],
    told: Mapping[str, object],
) -> tuple[Marketplace, ...]:
    named = [one for name, found in values.items() if _is_marketplace(name) for one in found]
    in_body = told.get(MARKETPLACE)
    if isinstance(in_body, str):
        check_marketplace(in_body, "marketplaceId")
        named.append(in_body)
    return tuple(MARKETPLACE_BY_ID[one] for one in dict.fromkeys(named))


def _is_marketplace(name: str) -> bool:
    return plain(name) in {"marketplaceid", "marketplaceids"}


def takes_marketplace(operation: ModelOperation) -> bool:
    """Whether the operation has a parameter that names marketplaces."""
    return any(_is_marketplace(str(one["name"])) for one in operation.parameters)


def _known(operation: ModelOperation, identities: Identities, values: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """The ids in the path, the required ones of the query, and those that a single row is asked for by."""
    is_list = operation.rows.endswith("]")
    known: dict[str, str] = {}
    order = {name: place for place, name in enumerate(operation.placeholders)}
    declared = sorted(operation.parameters, key=lambda one: order.get(one["name"], len(order)))
    for one in declared:
        name = str(one["name"])
        kind = identities.kind_of(name, operation)
        if (
            kind is None
            or kind == MARKETPLACE
            or name not in values
            or (one.get("type") == "array" and not one.get("required"))
        ):
            continue
        if (one["in"] == "path" or one.get("required") or not is_list) and len(values[name]) == 1:
            known[kind] = values[name][0]
    row_kind = operation.odd("rows_of")
    if is_list and row_kind and identities.kind_name(row_kind, operation) in known and "[" in operation.rows:
        kind = identities.kind_name(row_kind, operation)
        if kind in {ASIN, SKU}:
            del known[kind]
    return known


def _check_exist(
    operation: ModelOperation, identities: Identities, known: Mapping[str, str], asked: tuple[Marketplace, ...]
) -> None:
    for kind, value in known.items():
        if not identities.exists(kind, value, known):
            raise not_found(f"There is no {kind} {value}.")
        home = identities.home(kind, value, known)
        if asked and home is not None and home not in asked:
            raise not_found(f"There is no {kind} {value} in {asked[0].marketplace_id}.")
