"""Orders that move while a list of them is read: told again where they changed, and the list still ends."""

from collections import Counter

from flight_server.simulator import Simulator, SimulatorOptions
from tests.simulator.caller import LONG_AGO, Caller
from tests.simulator.conftest import NOW


def told(*, moving: bool, **parameters: str) -> tuple[list[tuple[str, str]], Simulator]:
    """(id, status) of every order of every page."""
    with Simulator(SimulatorOptions(port=0, orders=500, limits=False, now=NOW, moving=moving)) as simulator:
        caller = Caller(simulator.url)
        orders = caller.orders(**parameters)
        caller.close()
    return [(order["AmazonOrderId"], order["OrderStatus"]) for order in orders], simulator


def test_a_list_by_update_tells_orders_again_and_each_at_last_in_its_last_state() -> None:
    orders, simulator = told(moving=True, LastUpdatedAfter=LONG_AGO)
    counted = Counter(order_id for order_id, _ in orders)
    assert sum(count > 1 for count in counted.values()) > 30
    states = {str(order["AmazonOrderId"]): order["OrderStatus"] for order in simulator.story.orders()}
    assert dict(orders) == states
    assert len(states) > 530


def test_a_list_by_creation_tells_each_order_once_with_those_that_arrive() -> None:
    orders, simulator = told(moving=True, CreatedAfter=LONG_AGO)
    assert sorted(order_id for order_id, _ in orders) == sorted(
        str(order["AmazonOrderId"]) for order in simulator.story.orders()
    )


def test_nothing_moves_unless_it_is_told_to() -> None:
    orders, simulator = told(moving=False, LastUpdatedAfter=LONG_AGO)
    assert len(orders) == len(set(orders)) == len(simulator.story.orders())
