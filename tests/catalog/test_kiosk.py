"""Datasets of Data Kiosk: every query field a table, every scalar a column, against the schemas and the facts."""

import json
from pathlib import Path

import pytest

import catalog
from catalog.compile.kiosk import compile_schemas
from catalog.kiosk.dataset import END, START
from catalog.kiosk.schemas import arguments, member_types, query_fields, schema_of
from catalog.operators import parameters_of
from catalog.table import Table

SPAPI = Path(__file__).parents[3] / "shared" / "spapi"
SCHEMAS = SPAPI / "schemas" / "data-kiosk"
MODELS = Path(catalog.__file__).parent / "models" / "data_kiosk"

TABLES = [table for table in catalog.load().tables if table.dataset is not None]
FIELDS = sorted({(table.dataset.name, table.dataset.field) for table in TABLES if table.dataset is not None})


def of_field(name: str, field: str) -> list[Table]:
    return [
        each for each in TABLES if each.dataset is not None and (each.dataset.name, each.dataset.field) == (name, field)
    ]


def test_every_query_field_of_every_schema_is_a_table() -> None:
    names = [path.stem for path in MODELS.glob("*.graphql")]
    assert len(names) == 3
    assert sorted((name, field) for name in names for field in query_fields(name)) == FIELDS


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_every_scalar_of_a_line_is_a_column_of_one_of_its_tables(name: str, field: str) -> None:
    told = {
        column.member for table in of_field(name, field) for column in table.columns if column.declared_type != "json"
    }
    assert member_types(name, field).keys() <= told


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_every_list_of_objects_is_a_table(name: str, field: str) -> None:
    lists = {path.rpartition(".")[0] for path in member_types(name, field)}
    row_paths = {table.row_path for table in of_field(name, field)}
    assert {each for each in lists if each.endswith("[]")} <= row_paths


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_every_argument_has_a_key_column_or_a_switch(name: str, field: str) -> None:
    for table in of_field(name, field):
        if table.kind == "child":
            continue
        given = {each for key in table.key_columns for each in parameters_of(key)} | {START, END}
        given |= {switch.parameter for switch in table.switches}
        given |= {each for key in table.key_columns for each in key.sets}
        assert {each.name for each in arguments(name, field)} == given


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_what_must_be_said_is_asked_for_or_has_a_default(name: str, field: str) -> None:
    for table in of_field(name, field):
        if table.kind == "child":
            continue
        keys = {each: key for key in table.key_columns for each in parameters_of(key)}
        asked = {column for columns in table.requires_one_of for column in columns}
        for argument in arguments(name, field):
            key = keys.get(argument.name)
            if argument.required and key is not None and argument.name not in (START, END):
                assert key.required or key.column in asked, (table.name, argument.name)


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="Amazon's schemas are not beside the project")
def test_the_schemas_are_compiled_from_amazons(tmp_path: Path) -> None:
    for path in compile_schemas(SCHEMAS, tmp_path):
        assert path.read_text() == (MODELS / path.name).read_text()


@pytest.mark.parametrize("path", sorted(MODELS.glob("*.graphql")), ids=lambda path: path.stem)
def test_no_word_of_prose_is_in_a_schema(path: Path) -> None:
    schema = schema_of(path.stem)
    assert not any(kind.description for name, kind in schema.type_map.items() if name not in _OWN and name[:2] != "__")
    assert "reason" not in path.read_text()


_OWN = {"String", "Int", "Float", "Boolean", "ID"}


@pytest.mark.skipif(not SPAPI.is_dir(), reason="the facts are not beside the project")
@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_columns_and_arguments_are_those_of_the_facts(name: str, field: str) -> None:
    facts = json.loads((SPAPI / "facts" / "data_kiosk.json").read_text())
    (dataset,) = (each for each in facts["datasets"] if each["dataset"] == name)
    (query,) = (each for each in dataset["queries"] if each["field"] == field)
    types = {path.removeprefix("$[]."): kind for path, kind in member_types(name, field).items()}
    assert types == {column["name"]: column["type"] for column in query["columns"]}
    (table, *_) = (each for each in of_field(name, field) if each.kind == "data_kiosk")
    assert table.dataset is not None and table.report is not None
    limits = query["limits"]
    if "start_max_age" in limits:
        assert table.dataset.lookback_days == 730
    if "end_max" in limits:
        assert limits["end_max"] == f"{table.dataset.ahead_days} days after today"
    if "max_products" in limits:
        assert table.dataset.objects is not None and table.dataset.objects.most == limits["max_products"]
    if "max_child_asins_per_filter" in limits:
        assert next(key.batch_max for key in table.key_columns if key.column == "child_asin") == 30
        assert table.dataset.objects is not None and table.dataset.objects.once == "marketplaceId"
    assert table.report.audience == dataset["seller_or_vendor"]
    assert table.report.retention_days == 30
