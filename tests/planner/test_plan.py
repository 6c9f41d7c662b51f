"""What a plan comes to: which scans, in which order, bound to what, and how the rest is run."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import catalog
from flight_server import planner
from flight_server.connection.settings import Settings
from flight_server.errors import MissingKeyColumn, QueryError
from flight_server.plan import UNFOLDABLE, Plan, Scan
from flight_server.planner.asking.calls import calls
from flight_server.planner.asking.key_tuples import Sources

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
MARKETPLACES = ("ATVPDKIKX0DER", "A2EUQ1WTGCTBG2")


def fold(constants: Sequence[tuple[str, str]]) -> list[Any]:
    """The few constants of these cases, without an engine."""
    return [_value(sql, wanted) for sql, wanted in constants]


def _value(sql: str, wanted: str) -> Any:
    text = sql.replace("CAST(", "").split(" AS ")[0].strip("'()")
    if wanted == "TIMESTAMPTZ":
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    if wanted == "BOOLEAN":
        return {"TRUE": True, "FALSE": False, "1 = 0": False}.get(sql, UNFOLDABLE)
    return text if sql.startswith(("'", "CAST('")) and wanted == "VARCHAR" else UNFOLDABLE


def plan(sql: str, *parameters: Any, settings: Settings | None = None) -> Plan:
    return planner.plan(planner.read(sql, catalog.load()), settings or Settings(), fold, NOW, parameters)


def names(plan: Plan) -> list[str]:
    return [scan.table.name for scan in plan.scans]


def bound(scan: Scan) -> dict[str, object]:
    found: dict[str, object] = {}
    for binding in scan.bindings:
        given = binding.values or binding.supplies or binding.setting
        found[binding.key_column.column] = given or (binding.lower, binding.upper)
    return found


JOIN = "orders.orders o JOIN orders.order_items i ON i.amazon_order_id = o.amazon_order_id"
DAY = "o.purchase_date >= '2026-06-01' AND o.purchase_date < '2026-06-02'"


def test_the_supplier_comes_before_its_consumer_whatever_the_order_of_the_text() -> None:
    for source in (JOIN, "orders.order_items i JOIN orders.orders o ON i.amazon_order_id = o.amazon_order_id"):
        found = plan(f"SELECT i.seller_sku FROM {source} WHERE {DAY}")
        assert names(found) == ["orders", "order_items"]


def test_a_key_given_for_one_side_of_a_join_binds_the_other() -> None:
    found = plan(f"SELECT * FROM {JOIN} WHERE i.amazon_order_id = '111-1111111-1111111'")
    assert all(scan.bindings[0].values == ("111-1111111-1111111",) for scan in found.scans)


def test_three_levels_of_suppliers() -> None:
    found = plan(f"SELECT s.asin FROM {JOIN} JOIN catalog_items.search s ON s.asin = i.asin WHERE {DAY}")
    assert names(found) == ["orders", "order_items", "search"]
    supplies = found.scans[2].supplies
    assert [supply.relations for supply in supplies] == [(found.scans[1].outputs[0].relation,)]


def test_relations_are_not_called_as_common_table_expressions_are() -> None:
    """`r1` is the query's own here; the engine would read it where `orders.order_items` is meant."""
    found = plan(
        "WITH r1 AS (SELECT amazon_order_id, order_status FROM orders.orders "
        "WHERE amazon_order_id = '902-1845936-5435065') "
        "SELECT i.title, r1.order_status FROM r1 JOIN orders.order_items i USING (amazon_order_id)"
    )
    assert {output.relation for scan in found.scans for output in scan.outputs} == {"r_0", "r_1"}
    assert [scan.bindings[0].values for scan in found.scans] == [("902-1845936-5435065",)] * 2


def test_what_is_left_to_chance_supplies_no_keys() -> None:
    """The residual runs later and would draw other rows."""
    inner = "SELECT amazon_order_id FROM orders.orders WHERE purchase_date >= '2026-06-01'"
    for chance, does_supply in (("LIMIT 2", True), ("ORDER BY random() LIMIT 2", False)):
        found = plan(f"SELECT i.title FROM orders.order_items i JOIN ({inner} {chance}) j USING (amazon_order_id)")
        (supply,) = found.scans[1].supplies
        assert supply.relations == ((found.scans[0].outputs[0].relation,) if does_supply else ())


def test_conditions_on_the_supplier_thin_out_its_keys() -> None:
    (supply,) = plan(f"SELECT i.seller_sku FROM {JOIN} WHERE {DAY} AND o.is_prime").scans[1].supplies
    assert "o.is_prime" in supply.sql
    assert "purchase_date" in supply.sql


def test_the_preserved_side_of_an_outer_join_takes_no_keys_from_the_other() -> None:
    on = f"i.amazon_order_id = o.amazon_order_id AND {DAY}"
    found = plan(f"SELECT * FROM orders.order_items i LEFT JOIN orders.orders o ON {on}")
    items = next(scan for scan in found.scans if scan.table.name == "order_items")
    (supply,) = items.supplies
    assert supply.parent is not None


def test_a_condition_of_an_outer_join_binds_only_its_nullable_side() -> None:
    on = "a.amazon_order_id = b.amazon_order_id AND a.order_status = 'Shipped' AND b.order_status = 'Canceled'"
    found = plan(f"SELECT * FROM orders.orders a LEFT JOIN orders.orders b ON {on}")
    statuses = {scan.outputs[0].relation: bound(scan).get("order_status") for scan in found.scans}
    assert sorted(map(str, statuses.values())) == ["('Canceled',)", "None"]


def test_a_full_join_binds_neither_side() -> None:
    on = "a.amazon_order_id = b.amazon_order_id AND b.order_status = 'Canceled'"
    found = plan(f"SELECT * FROM orders.orders a FULL JOIN orders.orders b ON {on}")
    assert all("order_status" not in bound(scan) for scan in found.scans)


def test_a_condition_does_not_travel_through_a_limit_or_a_window() -> None:
    inner = "SELECT order_status AS s, purchase_date AS p FROM orders.orders"
    for source in (f"{inner} LIMIT 5", "SELECT order_status AS s, row_number() OVER () AS n FROM orders.orders"):
        (scan,) = plan(f"SELECT * FROM ({source}) AS t WHERE t.s = 'Shipped'").scans
        assert "order_status" not in bound(scan)
    (scan,) = plan(f"SELECT * FROM ({inner}) AS t WHERE t.s = 'Shipped'").scans
    assert bound(scan)["order_status"] == ("Shipped",)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM orders.orders TABLESAMPLE reservoir(9 ROWS) WHERE order_status = 'Shipped'",
        "SELECT * FROM (SELECT * FROM orders.orders) AS v TABLESAMPLE reservoir(9 ROWS) WHERE order_status = 'Shipped'",
        "SELECT * FROM (SELECT *, order_status || '' AS s FROM orders.orders USING SAMPLE 9) WHERE s = 'Shipped'",
        "SELECT * FROM orders.orders WHERE order_status = 'Shipped' USING SAMPLE 9",
    ],
)
def test_a_condition_leaves_alone_of_what_so_many_rows_are_picked(sql: str) -> None:
    """The engine picks before it judges: of fewer rows it would pick more of those that are wanted."""
    (scan,) = plan(sql).scans
    assert "order_status" not in bound(scan)


def test_a_condition_travels_to_what_a_share_is_picked_of() -> None:
    (scan,) = plan("SELECT * FROM orders.orders TABLESAMPLE 10% WHERE order_status = 'Shipped'").scans
    assert bound(scan)["order_status"] == ("Shipped",)


WINDOW = "rank() OVER (PARTITION BY {} ORDER BY purchase_date)"


@pytest.mark.parametrize(
    ("windows", "travels"),
    [
        ([WINDOW.format("order_status")], True),
        ([WINDOW.format("order_status"), WINDOW.format("marketplace_id, order_status")], True),
        ([WINDOW.format("order_status"), WINDOW.format("marketplace_id")], False),
        (["count(*) OVER (PARTITION BY order_status)"], True),
        (["count(*) OVER ()"], False),
        (["sum(count(*)) OVER (PARTITION BY order_status)"], False),
    ],
)
def test_a_condition_travels_through_windows_on_what_all_are_partitioned_by(windows: list[str], travels: bool) -> None:
    inner = f"SELECT order_status AS s, {', '.join(f'{each} AS w{n}' for n, each in enumerate(windows))}"
    (scan,) = plan(f"SELECT * FROM ({inner} FROM orders.orders) AS v WHERE s = 'Shipped'").scans
    assert ("order_status" in bound(scan)) == travels


def test_of_what_is_read_twice_all_is_asked_for_that_any_reader_wants() -> None:
    reader = "SELECT s FROM v WHERE s = '{}'"
    shared = "WITH v AS (SELECT order_status AS s FROM orders.orders)"
    (scan,) = plan(f"{shared} {reader.format('Shipped')} UNION ALL {reader.format('Canceled')}").scans
    assert sorted(bound(scan)["order_status"]) == ["Canceled", "Shipped"]  # type: ignore[call-overload]
    for other in ("SELECT s FROM v", "SELECT s FROM v WHERE s <> 'Pending'", "SELECT s FROM v LIMIT 1"):
        (scan,) = plan(f"{shared} {reader.format('Shipped')} UNION ALL ({other})").scans
        assert "order_status" not in bound(scan)


def test_a_condition_travels_into_both_arms_of_a_union_and_through_group_keys() -> None:
    arm = "SELECT order_status AS s, count(*) AS n FROM orders.orders GROUP BY order_status"
    found = plan(f"SELECT * FROM ({arm} UNION ALL {arm} HAVING count(*) > 1) AS t WHERE t.s = 'Shipped'")
    assert all(bound(scan)["order_status"] == ("Shipped",) for scan in found.scans)


def test_a_negation_binds_nothing() -> None:
    for condition in ("NOT (order_status = 'Shipped')", "order_status <> 'Shipped'", "order_status NOT IN ('Shipped')"):
        (scan,) = plan(f"SELECT * FROM orders.orders WHERE {condition}").scans
        assert "order_status" not in bound(scan)


def test_a_disjunction_binds_only_what_all_its_parts_bind() -> None:
    (scan,) = plan("SELECT * FROM orders.orders WHERE order_status = 'Shipped' OR order_status = 'Canceled'").scans
    assert bound(scan)["order_status"] == ("Canceled", "Shipped")
    (scan,) = plan("SELECT * FROM orders.orders WHERE order_status = 'Shipped' OR is_prime").scans
    assert "order_status" not in bound(scan)


def test_an_upper_bound_close_to_now_is_left_out() -> None:
    for minutes, expected in ((1, ""), (3, "2026-06-15T11:57:00Z")):
        until = (NOW - timedelta(minutes=minutes)).strftime("%Y-%m-%d %H:%M:%S")
        period = f"purchase_date <= '{until}' AND purchase_date > '2026-06-01'"
        (scan,) = plan(f"SELECT * FROM orders.orders WHERE {period}").scans
        assert bound(scan)["purchase_date"] == ("2026-06-01T00:00:00Z", expected)


def test_bounds_between_milliseconds_are_rounded_outwards() -> None:
    period = "purchase_date >= '2026-06-01 00:00:00.000500' AND purchase_date <= '2026-06-02 00:00:00.000500'"
    (scan,) = plan(f"SELECT * FROM orders.orders WHERE {period}").scans
    assert bound(scan)["purchase_date"] == ("2026-06-01T00:00:00Z", "2026-06-02T00:00:00.001Z")


def test_periods_that_exclude_each_other_are_not_sent_together() -> None:
    period = "purchase_date >= '2026-06-01' AND last_update_date >= '2026-06-02'"
    (scan,) = plan(f"SELECT * FROM orders.orders WHERE {period}").scans
    assert len({"purchase_date", "last_update_date"} & bound(scan).keys()) == 1


def test_an_inclusive_end_of_a_joined_period_is_refused_rather_than_clipped() -> None:
    with pytest.raises(QueryError, match="interval_start < the end"):
        period = "interval_start BETWEEN '2026-06-01' AND '2026-06-02'"
        plan(f"SELECT * FROM sales.order_metrics WHERE granularity = 'Day' AND {period}")


def test_keys_without_a_source_name_the_column_and_an_example() -> None:
    with pytest.raises(MissingKeyColumn, match=r"needs asin, seller_sku or item_type: .* for example SELECT"):
        plan("SELECT * FROM product_pricing.pricing")


@pytest.mark.parametrize(
    ("sql", "paged"),
    [
        ("SELECT * FROM orders.orders", True),
        ("SELECT upper(order_status) FROM orders.orders WHERE is_prime LIMIT 5 OFFSET 2", True),
        ("SELECT * FROM (SELECT order_status FROM orders.orders) AS t LIMIT 3", True),
        (f"SELECT * FROM {JOIN}", True),
        (f"SELECT * FROM {JOIN.replace('JOIN', 'LEFT JOIN')} LIMIT 9", True),
        (f"SELECT * FROM {JOIN.replace('JOIN', 'RIGHT JOIN')}", False),
        ("SELECT DISTINCT order_status FROM orders.orders", False),
        ("SELECT count(*) FROM orders.orders", False),
        ("SELECT * FROM orders.orders ORDER BY 1 LIMIT 5", False),
        ("SELECT *, random() FROM orders.orders", False),
        ("SELECT *, row_number() OVER () FROM orders.orders", False),
        ("SELECT * FROM orders.orders LIMIT 5 PERCENT", False),
        ("SELECT * FROM orders.orders UNION ALL SELECT * FROM orders.orders", False),
        ("WITH c AS (SELECT * FROM orders.orders) SELECT * FROM c", False),
        ("SELECT * FROM orders.orders a, sellers.marketplace_participations b", False),
        ("SELECT (SELECT max(name) FROM system.connection_parameters) FROM orders.orders", False),
    ],
)
def test_a_query_runs_page_by_page_only_where_its_parts_add_up(sql: str, paged: bool) -> None:
    assert plan(sql).paged is paged


def test_limit_and_offset_leave_the_residual_of_a_paged_query() -> None:
    found = plan("SELECT order_status FROM orders.orders LIMIT ? OFFSET ?", 5, 2)
    assert (found.row_limit, found.row_offset, found.scans[0].page_size) == (5, 2, 7)
    assert "LIMIT" not in found.residual


def test_a_relation_that_may_be_read_twice_is_never_pulled_lazily() -> None:
    for sql in (
        "WITH c AS (SELECT * FROM orders.orders) SELECT count(*) FROM c a JOIN c b USING (amazon_order_id)",
        "SELECT sum(order_total_amount) OVER (PARTITION BY order_status) FROM orders.orders",
        "SELECT count(*) FROM system.tables WHERE table_name IN (SELECT order_status FROM orders.orders)",
    ):
        orders = next(scan for scan in plan(sql).scans if scan.table.name == "orders")
        assert not orders.lazy


def test_bound_parameters_become_api_parameters() -> None:
    (scan,) = plan("SELECT * FROM orders.orders WHERE order_status IN (?, $2)", "Shipped", "Canceled").scans
    assert bound(scan)["order_status"] == ("Canceled", "Shipped")


def test_values_are_cut_to_the_operations_batches_and_commas_refused() -> None:
    skus = ", ".join(f"'sku-{number}'" for number in range(45))
    condition = f"seller_sku IN ({skus}) AND marketplace_id = 'ATVPDKIKX0DER'"
    (scan,) = plan(f"SELECT * FROM product_pricing.pricing WHERE {condition}").scans
    made = list(calls(scan, Sources(NOW, {"Marketplaces": MARKETPLACES})))
    assert [len(call.url_parameters["Skus"]) for call in made] == [20, 20, 5]
    assert {call.url_parameters["ItemType"] for call in made} == {"Sku"}


def test_every_marketplace_is_asked_where_the_operation_takes_one() -> None:
    (scan,) = plan("SELECT seller_sku FROM fba_inventory.inventory_summaries").scans
    made = list(calls(scan, Sources(NOW, {"Marketplaces": MARKETPLACES})))
    assert [call.url_parameters["granularityId"] for call in made] == list(MARKETPLACES)
    assert [call.asked["marketplace_id"] for call in made] == list(MARKETPLACES)


def test_calls_are_made_up_only_as_keys_are_read() -> None:
    found = plan(f"SELECT * FROM {JOIN}")
    read: list[str] = []

    def keys() -> Any:
        for number in range(1000):
            read.append(str(number))
            yield (f"111-1111111-{number:07}",)

    stream = calls(found.scans[1], Sources(NOW, keys={("amazon_order_id",): keys()}))
    next(stream)
    next(stream)
    assert len(read) == 2


def test_restricted_columns_ask_for_their_data_elements_only() -> None:
    (plain,) = plan("SELECT order_status, buyer_info_buyer_email, shipping_address_city FROM orders.orders").scans
    (named,) = plan("SELECT shipping_address_name FROM orders.orders").scans
    assert (plain.needs_restricted_token, plain.restricted_elements) == (False, ())
    assert (named.needs_restricted_token, named.restricted_elements) == (True, ("shippingAddress",))
    (never,) = plan("SELECT shipping_address_name FROM orders.orders", settings=Settings(restricted_data="Never")).scans
    assert not never.needs_restricted_token


def test_a_scan_that_a_star_and_a_name_share_cannot_do_without_what_is_named() -> None:
    (star,) = plan("SELECT * FROM catalog_items.search WHERE asin = 'B000000001'").scans
    (shared,) = plan(
        "SELECT a.*, b.vendor_details AS v FROM catalog_items.search a, catalog_items.search b "
        "WHERE a.asin = 'B000000001' AND b.asin = 'B000000001'"
    ).scans
    assert [part.value for part in star.dispensable] == ["vendorDetails"]
    assert star.switches == shared.switches
    assert shared.dispensable == ()


def test_restricted_columns_of_a_star_can_be_done_without_unless_they_are_always_wanted() -> None:
    for setting, expected in (("Auto", ["buyerInfo", "buyerTaxInformation", "shippingAddress"]), ("Always", [])):
        settings = Settings(restricted_data=setting)  # type: ignore[arg-type]  # mypy sees a str
        (scan,) = plan("SELECT * FROM orders.orders", settings=settings).scans
        assert [part.value for part in scan.dispensable] == expected
        assert scan.needs_restricted_token


def test_an_update_period_close_to_now_is_left_open_too() -> None:
    (scan,) = plan(
        "SELECT * FROM orders.orders WHERE last_update_date BETWEEN '2026-06-01' AND '2026-06-15 11:59:00'"
    ).scans
    assert bound(scan)["last_update_date"] == ("2026-06-01T00:00:00Z", "")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM sales.order_metrics WHERE granularity = 'Day' AND interval_start >= '2026-06-01' "
        "AND asin = 'B000000001' AND sku = 'a'",
        "SELECT * FROM catalog_items.search WHERE asin = 'B000000001' AND brand_names = 'x'",
    ],
)
def test_echoes_that_exclude_each_other_are_refused_rather_than_empty(sql: str) -> None:
    with pytest.raises(QueryError, match=r"does not take .* together with"):
        plan(sql)


def test_an_echo_that_amazon_does_not_know_is_refused_rather_than_empty() -> None:
    with pytest.raises(QueryError, match="buyer_type cannot be b2b; Amazon knows B2B, B2C, All"):
        plan(
            "SELECT * FROM sales.order_metrics WHERE granularity = 'Day' AND interval_start >= '2026-06-01' "
            "AND buyer_type = 'b2b'"
        )


@pytest.mark.parametrize(
    ("sql", "held_rows"),
    [
        ("SELECT * FROM orders.orders WHERE purchase_date >= '2026-01-01'", 0),
        ("SELECT * FROM orders.orders WHERE last_update_date >= '2026-01-01'", None),
        ("SELECT * FROM orders.orders WHERE last_update_date >= '2026-01-01' LIMIT 10 OFFSET 5", 15),
        ("SELECT * FROM orders.orders WHERE purchase_date >= '2026-01-01' ORDER BY purchase_date", None),
        ("SELECT * FROM orders.orders WHERE purchase_date >= '2026-01-01' ORDER BY purchase_date LIMIT 10", None),
        ("SELECT count(*) FROM orders.orders WHERE purchase_date >= '2026-01-01' LIMIT 10", None),
        ("SELECT order_status FROM orders.orders GROUP BY ALL LIMIT 10", None),
        ("SELECT DISTINCT order_status FROM orders.orders LIMIT 10", 0),
        ("SELECT count(*) FROM (SELECT * FROM orders.orders LIMIT 7)", 7),
    ],
)
def test_rows_are_held_back_where_the_list_moves_or_all_must_be_there_anyway(sql: str, held_rows: int | None) -> None:
    (scan,) = plan(sql).scans
    assert scan.held_rows == held_rows
    assert scan.is_read_whole == (held_rows is None or sql.endswith("purchase_date >= '2026-01-01'"))


@pytest.mark.parametrize(
    ("condition", "asked", "not_asked"),
    [
        ("seller_order_id = 'X' AND order_status = 'Shipped'", "seller_order_id", "order_status"),
        ("fulfillment_channel = 'MFN' AND seller_order_id = 'X'", "seller_order_id", "fulfillment_channel"),
        ("payment_method = 'COD' AND seller_order_id IN ('X', 'Y')", "seller_order_id", "payment_method"),
        ("buyer_info_buyer_email = 'a@b' AND seller_order_id = 'X'", "seller_order_id", "buyer_info_buyer_email"),
        ("last_update_date > '2026-06-01' AND seller_order_id = 'X'", "seller_order_id", "last_update_date"),
    ],
)
def test_of_keys_that_exclude_each_other_the_narrowest_is_asked_for(condition: str, asked: str, not_asked: str) -> None:
    (scan,) = plan(f"SELECT order_total_amount FROM orders.orders WHERE {condition}").scans
    assert asked in bound(scan)
    assert not_asked not in bound(scan)


def test_of_lists_that_exclude_each_other_the_shorter_is_asked_for() -> None:
    for condition, asked in (("asin IN ('B1', 'B2') AND seller_sku = 'a'", "seller_sku"), ("asin = 'B1'", "asin")):
        (scan,) = plan(f"SELECT status FROM product_pricing.pricing WHERE {condition}").scans
        assert {"asin", "seller_sku"} & bound(scan).keys() == {asked}


def test_no_table_of_the_catalog_asks_for_a_class_of_rows_where_it_could_ask_for_rows() -> None:
    """Whatever excludes whatever: an id wins over an enumeration, wherever neither is only an echo."""
    seen = 0
    for table in catalog.load().tables:
        keys = {key.column: key for key in table.key_columns}
        for one, other in ((key, keys[name]) for key in keys.values() for name in key.excludes):
            ids = [each for each in (one, other) if each.names_rows or each.column in table.primary_key]
            classes = [each for each in (one, other) if each.values]
            if table.kind == "child" or not (ids and classes):
                continue
            seen += 1
            condition = f"{ids[0].column} = 'X' AND {classes[0].column} = '{classes[0].values[0]}'"
            (scan,) = plan(f"SELECT * FROM {table.qualified_name} WHERE {condition}").scans
            assert {ids[0].column, classes[0].column} & bound(scan).keys() == {ids[0].column}
    assert seen >= 3
