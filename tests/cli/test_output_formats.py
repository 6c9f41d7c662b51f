"""Which format a file gets, and what a workbook holds."""

import io
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.parquet
import pytest

from flight_server.cli.showing import xlsx
from flight_server.cli.showing.xlsx import SheetLimit, write_xlsx
from tests.cli.running import CommandLine

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def cells(content: bytes) -> dict[str, tuple[str, str]]:
    """Cell → its type and text, of the one sheet."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    return {cell.attrib["r"]: (cell.attrib.get("t", "n"), "".join(cell.itertext())) for cell in sheet.iter(f"{SHEET}c")}


def written(table: pa.Table) -> dict[str, tuple[str, str]]:
    out = io.BytesIO()
    write_xlsx(out, table.schema, table.to_batches())
    return cells(out.getvalue())


@pytest.mark.parametrize(
    ("ending", "magic"),
    [
        ("parquet", rb"PAR1"),
        ("PARQUET", rb"PAR1"),
        ("csv", rb'"one"\n1\n'),
        ("json", rb'\{"one":1\}\n'),
        ("jsonl", rb'\{"one":1\}\n'),
        ("arrow", rb"\xff\xff\xff\xff"),
        ("xlsx", rb"PK"),
        ("txt", rb"one\n"),
    ],
)
def test_without_a_format_the_file_s_ending_says_it(
    cli: CommandLine, tmp_path: Path, ending: str, magic: bytes
) -> None:
    path = tmp_path / f"result.{ending}"
    outcome = cli("query", "SELECT 1 AS one", "--output", str(path))
    assert (outcome.code, outcome.out) == (0, b""), outcome.err
    assert re.match(magic, path.read_bytes())


def test_a_format_that_is_named_wins(cli: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "x.data"
    assert cli("query", "SELECT 1 AS one", "--format", "parquet", "--output", str(path)).code == 0
    assert pyarrow.parquet.read_table(path).to_pylist() == [{"one": 1}]


@pytest.mark.parametrize("command", [["query", "SELECT 1"], ["report", "GET_MERCHANT_LISTINGS_ALL_DATA"]])
def test_an_ending_that_says_nothing_is_refused(cli: CommandLine, tmp_path: Path, command: list[str]) -> None:
    outcome = cli(*command, "--output", str(tmp_path / "x.xls"))
    assert outcome.code == 1
    assert "the ending .xls names no format" in outcome.err
    assert not list(tmp_path.iterdir())


def test_a_workbook_holds_numbers_times_and_texts_as_they_are() -> None:
    found = written(
        pa.table(
            {
                "amount": pa.array(["12.50", None], pa.utf8()).cast(pa.decimal128(18, 6)),
                "id": pa.array([12345678901234567, 7]),
                "text": ["=1+1", "http://x"],
                "at": pa.array([0, 1_780_000_000_123_456], pa.timestamp("us", "UTC")),
                "flag": [True, False],
                "list": [[1, 2], None],
            }
        )
    )
    assert [found[cell] for cell in ("A1", "F1")] == [("inlineStr", "amount"), ("inlineStr", "list")]
    assert found["A2"] == ("n", "12.5")
    assert "A3" not in found
    assert found["B2"] == ("inlineStr", "12345678901234567")
    assert found["B3"] == ("n", "7")
    assert (found["C2"], found["C3"]) == (("inlineStr", "=1+1"), ("inlineStr", "http://x"))
    assert found["D3"] == ("inlineStr", "2026-05-28 20:26:40.123456")
    assert (found["E2"], found["F2"]) == (("b", "1"), ("inlineStr", "[1, 2]"))


def test_a_sheet_that_is_full_is_an_error_and_nothing_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SheetLimit, match="note in row 1 has more"):
        written(pa.table({"note": ["x" * 32_768]}))
    monkeypatch.setattr(xlsx, "MOST_ROWS", 3)
    written(pa.table({"n": [1, 2, 3]}))
    with pytest.raises(SheetLimit, match="and the result has more"):
        written(pa.table({"n": [1, 2, 3, 4]}))


def test_a_workbook_that_cannot_be_is_left_out(cli: CommandLine, tmp_path: Path) -> None:
    outcome = cli("query", "SELECT repeat('x', 40000) AS note", "--output", str(tmp_path / "x.xlsx"))
    assert outcome.code == 1
    assert "a cell of Excel holds 32,767 characters" in outcome.err
    assert not list(tmp_path.iterdir())
