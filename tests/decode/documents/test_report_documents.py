"""Documents in the form of Amazon's real ones, with the rows expected of each; skipped where they are not at hand."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from catalog.table import Table
from tests.decode.documents.report_tables import REPORT_TABLES, rows_of

DOCUMENTS = Path(__file__).parents[4] / "shared" / "spapi" / "report-documents"
DATA_KIOSK = "data_kiosk:"

CASES = sorted(path.parent for path in DOCUMENTS.glob("*/expected.json"))

pytestmark = pytest.mark.skipif(not CASES, reason="the sample documents are not at hand")


def cases(*, of_data_kiosk: bool) -> Iterator[Any]:
    for case in CASES:
        expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
        if expected["report_type"].startswith(DATA_KIOSK) == of_data_kiosk:
            yield pytest.param(case, expected, id=case.name)


@pytest.mark.parametrize(("case", "expected"), [*cases(of_data_kiosk=False), *cases(of_data_kiosk=True)])
@pytest.mark.parametrize("size", [7, 1 << 20])
def test_a_document_gives_exactly_the_rows_expected_of_it(case: Path, expected: dict[str, Any], size: int) -> None:
    document = expected["document"]
    sent = (case / document["file"]).read_bytes()
    found = rows_of(
        [sent[start : start + size] for start in range(0, len(sent), size)],
        table_of(expected),
        content_type=document["content_type"],
        marketplaces=document["marketplace_ids"],
    )
    assert len(found) == len(expected["rows"])
    assert list(other_values(found, expected)) == []


def other_values(found: list[dict[str, Any]], expected: dict[str, Any]) -> Iterator[str]:
    """The names of the columns that have other values than are expected."""
    for column in expected["columns"]:
        name, is_free = column["name"], "left out" in column.get("judgement", "")
        if is_free and name not in found[0]:
            continue
        told = [comparable(row[name]) for row in found]
        wanted = [[row[name] for row in expected["rows"]], *expected.get("alternatives", {}).get(name, [])]
        if told not in [[as_written(value, column["type"]) for value in values] for values in wanted]:
            yield name


def table_of(expected: dict[str, Any]) -> Table:
    [table] = (
        table
        for table in REPORT_TABLES
        if table.report is not None
        and table.kind != "child"
        and table.report.report_type == expected["report_type"].removeprefix(DATA_KIOSK)
        and expected.get("row_set", table.row_path) == table.row_path
    )
    return table


def as_written(value: Any, declared: str) -> Any:
    return Decimal(value) if value is not None and declared == "decimal" else value


def comparable(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if isinstance(value, date) else value
