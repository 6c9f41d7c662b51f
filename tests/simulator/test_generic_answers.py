"""Every read operation of every model: it answers, as its model says, about things that exist."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from flight_server.simulator import Simulator, Story
from flight_server.simulator.generic.asked import TOKENS
from flight_server.simulator.generic.identities import ASIN, Identities, plain
from flight_server.simulator.generic.models import ModelOperation
from flight_server.simulator.generic.pages import SIZES
from flight_server.simulator.generic.rules import limit
from flight_server.simulator.operations import OPERATIONS
from tests.simulator.caller import DEMO, NO_ROLE, Caller, refusal
from tests.simulator.conftest import NOW
from tests.simulator.model_schema import MODELS, answer_checker
from tests.simulator.samples import Sample, operations, sample

BY_HAND = {(one.method, one.path) for one in OPERATIONS}
ALL = list(operations())
GENERIC = [one for one in ALL if (one.method, one.path) not in BY_HAND]
PAGED = [one for one in GENERIC if any(plain(p["name"]) in TOKENS for p in one.parameters)]
NOTIFICATIONS = {**DEMO, "grant_type": "client_credentials", "scope": "sellingpartnerapi::notifications"}


def named(operation: ModelOperation) -> str:
    return f"{operation.model.name}-{operation.operation_id}"


every = pytest.mark.parametrize("operation", GENERIC, ids=named)


class AnyCaller:
    """Calls an operation with the token that it takes."""

    def __init__(self, simulator: Simulator) -> None:
        self.story: Story = simulator.story
        self.caller = Caller(simulator.url)
        self.grantless = self.caller.login(NOTIFICATIONS).json()["access_token"]

    def send(self, asked: Sample, path: str = "", query: dict[str, str] | None = None, body: Any = None) -> Any:
        operation = asked.operation
        token = self.caller.access_token
        if operation.operation_id in operation.model.odd("restricted", ()):
            token = self.restricted(operation)
        elif operation.odd("scope"):
            token = self.grantless
        return self.caller.http.request(
            operation.method,
            f"{self.caller.url}{path or asked.path}",
            params=asked.query if query is None else query,
            json=asked.body if body is None else body,
            headers={"x-amz-access-token": token},
            timeout=30,
        )

    def restricted(self, operation: ModelOperation) -> str:
        return self.caller.restricted_token(operation.path)


@pytest.fixture(scope="module")
def anyone(simulator: Simulator) -> Iterator[AnyCaller]:
    caller = AnyCaller(simulator)
    yield caller
    caller.caller.close()


def rows_of(operation: ModelOperation, body: Any) -> list[Any]:
    """The rows of an answer, wherever its model has them."""
    path = operation.rows
    for part in filter(None, path.removesuffix("[*]").removesuffix("[]").split(".")):
        if part != "$":
            body = body[part]
    if path.endswith("[*]"):
        return [(name, row) for name, rows in body.items() for row in rows]
    return body if path.endswith("[]") else [body]


def test_no_read_operation_is_left_out() -> None:
    assert len(ALL) == 222
    assert sum(one.method == "GET" for one in ALL) == 192


@every
def test_it_answers_with_rows_that_keep_its_model(anyone: AnyCaller, operation: ModelOperation) -> None:
    if not MODELS.is_dir():
        pytest.skip("Amazon's models are not on this machine (shared/spapi)")
    asked = sample(operation, anyone.story)
    answer = anyone.send(asked)
    assert answer.status_code == operation.status, answer.text
    body = answer.json()
    answer_checker(f"{operation.model.name}.json", operation.operation_id, operation.status).validate(body)
    assert (
        rows_of(operation, body) not in ([], [{}]) or operation.operation_id == "validateContentDocumentAsinRelations"
    )
    assert anyone.send(asked).content == answer.content


@pytest.mark.parametrize("operation", PAGED, ids=named)
def test_its_pages_hold_every_row_once(anyone: AnyCaller, operation: ModelOperation) -> None:
    asked = sample(operation, anyone.story)
    token = next(one["name"] for one in operation.parameters if plain(one["name"]) in TOKENS)
    size = next((one for one in operation.parameters if plain(one["name"]) in SIZES), None)
    whole = {**asked.query, **({size["name"]: str(size.get("maximum", 100))} if size else {})}
    small = {**asked.query, **({size["name"]: str(max(5, size.get("minimum", 1)))} if size else {})}
    assert rows(anyone, asked, whole, token) == rows(anyone, asked, small, token)


def rows(anyone: AnyCaller, asked: Sample, query: dict[str, str], token: str) -> list[str]:
    """The rows of all pages, in an order of their own."""
    found: list[str] = []
    operation = asked.operation
    alone = operation.operation_id in operation.model.odd("alone", ())
    first = dict(query)
    for _ in range(80):
        answer = anyone.send(asked, query=query)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        found += [str(row) for row in rows_of(operation, body)]
        following = next_token(body)
        if not following:
            return sorted(found)
        query = {token: following} if alone else {**first, token: following}
        if "QueryType" in first:
            query["QueryType"] = "NEXT_TOKEN"
    raise AssertionError("the pages do not end")


def next_token(body: Any) -> str:
    details = body.get("selection", {}).get("selectionDetails", {})
    for place in (body, body.get("pagination", {}), body.get("payload", {}), details):
        for name in ("nextToken", "NextToken", "nextPageToken", "nextTokenForLineItems"):
            if isinstance(place, dict) and place.get(name):
                return str(place[name])
        if (
            isinstance(place, dict)
            and isinstance(place.get("pagination"), dict)
            and place["pagination"].get("nextToken")
        ):
            return str(place["pagination"]["nextToken"])
    return ""


def pairs(operation: ModelOperation) -> list[tuple[str, str]]:
    """The parameters of a lower and an upper bound of the same instant."""
    bounds: dict[str, dict[bool, str]] = {}
    for one in operation.parameters:
        told = limit(one, one["name"]) if one["in"] == "query" else None
        if told is not None:
            bounds.setdefault(told[0], {})[told[1]] = one["name"]
    return [(ends[False], ends[True]) for ends in bounds.values() if len(ends) == 2]


PERIODS = [(one, *pair) for one in GENERIC if one.method == "GET" for pair in pairs(one)]


@pytest.mark.parametrize(
    ("operation", "after", "before"), PERIODS, ids=[f"{named(one)}-{after}" for one, after, _ in PERIODS]
)
def test_its_rows_are_the_same_however_a_period_is_cut(
    anyone: AnyCaller, operation: ModelOperation, after: str, before: str
) -> None:
    asked = sample(operation, anyone.story)
    token = next((one["name"] for one in operation.parameters if plain(one["name"]) in TOKENS), "")
    group = {name for pair in pairs(operation) for name in pair}
    rest = {name: text for name, text in asked.query.items() if name not in group}
    for needed in operation.odd("needs", ()):
        if not {after, *rest} & set(needed):
            rest |= {name: asked.query[name] for name in needed if name in asked.query}

    def told(start: float, end: float) -> list[str]:
        period = {after: _days_ago(start), before: _days_ago(end)}
        return rows(anyone, asked, {**rest, **period}, token)

    assert sorted([*told(80, 41.37), *told(41.37, 3)]) == told(80, 3)


def _days_ago(days: float) -> str:
    return (NOW - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_many_lists_have_more_rows_than_a_page(anyone: AnyCaller) -> None:
    paged = [one for one in PAGED if next_token(anyone.send(sample(one, anyone.story)).json())]
    assert len(paged) >= 15, sorted(map(named, paged))


@pytest.mark.parametrize("operation", [one for one in GENERIC if one.placeholders], ids=named)
def test_an_unknown_id_in_its_path_is_not_found(anyone: AnyCaller, operation: ModelOperation) -> None:
    asked = sample(operation, anyone.story)
    path = operation.path
    for name in operation.placeholders:
        path = path.replace(f"{{{name}}}", "nobody-knows-it")
    assert refusal(anyone.send(asked, path=path)) == (404, "NotFound")


@every
def test_it_asks_for_every_required_parameter(anyone: AnyCaller, operation: ModelOperation) -> None:
    asked = sample(operation, anyone.story)
    for one in operation.parameters:
        if one["in"] == "query" and one.get("required"):
            less = {name: text for name, text in asked.query.items() if name != one["name"]}
            assert refusal(anyone.send(asked, query=less)) == (400, "InvalidInput")
        limit = one.get("maxItems")
        if one["in"] == "query" and limit:
            many = {**asked.query, one["name"]: ",".join(f"v{number}" for number in range(limit + 1))}
            assert refusal(anyone.send(asked, query=many)) == (400, "InvalidInput")


@every
def test_it_is_refused_without_a_token_that_fits(anyone: AnyCaller, operation: ModelOperation) -> None:
    asked = sample(operation, anyone.story)
    url = f"{anyone.caller.url}{asked.path}"
    bare = requests.request(operation.method, url, params=asked.query, json=asked.body, timeout=10)
    assert refusal(bare) == (403, "Unauthorized")
    is_special = operation.operation_id in operation.model.odd("restricted", ()) or operation.odd("scope")
    if is_special:
        headers = {"x-amz-access-token": anyone.caller.access_token}
        open_call = requests.request(operation.method, url, params=asked.query, headers=headers, timeout=10)
        assert refusal(open_call) == (403, "Unauthorized")


def test_another_seed_is_another_seller_and_the_order_of_calls_does_not_matter() -> None:
    story, other = Story(1, 60, NOW), Story(2, 60, NOW)
    for operation in GENERIC[::9]:
        kinds = [kind for kind in Identities(operation.model, 1, story).kinds.values() if kind.source == "form"]
        for kind in kinds:
            ids = Identities(operation.model, 1, story).ids(kind.name, {})
            assert ids == Identities(operation.model, 1, story).ids(kind.name, {})
            assert not set(ids) & set(Identities(operation.model, 2, other).ids(kind.name, {}))


def test_an_application_without_the_role_cannot_ask_for_restricted_operations(simulator: Simulator) -> None:
    caller = Caller(simulator.url, NO_ROLE)
    resource = {"method": "GET", "path": "/mfn/v0/shipments/{shipmentId}"}
    body = {"restrictedResources": [resource]}
    assert refusal(caller.post("/tokens/2021-03-01/restrictedDataToken", body)) == (403, "Unauthorized")
    caller.close()


def test_kinds_of_the_story_are_known_by_any_name(anyone: AnyCaller) -> None:
    operation = next(one for one in ALL if one.operation_id == "listPrepDetails")
    identities = Identities(operation.model, 1, anyone.story)
    assert identities.kind_of("mskus", operation) == "sku"
    assert identities.kind_of("buyerProductIdentifier", operation) == ASIN
    assert identities.kind_of("somethingElse", operation) is None
