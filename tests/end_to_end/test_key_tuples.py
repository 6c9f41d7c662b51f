"""Keys that belong together, through the driver: plans, their shipments, the boxes of these."""

from tests.server_fixtures import Stack

PAIRS = "SELECT inbound_plan_id, shipment_id FROM fulfillment_inbound.inbound_plan__shipments"
ON = "b.inbound_plan_id = s.inbound_plan_id AND b.shipment_id = s.shipment_id"


def shipments(stack: Stack) -> list[tuple[str, str]]:
    return [(row["inbound_plan_id"], row["shipment_id"]) for row in stack.query(PAIRS)]


def box_calls(stack: Stack) -> list[str]:
    """The first page's path of every list of boxes that was asked for."""
    calls = stack.calls("listShipmentBoxes")
    return [call["path"] for call in calls if "paginationToken" not in call["query"]]


def paths(pairs: list[tuple[str, str]]) -> list[str]:
    return sorted(
        f"/inbound/fba/2024-03-20/inboundPlans/{plan_id}/shipments/{shipment_id}/boxes"
        for plan_id, shipment_id in pairs
    )


def test_boxes_are_asked_for_by_the_pairs_that_there_are(stack: Stack) -> None:
    pairs = shipments(stack)
    assert len({plan_id for plan_id, _ in pairs}) > 1
    stack.simulator.clear_calls()
    rows = stack.query("SELECT inbound_plan_id, shipment_id, package_id FROM fulfillment_inbound.shipment_boxes")
    assert sorted(box_calls(stack)) == paths(pairs)
    assert {(row["inbound_plan_id"], row["shipment_id"]) for row in rows} <= set(pairs)
    assert rows


def test_one_plan_asks_for_its_own_shipments_only(stack: Stack) -> None:
    pairs = shipments(stack)
    plan = pairs[0][0]
    stack.simulator.clear_calls()
    stack.query(f"SELECT package_id FROM fulfillment_inbound.shipment_boxes WHERE inbound_plan_id = '{plan}'")
    assert sorted(box_calls(stack)) == paths([pair for pair in pairs if pair[0] == plan])
    assert len(stack.calls("getInboundPlan")) == 1
    assert stack.calls("listInboundPlans") == []


def test_a_join_of_three_levels_asks_for_each_key_once(stack: Stack) -> None:
    pairs = shipments(stack)
    stack.simulator.clear_calls()
    rows = stack.query(
        "SELECT p.name, b.package_id FROM fulfillment_inbound.inbound_plans p "
        "JOIN fulfillment_inbound.inbound_plan__shipments s ON s.inbound_plan_id = p.inbound_plan_id "
        "JOIN fulfillment_inbound.shipment_boxes b ON b.inbound_plan_id = p.inbound_plan_id "
        "AND b.shipment_id = s.shipment_id"
    )
    assert sorted(box_calls(stack)) == paths(pairs)
    plans = [call["path"] for call in stack.calls("getInboundPlan")]
    assert len(plans) == len(set(plans))
    alone = stack.query("SELECT count(*) AS n FROM fulfillment_inbound.shipment_boxes")
    assert len(rows) == alone[0]["n"]


def test_a_limit_stops_the_walk(stack: Stack) -> None:
    stack.simulator.clear_calls()
    assert len(stack.query("SELECT package_id FROM fulfillment_inbound.shipment_boxes LIMIT 1")) == 1
    assert len(box_calls(stack)) == 1
