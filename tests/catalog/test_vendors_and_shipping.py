"""What is subtle of vendors, services and shipping: two kinds of periods, slots two lists deep, money."""

from datetime import UTC, datetime
from decimal import Decimal

from catalog.load import load_tables
from catalog.table import Table
from flight_server.decode import decoder
from flight_server.plan import Binding, Call, Page
from flight_server.planner.asking.parameters import bind
from flight_server.planner.conditions.ranges import Domain, Range, Values

TABLES = {table.qualified_name: table for table in load_tables()}
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def bound(table: Table, **domains: Domain) -> dict[str, Binding]:
    return {binding.key_column.column: binding for binding in bind(table, domains, (), NOW)}


def one(value: str | datetime) -> Values:
    return Values(frozenset({value}))


def rows(name: str, body: bytes) -> list[dict[str, object]]:
    table = TABLES[name]
    assert table.operation is not None
    columns = tuple(column for column in table.columns if not column.is_echo)
    found: list[dict[str, object]] = decoder(table.row_path, columns)(
        [Page(Call(table.operation), 0, body)]
    ).to_pylist()
    return found


def test_jobs_are_asked_for_by_creation_or_by_change_never_by_both() -> None:
    table = TABLES["services_v1.service_jobs"]
    assert bound(table)["create_time"].lower == "2010-01-01T00:00:00Z"
    assert bound(table, create_time=Range(upper=NOW))["create_time"].lower == "2010-01-01T00:00:00Z"
    assert bound(table, create_time=Range(lower=NOW))["create_time"].lower == "2026-06-01T00:00:00Z"
    assert "create_time" not in bound(table, create_time=Range(lower=NOW), last_updated_after=one(NOW))


def test_purchase_orders_take_a_period_of_either_kind() -> None:
    table = TABLES["vendor_orders_v1.purchase_orders"]
    assert not bound(table)
    assert bound(table, created_after=one(NOW))["created_after"].values == ("2026-06-01T00:00:00Z",)
    changed = bound(table, order_details_purchase_order_changed_date=Range(lower=NOW))
    assert changed["order_details_purchase_order_changed_date"].lower == "2026-06-01T00:00:00Z"


def test_slots_two_lists_deep_tell_the_kind_of_their_capacity() -> None:
    body = b"""{"resourceId": "r", "capacities": [
        {"capacityType": "AVAILABLE_CAPACITY", "slots": [{"capacity": 1}, {"capacity": 2}]},
        {"capacityType": "RESERVED_CAPACITY", "slots": [{"capacity": 3}]}]}"""
    found = [(row["capacity_type"], row["capacity"]) for row in rows("services_v1.range_slot_capacity", body)]
    assert found == [("AVAILABLE_CAPACITY", 1), ("AVAILABLE_CAPACITY", 2), ("RESERVED_CAPACITY", 3)]


def test_a_rate_is_money_to_the_last_digit_though_its_currency_is_called_a_unit() -> None:
    rate = b'{"rateId": "r", "totalCharge": {"value": 12.10, "unit": "GBP"}}'
    (row,) = rows("shipping_v2.rates", b'{"payload": {"requestToken": "t", "rates": [' + rate + b"]}}")
    assert (row["request_token"], row["total_charge_value"]) == ("t", Decimal("12.10"))


def test_an_answer_without_rates_has_no_rows_but_says_what_is_ineligible() -> None:
    body = b'{"payload": {"requestToken": "t", "rates": [], "ineligibleRates": [{"carrierId": "c"}]}}'
    assert rows("shipping_v2.rates", body) == []
    (row,) = rows("shipping_v2.ineligible_rates", body)
    assert (row["request_token"], row["carrier_id"]) == ("t", "c")


def test_the_options_of_a_shipment_find_its_packages_in_the_shipment_itself() -> None:
    keys = TABLES["external_fulfillment_shipments_2024_09_11.shipping_options"].key_columns
    parents = {key.column: (key.parent.table, key.parent.column) for key in keys if key.parent}
    assert parents == {"package_id": ("shipment__packages", "id"), "shipment_id": ("shipment__packages", "parent_id")}


def test_no_service_binds_the_ship_date_that_was_asked_for_to_its_own() -> None:
    table = TABLES["merchant_fulfillment_v0.eligible_shipment_services__shipping_service_list"]
    keys = {key.eq: key.column for key in table.key_columns}
    assert keys["ShipmentRequestDetails.ShipDate"] == "requested_ship_date"
    assert "ship_date" in {column.name for column in table.columns if not column.is_echo}
