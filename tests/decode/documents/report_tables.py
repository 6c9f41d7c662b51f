"""Tables of reports for tests: those of the catalog, and small ones made by hand."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import catalog
from catalog.reports.report import OTHER_COLUMNS, DocumentFormat, Report
from catalog.table import Column, DeclaredType, Table
from flight_server.decode.documents import DocumentFacts, read_document

REPORT_TABLES = [table for table in catalog.load().tables if table.report is not None]

US, DE, UK, JP, IN = "ATVPDKIKX0DER", "A1PA6795UKMFR9", "A1F83G8C2ARO7P", "A1VC38T7YXB528", "A21TJRUUN4KGV"


def hand_made(
    columns: dict[str, DeclaredType],
    form: DocumentFormat = "delimited",
    row_path: str = "",
    *,
    restricted: bool = False,
) -> Table:
    """A table with a column for each header or path, named like it, and `other_columns`."""
    names = {header: header.rpartition(".")[2].lower().replace("-", "_").replace(" ", "_") for header in columns}
    declared = [Column(names[header], declared_type, header) for header, declared_type in columns.items()]
    report = Report("GET_TEST_DATA", "test", form, is_restricted=restricted)
    all_columns = (*declared, Column(OTHER_COLUMNS, "json"))
    return Table("report", "test", "report", all_columns, row_path=row_path, report=report)


def told(table: Table) -> list[Column]:
    """The columns that a document can tell."""
    return [each for each in table.columns if each.member or each.is_index or each.name == OTHER_COLUMNS]


def rows_of(
    chunks: bytes | Iterable[bytes],
    table: Table,
    *,
    content_type: str = "text/plain",
    marketplaces: Sequence[str] = (US,),
    encoding: str = "",
    note: Callable[[str], None] | None = None,
    columns: Sequence[Column] | None = None,
) -> list[dict[str, Any]]:
    """The rows of a document."""
    facts = DocumentFacts("report 1 (GET_TEST_DATA)", content_type, tuple(marketplaces), encoding)
    stream = [chunks] if isinstance(chunks, bytes) else chunks
    batches = read_document(stream, facts, table, told(table) if columns is None else columns, note)
    return [row for batch in batches for row in batch.to_pylist()]


def column_of(chunks: bytes | Iterable[bytes], table: Table, name: str, **said: Any) -> list[Any]:
    """The values of one column of a document, which is read for this column alone."""
    columns = [column for column in table.columns if column.name == name]
    return [row[name] for row in rows_of(chunks, table, columns=columns, **said)]
