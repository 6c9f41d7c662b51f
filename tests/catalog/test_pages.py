"""The pages of docs/tables are those that the catalog gives."""

from pathlib import Path

from catalog import load
from catalog.pages import page_name, pages_of, write_pages

FOLDER = Path(__file__).parents[2] / "docs" / "tables"


def test_pages_are_fresh() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    stale = [name for name, text in pages_of(load().tables) if written.pop(name, "") != text]
    assert not stale and not written, "run make docs"


def test_every_table_has_its_section() -> None:
    pages = dict(pages_of(load().tables))
    for table in load().tables:
        mark = "###" if table.kind == "child" else "##"
        assert f"\n{mark} {table.name}\n" in pages[f"{page_name(table)}.md"]


def test_pages_of_schemas_that_are_no_more_go_away(tmp_path: Path) -> None:
    (tmp_path / "old_v0.md").write_text("")
    assert tmp_path / "orders.md" in write_pages(tmp_path)
    assert not (tmp_path / "old_v0.md").exists()
