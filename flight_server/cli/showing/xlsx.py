"""Rows → an Excel workbook, row by row. Excel's limits are errors: nothing is cut, no number loses a digit.

Excel holds numbers as doubles and times without a zone: a number that a double does not hold to the digit becomes text,
a time is written in UTC. A text is never read as a formula or a link.
"""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import IO, Any

import pyarrow as pa
import xlsxwriter

from flight_server.cli.showing.values import decimal_text
from flight_server.errors import Error

MOST_ROWS = 1_048_575  # beside the names
MOST_COLUMNS = 16_384
MOST_CHARACTERS = 32_767
_DIGITS = 15
_FIRST_YEAR = 1901  # Excel takes 1900 for a leap year

_FORMATS = {"date": "yyyy-mm-dd", "time": "yyyy-mm-dd hh:mm:ss", "name": ""}


class SheetLimit(Error):
    """The result does not fit into a sheet."""


def write_xlsx(destination: IO[bytes], arrow_schema: pa.Schema, record_batches: Iterable[pa.RecordBatch]) -> None:
    """Write one sheet: names in the first row, which stays in view."""
    if len(arrow_schema) > MOST_COLUMNS:
        raise SheetLimit(f"a sheet holds {MOST_COLUMNS:,} columns, the result has {len(arrow_schema):,}: name fewer")
    with xlsxwriter.Workbook(destination, {"constant_memory": True}) as book:
        sheet, formats = book.add_worksheet("rows"), {kind: book.add_format() for kind in _FORMATS}
        formats["name"].set_bold()
        for kind, number_format in _FORMATS.items():
            formats[kind].set_num_format(number_format or "General")
        sheet.freeze_panes(1, 0)
        for number, field in enumerate(arrow_schema):
            sheet.set_column(number, number, 20 if pa.types.is_timestamp(field.type) else max(10, len(field.name) + 2))
            sheet.write_string(0, number, field.name, formats["name"])
        count = 0
        for record_batch in record_batches:
            for row in zip(*(column.to_pylist() for column in record_batch.columns), strict=True):
                count += 1
                _write_row(sheet, count, row, arrow_schema.names, formats)


def _write_row(sheet: Any, number: int, row: Iterable[Any], names: list[str], formats: dict[str, Any]) -> None:
    if number > MOST_ROWS:
        raise SheetLimit(
            f"a sheet of Excel holds {MOST_ROWS:,} rows and the result has more: add conditions, "
            "or write csv or parquet"
        )
    for column, value in enumerate(row):
        cell = _cell(value)
        match cell:
            case None:
                continue
            case bool():
                sheet.write_boolean(number, column, cell)
            case int() | float():
                sheet.write_number(number, column, cell)
            case datetime():
                sheet.write_datetime(number, column, cell, formats["time"])
            case date():
                sheet.write_datetime(number, column, cell, formats["date"])
            case _:
                if len(cell.encode("utf-16-le")) // 2 > MOST_CHARACTERS:
                    raise SheetLimit(
                        f"a cell of Excel holds {MOST_CHARACTERS:,} characters and {names[column]} in row {number:,} "
                        "has more: leave the column out, or write csv or parquet"
                    )
                sheet.write_string(number, column, cell)


def _cell(value: object) -> Any:
    """What Excel can hold of the value without changing it; else its text.

    >>> _cell(Decimal("12.50")), _cell(12345678901234567), _cell(float("nan")), _cell([1, 2])
    (12.5, '12345678901234567', 'nan', '[1, 2]')
    """
    match value:
        case None | bool():
            return value
        case int():
            return value if len(str(abs(value))) <= _DIGITS else str(value)
        case Decimal():
            return float(value) if _is_short(value) else decimal_text(value)
        case float():
            return value if value - value == 0 else str(value)
        case datetime():
            plain = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo is not None else value
            # Excel counts milliseconds.
            fits = plain.year >= _FIRST_YEAR and plain.microsecond % 1000 == 0
            return plain if fits else plain.isoformat(" ")
        case date():
            return value if value.year >= _FIRST_YEAR else value.isoformat()
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, default=str)
        case bytes():
            return value.hex()
        case _:
            return str(value)


def _is_short(value: Decimal) -> bool:
    return value.is_finite() and len(value.normalize().as_tuple().digits) <= _DIGITS
