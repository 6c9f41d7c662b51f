"""Money is a decimal and a time a time, wherever they stand: in rows, child tables and native lists of the catalog."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import catalog
from catalog.columns import row_prefix
from catalog.columns.nested import nested_type
from catalog.declaration import TableWords
from catalog.errors import BadDeclaration
from catalog.load import load_tables, read_stanzas
from catalog.resolve import resolve_tables
from catalog.table import DeclaredType, ListOf, Nested, Operation, Parameter, StructOf, Table
from tests.catalog.published_models import Leaf, answers, needs_models

REVIEWED = tomllib.loads((Path(__file__).parent / "reviewed_types.toml").read_text("utf-8"))
OPERATION_TABLES = [table for table in load_tables() if table.operation and table.kind == "operation"]
EXCEPTION_DATES = "orders.order_address__delivery_preferences_preferred_delivery_time_exception_dates"
BY_NAME = {table.qualified_name: table for table in catalog.load().tables}
TIME = re.compile(
    r"date|time|window|expir|timestamp|deadline|since|until|when|(created|updated|occurred|posted)(at|on)?$", re.I
)


def tails(wanted: DeclaredType) -> Iterator[tuple[str, str]]:
    """(schema, the end of its path) of every member and echo that has a type, those deep in JSON text included."""
    for table in OPERATION_TABLES:
        in_row = {column.member: column.declared_type for column in table.columns if column.declared_type != "json"}
        for path, declared in table.member_types.items():
            if path.startswith(row_prefix(table.row_path)) and in_row.get(path, declared) == wanted:
                yield table.db_schema, ".".join(path.replace("[]", "").split(".")[-2:])
        for column in table.columns:
            if column.is_echo and column.declared_type == wanted:
                yield table.db_schema, column.name


def texts_named_as_times() -> set[tuple[str, str]]:
    return {(schema, tail) for schema, tail in tails("string") if TIME.search(tail.rpartition(".")[2])}


def reviewed(kind: str) -> set[tuple[str, str]]:
    return {(schema, tail) for schema, tails_ in REVIEWED[kind].items() for tail in tails_}


def test_every_double_is_a_measure_that_somebody_looked_at() -> None:
    assert set(tails("double")) == reviewed("doubles")


def test_every_text_named_as_a_time_is_one_that_somebody_looked_at() -> None:
    assert texts_named_as_times() == reviewed("texts_named_as_times")


def is_money(leaf: Leaf) -> bool:
    """A number beside a currency: by its name, or the unit of something that is named a currency."""
    if leaf.schema.get("type") != "number" or str(leaf.schema.get("format", "")).startswith("int"):
        return False
    if leaf.path.endswith("percentOff"):  # beside the amountOff that may stand in its place
        return False
    return "currency" in leaf.inside.lower() or any(
        "currency" in name.lower() and schema.get("type") == "string" for name, schema in leaf.beside.items()
    )


@needs_models
def test_every_number_beside_a_currency_is_a_decimal_or_a_stated_measure() -> None:
    seen = set()
    for table in OPERATION_TABLES:
        operation = table.operation
        assert operation is not None
        measures = {column.member for column in table.columns if column.declared_type == "double"}
        for leaf in answers()[operation.api, operation.api_version, operation.operation_id]:
            if is_money(leaf) and leaf.path not in measures:
                seen.add(leaf.path)
                assert table.member_types[leaf.path] == "decimal", f"{table.qualified_name}: {leaf.path}"
    assert len(seen) > 300


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("fulfillment_inbound.placement_options__fees", "value_amount"),
        ("fulfillment_inbound.inbound_plan_items__prep_instructions", "fee_amount"),
        ("merchant_fulfillment.eligible_shipment_services", "declared_value_amount"),
        ("merchant_fulfillment.eligible_shipment_services__shipping_service_list", "declared_value_amount"),
        ("shipping_v2.rates", "collect_on_delivery_value"),
        ("shipping_v2.rates__rate_item_list", "rate_item_charge_value"),
        ("shipping.shipment__containers", "value_value"),
        ("replenishment.offer_metrics", "lost_revenue_due_to_oos"),
        ("replenishment.selling_partner_metrics", "subscriber_average_revenue"),
    ],
)
def test_amounts_that_were_doubles_are_decimals(name: str, column: str) -> None:
    assert BY_NAME[name].columns_by_name[column].declared_type == "decimal"


@pytest.mark.parametrize(
    ("name", "column", "expected"),
    [
        ("tracking.shipment_tracking__milestone_history", "occurred_at", "timestamp"),
        ("tracking.shipment_tracking__tracking_estimates", "estimated_interval_start_time", "timestamp"),
        ("fulfillment_inbound.shipment_boxes__items", "expiration", "date"),
        (
            "orders.order_address__delivery_preferences_preferred_delivery_time_exception_dates",
            "exception_date",
            "date",
        ),
    ],
)
def test_what_a_stanza_says_of_a_member_in_an_array_reaches_its_child_table(
    name: str, column: str, expected: DeclaredType
) -> None:
    assert BY_NAME[name].columns_by_name[column].declared_type == expected


def field(nested: Nested, *names: str) -> Nested:
    for name in names:
        while isinstance(nested, ListOf):
            nested = nested.element
        assert isinstance(nested, StructOf)
        (nested,) = (inner for known, _, inner in nested.fields if known == name)
    return nested


@pytest.mark.parametrize(
    ("name", "member", "names", "expected"),
    [
        ("fulfillment_inbound.placement_options", "placementOptions[].fees", ("value", "amount"), "decimal"),
        ("fulfillment_inbound.shipment_boxes", "boxes[].items", ("expiration",), "date"),
        ("tracking.shipment_tracking", "trackingDetail.milestoneHistory", ("occurred_at",), "timestamp"),
    ],
)
def test_native_lists_have_the_same_types(name: str, member: str, names: tuple[str, ...], expected: str) -> None:
    assert field(nested_type(member, BY_NAME[name].member_types), *names) == expected


MEMBERS = {"id": "string", "price": "number", "share": "number", "priceCurrencyCode": "string"}
IN_ARRAY = {"parts[].made": "string", "parts[].cost": "number", "parts[].share": "number", "parts[].currency": "string"}
BODY = tuple(
    Parameter(name, "body", type=kind, format=of)
    for name, kind, of in (
        ("worth.value", "number", ""),
        ("worth.unit", "string", "currency"),
        ("size.value", "number", ""),
    )
)


def resolve(**words: object) -> dict[str, Table]:
    keys = {"worth": {"eq": "worth.value"}, "size": {"eq": "size.value"}}
    stanza = {"description": "", "operation_id": "getThing", "key_columns": keys, **words}
    operation = Operation("getThing", "things", "v1", "POST", "/things", BODY)
    read = read_stanzas("f", {"thing": stanza}, TableWords)
    return {
        table.name: table for table in resolve_tables("s", read, {"getThing": (operation, MEMBERS | IN_ARRAY)}, "f")
    }


def types_of(table: Table) -> dict[str, DeclaredType]:
    return {column.name: column.declared_type for column in table.columns}


def test_any_number_is_money_beside_a_currency_but_not_what_is_stated_a_measure() -> None:
    tables = resolve(measures=["share", "parts[].share"])
    assert (types_of(tables["thing"])["price"], types_of(tables["thing"])["share"]) == ("decimal", "double")
    assert (types_of(tables["thing__parts"])["cost"], types_of(tables["thing__parts"])["share"]) == (
        "decimal",
        "double",
    )


def test_a_parameter_is_money_by_the_same_rule() -> None:
    types = types_of(resolve()["thing"])
    assert (types["worth"], types["size"]) == ("decimal", "double")


def test_times_and_types_may_be_said_of_members_in_arrays() -> None:
    assert types_of(resolve(timestamps=["parts[].made"])["thing__parts"])["made"] == "timestamp"
    assert types_of(resolve(columns={"parts[].made": "date"})["thing__parts"])["made"] == "date"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"timestamps": ["parts[].mad"]}, r"timestamps: the row has no member parts\[\]\.mad"),
        ({"measures": ["parts[].shar"]}, r"measures: the row has no member parts\[\]\.shar"),
        ({"measures": ["shar"]}, "measures: there is no column shar"),
        ({"columns": {"parts[].mad": "date"}}, r"columns\.parts\[\]\.mad: the row has no member"),
        ({"columns": {"parts[].made": {"split": "-"}}}, "of a member inside an array, only its type can be said"),
    ],
)
def test_a_member_that_is_not_there_is_a_fault_of_the_stanza(words: dict[str, object], message: str) -> None:
    with pytest.raises(BadDeclaration, match=message):
        resolve(**words)
