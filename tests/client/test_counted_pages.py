"""Pages that are counted instead of handed on, totals that cannot be reached, and bodies as they go out."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from catalog.table import Operation, Paging, Parameter
from flight_server.client.pages.paging import PageWalk
from flight_server.client.wire.http_request import http_request
from flight_server.client.wire.transport import Answer
from flight_server.errors import ApiError, UnexpectedAnswer
from flight_server.plan import Call

LISTED = Operation(
    "listOffers",
    "replenishment",
    "v1",
    "POST",
    "/offers",
    (
        Parameter("pagination.offset", "body", type="integer"),
        Parameter("pagination.limit", "body", type="integer"),
        Parameter("filters.sku", "body"),
    ),
)
PAGING = Paging("", "", size="pagination.limit", offset="pagination.offset", total="total", rows="offers[]")


def _call(**paging: Any) -> Call:
    return Call(LISTED, body={"filters": {"sku": "A"}}, paging=replace(PAGING, **paging), page_size=3)


def _served(rows: int, total: int | None) -> Callable[[str], Answer]:
    def send(offset: str) -> Answer:
        start = int(offset or 0)
        body: dict[str, object] = {"offers": [{"n": n} for n in range(start, min(start + 3, rows))]}
        return _answer(body if total is None else {**body, "total": total})

    return send


def _answer(body: Mapping[str, object]) -> Answer:
    return Answer(200, {}, json.dumps(body).encode())


def _rows(call: Call, send: Callable[[str], Answer]) -> list[int]:
    walk = PageWalk(call)
    pages = iter(lambda: walk.next_page(send), None)
    return [offer["n"] for page in pages if page is not None for offer in json.loads(page.body)["offers"]]


@pytest.mark.parametrize("rows", [0, 1, 3, 4, 6, 7])
@pytest.mark.parametrize("is_counted", [True, False])
def test_every_row_is_read_once(rows: int, is_counted: bool) -> None:
    assert _rows(_call(), _served(rows, rows if is_counted else None)) == list(range(rows))


def test_rows_that_cannot_be_reached_are_an_error() -> None:
    with pytest.raises(ApiError, match="beyond row 4"):
        _rows(_call(offset_max=4), _served(9, 9))


def test_a_page_without_rows_before_the_end_is_an_error() -> None:
    with pytest.raises(UnexpectedAnswer, match="counts 9"):
        _rows(_call(), _served(3, 9))


def test_a_list_that_stops_short_of_its_total_is_an_error() -> None:
    paging = Paging("pageToken", "next", total="total", offset_max=1000)
    call = Call(LISTED, paging=paging)
    assert _rows(call, lambda _: _answer({"offers": [{"n": 1}], "total": 1000})) == [1]
    with pytest.raises(ApiError, match="beyond row 1000"):
        _rows(call, lambda _: _answer({"offers": [{"n": 1}], "total": 1001}))


def test_offset_and_limit_stand_in_the_body_beside_the_filters() -> None:
    sent = [_body(_call(), offset) for offset in ("", "3")]
    assert [body["pagination"] for body in sent] == [{"limit": 3, "offset": 0}, {"limit": 3, "offset": 3}]
    assert all(body["filters"] == {"sku": "A"} for body in sent)


def test_numbers_go_out_with_the_digits_that_were_asked_for() -> None:
    call = Call(LISTED, body=[{"amount": Decimal("19.90"), "count": 3, "is_new": True}])
    request = http_request(call, "", "https://example.com", "token", datetime(2026, 1, 1, tzinfo=UTC))
    assert request.body == b'[{"amount":19.90,"count":3,"is_new":true}]'


def test_what_is_kept_and_replaced_goes_with_a_token() -> None:
    paging = Paging("NextToken", "next", repeat="none", keeps=("MarketplaceId",), sets={"QueryType": "NEXT_TOKEN"})
    operation = replace(LISTED, method="GET", parameters=())
    sent = {"MarketplaceId": "A1", "QueryType": "SHIPMENT", "Status": "CLOSED"}
    call = Call(operation, url_parameters=sent, paging=paging)
    request = http_request(call, "abc", "https://example.com", "token", datetime(2026, 1, 1, tzinfo=UTC))
    assert request.url.endswith("?MarketplaceId=A1&QueryType=NEXT_TOKEN&NextToken=abc")


def _body(call: Call, offset: str) -> Any:
    request = http_request(call, offset, "https://example.com", "token", datetime(2026, 1, 1, tzinfo=UTC))
    return json.loads(request.body or b"")
