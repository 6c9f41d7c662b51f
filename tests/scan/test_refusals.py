"""What Amazon refuses of a star is remembered, by account, operation and data set, and not for ever."""

import threading
from dataclasses import replace

import pytest

from flight_server.activity import QueryActivity
from flight_server.errors import Cancelled
from flight_server.plan import Call, Dispensable
from flight_server.planner.asking.dispensing import without
from flight_server.scan.refusals import LIFETIME_SECONDS, Refusals
from tests.client.operations import ORDERS

VENDOR = Dispensable("includedData", "vendorDetails", "vendor", ("s.t.vendor_details",))
BUYER = Dispensable("", "buyerInfo", "role", ("s.t.buyer",))
ADDRESS = Dispensable("", "shippingAddress", "role", ("s.t.address",))

CALL = replace(
    ORDERS,
    url_parameters={"includedData": ("summaries", "vendorDetails"), "details": "true"},
    restricted_elements=("buyerInfo", "shippingAddress"),
    needs_restricted_token=True,
    dispensable=(VENDOR, BUYER, ADDRESS),
)


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def another_operation(call: Call) -> Call:
    return replace(call, operation=replace(call.operation, operation_id="getOther"))


def test_a_refusal_is_forgotten_after_an_hour() -> None:
    time = Time()
    refusals = Refusals(time)
    refusals.note_refused("a", CALL, [BUYER], "no")
    time.now = LIFETIME_SECONDS - 1
    assert refusals.refused("a", CALL) == {BUYER: "no"}
    assert refusals.refused("b", CALL) == {}
    assert refusals.refused("a", another_operation(CALL)) == {}
    time.now = LIFETIME_SECONDS
    assert refusals.refused("a", CALL) == {}


def test_what_is_refused_for_belonging_to_vendors_tells_of_every_operation() -> None:
    refusals = Refusals()
    refusals.note_refused("a", CALL, [VENDOR], "no")
    assert refusals.refused("a", another_operation(CALL)) == {VENDOR: "no"}


def test_what_is_refused_along_with_it_does_not() -> None:
    refusals = Refusals()
    refusals.note_refused("a", CALL, [VENDOR, BUYER], "no")
    assert refusals.refused("a", CALL) == {VENDOR: "no", BUYER: "no"}
    assert refusals.refused("a", another_operation(CALL)) == {}


def test_what_was_given_is_not_waited_for() -> None:
    refusals = Refusals()
    refusals.note_given("a", CALL)
    query = QueryActivity("", "")
    with refusals.finding_out("a", CALL, query), refusals.finding_out("a", CALL, query):
        assert refusals.refused("a", CALL) == {}


def test_whoever_waits_for_another_to_find_out_can_be_cancelled() -> None:
    refusals, query = Refusals(), QueryActivity("", "")
    threading.Timer(0.2, query.cancel).start()
    with (
        refusals.finding_out("a", CALL, QueryActivity("", "")),
        pytest.raises(Cancelled),
        refusals.finding_out("a", CALL, query),
    ):
        pass


def test_a_call_can_do_without_data_sets_and_elements() -> None:
    call = without(CALL, [VENDOR, BUYER])
    assert call.url_parameters == {"includedData": ("summaries",), "details": "true"}
    assert (call.restricted_elements, call.needs_restricted_token) == (("shippingAddress",), True)
    assert call.dispensable == (ADDRESS,)


def test_a_call_that_does_without_all_of_them_needs_neither_parameter_nor_token() -> None:
    only = replace(CALL, url_parameters={"includedData": ("vendorDetails",)})
    call = without(only, only.dispensable)
    assert call.url_parameters == {}
    assert (call.restricted_elements, call.needs_restricted_token) == ((), False)


def test_an_operation_that_always_needs_the_token_keeps_it() -> None:
    always = replace(CALL, restricted_elements=(), dispensable=(VENDOR,))
    assert without(always, [VENDOR]).needs_restricted_token
