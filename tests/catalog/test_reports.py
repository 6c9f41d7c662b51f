"""Every report type of the facts is a table or has a reason not to be one; its stanza says what the facts say."""

import json
import tomllib
from collections import defaultdict
from importlib import resources
from typing import Any

import pytest

from catalog import load
from catalog.load import load_tables, read_stanzas
from catalog.reports.report import DATA_END_TIME, DATA_START_TIME, OTHER_COLUMNS, REPORT_CREATED_AT, REPORT_ID, Report
from catalog.reports.tables import header_name, report_faults, report_tables
from catalog.reports.words import ReportWords
from catalog.table import Operation, Parameter, Table
from tests.catalog.published_models import SPAPI

FACTS = SPAPI / "facts" / "reports.json"
DOCUMENTS = SPAPI / "report-documents"
needs_facts = pytest.mark.skipif(not FACTS.is_file(), reason="the facts of report types are not beside this checkout")

REPORTS = [table for table in load_tables() if table.db_schema == "report"]
BY_TYPE: dict[str, list[Table]] = defaultdict(list)
for _table in REPORTS:
    assert _table.report is not None
    BY_TYPE[_table.report.report_type].append(_table)
WITHOUT: dict[str, str] = tomllib.loads((resources.files("catalog") / "reports_without_tables.toml").read_text("utf-8"))

each_report = pytest.mark.parametrize(
    "table", [table for table in REPORTS if table.kind == "report"], ids=lambda table: table.name
)

# What is known of a type beyond the facts, or better than they say, each with the reason.
KNOWN_OTHERWISE = {
    ("GET_FBA_ESTIMATED_FBA_FEES_TXT_DATA", "period"): "a state of today that wants some period: it has one by default",
    ("GET_DATE_RANGE_FINANCIAL_HOLDS_DATA", "requestable"): "is ordered in Seller Central",
    ("GST_MTR_STOCK_TRANSFER_REPORT", "requestable"): "has a sibling that is made on demand",
    ("GET_V2_SETTLEMENT_REPORT_DATA_FLAT_FILE_V2", "period"): "is found by its period",
    ("GET_PENDING_ORDERS_DATA", "period"): "is found by its period",
}

# Headers of the facts that mean the same as another one, by which their column is called.
SAME_COLUMN = {"your_response": "response", "reserved_fc_transfer": "fc_transfer"}


def current() -> list[dict[str, Any]]:
    facts = json.loads(FACTS.read_bytes()) if FACTS.is_file() else []
    return [each for each in facts if each["status"] == "current"]


each_fact = pytest.mark.parametrize("fact", current(), ids=lambda fact: str(fact["report_type"]))


def report_of(table: Table) -> Report:
    assert table.report is not None
    return table.report


@needs_facts
def test_every_current_type_is_a_table_or_has_a_reason_not_to_be_one() -> None:
    types = {fact["report_type"] for fact in current()}
    assert len(types) == 106
    assert types == set(BY_TYPE) | set(WITHOUT)
    assert not set(BY_TYPE) & set(WITHOUT)
    assert all(WITHOUT.values())


@each_fact
def test_a_stanza_says_of_the_request_what_the_facts_say(fact: dict[str, Any]) -> None:
    for table in (table for table in BY_TYPE.get(fact["report_type"], ()) if table.kind == "report"):
        report = report_of(table)
        said: dict[str, object] = {
            "requestable": report.is_requestable,
            "one_marketplace_only": report.one_marketplace,
            "min_interval_minutes": report.cooldown_minutes,
            "restricted": report.is_restricted,
            "roles": list(report.roles),
            "retention_days": report.retention_days,
            "no_data_status": report.no_data_status,
            "single_period_per_request": report.grains.single,
            "period": {"none": "ignored"}.get(report.period, report.period),
        }
        facts = {
            **fact,
            "period": fact.get("date_range"),
            "one_marketplace_only": bool(fact.get("one_marketplace_only")),
        }
        facts = {"single_period_per_request": said["single_period_per_request"], **facts}
        wrong = {
            name: (value, facts[name])
            for name, value in said.items()
            if facts.get(name) is not None
            and facts[name] != value
            and (report.report_type, name) not in KNOWN_OTHERWISE
        }
        if report.grains.grain:
            wrong.pop("single_period_per_request", None)
        assert not wrong
        if "max_days" in fact:
            assert report.max_days == fact["max_days"]
        if fact.get("max_lookback_days") and report.period != "none":
            assert report.lookback_days == fact["max_lookback_days"]


@each_fact
def test_a_table_has_every_option_and_its_values(fact: dict[str, Any]) -> None:
    for table in BY_TYPE.get(fact["report_type"], ()):
        options = {option.name: option for option in report_of(table).options}
        for said in fact.get("report_options", ()):
            if said["name"] not in options:
                assert "note" in said, f"{said['name']} is neither an option nor of another form of the report"
                continue
            option = options[said["name"]]
            assert option.is_required == said["required"]
            assert isinstance(said.get("values"), list) == bool(option.values)
            assert not isinstance(said.get("values"), list) or tuple(said["values"]) == option.values


@each_fact
def test_a_table_has_every_column_that_documents_have(fact: dict[str, Any]) -> None:
    tables = BY_TYPE.get(fact["report_type"], [])
    if not tables:
        return
    members = {column.member for table in tables for column in table.columns} | {
        header_name(column.member) for table in tables for column in table.columns
    }
    if tables[0].row_path:
        known = {path for table in tables for path in table.member_types}
        for rows in fact.get("row_sets", ()):
            wanted = {f"{rows['row_path']}.{column['name']}" for column in rows["columns"]}
            assert wanted <= known
    else:
        names = {header_name(column["name"]) for column in fact.get("columns", ())}
        assert {SAME_COLUMN.get(name, name) for name in names} <= members


@pytest.mark.skipif(not DOCUMENTS.is_dir(), reason="the sample documents are not beside this checkout")
@pytest.mark.parametrize(
    "case", sorted(DOCUMENTS.iterdir()) if DOCUMENTS.is_dir() else [], ids=lambda case: str(case.name)
)
def test_columns_of_real_documents_have_the_types_of_their_cells(case: Any) -> None:
    if not (case / "expected.json").is_file():
        return
    expected = json.loads((case / "expected.json").read_bytes())
    if expected["report_type"].startswith("data_kiosk"):
        return
    wanted = {column["name"]: column for column in expected["columns"]}
    tables = [table for table in BY_TYPE[expected["report_type"]] if table.row_path == expected.get("row_set", "")]
    (table,) = [table for table in tables if table.kind == "report"]
    columns = table.columns_by_name
    missing = set(wanted) - set(columns)
    assert all("unknown column" in wanted[name]["judgement"] for name in missing)
    wrong = [
        (name, said["type"], columns[name].declared_type)
        for name, said in wanted.items()
        if name not in missing and said["type"] != columns[name].declared_type and "judgement" not in said
        if any(row[name] is not None for row in expected["rows"])
    ]
    assert not wrong


@each_report
def test_a_table_tells_which_report_each_row_came_from(table: Table) -> None:
    columns = table.columns_by_name
    assert {"marketplace_id", REPORT_ID, REPORT_CREATED_AT} <= set(columns)
    assert ({DATA_START_TIME, DATA_END_TIME} <= set(columns)) == (report_of(table).period != "none")
    assert OTHER_COLUMNS in columns
    assert {option.column for option in report_of(table).options} <= set(columns)
    assert table.operation is not None and table.operation.operation_id == "createReport"


@each_report
def test_a_description_is_a_sentence_that_says_so_where_no_column_is_known(table: Table) -> None:
    assert table.description.endswith(".") and "“" not in table.description
    told = [column for column in table.columns if column.member]
    assert bool(told) != ("No column is known beforehand" in table.description)


@each_report
def test_the_period_selects_by_instants_of_a_column_that_is_there(table: Table) -> None:
    by = report_of(table).by
    assert not by or table.columns_by_name[by].declared_type in ("timestamp", "date")


CREATE_REPORT = Operation(
    "createReport",
    "reports",
    "v1",
    "POST",
    "/reports",
    tuple(
        Parameter(name, "body", is_list=name == "marketplaceIds")
        for name in ("reportType", "marketplaceIds", "dataStartTime", "dataEndTime", "reportOptions")
    ),
)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ({"by": "made"}, "by: there is no column made"),
        ({"format": "json"}, "row_path: json needs one"),
        ({"aligned": {"option": "period"}}, "aligned.option: there is no option period"),
        ({"aligned": {"zone": "Mars/Olympus"}}, "aligned.zone: there is no time zone Mars/Olympus"),
        ({"older_in": ["XX"]}, "older_in: XX is no country with a marketplace"),
        ({"options": {"asin": {"required": True}}}, "options.asin: say an example, since it is required"),
    ],
)
def test_what_a_stanza_says_wrongly_is_told(words: dict[str, Any], fault: str) -> None:
    stanza = {"description": "Things.", "report_type": "GET_THINGS", "period": "required", **words}
    read = read_stanzas("f", {"things": stanza}, ReportWords)
    assert f"report.things: {fault}" in list(report_faults(report_tables("things", read, CREATE_REPORT)))


def test_unqualified_names_of_reports_resolve() -> None:

    assert load().resolve("fba_reimbursements_data").qualified_name == "report.fba_reimbursements_data"
