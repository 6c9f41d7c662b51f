"""Child tables: which rows they have, what they carry of their parent, and what must be asked for to get them."""

from typing import Any

import pytest

import catalog
from catalog.declaration import TableWords
from catalog.load import read_stanzas
from catalog.resolve import resolve_tables
from catalog.table import Operation, Parameter, Table

BY_NAME = {table.qualified_name: table for table in catalog.load().tables}
CHILDREN = [table for table in BY_NAME.values() if table.kind == "child"]

PARAMETERS = (Parameter("Id", "path", required=True), Parameter("details", "query", type="boolean"))
GET = Operation("getThing", "things", "v1", "GET", "/things/{Id}", PARAMETERS)


def resolve(members: dict[str, str], **words: Any) -> dict[str, Table]:
    stanza = {
        "description": "",
        "operation_id": "getThing",
        "key_columns": {"id": {"eq": "Id", "required": True}},
        **words,
    }
    read = read_stanzas("f", {"thing": stanza}, TableWords)
    return {table.name: table for table in resolve_tables("s", read, {"getThing": (GET, members)}, "f")}


@pytest.mark.parametrize("table", CHILDREN, ids=lambda table: table.qualified_name)
def test_a_child_is_fed_by_its_parents_calls(table: Table) -> None:
    parent = BY_NAME[f"{table.db_schema}.{table.name.split('__')[0]}"]
    assert table.operation == parent.operation
    assert table.paging == parent.paging
    assert table.constants == parent.constants
    assert table.switches == parent.switches
    assert len(table.primary_key) == (len(parent.primary_key) + 1 if parent.primary_key else 0)
    assert table.primary_key[-1:] in ((), ("index",))
    required = {key.eq or key.in_ for key in parent.key_columns if key.required}
    assert required <= {key.eq or key.in_ for key in table.key_columns}


@pytest.mark.parametrize("name", ["item__images", "search__images"])
def test_rows_that_a_switch_brings_are_switched_on_by_every_column(name: str) -> None:
    columns = BY_NAME[f"catalog_items.{name}"].columns
    assert {column.switches for column in columns} == {("images",)}


def test_rows_that_amazon_withholds_are_restricted_in_every_column() -> None:
    columns = BY_NAME["orders.orders__buyer_info_buyer_tax_info_tax_classifications"].columns
    assert all(column.restricted for column in columns)
    assert {column.restricted for column in columns if column.is_index} == {"buyerInfo"}


def test_a_member_that_is_withheld_inside_an_element_restricts_only_itself() -> None:
    members = {"id": "string", "parts[].name": "string", "parts[].secret": "string"}
    child = resolve(members, restricted={"pii": ["parts[].secret"]})["thing__parts"]
    assert {column.name: column.restricted for column in child.columns} == {
        "id": "",
        "index": "",
        "name": "",
        "secret": "pii",
    }


def test_errors_beside_the_data_are_no_rows() -> None:
    tables = resolve({"id": "string", "parts[].name": "string", "errors[].code": "string"})
    assert list(tables) == ["thing", "thing__parts"]
    assert [column.name for column in tables["thing"].columns] == ["id", "parts"]


def test_where_nothing_tells_the_parents_rows_apart_an_index_is_no_key() -> None:
    child = resolve({"kind": "string", "at": "string", "parts[].at": "string"}, carried=["kind", "at"])["thing__parts"]
    assert child.primary_key == ()
    assert child.foreign_keys == ()
    assert [column.name for column in child.columns] == ["id", "kind", "parent_at", "index", "at"]


def test_an_element_with_the_parents_column_name_keeps_it() -> None:
    child = resolve({"id": "string", "parts[].id": "string"}, primary_key=["id"])["thing__parts"]
    assert [column.name for column in child.columns] == ["parent_id", "index", "id"]
    assert child.primary_key == ("parent_id", "index")
    assert [key.column for key in child.key_columns] == ["parent_id"]
    assert child.foreign_keys[0].parent_columns == ("id",)


def test_an_element_that_states_what_the_parent_echoes_is_bound_in_its_stead() -> None:
    child = resolve({"name": "string", "parts[].id": "string"})["thing__parts"]
    (bound,) = (column for column in child.columns if column.name == "id")
    assert not bound.is_echo
    assert [key.column for key in child.key_columns] == ["id"]


def test_the_type_of_an_echo_can_be_said() -> None:
    table = resolve({"name": "string"}, columns={"id": "int64"})["thing"]
    (echo,) = (column for column in table.columns if column.name == "id")
    assert (echo.declared_type, echo.is_echo) == ("int64", True)


def test_the_scope_of_a_grantless_operation_reaches_it() -> None:
    operation = resolve({"name": "string"}, grantless_scope="api::notes")["thing"].operation
    assert operation is not None
    assert operation.grantless_scope == "api::notes"


def test_an_array_that_stays_json_text_has_no_child() -> None:
    tables = resolve({"name": "string", "hours.monday[].from": "string"}, as_json=["hours"])
    assert list(tables) == ["thing"]
    assert [column.name for column in tables["thing"].columns] == ["id", "name", "hours"]


def test_a_member_of_an_array_can_stay_json_text_in_the_child() -> None:
    members = {"parts[].kind": "string", "parts[].box.size": "integer", "parts[].box.sides[].area": "integer"}
    tables = resolve(members, as_json=["parts[].box"])
    child = tables["thing__parts"]
    assert [column.name for column in tables["thing"].columns] == ["id", "parts"]
    assert {column.name: column.declared_type for column in child.columns} == {
        "id": "string",
        "index": "int64",
        "kind": "string",
        "box": "json",
    }


def test_json_text_needs_every_switch_that_fills_it_and_a_part_only_its_own() -> None:
    members = {"parts[].id": "string", "parts[].cost": "string", "parts[].tax": "string"}
    brought = {"details": {"cost": ["parts[].cost"], "tax": ["parts[].tax"]}}
    tables = resolve(members, switches=brought, owners={"everyone": ["cost", "tax"]})
    assert {column.name: column.switches for column in tables["thing"].columns} == {"parts": ("cost", "tax"), "id": ()}
    part = {column.name: column.switches for column in tables["thing__parts"].columns}
    assert (part["id"], part["cost"], part["tax"]) == ((), ("cost",), ("tax",))
