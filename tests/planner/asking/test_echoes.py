"""Columns that no answer holds: what a bound on one asks for, and which conditions are refused instead of empty."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import partial

import pytest

import catalog
from catalog.table import KeyColumn, Table
from flight_server import planner
from flight_server.connection.settings import Settings
from flight_server.engine import Engine, fold
from flight_server.errors import MissingKeyColumn, QueryError
from flight_server.plan import Call, Plan
from flight_server.planner.asking.calls import calls
from flight_server.planner.asking.key_tuples import Sources
from flight_server.planner.asking.parameters import is_optional_echo, parameter_of
from tests.planner.test_plan import NOW

ENGINE = Engine()
CATALOG = catalog.load()
ORDERS = "vendor_orders.purchase_orders"
_VALUES = {
    "string": "'a'",
    "json": "'[]'",
    "int64": "1",
    "double": "1.5",
    "decimal": "1.5",
    "bool": "true",
    "date": "DATE '2026-06-01'",
    "timestamp": "TIMESTAMPTZ '2026-06-01'",
}


def plan(sql: str) -> Plan:
    """Of a sandbox, which takes made-up values of any form."""
    return planner.plan(planner.read(sql, CATALOG), Settings(sandbox=True), partial(fold, ENGINE), NOW)


def made(sql: str) -> list[Call]:
    sources = Sources(NOW, {"Marketplaces": ("ATVPDKIKX0DER",)})
    return [call for scan in plan(sql).scans if not scan.supplies for call in calls(scan, sources)]


@pytest.mark.parametrize(
    ("condition", "sent"),
    [
        ("created_after >= '2026-06-01'", {"createdAfter": "2026-06-01T00:00:00Z"}),
        ("created_after >= now() - INTERVAL 3 DAY", {"createdAfter": "2026-06-12T12:00:00Z"}),
        ("'2026-06-01' <= created_after", {"createdAfter": "2026-06-01T00:00:00Z"}),
        ("created_after > '2026-06-01'", {"createdAfter": "2026-06-01T00:00:00.001Z"}),
        ("created_after > '2026-06-01 00:00:00.0005'", {"createdAfter": "2026-06-01T00:00:00.001Z"}),
        ("created_after BETWEEN '2026-06-01' AND '2026-06-03'", {"createdAfter": "2026-06-01T00:00:00Z"}),
        ("created_after >= '2026-06-01' AND created_after > '2026-05-01'", {"createdAfter": "2026-06-01T00:00:00Z"}),
        ("CAST(created_after AS DATE) >= DATE '2026-06-01'", {"createdAfter": "2026-06-01T00:00:00Z"}),
        ("CAST(created_after AS DATE) > DATE '2026-06-01'", {"createdAfter": "2026-06-02T00:00:00Z"}),
        ("created_before <= '2026-06-01'", {"createdBefore": "2026-06-01T00:00:00Z"}),
        ("created_before <= '2026-06-01 00:00:00.0005'", {"createdBefore": "2026-06-01T00:00:00.001Z"}),
        ("created_before < '2026-06-01'", {"createdBefore": "2026-05-31T23:59:59.999Z"}),
        ("created_before < '2026-06-01 00:00:00.0005'", {"createdBefore": "2026-06-01T00:00:00Z"}),
        (
            "created_after >= '2026-05-30' AND created_before < '2026-06-01'",
            {"createdAfter": "2026-05-30T00:00:00Z", "createdBefore": "2026-05-31T23:59:59.999Z"},
        ),
        ("created_after = '2026-06-01' AND created_after IS NOT NULL", {"createdAfter": "2026-06-01T00:00:00Z"}),
    ],
)
def test_a_bound_on_one_end_of_a_period_is_that_end(condition: str, sent: dict[str, str]) -> None:
    for source in (ORDERS, f"(SELECT * FROM {ORDERS}) AS v", f"(SELECT * FROM {ORDERS} WHERE true) AS v"):
        (call,) = made(f"SELECT purchase_order_number FROM {source} WHERE {condition}")
        assert {name: call.url_parameters[name] for name in call.url_parameters if name != "includeDetails"} == sent


@pytest.mark.parametrize(
    "condition",
    [
        "created_after <= '2026-06-01'",
        "created_before >= '2026-06-01'",
        "created_after <> '2026-06-01'",
        "created_after NOT IN ('2026-06-01')",
        "NOT created_after < '2026-06-01'",
        "created_after IS NULL",
        "created_after IS NOT NULL",
        "CAST(created_after AS DATE) = DATE '2026-06-01'",
        "year(created_after) = 2026",
        "created_after >= '2026-06-01' AND year(created_after) = 2026",
        "created_after >= '2026-06-01' AND created_after <> '2026-06-01'",
        "created_after >= '2026-06-01' OR purchase_order_number = 'a'",
        "(created_after >= '2026-06-01' AND purchase_order_number = 'a') OR (created_after > '2026-06-02')",
        "created_after >= order_details_purchase_order_date",
        "created_after > created_before",
        "created_after >= '2026-05-01' AND created_before <= '2026-06-01' AND created_after <= created_before",
        "created_after >= (SELECT max(purchase_date) FROM orders.orders)",
        "coalesce(created_after, created_before) > '2026-06-01'",
        "sort_order LIKE 'A%'",
        "sort_order > 'A'",
        "sort_order IN ('ASC') OR po_item_state = 'Cancelled'",
        "is_po_changed IS NOT TRUE",
        "not is_po_changed",
    ],
)
def test_any_other_condition_is_refused_and_those_that_work_are_named(condition: str) -> None:
    with pytest.raises(QueryError, match=rf"{ORDERS}: no answer of Amazon's holds \w+, .* compare it by =, IN"):
        plan(f"SELECT * FROM {ORDERS} WHERE {condition}")


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT created_after FROM {ORDERS} GROUP BY ALL HAVING max(created_after) > '2026-06-01'",
        f"SELECT * FROM {ORDERS} QUALIFY row_number() OVER (ORDER BY created_after) = 1 AND created_after IS NOT NULL",
        f"SELECT count(*) FILTER (WHERE created_after > '2026-06-01') FROM {ORDERS}",
        f"SELECT sum(CASE WHEN created_after > '2026-06-01' THEN 1 END) FROM {ORDERS}",
        f"SELECT count_if(sort_order = 'ASC') FROM {ORDERS}",
        f"SELECT * FROM (SELECT * FROM {ORDERS} LIMIT 5) WHERE created_after >= '2026-06-01'",
        f"SELECT * FROM (SELECT max(created_after) AS m FROM {ORDERS}) WHERE m >= '2026-06-01'",
        f"SELECT * FROM (SELECT created_after AS a FROM {ORDERS} UNION SELECT now()) WHERE year(a) = 2026",
        f"WITH v AS (SELECT * FROM {ORDERS}) SELECT * FROM v WHERE created_after >= '2026-06-01' "
        "UNION ALL SELECT * FROM v WHERE created_after >= '2026-05-01'",
        f"WITH RECURSIVE r AS (SELECT created_after AS a, 1 AS n FROM {ORDERS} UNION ALL SELECT a, n + 1 FROM r "
        "WHERE n < 3) SELECT * FROM r WHERE a >= '2026-06-01'",
        f"SELECT * FROM orders.orders WHERE purchase_date IN (SELECT created_after FROM {ORDERS})",
        f"SELECT * FROM orders.orders o WHERE EXISTS (SELECT 1 FROM {ORDERS} v WHERE created_after > o.purchase_date)",
        f"SELECT * FROM orders.orders o LEFT JOIN {ORDERS} v ON v.created_after > o.purchase_date",
        f"SELECT * FROM {ORDERS} v LEFT JOIN orders.orders o ON v.created_after >= '2026-06-01'",
        f"SELECT * FROM {ORDERS} v JOIN vendor_orders.purchase_orders_status s USING (created_after)",
        f"SELECT * FROM {ORDERS} NATURAL JOIN vendor_orders.purchase_orders_status",
        f"SELECT * FROM {ORDERS} v JOIN vendor_orders.purchase_orders_status s ON v.created_after = s.created_after",
    ],
)
def test_so_is_one_in_any_other_clause_or_through_any_other_query(sql: str) -> None:
    with pytest.raises(QueryError, match="no answer of Amazon's holds"):
        plan(sql)


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT created_after, sort_order, count(*) FROM {ORDERS} GROUP BY ALL ORDER BY created_after, sort_order",
        f"SELECT * FROM {ORDERS} WHERE 1 = 0 AND created_after IS NOT NULL",
        f"SELECT * FROM {ORDERS} WHERE created_after > '2026-06-02' AND created_after < '2026-06-01'",
        f"SELECT * FROM {ORDERS} ORDER BY CASE WHEN sort_order IS NULL THEN 1 ELSE 0 END",
        "SELECT * FROM fba_inventory.inventory_summaries WHERE marketplace_id LIKE 'A%' AND marketplace_id IS NOT NULL",
        f"SELECT * FROM orders.orders WHERE EXISTS (SELECT created_after FROM {ORDERS})",
    ],
)
def test_what_a_row_cannot_fail_by_an_echo_is_no_condition_on_it(sql: str) -> None:
    plan(sql)


def test_a_join_partner_gives_an_echo_its_values() -> None:
    partners = {
        "orders.orders o ON v.created_after = o.purchase_date": "o.purchase_date >= '2026-06-01'",
        "(VALUES (TIMESTAMPTZ '2026-06-01')) AS t(d) ON v.created_after = t.d": "true",
    }
    for partner, condition in partners.items():
        other, on = partner.split(" ON ")
        for source in (f"{ORDERS} v JOIN {partner}", f"{other} JOIN {ORDERS} v ON {on}"):
            scan = plan(f"SELECT v.purchase_order_number FROM {source} WHERE {condition}").scans[-1]
            assert [binding.key_column.column for binding in scan.bindings if binding.supplies] == ["created_after"]


def _optional_echoes() -> Iterator[tuple[Table, KeyColumn]]:
    for table in CATALOG.tables:
        yield from ((table, key) for key in table.key_columns if is_optional_echo(table, key.column))


def needed_conditions(table: Table, left_out: str = "") -> list[str]:
    """Conditions with which the table can be planned: what is required, and whatever errors ask for."""
    keys = {key.column: key for key in table.key_columns}
    required = [key.column for key in keys.values() if key.required and not (key.default or key.default_from)]
    companions = keys[left_out].needs if left_out else ()
    needed = {column: None for column in (*required, *companions) if column != left_out}
    while True:
        conditions = [_equal(table, keys[column]) for column in needed]
        try:
            plan(f"SELECT count(*) FROM {table.qualified_name} WHERE {' AND '.join([*conditions, 'true'])}")
        except MissingKeyColumn as error:
            wanted = (
                error.columns if error.table == table.qualified_name else (k.column for k in keys.values() if k.parent)
            )
            missing = [column for column in wanted if column not in needed and column != left_out]
            if not missing:
                return conditions
            needed |= dict.fromkeys(missing[:1])
        else:
            return conditions


def _equal(table: Table, key: KeyColumn) -> str:
    parameter = parameter_of(table, key.eq or key.in_)
    allowed = key.values or (parameter.enum if parameter is not None else ())
    declared_type = table.columns_by_name[key.column].declared_type
    free = [each for each in allowed if not any(re.fullmatch(form, each) for form in key.needs_when)]
    value = f"'{free[0]}'" if free and declared_type == "string" else _VALUES[declared_type]
    if parameter is not None and (parameter.location, parameter.type) == ("body", "json") and table.operation:
        value = f"'{json.dumps(_whole(table.operation.body_objects, parameter.name))}'"
    return f"{key.column} {'=' if key.eq or key.in_ else '>='} {value}"


def _whole(objects: Mapping[str, tuple[str, ...]], path: str) -> object:
    """JSON with all that Amazon's model requires there."""
    if f"{path}[]" in objects:
        return [_whole(objects, f"{path}[]")]
    return {member: _whole(objects, f"{path}.{member}") for member in objects[path]} if path in objects else "x"


def test_no_table_of_the_catalog_filters_by_an_echo_that_is_not_asked_for() -> None:
    echoes = list(_optional_echoes())
    assert len(echoes) > 500
    for table, key in echoes:
        conditions = [*needed_conditions(table, key.column), f"CAST({key.column} AS VARCHAR) LIKE '%a%'"]
        try:
            found = plan(f"SELECT * FROM {table.qualified_name} WHERE {' AND '.join(conditions)}").scans[-1]
        except QueryError as refusal:
            assert key.column in refusal.message
        else:  # its partner needs it, and there is one value that is sent for it
            assert [binding.values for binding in found.bindings if binding.key_column == key] != [None]
            assert key.column in {name for other in table.key_columns for name in other.needs}


def test_every_period_of_the_catalog_that_is_only_echoed_takes_bounds() -> None:
    """Names say which end it is; those that say neither are instants of their own."""
    times = [(t, k) for t, k in _echoes_of_times() if not (k.ge or k.le)]
    assert {key.column for _, key in times} <= {
        "must_arrive_by_date",
        "parent_ship_date",
        "requested_as_of_date",
        "requested_ship_date",
        "ship_date",
    }
    bounded = [(table, key) for table, key in _echoes_of_times() if key.ge or key.le]
    assert len(bounded) > 60
    for table, key in bounded:
        operator, at = (">=", "2026-06-01") if key.ge else ("<=", "2026-06-14")
        others = [text for text in needed_conditions(table, key.column) if text]
        conditions = [*others, f"{key.column} {operator} '{at}'"]
        found = plan(f"SELECT * FROM {table.qualified_name} WHERE {' AND '.join(conditions)}").scans[-1]
        (binding,) = (binding for binding in found.bindings if binding.key_column.column == key.column)
        assert binding.values is not None
        assert binding.values[0].startswith(at)


def _echoes_of_times() -> Iterator[tuple[Table, KeyColumn]]:
    for table in CATALOG.tables:
        for key in table.key_columns:
            column = table.columns_by_name[key.column]
            if column.is_echo and column.declared_type in ("timestamp", "date"):
                yield table, key
