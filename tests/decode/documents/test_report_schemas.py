"""The examples of Amazon's own report schemas, replayed as documents, give the same values."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from catalog.table import Table
from flight_server.decode.json_rows import ARRAY, path_of
from flight_server.decode.values import from_number, from_text
from tests.decode.documents.report_tables import REPORT_TABLES, rows_of

SCHEMAS = Path(__file__).parents[4] / "shared" / "spapi" / "schemas" / "reports"

pytestmark = pytest.mark.skipif(not SCHEMAS.is_dir(), reason="Amazon's schemas of reports are not at hand")


def examples() -> Iterator[Any]:
    for file in sorted(SCHEMAS.glob("*.json")):
        for number, example in enumerate(
            json.loads(file.read_text(), parse_float=str, parse_int=str).get("examples", [])
        ):
            yield pytest.param(example, file, number, id=f"{file.stem}-{number}")


def tables_of(file: Path) -> list[Table]:
    facts = json.loads((SCHEMAS.parents[1] / "facts" / "reports.json").read_text())
    types = {fact["report_type"] for fact in facts if f"/{file.name}" in json.dumps(fact.get("schema"))}
    return [table for table in REPORT_TABLES if table.report is not None and table.report.report_type in types]


def objects_at(values: list[Any], path: tuple[str, ...]) -> list[Any]:
    for name in path:
        values = [
            inner for value in values if value is not None for inner in (value if name == ARRAY else [value.get(name)])
        ]
    return values


@pytest.mark.parametrize(("example", "file", "number"), list(examples()))
def test_an_example_gives_the_same_values(example: dict[str, Any], file: Path, number: int) -> None:
    document = json.dumps(json.loads(file.read_text())["examples"][number]).encode()
    tables = [table for table in tables_of(file) if table.kind == "report"]
    assert tables, "the example is of a type without a table"
    count = 0
    for table in tables:
        row_path = path_of(table.row_path)
        rows = objects_at([example], row_path)
        found = rows_of(document, table, content_type="application/json")
        assert len(found) == len(rows)
        for column in table.columns:
            if not column.member or column.declared_type == "json" or column.nested:
                continue
            for row, told in zip(rows, found, strict=True):
                [value] = objects_at([row], path_of(column.member)[len(row_path) :]) or [None]
                assert told[column.name] == expected(value, column.declared_type), column.name
                count += value is not None
    assert count


def expected(value: Any, declared: Any) -> Any:
    """Numbers are texts here; a text of digits and a number are read alike but for the digits beyond a scale."""
    if value is None or isinstance(value, bool):
        return value
    return from_number(value, declared) if declared == "decimal" else from_text(value, declared)
