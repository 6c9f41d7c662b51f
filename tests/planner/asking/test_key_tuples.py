"""Keys that belong together are asked for together: distinct tuples, never a product of what only looks combinable."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from catalog.catalog import Catalog
from catalog.lint import table_faults
from catalog.table import Parameter
from flight_server import planner
from flight_server.connection.settings import Settings
from flight_server.plan import Plan, Scan
from flight_server.planner.asking.calls import calls
from flight_server.planner.asking.key_tuples import Sources
from flight_server.planner.explain import Surroundings, explain
from tests.planner.declared import catalog_of, operation
from tests.planner.test_plan import NOW, fold

PLAN, SHIPMENT = Parameter("planId", "path", required=True), Parameter("shipmentId", "path", required=True)
PLAN_KEY = {"eq": "planId", "required": True, "parent": "listPlans.plan_id"}
PAIR = {
    "plan_id": {"eq": "planId", "required": True, "parent": "getPlan__shipments.plan_id"},
    "shipment_id": {"eq": "shipmentId", "required": True, "parent": "getPlan__shipments.shipment_id"},
}


def things(**more: Any) -> Catalog:
    """Plans list their shipments, shipments their boxes; labels are asked for by lists of boxes."""
    stanzas: dict[str, Any] = {
        "listPlans": {"row_path": "plans[]", "primary_key": ["plan_id"], "key_columns": {"status": {"eq": "status"}}},
        "getPlan": {"primary_key": ["plan_id"], "key_columns": {"plan_id": PLAN_KEY}},
        "listBoxes": {
            "row_path": "boxes[]",
            "primary_key": ["plan_id", "shipment_id", "box_id"],
            "key_columns": PAIR,
        },
        "getLabels": {
            "row_path": "labels[]",
            "primary_key": ["box_id"],
            "key_columns": {
                "plan_id": {"eq": "planId", "required": True},
                "box_id": {"in": "boxIds", "required": True, "batch_max": 2},
            },
        },
        **more,
    }
    boxes = Parameter("boxIds", "query", required=True, is_list=True)
    operations = {
        "listPlans": (
            operation("listPlans", Parameter("status", "query")),
            {"plans[].planId": "string", "plans[].status": "string"},
        ),
        "getPlan": (operation("getPlan", PLAN), {"planId": "string", "shipments[].shipmentId": "string"}),
        "listBoxes": (operation("listBoxes", PLAN, SHIPMENT), {"boxes[].boxId": "string"}),
        "getLabels": (operation("getLabels", PLAN, boxes), {"labels[].boxId": "string", "labels[].url": "string"}),
    }
    return catalog_of(stanzas, operations)


def planned(sql: str) -> Plan:
    return planner.plan(planner.read(sql, things()), Settings(), fold, NOW)


def names(plan: Plan) -> list[str]:
    return [scan.table.name for scan in plan.scans]


def sent(scan: Scan, keys: Mapping[tuple[str, ...], Iterable[tuple[object, ...]]]) -> list[dict[str, Any]]:
    return [{**call.path_parameters, **call.url_parameters} for call in calls(scan, Sources(NOW, keys=keys))]


PAIRS: list[tuple[object, ...]] = [("p1", "s1"), ("p1", "s2"), ("p2", "s3")]
KEYS = ("plan_id", "shipment_id")


def test_keys_with_one_parent_are_walked_once_and_stay_pairs() -> None:
    (boxes,) = planned("SELECT box_id FROM things.listBoxes").scans
    (supply,) = boxes.supplies
    assert supply.parent is not None
    assert (supply.keys, supply.parent.table.name) == (KEYS, "getPlan__shipments")
    (of_plans,) = supply.parent.supplies
    assert of_plans.parent is not None
    assert of_plans.parent.table.name == "listPlans"
    assert sent(boxes, {KEYS: PAIRS}) == [
        {"planId": "p1", "shipmentId": "s1"},
        {"planId": "p1", "shipmentId": "s2"},
        {"planId": "p2", "shipmentId": "s3"},
    ]


def test_a_key_that_the_query_gives_narrows_the_parent() -> None:
    (boxes,) = planned("SELECT box_id FROM things.listBoxes WHERE plan_id = 'p1'").scans
    (supply,) = boxes.supplies
    assert supply.parent is not None
    assert [(binding.key_column.column, binding.values) for binding in supply.parent.bindings] == [("plan_id", ("p1",))]
    assert [call["shipmentId"] for call in sent(boxes, {KEYS: PAIRS})] == ["s1", "s2"]


def test_a_key_that_the_parent_cannot_be_asked_by_still_keeps_calls_away() -> None:
    (boxes,) = planned("SELECT box_id FROM things.listBoxes WHERE shipment_id IN ('s2', 's3')").scans
    assert [call["shipmentId"] for call in sent(boxes, {KEYS: PAIRS})] == ["s2", "s3"]


def test_keys_that_the_query_gives_all_need_no_parent() -> None:
    (boxes,) = planned("SELECT box_id FROM things.listBoxes WHERE plan_id = 'p1' AND shipment_id = 's1'").scans
    assert boxes.supplies == ()


def test_a_join_supplies_pairs_whatever_the_order_of_the_text() -> None:
    on = "b.plan_id = s.plan_id AND b.shipment_id = s.shipment_id"
    for source in (
        f"things.listBoxes b JOIN things.getPlan__shipments s ON {on}",
        f"things.getPlan__shipments s JOIN things.listBoxes b ON {on}",
        "things.listBoxes JOIN things.getPlan__shipments USING (plan_id, shipment_id)",
    ):
        found = planned(f"SELECT box_id FROM {source}")
        assert names(found) == ["getPlan__shipments", "listBoxes"]
        (supply,) = found.scans[1].supplies
        assert (set(supply.keys), supply.relations) == (set(KEYS), (found.scans[0].outputs[0].relation,))


@pytest.mark.parametrize("plan_of_box", ["p.plan_id", "s.plan_id"])
def test_three_levels_ask_for_pairs_of_the_level_above(plan_of_box: str) -> None:
    found = planned(
        "SELECT box_id FROM things.listPlans p JOIN things.getPlan__shipments s ON s.plan_id = p.plan_id "
        f"JOIN things.listBoxes b ON b.plan_id = {plan_of_box} AND b.shipment_id = s.shipment_id "
        "WHERE p.status = 'ACTIVE'"
    )
    assert names(found) == ["listPlans", "getPlan__shipments", "listBoxes"]
    assert [scan.supplies[0].relations for scan in found.scans[1:]] == [("r0",), ("r1",)]
    assert set(found.scans[2].supplies[0].keys) == set(KEYS)


def test_a_row_value_in_a_subquery_supplies_pairs() -> None:
    inner = "SELECT plan_id, shipment_id FROM things.getPlan__shipments WHERE plan_id = 'p1'"
    found = planned(f"SELECT box_id FROM things.listBoxes WHERE (plan_id, shipment_id) IN ({inner})")
    assert names(found) == ["getPlan__shipments", "listBoxes"]
    assert found.scans[1].supplies[0].keys == KEYS


def test_exists_asks_for_the_pairs_of_the_outer_query() -> None:
    inner = "SELECT 1 FROM things.listBoxes b WHERE b.plan_id = s.plan_id AND b.shipment_id = s.shipment_id"
    found = planned(f"SELECT shipment_id FROM things.getPlan__shipments s WHERE EXISTS ({inner})")
    assert set(found.scans[1].supplies[0].keys) == set(KEYS)


def test_a_join_on_one_key_narrows_the_walk_for_the_other() -> None:
    found = planned(
        "SELECT box_id FROM things.listPlans p JOIN things.listBoxes b ON b.plan_id = p.plan_id "
        "WHERE p.status = 'ACTIVE'"
    )
    walked, joined = found.scans[1].supplies
    assert walked.parent is not None
    assert [supply.sql for supply in walked.parent.supplies] == [joined.sql]
    made = sent(found.scans[1], {KEYS: PAIRS, ("plan_id",): [("p1",)]})
    assert [call["shipmentId"] for call in made] == ["s1", "s2"]


def test_alternatives_of_an_outer_join_supply_nothing_to_the_preserved_side() -> None:
    on = "b.plan_id = s.plan_id AND b.shipment_id = s.shipment_id"
    found = planned(f"SELECT box_id FROM things.listBoxes b LEFT JOIN things.getPlan__shipments s ON {on}")
    (boxes,) = [scan for scan in found.scans if scan.table.name == "listBoxes"]
    assert all(supply.parent is not None for supply in boxes.supplies)


def test_one_list_parameter_takes_the_values_of_tuples_that_agree_otherwise() -> None:
    found = planned(
        "SELECT url FROM things.listBoxes b JOIN things.getLabels l ON l.plan_id = b.plan_id AND l.box_id = b.box_id"
    )
    labels = found.scans[1]
    assert labels.table.name == "getLabels"
    pairs = [("p2", "b9"), ("p1", "b1"), ("p2", "b8"), ("p1", "b2"), ("p1", "b3")]
    made = sent(labels, {labels.supplies[0].keys: pairs})
    assert [(call["planId"], call["boxIds"]) for call in made] == [
        ("p1", ("b1", "b2")),
        ("p1", ("b3",)),
        ("p2", ("b9", "b8")),
    ]


def test_explain_tells_every_level_and_what_it_waits_for() -> None:
    rows = explain(
        planned("SELECT box_id FROM things.listBoxes WHERE plan_id = 'p1'"), Surroundings(Settings(), NOW)
    ).to_pylist()
    assert [(row["table"], row["depends_on"], row["calls_min"]) for row in rows] == [
        ("things.getPlan__shipments", None, 1),
        ("things.listBoxes", "1", 0),
    ]
    assert '"planId": "p1"' in rows[1]["parameters"]


def test_a_circle_of_parents_is_refused() -> None:
    circle = {"row_path": "plans[]", "key_columns": {"plan_id": {"eq": "status", "parent": "getPlan.plan_id"}}}
    faults = list(table_faults(things(listPlans=circle).tables))
    assert any("is its own ancestor" in fault for fault in faults)
