"""One scan of a report table → record batches: its requests, finished reports, documents, rows.

Knows neither SQL nor HTTP. All requests of a scan are under way at once; their rows leave in the order of the periods.
A document is read bit by bit, when its rows are asked for; what a row does not hold itself (which report it came from,
which period was asked for) is set beside it here.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from catalog.arrow_types import arrow_schema, arrow_type
from catalog.kiosk.dataset import QUERY_CREATED_AT, QUERY_ID
from catalog.reports.report import DATA_END_TIME, DATA_START_TIME, OTHER_COLUMNS, REPORT_CREATED_AT, REPORT_ID
from catalog.table import Column
from flight_server.decode import asked_value
from flight_server.decode.documents import DocumentFacts, read_document
from flight_server.errors import LimitReached
from flight_server.plan import Call, FinishedReport, Keys, Output, Scan
from flight_server.planner.asking.calls import calls
from flight_server.planner.asking.reports.requests import report_request
from flight_server.scan.context import ScanContext
from flight_server.scan.operation import limited, sources_of
from flight_server.scan.told_once import RecordBatches


def open_report(scan: Scan, keys: Keys, context: ScanContext) -> Iterator[RecordBatches]:
    """Yield record batches, one an output; all but one of them are empty, since outputs are read one after another.

    Raises ReportFailed where Amazon could not make a report, and every AmazonError.
    """
    asked = list(calls(scan, sources_of(scan, keys, context)))
    if scan.row_limit == 0:
        return
    with closing(_rows(scan, asked, context)) as rows, closing(_within_limit(rows, context)) as within_limit:
        yield from limited(within_limit, scan.row_limit)


def _rows(scan: Scan, asked: Sequence[Call], context: ScanContext) -> Generator[RecordBatches, None, None]:
    report = scan.table.report
    assert report is not None
    requests = [report_request(call, report) for call in asked]
    found = context.jobs.reports(requests, context.settings, context.query)
    for call, (_, finished_reports) in zip(asked, found, strict=True):
        for finished in finished_reports:
            for page in _pages(finished, context):
                yield from _page_rows(scan, call, page, context)


def _pages(first: FinishedReport, context: ScanContext) -> Iterator[FinishedReport]:
    """The pages of a result, each asked for when the one before has been read."""
    page = first
    yield page
    while page.next_token:
        request = replace(page.request, page_token=page.next_token)
        ((_, (page,)),) = context.jobs.reports([request], context.settings, context.query)
        yield page


def _page_rows(scan: Scan, call: Call, finished: FinishedReport, context: ScanContext) -> Iterator[RecordBatches]:
    for number, output in enumerate(scan.outputs):
        for record_batch in _document_rows(output, call, finished, context):
            yield tuple(record_batch if other == number else _no_rows(each) for other, each in enumerate(scan.outputs))


def _no_rows(output: Output) -> pa.RecordBatch:
    if not output.columns:
        return pa.RecordBatch.from_struct_array(pa.array([], pa.struct([])))
    return pa.RecordBatch.from_pylist([], schema=arrow_schema(output.columns))


def _document_rows(
    output: Output, call: Call, finished: FinishedReport, context: ScanContext
) -> Iterator[pa.RecordBatch]:
    if not finished.document_id:
        return
    report, query = finished.request.report, context.query
    by = output.table.columns_by_name.get(report.by) if call.within is not None else None
    told = tuple(each for each in output.columns if _is_in_document(each, output, call))
    beside = {each.name: _value_beside(each, call, finished) for each in output.columns if each not in told}
    note = query.note_bad_value if context.settings.on_bad_value == "Null" else None
    with context.jobs.document(finished, context.settings, query) as document:
        facts = DocumentFacts(
            name=f"report {finished.report_id} ({report.report_type})",
            content_type=document.content_type,
            marketplace_ids=finished.marketplace_ids,
            encoding=context.settings.report_encoding,
        )
        wanted = told if by is None or by in told else (*told, by)
        size = _Size()
        for record_batch in read_document(size.counted(document.chunks), facts, output.table, wanted, note):
            query.check()
            size.rows += record_batch.num_rows
            yield _completed(_without_seam(record_batch, by, call), output, beside)
        context.jobs.note_read(finished, context.settings, rows=size.rows, bytes_=size.bytes_)


def _is_in_document(column: Column, output: Output, call: Call) -> bool:
    """Whether the document tells the column, and not the question."""
    if column.name in output.left_out and output.table.dataset is not None:
        return False
    is_told = column.is_index or column.name == OTHER_COLUMNS
    return is_told or (bool(column.member) and call.asked.get(column.name) is None)


@dataclass
class _Size:
    """How much of a document was read."""

    rows: int = 0
    bytes_: int = 0

    def counted(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.bytes_ += len(chunk)
            yield chunk


def _without_seam(record_batch: pa.RecordBatch, by: Column | None, call: Call) -> pa.RecordBatch:
    """The rows without those at the instant at which the next period begins: they come again with that one."""
    if by is None or call.within is None:
        return record_batch
    at_seam = pc.equal(record_batch.column(by.name), pa.scalar(call.within.before, arrow_type(by)))
    return record_batch.filter(pc.invert(pc.fill_null(at_seam, False)))


def _value_beside(column: Column, call: Call, finished: FinishedReport) -> object:
    """The value that every row of a report has in a column of which the document knows nothing."""
    if column.name in (REPORT_ID, QUERY_ID) and not column.member:
        return finished.report_id
    if column.name in (REPORT_CREATED_AT, QUERY_CREATED_AT) and not column.member:
        return finished.created_at
    if column.name in (DATA_START_TIME, DATA_END_TIME) and column.name not in call.asked:
        return finished.start if column.name == DATA_START_TIME else finished.end
    return asked_value(call.asked.get(column.name), column)


def _completed(record_batch: pa.RecordBatch, output: Output, beside: dict[str, object]) -> pa.RecordBatch:
    count = record_batch.num_rows
    if not output.columns:
        return pa.RecordBatch.from_struct_array(pa.array([{}] * count, pa.struct([])))
    columns = [
        pa.repeat(pa.scalar(beside[column.name], arrow_type(column)), count)
        if column.name in beside
        else record_batch.column(column.name)
        for column in output.columns
    ]
    return pa.RecordBatch.from_arrays(columns, schema=arrow_schema(output.columns))


def _within_limit(
    record_batches: Iterator[RecordBatches], context: ScanContext
) -> Generator[RecordBatches, None, None]:
    """The same rows, but LimitReached where the query needs more of them than MaxRows."""
    most = context.settings.max_rows
    for each in record_batches:
        if most and not context.query.take_rows(sum(record_batch.num_rows for record_batch in each), most):
            raise LimitReached("MaxRows", most)
        yield each
