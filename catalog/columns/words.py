"""What a column is, in a sentence of ours: written from its declaration, so that it says what holds and no more.

Knows the resolved tables; no driver and no SQL.
"""

from catalog.kiosk.dataset import QUERY_CREATED_AT, QUERY_ID
from catalog.operators import operators_of, parameters_of, source_of
from catalog.reports.report import (
    DATA_END_TIME,
    DATA_START_TIME,
    IS_PARTIAL,
    OTHER_COLUMNS,
    REPORT_CREATED_AT,
    REPORT_ID,
)
from catalog.table import Column, KeyColumn, Table

_OF_A_REPORT = {
    QUERY_ID: "id of the query that the row is from",
    QUERY_CREATED_AT: "when that query was asked",
    DATA_START_TIME: "beginning of the period that the row's report was made for",
    DATA_END_TIME: "end of the period that the row's report was made for",
    REPORT_ID: "id of the report that the row is from",
    REPORT_CREATED_AT: "when that report was asked for",
    IS_PARTIAL: "whether the report reaches into days that are not whole yet",
    OTHER_COLUMNS: "what the document holds beyond the columns of the table, as JSON",
}


def references_of(column: Column, table: Table) -> tuple[str, ...]:
    """The columns of other tables, `schema.table.column`, whose keys this one holds."""
    return tuple(
        f"{key.db_schema}.{key.table}.{parent_column}"
        for key in table.foreign_keys
        for name, parent_column in zip(key.columns, key.parent_columns, strict=True)
        if name == column.name
    )


def description_of(column: Column, table: Table) -> str:
    """Where its values come from and what a condition on it does; empty for a column of a system table.

    >>> from catalog.catalog import load
    >>> orders = load().resolve("orders", "orders")
    >>> description_of(orders.columns_by_name["amazon_order_id"], orders)
    'AmazonOrderId of getOrders; primary key; =, IN become AmazonOrderIds'
    """
    if table.operation is None:
        return ""
    key = next((key for key in table.key_columns if key.column == column.name), None)
    parts = [
        _origin(column, table),
        "primary key" if column.name in table.primary_key else "",
        *(f"refers to {name}" for name in references_of(column, table)),
        _condition(key) if key is not None else "",
        f"restricted data: {column.restricted}" if column.restricted else "",
    ]
    return "; ".join(filter(None, parts))


def _origin(column: Column, table: Table) -> str:
    operation = table.operation.operation_id if table.operation is not None else ""
    if column.name in _OF_A_REPORT and table.report is not None:
        return _OF_A_REPORT[column.name]
    if column.is_echo:
        return f"the value that {operation} was asked for"
    if column.is_index:
        return "position in the list that holds the row, from 0"
    if column.is_of_refused:
        return "tells of a key that Amazon refused, null in every other row"
    source = operation if table.report is None else table.report.report_type
    return f"{column.member.rpartition('[].')[2]} of {source}" if column.member else ""


def _condition(key: KeyColumn) -> str:
    source = source_of(key)
    parts = []
    if parameters := parameters_of(key):
        parts.append(f"{', '.join(operators_of(key))} become {', '.join(parameters)}")
    if source:
        parts.append(f"else from {source}")
    elif key.required:
        parts.append("a condition on it is required")
    return ", ".join(parts)
