"""What is subtle in the stanzas of fulfilment: defaults of Amazon that would hide rows, ids in tuples, lists of ids."""

from datetime import UTC, datetime

from catalog.load import load_tables
from catalog.table import Table
from flight_server.decode import decoder
from flight_server.plan import Binding, Call, Page
from flight_server.planner.asking.parameters import bind
from flight_server.planner.conditions.ranges import Range, Values

TABLES = {table.qualified_name: table for table in load_tables()}
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def bound(table: Table, **given: str) -> dict[str, Binding]:
    domains = {column: Values(frozenset({value})) for column, value in given.items()}
    return {binding.key_column.column: binding for binding in bind(table, domains, (), NOW)}


def rows(name: str, body: bytes) -> list[dict[str, object]]:
    table = TABLES[name]
    assert table.operation is not None
    columns = tuple(column for column in table.columns if not column.is_echo)
    found: list[dict[str, object]] = decoder(table.row_path, columns)(
        [Page(Call(table.operation), 0, body)]
    ).to_pylist()
    return found


def test_orders_of_the_last_36_hours_only_are_never_what_is_asked_for() -> None:
    table = TABLES["fulfillment_outbound_2020_07_01.fulfillment_orders"]
    (whole,) = bind(table, {}, (), NOW)
    assert whole.lower == "2006-01-01T00:00:00Z"
    (since,) = bind(table, {"status_updated_date": Range(lower=NOW)}, (), NOW)
    assert since.lower == "2026-06-01T00:00:00Z"


def test_transportation_options_are_asked_for_by_shipment_or_by_placement_never_by_both() -> None:
    table = TABLES["fulfillment_inbound_2024_03_20.transportation_options"]
    by_shipment = bound(table, inbound_plan_id="p", shipment_id="s")
    assert by_shipment.keys() == {"inbound_plan_id", "shipment_id"}
    by_both = bound(table, inbound_plan_id="p", placement_option_id="o", shipment_id="s")
    assert by_both.keys() == {"inbound_plan_id", "placement_option_id"}


def test_an_order_tells_the_marketplace_of_its_return_reasons() -> None:
    table = TABLES["fulfillment_outbound_2020_07_01.return_reason_codes"]
    assert bound(table, seller_sku="A-1")["marketplace_id"].setting == "Marketplaces"
    assert "marketplace_id" not in bound(table, seller_sku="A-1", seller_fulfillment_order_id="C-1")


def test_ids_in_an_array_of_text_are_rows() -> None:
    body = b'{"packingOptions": [{"packingOptionId": "o", "status": "OFFERED", "packingGroups": ["g1", "g2"]}, {}]}'
    groups = [row["packing_group_id"] for row in rows("fulfillment_inbound_2024_03_20.packing_groups", body)]
    assert groups == ["g1", "g2"]


def test_what_needs_a_shipment_of_a_plan_gets_both_ids_from_the_same_rows() -> None:
    for name in ("shipment", "shipment_boxes", "shipment_items", "delivery_window_options"):
        keys = TABLES[f"fulfillment_inbound_2024_03_20.{name}"].key_columns
        assert {key.parent.table for key in keys if key.parent} == {"inbound_plan__shipments"}
