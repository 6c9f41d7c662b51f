"""Answers of a request batch → the requests that they answer, so that no price ever stands beside another item.

Amazon answers in the order of the requests, and most answers repeat what they were asked. One that repeats another
request than that of its place belongs to the request that it repeats; one that repeats none belongs to its place.
Knows the page and the words that say where a request is repeated; knows no column and no HTTP.
"""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote

from catalog.table import RequestBatch, Table
from flight_server.decode.items import items_of, value_at
from flight_server.decode.unexpected import unreadable_page
from flight_server.plan import Page

Told = Mapping[str, str]
"""What an answer repeats: column -> value; `NUMBER` -> number of the request within its call."""

NUMBER = ""


def matched_to_answers(page: Page, table: Table) -> Page:
    """The page with its call's requests in the order of the answers; raise UnexpectedAnswer where they do not match."""
    assert table.request_batch is not None
    array, _, _ = table.row_path.partition("[]")
    answers, asked = items_of(page, array), page.call.requests
    if len(answers) != len(asked):
        raise unreadable_page(page, f"it holds {len(answers)} answers to {len(asked)} requests")
    told = [_told(answer, array, table.request_batch) for answer in answers]
    wanted = [_as_told(request, number) for number, request in enumerate(asked, 1)]
    places = _places(told, wanted)
    if places is None:
        raise unreadable_page(page, "it does not tell for each of its answers which request it belongs to")
    in_order = tuple(asked[place] for place in places)
    return page if in_order == asked else replace(page, call=replace(page.call, requests=in_order))


def _told(answer: object, array: str, batch: RequestBatch) -> Told:
    members = {**batch.repeats, **({NUMBER: batch.number_repeated} if batch.number_repeated else {})}
    values = {column: value_at(answer, member.removeprefix(f"{array}[].")) for column, member in members.items()}
    return {column: str(value) for column, value in values.items() if value is not None}


def _as_told(request: Mapping[str, str | None], number: int) -> Told:
    return {NUMBER: str(number), **{column: value for column, value in request.items() if value is not None}}


def _places(told: list[Told], wanted: list[Told]) -> list[int] | None:
    """For each answer the place of its request; None where they do not pair up."""
    places: dict[int, int] = {}  # number of the answer -> place of its request
    free = set(range(len(wanted)))
    misplaced: list[int] = []
    silent: list[int] = []
    for number, one in enumerate(told):
        if not any(_repeats(one, request) for request in wanted):
            silent.append(number)
        elif _repeats(one, wanted[number]):
            places[number] = number
            free.remove(number)
        else:
            misplaced.append(number)
    for number in misplaced:
        place = next((place for place in sorted(free) if _repeats(told[number], wanted[place])), None)
        if place is None:
            return None
        places[number] = place
        free.remove(place)
    if len(silent) == 1:
        places[silent[0]] = free.pop()
    elif free == set(silent):
        places.update((number, number) for number in silent)
    elif silent:
        return None
    return [places[number] for number in range(len(told))]


def _repeats(told: Told, wanted: Told) -> bool:
    """Whether an answer that repeats something repeats this request; some of Amazon's repeat it percent-encoded."""
    compared = [(value, wanted[column]) for column, value in told.items() if column in wanted]
    return bool(compared) and all(value in (asked, quote(asked, safe="")) for value, asked in compared)
