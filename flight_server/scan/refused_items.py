"""Items that Amazon refused inside an answer: an error of the query or, where the user asks for it, rows that say so.

A fault of Amazon's own is an error either way: as a row it would make the key look bad. Knows neither SQL nor HTTP.
"""

from dataclasses import replace

from catalog.table import ItemErrors
from flight_server.decode.item_errors import RefusedItem, refusal, refused_items, rows_of_refused, without_items
from flight_server.plan import Page, Scan
from flight_server.scan.context import ScanContext
from flight_server.scan.told_once import RecordBatches


class RefusedItems:
    """What a scan does with them; `OnItemError` decides."""

    def __init__(self, scan: Scan, context: ScanContext) -> None:
        self._scan = scan
        self._context = context
        self._words = _words(scan)
        self._count = 0

    def taken_out(self, page: Page) -> tuple[Page, RecordBatches | None]:
        """The page without refused items, and their rows if there are any; raise where they are to be an error."""
        words = self._words
        items = refused_items(page, words) if words is not None else []
        if words is None or not items:
            return page, None
        are_rows = self._context.settings.on_item_error == "Row"
        serious = [item for item in items if item.is_fault or not are_rows]
        if serious:
            raise refusal(page, serious)
        self._count += len(items)
        return without_items(page, words, items), self._rows(page, items)

    def warn(self) -> None:
        """Tell the user how many there were."""
        if self._count:
            operation = self._scan.table.operation
            name = operation.operation_id if operation is not None else ""
            keys = "1 key was" if self._count == 1 else f"{self._count} keys were"
            self._context.query.warn(f"{keys} refused by {name}: item_status and item_error say why")

    def _rows(self, page: Page, items: list[RefusedItem]) -> RecordBatches:
        """One row an item in the operation's own tables; it has no part of an array, so none in a child table."""
        return tuple(
            rows_of_refused(output.columns, page, items if output.table.kind == "operation" else [])
            for output in self._scan.outputs
        )


def _words(scan: Scan) -> ItemErrors | None:
    """Where failed items say so; a child table has no column for the errors of an item that succeeded."""
    words = scan.table.item_errors
    are_told = words is not None and words.are_told and all(out.table.kind != "child" for out in scan.outputs)
    return words and replace(words, are_told=are_told)
