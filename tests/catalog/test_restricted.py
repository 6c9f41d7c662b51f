"""Every operation that Amazon restricts is declared so, with the data elements that Amazon's facts name."""

import json
from pathlib import Path
from typing import Any

import pytest

import catalog

FACTS = Path(__file__).parents[3] / "shared" / "spapi" / "facts" / "restricted_data.json"

pytestmark = pytest.mark.skipif(not FACTS.is_file(), reason="the fact tables are not beside this checkout")

BY_REPORT_TYPE = {"getReportDocument"}  # whether its document is restricted depends on the report


def restricted_operations() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(FACTS.read_bytes())["operations"] if FACTS.is_file() else []
    return found


@pytest.mark.parametrize("fact", restricted_operations(), ids=lambda fact: f"{fact['api']}-{fact['operation']}")
def test_what_amazon_restricts_is_declared(fact: dict[str, Any]) -> None:
    path = fact["path"].split("?")[0]
    tables = [
        table
        for table in catalog.load().tables
        if table.operation is not None and (table.operation.method, table.operation.path) == (fact["method"], path)
    ]
    if not tables or fact["operation"] in BY_REPORT_TYPE:
        assert fact["method"] != "GET" or fact["operation"] in BY_REPORT_TYPE  # what writes has no table
        return
    elements = {column.restricted for table in tables for column in table.columns if column.restricted}
    if fact["data_elements"]:
        assert elements == set(fact["data_elements"])
    else:
        assert all(table.restricted_always for table in tables)
