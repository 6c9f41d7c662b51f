"""Every stanza against its model: what it names exists, what the operation requires is bound, examples plan."""

import re
from datetime import UTC, date, datetime

import pytest

import catalog
from catalog.arrow_types import ARROW_TYPES
from catalog.table import Operation, Parameter, Table
from flight_server import planner
from flight_server.connection.settings import Settings
from flight_server.plan import Plan

CATALOG = catalog.load()
OPERATIONS = [table for table in CATALOG.tables if table.kind == "operation"]
FED = [table for table in CATALOG.tables if table.operation is not None]
BY_NAME = {table.qualified_name: table for table in CATALOG.tables}

each_stanza = pytest.mark.parametrize("table", OPERATIONS, ids=lambda table: table.qualified_name)
each_fed_table = pytest.mark.parametrize("table", FED, ids=lambda table: table.qualified_name)


def operation_of(table: Table) -> Operation:
    assert table.operation is not None
    return table.operation


def parameters_set(table: Table) -> set[str]:
    """Every parameter that some query can make the table send."""
    names = set(table.constants) | {switch.parameter for switch in table.switches}
    for key in table.key_columns:
        names |= {key.eq, key.in_, key.ge, key.gt, key.le, key.lt, *key.also, *key.sets}
    if table.paging is not None:
        names |= {table.paging.token, table.paging.size}
    return names - {""}


def inside_another(parameter: Parameter, names: set[str]) -> bool:
    """Whether a member of a body is given with what it stands in, or by what stands in it."""
    within = (f"{parameter.name}.", f"{parameter.name}[]")
    around = any(parameter.name.startswith((f"{name}.", f"{name}[]")) for name in names)
    return parameter.location == "body" and (around or any(name.startswith(within) for name in names))


@each_stanza
def test_every_parameter_that_is_named_exists(table: Table) -> None:
    known = {parameter.name for parameter in operation_of(table).parameters}
    assert parameters_set(table) <= known


@each_stanza
def test_every_required_parameter_is_bound_constant_or_defaulted(table: Table) -> None:
    required = {
        parameter.name
        for parameter in operation_of(table).parameters
        if parameter.required and not inside_another(parameter, parameters_set(table))
    }
    assert required <= parameters_set(table)
    always = {
        name
        for key in table.key_columns
        if key.required or key.default_from or key.default or key.parent
        for name in (key.eq, key.in_, key.ge, *key.also)
    }
    groups = {
        name
        for columns in table.requires_one_of
        for key in table.key_columns
        if key.column in columns
        for name in (key.eq, key.in_, key.ge, *key.sets)
    }
    assert required <= always | groups | set(table.constants)


@each_stanza
def test_list_parameters_have_a_batch_that_amazon_accepts(table: Table) -> None:
    maxima = {parameter.name: parameter.max_items for parameter in operation_of(table).parameters}
    for key in table.key_columns:
        most = maxima.get(key.in_)
        if key.in_ and most is not None:
            assert key.batch_max is not None
            assert key.batch_max <= most


@each_fed_table
def test_key_columns_and_primary_keys_are_columns(table: Table) -> None:
    columns = {column.name for column in table.columns}
    assert {key.column for key in table.key_columns} <= columns
    assert set(table.primary_key) <= columns
    assert {column for columns_ in table.requires_one_of for column in columns_} <= columns
    for key in table.key_columns:
        assert {*key.excludes, *key.earliest_unless} <= columns


@each_fed_table
def test_column_names_are_unique_and_types_known(table: Table) -> None:
    names = [column.name for column in table.columns]
    assert len(names) == len(set(names))
    assert all(re.fullmatch("[a-z][a-z0-9_]*", name) for name in names)
    assert all(column.declared_type in ARROW_TYPES for column in table.columns)


@each_fed_table
def test_parents_and_foreign_keys_point_at_primary_keys(table: Table) -> None:
    for key in table.key_columns:
        if key.parent is not None:
            parent = BY_NAME[f"{key.parent.db_schema}.{key.parent.table}"]
            assert key.parent.column in {column.name for column in parent.columns}
    for foreign_key in table.foreign_keys:
        target = BY_NAME[f"{foreign_key.db_schema}.{foreign_key.table}"]
        assert set(foreign_key.parent_columns) <= {column.name for column in target.columns}


@each_fed_table
def test_no_table_is_its_own_ancestor(table: Table) -> None:
    seen: set[str] = set()
    pending = [table]
    while pending:
        current = pending.pop()
        parents = [key.parent for key in current.key_columns if key.parent is not None]
        for parent in parents:
            name = f"{parent.db_schema}.{parent.table}"
            assert name != table.qualified_name
            if name not in seen:
                seen.add(name)
                pending.append(BY_NAME[name])


@each_stanza
def test_timestamps_and_switched_members_exist(table: Table) -> None:
    names = {column.name for column in table.columns}
    assert all(column.member or column.is_echo or column.is_of_refused for column in table.columns)
    for switch in table.switches:
        switched = {value for column in table.columns for value in column.switches}
        assert set(switch.members) <= switched, f"a switch of {names} brings nothing"


@pytest.mark.parametrize("table", CATALOG.tables, ids=lambda table: table.qualified_name)
def test_the_example_plans_without_a_call(table: Table) -> None:
    assert table.example
    statement = planner.read(table.example, CATALOG)
    plan = planner.plan(statement, Settings(), fold_nothing, datetime(2026, 6, 1, tzinfo=UTC))
    assert isinstance(plan, Plan)
    assert any(output.table.name == table.name for scan in plan.scans for output in scan.outputs)


def fold_nothing(constants: object) -> list[object]:
    """Stands in for the engine: text literals fold to themselves, times to one instant, days to one day."""
    assert isinstance(constants, list)
    known = {"TIMESTAMPTZ": datetime(2026, 5, 1, tzinfo=UTC), "DATE": date(2026, 5, 1)}
    return [known.get(wanted, sql.strip("'")) for sql, wanted in constants]


def test_names_resolve_whatever_their_case() -> None:
    assert CATALOG.resolve("ORDER_ITEMS", "Orders", "SPAPI").name == "order_items"
    assert CATALOG.resolve("order_items").db_schema == "orders"


def test_an_unknown_table_names_its_near_matches() -> None:
    with pytest.raises(catalog.errors.UnknownTable, match=r"orders\.order_items"):
        CATALOG.resolve("order_item")
    with pytest.raises(catalog.errors.UnknownTable, match=r"orders\.orders"):
        CATALOG.resolve("orders", "sales")
    with pytest.raises(catalog.errors.UnknownTable, match=r"spapi\.orders\.orders"):
        CATALOG.resolve("orders", "orders", "other")


def test_an_unknown_version_names_those_there_are() -> None:
    with pytest.raises(catalog.errors.CatalogError, match=r"OrdersApiVersion cannot be v9; there is v0"):
        CATALOG.for_versions({"orders": "v9"})


def test_money_is_decimal_and_times_are_timestamps() -> None:
    types = {column.name: column.declared_type for column in BY_NAME["orders.orders"].columns}
    assert types["order_total_amount"] == "decimal"
    assert types["purchase_date"] == "timestamp"
    assert types["is_prime"] == "bool"
    assert types["payment_execution_detail"] == "json"
    assert types["shipping_address_extended_fields_geo_coordinates_latitude"] == "double"


def test_arrays_of_objects_are_child_tables_with_their_parents_key() -> None:
    child = BY_NAME["orders.orders__payment_execution_detail"]
    names = [column.name for column in child.columns]
    assert {"amazon_order_id", "index", "payment_amount", "payment_method"} <= set(names)
    assert child.primary_key == ("amazon_order_id", "index")
