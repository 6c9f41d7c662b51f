"""Two columns → bars or a line on the terminal: the first names or places, the second is a number.

Knows plotext and Arrow; knows no connection. Rows without a value are counted and said, never drawn as nought.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import click
import plotext
import pyarrow as pa
from rich.cells import cell_len, set_cell_size
from rich.console import Console

from flight_server.cli.showing.render import is_number
from flight_server.cli.showing.values import text_of

PLOTS = ("bar", "line")
MOST = {"bar": 100, "line": 100_000}
LINE_HEIGHT = 20
WIDEST = 110
MARKS = 5  # below a line; more dates would run into each other
LABEL_WIDTH = 40


def check_plottable(arrow_schema: pa.Schema) -> None:
    """Raise UsageError where there is nothing to draw, before rows are fetched."""
    if len(arrow_schema) != 2 or not is_number(arrow_schema.field(1).type):
        told = ", ".join(f"{field.name} {field.type}" for field in arrow_schema)
        raise click.UsageError(
            f"--plot draws two columns, of which the second is a number; the query has {told}: "
            "select the two to draw, or leave --plot out"
        )


def print_plot(out: Console, kind: str, arrow_schema: pa.Schema, record_batches: Iterable[pa.RecordBatch]) -> None:
    """Draw all rows; raise UsageError for more than can be seen."""
    check_plottable(arrow_schema)
    rows: list[tuple[Any, Any]] = []
    for record_batch in record_batches:
        rows.extend(zip(*(column.to_pylist() for column in record_batch.columns), strict=True))
        if len(rows) > MOST[kind]:
            raise click.UsageError(f"--plot {kind} draws at most {MOST[kind]:,} rows: add LIMIT, or group further")
    shown = [row for row in rows if _can_be_drawn(row, kind)]
    if shown:
        drawn = _bars(shown, out) if kind == "bar" else _line(shown, arrow_schema.names, out)
        # The theme is that of the terminal; what plotext writes beyond it are sequences that a pipe shall not get.
        out.file.write("".join(line.rstrip() + "\n" for line in plotext.uncolorize(drawn).splitlines()))
    if not rows:
        click.echo("there is nothing to draw: the query has no rows", err=True)
    elif len(shown) < len(rows):
        click.echo(f"not drawn, since they hold no value: {len(rows) - len(shown)} of {len(rows)} rows", err=True)


def _can_be_drawn(row: tuple[Any, Any], kind: str) -> bool:
    place, value = row
    if kind == "line" and (place is None or (isinstance(place, float) and not math.isfinite(place))):
        return False
    return value is not None and math.isfinite(value)


def _bars(rows: Sequence[tuple[Any, Any]], out: Console) -> str:
    """One line a row, its value written behind; negative values go to the left of the others."""
    labels, values = [_label(place) for place, _ in rows], [text_of(value) for _, value in rows]
    numbers = [float(value) for _, value in rows]
    names_width = max(map(cell_len, labels))
    room = max(10, min(out.width, WIDEST) - names_width - max(map(len, values)) - 3)
    cells = room / ((max(0.0, *numbers) - min(0.0, *numbers)) or 1.0)
    nought = round(-min(0.0, *numbers) * cells)
    lines = []
    for label, value, number in zip(labels, values, numbers, strict=True):
        length = round(abs(number) * cells)
        bar = " " * (nought - length if number < 0 else nought) + "▇" * length
        lines.append(f"{' ' * (names_width - cell_len(label))}{label} │{bar} {value}")
    return "\n".join(lines)


def _line(rows: Sequence[tuple[Any, Any]], names: Sequence[str], out: Console) -> str:
    """In the order of the first column, where it has one; texts stand in the order in which they came."""
    ordered = rows if isinstance(rows[0][0], str | bytes | bool | list | dict) else sorted(rows, key=lambda row: row[0])
    places = [_place(place, number) for number, (place, _) in enumerate(ordered)]
    marked = sorted({round(part * (len(ordered) - 1) / (MARKS - 1)) for part in range(MARKS)})
    plotext.clear_figure()
    plotext.limit_size(False, False)
    plotext.plotsize(min(out.width, WIDEST), LINE_HEIGHT)
    plotext.theme("clear")
    plotext.plot(places, [float(value) for _, value in ordered], marker="braille")
    plotext.xticks([places[index] for index in marked], [_label(ordered[index][0]) for index in marked])
    plotext.title(f"{text_of(names[1])} by {text_of(names[0])}")
    return str(plotext.build())


def _place(value: object, number: int) -> float:
    match value:
        case bool():
            return float(number)
        case datetime():
            return (value if value.tzinfo is not None else value.replace(tzinfo=UTC)).timestamp()
        case date():
            return float(value.toordinal())
        case int() | float() | Decimal():
            return float(value)
        case _:
            return float(number)


def _label(place: object) -> str:
    text = text_of(place)
    text = text.removesuffix(" 00:00:00Z") if isinstance(place, datetime) else text
    return text if cell_len(text) <= LABEL_WIDTH else set_cell_size(text, LABEL_WIDTH - 1).rstrip() + "…"
