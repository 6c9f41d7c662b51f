"""What Amazon takes only together is asked for together, what it never takes together is not, else the query hears."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest

import catalog
from catalog.table import KeyColumn, Parameter, Table
from flight_server.errors import MissingKeyColumn, QueryError
from flight_server.plan import Binding
from flight_server.planner.asking.parameters import bind, is_for_now
from flight_server.planner.conditions.ranges import Domain, Range, Values
from tests.planner.declared import catalog_of, operation
from tests.planner.test_plan import NOW

CATALOG = catalog.load()
TABLES = [table for table in CATALOG.tables if table.kind == "operation"]
NEEDING = [(table, key) for table in TABLES for key in table.key_columns if key.needs]
EXCLUDING = [
    (table, *pair)
    for table in TABLES
    for pair in combinations(table.key_columns, 2)
    if pair[1].column in pair[0].excludes or pair[0].column in pair[1].excludes
]
_SAMPLES: Mapping[str, Any] = {
    "timestamp": NOW - timedelta(days=3),
    "date": date(2026, 6, 1),
    "bool": True,
    "int64": 1,
    "double": 1.5,
    "decimal": 1,
    "json": "[]",
}


def table(name: str) -> Table:
    return CATALOG.resolve(*reversed(name.split(".")))


def bound(name: str, **values: Any) -> dict[str, Any]:
    """What a table's columns are bound to, given one value or a domain for each."""
    found = bind(table(name), {column: _domain(value) for column, value in values.items()}, (), NOW)
    return {each.key_column.column: _given(each) for each in found}


def _domain(value: Any) -> Domain:
    return value if isinstance(value, Values | Range) else Values(frozenset({value}))


def _given(binding: Binding) -> Any:
    if binding.values is None:
        return binding.setting or (binding.lower, binding.upper)
    return binding.values[0] if len(binding.values) == 1 else binding.values


def sample(table: Table, key: KeyColumn) -> Domain:
    parameters = table.operation.parameters if table.operation is not None else ()
    known = key.values or next((each.enum for each in parameters if each.name in (key.eq, key.in_)), ())
    value = _SAMPLES.get(table.columns_by_name[key.column].declared_type, known[0] if known else "x")
    return Values(frozenset({value})) if key.eq or key.in_ else Range(lower=value)


def required(table: Table) -> Iterator[tuple[str, Domain]]:
    """A value for all that the table wants whatever else is asked."""
    chosen = {key.column for key in table.key_columns if key.required or key.parent}
    chosen |= {group[0] for group in table.requires_one_of if not chosen & set(group)}
    return ((key.column, sample(table, key)) for key in table.key_columns if key.column in chosen)


@pytest.mark.parametrize(
    ("table", "key"), NEEDING, ids=lambda each: getattr(each, "qualified_name", None) or each.column
)
def test_no_column_goes_without_what_it_needs(table: Table, key: KeyColumn) -> None:
    domains = {**dict(required(table)), key.column: sample(table, key)}
    try:
        found = {binding.key_column.column for binding in bind(table, domains, (), NOW)}
    except QueryError as error:
        assert any(name in str(error) for name in (*key.needs, *key.excludes, key.column))
        assert table.columns_by_name[key.column].is_echo or key.required or table.requires_one_of
    else:
        assert key.column not in found or set(key.needs) <= found


@pytest.mark.parametrize(
    ("table", "first", "second"), EXCLUDING, ids=lambda each: getattr(each, "qualified_name", None) or each.column
)
def test_columns_that_exclude_each_other_are_never_bound_together(
    table: Table, first: KeyColumn, second: KeyColumn
) -> None:
    domains = {**dict(required(table)), first.column: sample(table, first), second.column: sample(table, second)}
    try:
        found = {binding.key_column.column for binding in bind(table, domains, (), NOW)}
    except QueryError as error:
        assert " does not take " in str(error) or " needs " in str(error)
    else:
        assert not {first.column, second.column} <= found


@pytest.mark.parametrize("column", ["order_status", "fulfillment_channel", "payment_method", "seller_order_id"])
def test_a_buyers_address_goes_without_what_amazon_does_not_take_beside_it(column: str) -> None:
    values = {"order_status": "Shipped", "fulfillment_channel": "MFN", "payment_method": "COD", "seller_order_id": "X"}
    found = bound("orders.orders", buyer_info_buyer_email="a@b.c", **{column: values[column]})
    assert len({"buyer_info_buyer_email", column} & found.keys()) == 1


def test_a_buyers_address_is_asked_for_by_creation_not_by_change() -> None:
    found = bound(
        "orders.orders", buyer_info_buyer_email="a@b.c", last_update_date=Range(lower=NOW - timedelta(days=9))
    )
    assert found["buyer_info_buyer_email"] == "a@b.c"
    assert "last_update_date" not in found and found["purchase_date"][0], "one of the two periods is required"


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        (
            "catalog_items.search",
            {"identifier": "1"},
            r"needs identifier_type beside identifier: .* identifier_type = 'ASIN'",
        ),
        (
            "catalog_items.search",
            {"identifier": "1", "identifier_type": "SKU"},
            "needs seller_id beside identifier_type",
        ),
        (
            "catalog_items.search",
            {"asin": "B0", "brand_names": "x"},
            "does not take brand_names together with asin|needs",
        ),
        ("listings_items.items", {"seller_id": "A", "identifier": "1"}, "needs identifiers_type beside identifier"),
        (
            "external_fulfillment_returns.returns",
            {"last_updated_since": NOW},
            "needs return_location_id and status beside last_updated_since: .* AND status = '",
        ),
        (
            "finances.transactions",
            {"related_identifier_value": "1"},
            "needs related_identifier_name beside related_identifier_value",
        ),
        ("invoices.invoices", {"transaction_identifier_id": "1"}, "needs transaction_identifier_name"),
        (
            "services.appointment_slots",
            {"asin": "B", "store_id": "1", "requested_start_time": NOW},
            "needs requested_end_time beside requested_start_time",
        ),
        (
            "shipping_v2.rates",
            {"channel_type": "AMAZON", "packages": "[]"},
            "needs channel_order_id beside channel_type|needs ship_from",
        ),
        (
            "replenishment.offer_metrics",
            {"time_period_type": "FORECAST", "aggregation_frequency": "DAY"},
            "does not take aggregation_frequency when time_period_type is FORECAST",
        ),
        ("product_pricing.pricing", {"item_type": "Sku", "asin": "B0"}, "does not take asin when item_type is Sku"),
    ],
)
def test_the_query_is_told_which_column_to_add_or_to_leave_out(name: str, values: dict[str, Any], message: str) -> None:
    with pytest.raises(QueryError, match=message):
        bound(name, **values)


def test_a_pair_gets_its_other_half_where_there_is_a_sound_one() -> None:
    since = datetime(2026, 6, 1, tzinfo=UTC)
    items = bound("fulfillment_inbound_v0.shipment_items", last_updated_after=since)
    assert items["last_updated_before"] == "2026-06-15T12:00:00Z", "an end is now"
    items = bound("fulfillment_inbound_v0.shipment_items", last_updated_before=since)
    assert items["last_updated_after"] == "2006-01-01T00:00:00Z", "a beginning is the earliest"
    orders = bound("vendor_direct_fulfillment_orders.purchase_orders", created_after=since)
    assert orders["created_before"] == "2026-06-15T12:00:00Z"
    summary = bound("finances.summaries", related_identifier_value="7")
    assert summary["related_identifier_name"] == "SETTLEMENT_ID", "there is no other kind"
    debts = bound("finances_v0.debt_recovery_events", posted_before=since)
    assert debts["posted_after"] == "2015-01-01T00:00:00Z"


def test_an_end_that_is_now_is_another_in_a_minute() -> None:
    name = "vendor_direct_fulfillment_orders.purchase_orders"
    assert is_for_now(table(name), {"created_after": Values(frozenset({NOW}))}, NOW)


def test_a_column_that_rows_have_is_left_to_the_engine_where_its_other_half_is_missing() -> None:
    keys = {"kind": {"eq": "Kind", "needs": ["shop"]}, "shop": {"eq": "Shop"}}
    made = operation("getThings", Parameter("Kind", "query"), Parameter("Shop", "query"))
    stanza = {"row_path": "rows[]", "primary_key": ["id"], "key_columns": keys}
    found = catalog_of({"getThings": stanza}, {"getThings": (made, {"rows[].id": "string", "rows[].kind": "string"})})
    things = found.resolve("getThings", "things")
    asked: dict[str, Domain] = {"kind": Values(frozenset({"big"}))}
    assert bind(things, asked, (), NOW) == ()
    both = bind(things, {**asked, "shop": Values(frozenset({"1"}))}, (), NOW)
    assert [binding.key_column.column for binding in both] == ["kind", "shop"]


def test_what_only_a_parameter_has_is_refused_where_its_other_half_is_missing() -> None:
    with pytest.raises(MissingKeyColumn, match="needs identifier_carrier_tracking_tracking_number beside carrier_code"):
        bound("tracking.shipment_tracking", carrier_code="UPS", identifier_aftn="AFTN1")
    found = bound("tracking.shipment_tracking", carrier_code="UPS", identifier_carrier_tracking_tracking_number="1Z")
    assert found["carrier_code"] == "UPS"


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("replenishment.offers", {"sort_key": "ASIN"}, "needs sort_order beside sort_key: .* sort_order = 'ASC'"),
        ("product_fees.my_fees_estimate_for_sku", {}, "needs listing_price_amount|needs seller_sku"),
        (
            "shipping_v2.collection_form_history",
            {"requested_from_name": "A"},
            "requested_from_city.* beside requested_from",
        ),
    ],
)
def test_an_object_of_a_body_is_sent_whole_or_refused_by_name(name: str, values: dict[str, Any], message: str) -> None:
    with pytest.raises(MissingKeyColumn, match=message):
        bound(name, **values)


def _services(**values: Any) -> dict[str, Any]:
    found = table("merchant_fulfillment.eligible_shipment_services")
    domains = {**dict(required(found)), "item_list": Values(frozenset({'[{"OrderItemId": "1", "Quantity": 1}]'}))}
    domains |= {column: _domain(value) for column, value in values.items()}
    return {binding.key_column.column: binding.values for binding in bind(found, domains, (), NOW)}


def test_an_object_that_the_model_requires_is_asked_for_before_any_call() -> None:
    with pytest.raises(MissingKeyColumn, match=r"needs .*package_dimensions_length, .*predefined_package_dimensions"):
        _services()
    with pytest.raises(MissingKeyColumn, match=r"needs .*package_dimensions_width.* beside package_dimensions_length"):
        _services(package_dimensions_length=5)
    assert _services(predefined_package_dimensions="USPS_Card")["predefined_package_dimensions"] == ("USPS_Card",)


def test_what_json_text_lacks_is_told_by_name() -> None:
    with pytest.raises(QueryError, match=r"item_list lacks Quantity: Amazon requires it in every object at .*ItemList"):
        _services(item_list='[{"OrderItemId": "1"}]', predefined_package_dimensions="USPS_Card")
