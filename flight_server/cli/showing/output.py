"""A stream of record batches → a file or stdout in one of the formats, without holding all rows.

csv and parquet and arrow are what pyarrow writes (arrow: the IPC stream format); json is one object a line with every
digit of a decimal; xlsx is a workbook. Where no format is given, the file's ending says it. Knows no connection and no
terminal but stdout.
"""

import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

import click
import msgspec
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from flight_server.cli.environment import option
from flight_server.cli.showing.render import console, print_rows
from flight_server.cli.showing.xlsx import write_xlsx

BATCHES_A_ROW_GROUP = 64
_JSON = msgspec.json.Encoder(decimal_format="number")

Function = TypeVar("Function", bound=Callable[..., Any])

Writer = Callable[[IO[bytes], pa.Schema, Iterable[pa.RecordBatch]], None]


_ENDINGS = {
    ".txt": "table",
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".parquet": "parquet",
    ".arrow": "arrow",
    ".arrows": "arrow",
    ".xlsx": "xlsx",
}


def output_options(function: Function) -> Function:
    """Give a command `--format` and `--output`; it receives them as `file_format` (None: not given) and `output`."""
    told = "json is one object a line.  [default: by the ending of --output, else table]"
    wrapped = option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")(function)
    return option("--format", "file_format", type=click.Choice(FORMATS), help=told, show_default=False)(wrapped)


def format_for(given: str | None, path: Path | None) -> str:
    """The format that is asked for by name, or else by the file's ending; raise UsageError where that says nothing.

    >>> format_for(None, Path("x.parquet")), format_for("csv", Path("x.parquet")), format_for(None, None)
    ('parquet', 'csv', 'table')
    """
    if given is not None or path is None or not path.suffix:
        return given or "table"
    found = _ENDINGS.get(path.suffix.lower())
    if found is None:
        known = ", ".join(_ENDINGS)
        raise click.UsageError(f"--output: the ending {path.suffix} names no format ({known}): add --format")
    return found


def check_destination(file_format: str, path: Path | None) -> None:
    """Raise where the result could not be written, before anything is asked for it."""
    if path is None and file_format in ("parquet", "arrow", "xlsx") and sys.stdout.isatty():
        raise click.UsageError(f"{file_format} is not for a terminal: add --output FILE or redirect stdout")
    if path is not None and not (path.parent.is_dir() and os.access(path.parent, os.W_OK)):
        raise click.UsageError(f"--output: {path.parent} is no folder that can be written to")


def write_result(
    file_format: str, path: Path | None, arrow_schema: pa.Schema, record_batches: Iterable[pa.RecordBatch]
) -> None:
    """Write all of it to `path` or stdout; a file appears only when it is complete."""
    # What drivers want to know of a column beside its type has no place in a file.
    arrow_schema = pa.schema([field.remove_metadata() for field in arrow_schema])
    record_batches = (pa.RecordBatch.from_arrays(batch.columns, schema=arrow_schema) for batch in record_batches)
    if file_format == "table" and path is None:
        print_rows(console(), arrow_schema, record_batches)
        return
    with _destination(path) as destination:
        _WRITERS[file_format](destination, arrow_schema, record_batches)


@contextmanager
def _destination(path: Path | None) -> Iterator[IO[bytes]]:
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        with unfinished.open("wb") as file:
            yield file
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _write_table(destination: IO[bytes], arrow_schema: pa.Schema, record_batches: Iterable[pa.RecordBatch]) -> None:
    text = io.TextIOWrapper(destination, encoding="utf-8", write_through=True)
    print_rows(console(file=text), arrow_schema, record_batches)
    text.detach()


def _write_csv(destination: IO[bytes], arrow_schema: pa.Schema, record_batches: Iterable[pa.RecordBatch]) -> None:
    flat = pa.schema(
        [pa.field(field.name, pa.utf8() if _is_nested(field.type) else field.type) for field in arrow_schema]
    )
    with pyarrow.csv.CSVWriter(destination, flat) as writer:
        for record_batch in record_batches:
            writer.write_batch(_with_nested_as_json(record_batch, flat))


def _with_nested_as_json(record_batch: pa.RecordBatch, flat: pa.Schema) -> pa.RecordBatch:
    """CSV has no arrays: such cells are JSON text."""
    columns = [
        column if not _is_nested(column.type) else pa.array(map(_json_or_none, column.to_pylist()), pa.utf8())
        for column in record_batch.columns
    ]
    return pa.RecordBatch.from_arrays(columns, schema=flat)


def _json_or_none(value: object) -> str | None:
    return None if value is None else _JSON.encode(value).decode()


def _write_json_lines(
    destination: IO[bytes], arrow_schema: pa.Schema, record_batches: Iterable[pa.RecordBatch]
) -> None:
    for record_batch in record_batches:
        destination.write(_JSON.encode_lines(record_batch.to_pylist()))


def _write_parquet(destination: IO[bytes], arrow_schema: pa.Schema, record_batches: Iterable[pa.RecordBatch]) -> None:
    with pyarrow.parquet.ParquetWriter(destination, arrow_schema) as writer:
        for row_group in _groups(record_batches, BATCHES_A_ROW_GROUP):
            writer.write_table(pa.Table.from_batches(row_group, arrow_schema))


def _groups(record_batches: Iterable[pa.RecordBatch], size: int) -> Iterator[list[pa.RecordBatch]]:
    group: list[pa.RecordBatch] = []
    for record_batch in record_batches:
        group.append(record_batch)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group


def _write_arrow(destination: IO[bytes], arrow_schema: pa.Schema, record_batches: Iterable[pa.RecordBatch]) -> None:
    with pa.ipc.new_stream(destination, arrow_schema) as writer:
        for record_batch in record_batches:
            writer.write_batch(record_batch)


def _is_nested(arrow_type: Any) -> bool:
    return bool(pa.types.is_nested(arrow_type))


_WRITERS: Mapping[str, Writer] = {
    "table": _write_table,
    "csv": _write_csv,
    "json": _write_json_lines,
    "parquet": _write_parquet,
    "arrow": _write_arrow,
    "xlsx": write_xlsx,
}

FORMATS = tuple(_WRITERS)
