"""Rows → a table on the terminal that fits its width, or one block a row where no table would.

Knows rich and Arrow; knows no connection.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

import pyarrow as pa
from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from flight_server.cli.showing.values import text_of

NARROWED = 36  # a text column may be folded down to this many characters before rows are printed as blocks
UNLIMITED = 100_000
ROWS_A_TABLE = 5_000
"""Rows that are held to find the widths of a table; longer results are several tables."""


def console(*, file: TextIO | None = None) -> Console:
    """A console for stdout or a file; what goes into a file or a pipe is never cut or folded."""
    made = Console(file=file, highlight=False)
    return made if made.is_terminal else Console(file=file, highlight=False, width=UNLIMITED)


def show(out: Console, renderable: RenderableType) -> None:
    """Print; what goes into a file or a pipe gets no blanks at line ends, with which rich fills up its cells."""
    if out.is_terminal:
        out.print(renderable)
        return
    with out.capture() as captured:
        out.print(renderable)
    out.file.write("".join(line.rstrip() + "\n" for line in captured.get().splitlines()))


def print_rows(out: Console, arrow_schema: pa.Schema, record_batches: Iterable[pa.RecordBatch]) -> int:
    """Print all rows and return how many; at most one table's worth of them is held."""
    count = 0
    held: list[pa.RecordBatch] = []
    for record_batch in record_batches:
        held.append(record_batch)
        if sum(batch.num_rows for batch in held) >= ROWS_A_TABLE:
            count += _print_part(out, arrow_schema, held, count)
            held = []
    if held or not count:
        count += _print_part(out, arrow_schema, held, count)
    return count


def _print_part(out: Console, arrow_schema: pa.Schema, held: Sequence[pa.RecordBatch], before: int) -> int:
    columns = [
        [text_of(value) for batch in held for value in batch.column(i).to_pylist()] for i in range(len(arrow_schema))
    ]
    rows = list(zip(*columns, strict=True))
    names = arrow_schema.names
    widths = [max([cell_len(name), *map(cell_len, cells)]) for name, cells in zip(names, columns, strict=True)]
    to_the_right = [is_number(field.type) for field in arrow_schema]
    if not out.is_terminal and sum(width + 3 for width in widths) <= out.width:
        out.file.writelines(_plain_lines(names, rows, widths, to_the_right))
    elif sum(min(width, NARROWED) + 3 for width in widths) <= out.width:
        show(out, rows_table(names, rows, to_the_right))
    else:
        _print_blocks(out, names, rows, before)
    return len(rows)


def rows_table(names: Sequence[str], rows: Iterable[Sequence[str]], to_the_right: Sequence[bool]) -> Table:
    """A plain table: a rule under the names, numbers to the right."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for name, is_number in zip(names, to_the_right, strict=True):
        table.add_column(Text(name), justify="right" if is_number else "left", overflow="fold", no_wrap=is_number)
    for row in rows:
        table.add_row(*(Text(cell, style="dim" if cell == "null" else "") for cell in row))
    return table


def _plain_lines(
    names: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int], to_the_right: Sequence[bool]
) -> Iterator[str]:
    """The same table as plain text; rich would take minutes for a million rows."""

    def line(cells: Sequence[str]) -> str:
        padded = [
            " " * (width - cell_len(cell)) + cell if is_number else cell + " " * (width - cell_len(cell))
            for cell, width, is_number in zip(cells, widths, to_the_right, strict=True)
        ]
        return "   ".join(padded).rstrip() + "\n"

    yield line(names)
    yield "─" * (sum(widths) + 3 * (len(widths) - 1)) + "\n"
    yield from map(line, rows)


def _print_blocks(out: Console, names: Sequence[str], rows: Sequence[Sequence[str]], before: int) -> None:
    widest = max(map(cell_len, names))
    for number, row in enumerate(rows, start=before + 1):
        out.print(Text(f"── row {number} ".ljust(min(out.width, widest + 24), "─"), style="dim"))
        for name, cell in zip(names, row, strict=True):
            value = Text(cell, style="dim" if cell == "null" else "", overflow="fold")
            out.print(Text.assemble((f"{name:<{widest}}  ", "bold"), value))
    if not rows:
        out.print(Text("no rows of " + ", ".join(names)))


def is_number(arrow_type: pa.DataType) -> bool:
    """Whether values of the type stand to the right of their column."""
    return bool(pa.types.is_integer(arrow_type) or pa.types.is_floating(arrow_type) or pa.types.is_decimal(arrow_type))
