"""Money, times and members beside the rows, as a client reads them: exact, in child tables and native lists too."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.scripted_amazon import US, ScriptedAmazon, scripted_amazon

PLAN, SHIPMENT = (f"{kind}1234abcd-1234-abcd-5678-1234abcd5678" for kind in ("wf", "sh"))
INBOUND = f"/inbound/fba/2024-03-20/inboundPlans/{PLAN}"


@pytest.fixture(scope="module")
def amazon() -> Iterator[ScriptedAmazon]:
    with scripted_amazon() as scripted:
        yield scripted


def test_a_fee_in_a_child_table_is_exact(amazon: ScriptedAmazon) -> None:
    fees = [{"type": "FEE", "value": {"amount": amount, "code": "USD"}} for amount in (0.1, 123456789.12)]
    option = {"placementOptionId": "pl1", "status": "OFFERED", "fees": fees, "discounts": [], "shipmentIds": []}
    amazon.answer(f"{INBOUND}/placementOptions", {"placementOptions": [option]})
    table = "fulfillment_inbound.placement_options"
    where = f"WHERE inbound_plan_id = '{PLAN}'"
    (total,) = amazon.query(f"SELECT sum(value_amount) AS total FROM {table}__fees {where}")
    assert total == {"total": Decimal("123456789.220000")}
    (row,) = amazon.query(f"SELECT fees FROM {table} {where}", NestedTypes="native")
    assert [fee["value"]["amount"] for fee in row["fees"]] == [Decimal("0.100000"), Decimal("123456789.120000")]


def test_an_expiration_in_a_box_is_a_date(amazon: ScriptedAmazon) -> None:
    item = {"msku": "A-1", "quantity": 1, "labelOwner": "SELLER", "expiration": "2027-01-31"}
    amazon.answer(f"{INBOUND}/shipments/{SHIPMENT}/boxes", {"boxes": [{"packageId": "b1", "items": [item]}]})
    table = "fulfillment_inbound.shipment_boxes"
    where = f"WHERE inbound_plan_id = '{PLAN}' AND shipment_id = '{SHIPMENT}'"
    (row,) = amazon.query(f"SELECT expiration FROM {table}__items {where}")
    assert row == {"expiration": date(2027, 1, 31)}
    (row,) = amazon.query(f"SELECT items FROM {table} {where}", NestedTypes="native")
    assert row["items"][0]["expiration"] == date(2027, 1, 31)


def test_milestones_of_a_shipment_have_times(amazon: ScriptedAmazon) -> None:
    milestone = {"status": {"code": "DELIVERED"}, "occurredAt": "2026-05-01T10:00:00+02:00"}
    detail = {"identifier": {"id": "x"}, "milestoneHistory": [milestone]}
    amazon.answer("/tracking/2026-01-30/shipments/track", {"trackingDetail": detail})
    table = "tracking.shipment_tracking__milestone_history"
    (row,) = amazon.query(f"SELECT occurred_at FROM {table} WHERE identifier_id = 'x'")
    assert row == {"occurred_at": datetime(2026, 5, 1, 8, tzinfo=UTC)}


def test_revenue_is_exact_and_a_percentage_is_no_money(amazon: ScriptedAmazon) -> None:
    metric = {"currencyCode": "USD", "totalSubscriptionsRevenue": 1234567.89, "couponsRevenuePenetration": 0.1 + 0.2}
    amazon.answer("/replenishment/2022-11-07/sellingPartners/metrics/search", {"metrics": [metric]})
    (row,) = amazon.query(
        "SELECT total_subscriptions_revenue, coupons_revenue_penetration FROM replenishment.selling_partner_metrics "
        "WHERE requested_start_date = TIMESTAMP '2026-01-01' AND requested_end_date = TIMESTAMP '2026-05-31' "
        "AND aggregation_frequency = 'MONTH'"
    )
    assert row["total_subscriptions_revenue"] == Decimal("1234567.890000")
    assert row["coupons_revenue_penetration"] == 0.1 + 0.2


def test_what_is_recommended_is_told_though_it_is_not_among_the_options(amazon: ScriptedAmazon) -> None:
    recommended = {"shippingOptionId": "o-1", "carrierName": "ATS", "timeSlot": {"startTime": 1750000000}}
    answer: dict[str, object] = {"shippingOptions": [], "recommendedShippingOption": recommended}
    amazon.answer("/externalFulfillment/2024-09-11/shipments/s-1/shippingOptions", answer)
    schema, where = "external_fulfillment_shipments", "WHERE shipment_id = 's-1' AND package_id = 'p-1'"
    table = f"{schema}.recommended_shipping_option"
    (row,) = amazon.query(f"SELECT carrier_name, time_slot_start_time FROM {table} {where}")
    assert row == {"carrier_name": "ATS", "time_slot_start_time": 1750000000}
    answer["shippingOptions"] = [{"shippingOptionId": "o-2"}]
    (row,) = amazon.query(f"SELECT recommended_shipping_option AS told FROM {schema}.shipping_options {where}")
    assert json.loads(row["told"]) == recommended


def test_cases_are_asked_for_by_body_over_all_pages(amazon: ScriptedAmazon) -> None:
    first, second = ({"caseId": str(number), "status": "RESOLVED"} for number in (1, 2))
    amazon.answer("/support/2025-02-01/cases", {"cases": [first], "nextToken": "t/+="}, {"cases": [second]})
    before = len(amazon.asked)
    rows = amazon.query("SELECT case_id FROM support.cases WHERE status IN ('RESOLVED', 'TRANSFERRED')")
    assert [row["case_id"] for row in rows] == ["1", "2"]
    one, two = (json.loads(call.body) for call in amazon.asked[before:])
    assert one == {"caseFilters": {"caseStatuses": ["RESOLVED", "TRANSFERRED"]}, "maxResults": 50}
    assert two == {**one, "nextToken": "t/+="}


def test_promotions_take_any_identifier_and_both_revisions(amazon: ScriptedAmazon) -> None:
    discount = {"type": "AMOUNT_OFF", "amountOff": 10.1, "percentOff": 12.5, "currencyCode": "USD"}
    promotion = {"promotionId": "p", "marketplaceId": US, "benefit": {"discount": discount}}
    amazon.answer("/promotions/2025-12-01/promotions", {"promotions": [promotion], "totalResults": 1})
    before = len(amazon.asked)
    (row,) = amazon.query(
        "SELECT benefit_discount_amount_off AS off, benefit_discount_percent_off AS share FROM promotions.promotions"
    )
    assert row == {"off": Decimal("10.100000"), "share": 12.5}
    (call,) = amazon.asked[before:]
    sent = {name: call.parameter(name) for name in ("marketplaceIds", "revision", "limit", "includedData")}
    assert sent == {"marketplaceIds": US, "revision": "ANY", "limit": "100", "includedData": ""}


def test_an_operation_without_a_plan_of_its_model_is_throttled(amazon: ScriptedAmazon) -> None:
    (row,) = amazon.query("SELECT DISTINCT rate, burst FROM system.tables WHERE operation_id = 'listTransferSchedules'")
    assert row == {"rate": 0.5, "burst": 10}
    (unstated,) = amazon.query("SELECT count(*) AS n FROM system.tables WHERE api IS NOT NULL AND rate IS NULL")
    assert unstated == {"n": 0}
