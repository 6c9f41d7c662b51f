"""What of a table can be kept: every table is of a kind that Amazon's words allow, or says why it is of none."""

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest

import catalog
from catalog.lint.mirror import mirror_faults
from catalog.load import load_tables
from catalog.mirror import BY_CALL, Mirror, MirrorGrain, MirrorKind, MirrorParent
from catalog.mirror_pages import mirror_line
from catalog.table import KeyColumn, Table

TABLES = catalog.load().tables
OPERATIONS = [table for table in TABLES if table.kind == "operation"]
BY_NAME = {table.qualified_name: table for table in load_tables()}


def mirror(name: str) -> Mirror:
    db_schema, table = name.split(".")
    found = catalog.load().resolve(table, db_schema).mirror
    assert found is not None
    return found


def keys_of(table: Table) -> Mapping[str, KeyColumn]:
    return {key.column: key for key in table.key_columns}


KINDS: Mapping[MirrorKind, tuple[str, ...]] = {
    "changes": (
        "orders.orders",
        "orders_2026_01_01.orders",
        "awd.inbound_shipments",
        "awd.outbounds",
        "awd.replenishment_orders",
        "external_fulfillment_shipments.shipments",
        "finances_invoices.invoice_headers",
        "services.service_jobs",
        "vendor_orders.purchase_orders_status",
    ),
    "events": (
        "finances.transactions",
        "finances_v0.adjustment_events",
        "finances_v0.shipment_events",
        "sales.order_metrics",
        "vendor_shipments.shipment_labels",
    ),
    "snapshot": (
        "listings_items.items",
        "sellers.marketplace_participations",
        "notifications.subscriptions",
        "notifications.destinations",
        "fba_inventory.inventory_summaries",
        "fulfillment_inbound.inbound_plans",
        "fulfillment_inbound_v0.shipments",
    ),
    "child": (
        "orders.order",
        "orders.order_items",
        "orders.order_address",
        "orders.order_buyer_info",
        "orders.order_items_buyer_info",
        "orders.order_regulated_info",
        "orders_2026_01_01.order",
        "fulfillment_inbound.inbound_plan_boxes",
        "fulfillment_inbound.inbound_plan_items",
    ),
    "keyed": (
        "catalog_items.item",
        "catalog_items_2020_12_01.item",
        "product_pricing.item_offers",
        "product_pricing.listing_offers_batch",
        "product_pricing.competitive_pricing",
        "product_pricing_2022_05_01.competitive_summary",
        "product_fees.my_fees_estimates",
        "fba_inbound.item_eligibility_preview",
    ),
    "call": ("catalog_items.search_brands", "shipping_v2.rates", "vendor_orders.purchase_orders"),
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in KINDS.items() for name in names])
def test_a_table_is_kept_as_amazon_lets_it_be(kind: MirrorKind, name: str) -> None:
    assert mirror(name).kind == kind


@pytest.mark.parametrize("table", OPERATIONS, ids=lambda table: table.qualified_name)
def test_every_table_of_an_operation_is_of_a_kind_and_says_why_where_that_is_not_plain(table: Table) -> None:
    found = table.mirror
    assert found is not None
    keys = keys_of(table).values()
    promises = [key.column for key in keys if key.parent or key.ge or key.gt or key.le or key.lt]
    assert found.kind != "call" or found.reason or not promises
    cursors = [key.column for key in keys if key.moves and (key.ge or key.gt)]
    assert not cursors or found.changed in cursors or found.reason, f"{cursors} list changes and are not used"


def test_only_finances_sales_labels_and_what_is_at_work_settle() -> None:
    """Whatever settles is never asked for again: that must stand in Amazon's words, so that each is named here."""
    settling = {
        table.qualified_name.split("_v0.")[0] for table in OPERATIONS if table.mirror and table.mirror.settles_hours
    }
    at_work = {"data_kiosk.queries", "feeds.feeds", "reports.reports"}
    assert (
        settling
        == {"finances", "finances.transactions", "sales.order_metrics", "vendor_shipments.shipment_labels"} | at_work
    )
    for name in at_work:
        assert mirror(name).unsettled == {"processing_status": ("IN_PROGRESS", "IN_QUEUE")}


def test_what_is_posted_settles_after_48_hours_but_for_deferred_transactions() -> None:
    posted = [
        table for table in OPERATIONS if table.operation and table.operation.operation_id == "listFinancialEvents"
    ]
    events = [table.mirror for table in posted if "posted_date" in keys_of(table)]
    assert len(events) == 29
    assert {each and (each.kind, each.by, each.settles_hours) for each in events} == {("events", "posted_date", 48)}
    assert mirror("finances.transactions").unsettled == {"transaction_status": ("DEFERRED",)}


def test_where_rows_do_not_tell_the_period_it_covers_nothing() -> None:
    echoed = [
        table
        for table in OPERATIONS
        if any(table.columns_by_name[key.column].is_echo for key in table.key_columns if key.ge or key.le)
    ]
    assert "listings_items.items" in {table.qualified_name for table in echoed}
    for table in echoed:
        by = table.mirror.by if table.mirror is not None else ""
        assert not by or not table.columns_by_name[by].is_echo


def test_a_list_of_changes_says_which_columns_it_does_not_watch() -> None:
    stock = mirror("fba_inventory.inventory_summaries")
    assert stock.changed == "start_date_time"
    assert set(stock.untold) == {
        "total_quantity",
        *(f"inventory_details_inbound_{state}_quantity" for state in ("receiving", "shipped", "working")),
    }


def test_sums_are_kept_in_whole_hours_and_days_of_a_zone() -> None:
    assert mirror("sales.order_metrics").grain == MirrorGrain(
        "granularity", ("Hour",), ("Day",), "granularity_time_zone"
    )


def test_changes_are_asked_for_within_the_period_only_where_both_can_be_asked_for() -> None:
    assert mirror("finances_invoices.invoice_headers").changed_within
    assert not mirror("orders.orders").changed_within
    assert not mirror("services.service_jobs").changed_within
    assert not mirror("awd.outbounds").changed_within, "the period is that of the changes"


def test_a_child_names_the_parent_s_column_for_each_of_its_keys() -> None:
    assert mirror("orders.order_items").parent == MirrorParent(
        "orders", "orders", "last_update_date", {"amazon_order_id": "amazon_order_id"}
    )
    parent = mirror("finances_invoices.invoice_items").parent
    assert parent is not None
    assert set(parent.keys) == {"marketplace_id", "invoice_identifier"}


def test_the_parent_is_found_in_its_schema_whatever_version_is_chosen() -> None:
    for versions, v0, v2026 in (
        ({}, "orders", "orders_2026_01_01"),
        ({"orders": "2026-01-01"}, "orders_v0", "orders"),
    ):
        chosen = catalog.load().for_versions(versions)
        for db_schema, name in ((v0, "order_items"), (v2026, "order")):
            found = chosen.resolve(name, db_schema).mirror
            assert found is not None
            assert found.parent is not None
            assert found.parent.db_schema == db_schema


@pytest.mark.parametrize(
    "child",
    [table for table in TABLES if table.kind == "child" and table.report is None],
    ids=lambda t: t.qualified_name,
)
def test_the_table_of_an_array_is_kept_as_its_table_is(child: Table) -> None:
    (table,) = (
        each
        for each in TABLES
        if each.db_schema == child.db_schema and each.row_path == child.parent_row_path and each.kind != "child"
        and child.name.startswith(f"{each.name}__")
    )  # fmt: skip
    one, other = child.mirror, table.mirror
    assert one is not None
    assert other is not None
    assert (one.kind, one.settles_hours, one.unsettled, one.reason) == (
        other.kind,
        other.settles_hours,
        other.unsettled,
        other.reason,
    )
    named = {one.by, one.changed, *one.keys, *(one.parent.keys if one.parent else ())} - {""}
    assert named <= set(keys_of(child))


def test_tables_of_the_server_are_not_kept_and_documents_are_by_call() -> None:
    assert {table.mirror for table in TABLES if table.kind == "system"} == {None}
    assert all(table.mirror == BY_CALL for table in TABLES if table.kind in ("report", "data_kiosk"))


ORDERS, ITEMS = BY_NAME["orders_v0.orders"], BY_NAME["orders_v0.order_items"]
SALES, LISTINGS = BY_NAME["sales_v1.order_metrics"], BY_NAME["listings_items_2021_08_01.items"]
RETURNS = BY_NAME["external_fulfillment_returns_2024_09_11.returns"]
CHANGES = Mirror("changes", by="purchase_date", changed="last_update_date")
EVENTS = Mirror("events", by="purchase_date", settles_hours=48)
OTHERS = tuple(BY_NAME.values())
KEYS = {"amazon_order_id": "amazon_order_id"}


@pytest.mark.parametrize(
    ("table", "said", "fault"),
    [
        (ORDERS, Mirror(), "mirror: .*purchase_date could be what is covered: say a kind, or call with its reason"),
        (ITEMS, Mirror(), "mirror: amazon_order_id could be what is covered"),
        (ORDERS, replace(CHANGES, by=""), "mirror: changes needs by"),
        (ORDERS, replace(CHANGES, changed=""), "mirror: changes needs changed"),
        (ORDERS, replace(CHANGES, settles_hours=48), "mirror: changes has no settles_hours"),
        (
            ORDERS,
            replace(CHANGES, by="order_total_amount"),
            "mirror.by: order_total_amount is no key column with a lower",
        ),
        (ORDERS, replace(CHANGES, by="order_status"), "mirror.by: order_status is no key column with a lower bound"),
        (LISTINGS, replace(EVENTS, by="created_after"), "mirror.by: created_after is no key column with a lower bound"),
        (
            ORDERS,
            replace(CHANGES, changed="order_status"),
            "mirror.changed: order_status is no key column with a lower",
        ),
        (
            ORDERS,
            replace(CHANGES, changed="purchase_date"),
            "mirror.changed: purchase_date is not said to list by change",
        ),
        (replace(ORDERS, primary_key=()), CHANGES, "mirror.changed: changes are merged by a primary key that never"),
        (replace(ORDERS, key_repeats=True), CHANGES, "mirror.changed: changes are merged by a primary key that never"),
        (
            RETURNS,
            Mirror("changes", by="creation_date_time", changed="last_updated_since"),
            "mirror.changed: last_updated_since needs status, which is no upper bound",
        ),
        (ORDERS, replace(EVENTS, settles_hours=None), "mirror: events needs settles_hours"),
        (ORDERS, replace(EVENTS, settles_hours=0), "mirror.settles_hours: 0 is no number of hours"),
        (ORDERS, replace(EVENTS, unsettled={"state": ("NEW",)}), "mirror.unsettled: no row tells state"),
        (
            ORDERS,
            replace(EVENTS, unsettled={"order_status": ("Pending", "Pausing")}),
            "mirror.unsettled: Pausing is no value of order_status",
        ),
        (ORDERS, replace(CHANGES, untold=("is_gone",)), "mirror.untold: no row tells is_gone"),
        (SALES, replace(EVENTS, by="interval_start", grain=MirrorGrain("sku_")), "mirror.grain.column: sku_ is no key"),
        (
            SALES,
            replace(EVENTS, by="interval_start", grain=MirrorGrain("granularity", ("Minute",))),
            "mirror.grain: Minute is no value of granularity",
        ),
        (
            SALES,
            replace(EVENTS, by="interval_start", grain=MirrorGrain("granularity", (), ("Day",))),
            "mirror.grain.days: nothing names the time zone",
        ),
        (ORDERS, Mirror("keyed"), "mirror: keyed needs keys"),
        (ORDERS, Mirror("keyed", keys=("purchase_date",)), "mirror.keys: purchase_date is no key column with values"),
        (
            ORDERS,
            Mirror("keyed", keys=("seller_order_id", "buyer_info_buyer_email")),
            "mirror.keys: seller_order_id and buyer_info_buyer_email are never given together",
        ),
        (LISTINGS, Mirror("snapshot"), "mirror.keys: there is no list without seller_id"),
        (SALES, Mirror("snapshot", keys=("granularity",)), r"mirror: there is no whole list.*\(requires_one_of\)"),
        (ITEMS, Mirror("child", keys=("amazon_order_id",)), "mirror: child needs parent_changed"),
        (
            ITEMS,
            Mirror("child", keys=("amazon_order_id",), parent=MirrorParent("orders_v0", "orders", "changed_at", KEYS)),
            "mirror.parent_changed: there is no orders_v0.orders.changed_at",
        ),
        (
            ITEMS,
            Mirror("child", keys=("amazon_order_id",), parent=MirrorParent("orders_v0", "orders", "last_update_date")),
            "mirror.keys: amazon_order_id is no key that orders_v0.orders lists",
        ),
        (
            ITEMS,
            Mirror(
                "child", keys=("amazon_order_id",), parent=MirrorParent("orders_v0", "order", "purchase_date", KEYS)
            ),
            "mirror.parent_changed: orders_v0.order is itself neither kept by changes nor as a snapshot",
        ),
    ],
)
def test_a_stanza_that_says_what_cannot_be_kept_is_refused(table: Table, said: Mirror, fault: str) -> None:
    faults = list(mirror_faults((*OTHERS, replace(table, mirror=said))))
    assert any(re.match(f"{table.qualified_name}: {fault}", each) for each in faults), faults


def test_a_page_tells_how_its_table_is_kept() -> None:
    assert mirror_line(mirror("orders.orders")) == "mirror: changes by `purchase_date`, told by `last_update_date`"
    assert mirror_line(mirror("orders.order_items")) == (
        "mirror: child of `orders` by `amazon_order_id`, told by `last_update_date`"
    )
    assert mirror_line(mirror("finances_v0.shipment_events")) == (
        "mirror: events by `posted_date`, settled after 48 hours"
    )
