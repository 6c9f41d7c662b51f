"""Documents in the form of Amazon's real ones, served as those of reports, through SQL."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from catalog.marketplaces import find_marketplace
from catalog.table import Table
from tests.decode.documents.test_report_documents import cases, other_values, table_of
from tests.jobs.reporting_amazon import Made, ReportingAmazon
from tests.scripted_amazon import ScriptedAmazon, scripted_amazon
from tests.server_fixtures import NOW

START, LAST_DAY = datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 4, 30, tzinfo=UTC)


@dataclass
class Reporting:
    """A server before an Amazon whose reports have the document that a test gives them."""

    scripted: ScriptedAmazon
    amazon: ReportingAmazon

    def serve(self, content: bytes, content_type: str, table: Table, marketplaces: list[str]) -> None:
        """Let every report of the table's type from now on have this document."""
        report = table.report
        assert report is not None
        self.amazon.content_type = content_type

        def give(made: Made) -> None:
            made.document = content

        self.amazon.fate = give
        if not report.is_requestable:
            period = {"start": START.isoformat(), "end": LAST_DAY.isoformat()}
            self.amazon.add(
                report.report_type, timedelta(days=10), document=content, marketplaces=marketplaces, **period
            )


@pytest.fixture(scope="module")
def reporting() -> Iterator[Reporting]:
    with scripted_amazon() as scripted:
        yield Reporting(scripted, ReportingAmazon(scripted.amazon, lambda: NOW))


def conditions(table: Table) -> str:
    """What must be said of a table for its report to be asked for."""
    report = table.report
    assert report is not None
    said = {
        option.column: "MONTH" if "MONTH" in option.values else (*option.values, "B0ABCD0001")[0]
        for option in report.options
        if option.is_required and not option.default
    }
    if report.period == "required":
        said |= {"data_start_time": START.isoformat(), "data_end_time": LAST_DAY.isoformat()}
    where = " AND ".join(f"{name} = '{value}'" for name, value in said.items())
    return f" WHERE {where}" if where else ""


@pytest.mark.parametrize(("case", "expected"), list(cases(of_data_kiosk=False)))
def test_a_document_gives_exactly_the_rows_expected_of_it(
    case: Path, expected: dict[str, Any], reporting: Reporting
) -> None:
    document, table = expected["document"], table_of(expected)
    content = (case / document["file"]).read_bytes()
    reporting.serve(content, document["content_type"], table, document["marketplace_ids"])
    marketplace = find_marketplace(document["marketplace_ids"][0])
    assert marketplace is not None
    rows = reporting.scripted.query(
        f"SELECT * FROM {table.qualified_name}{conditions(table)}",
        Marketplaces=",".join(document["marketplace_ids"]),
        Region=marketplace.region,
        ReportMaxAge="0s",
    )
    assert len(rows) == len(expected["rows"])
    assert {name: [row[name] for row in rows] for name in other_values(rows, expected)} == {}
    assert all(row["report_id"] and row["report_created_at"] for row in rows)
