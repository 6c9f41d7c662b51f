"""A large report over HTTP into record batches, against bare pyarrow.csv on the plain file; and a large JSON report.

Each run is a process of its own, so that the resident memory is that run's. `--gigabytes 1` is the size of the promise.
"""

import argparse
import gzip
import http.server
import json
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pyarrow as pa
import requests
from pyarrow import csv

from catalog.reports.report import DocumentFormat, Report
from catalog.table import Column, DeclaredType, Table
from flight_server.decode.documents import DocumentFacts, read_document

FORM = "ssttsssssssssisddddddddsssssssb"
NAMES: dict[str, DeclaredType] = {"s": "string", "t": "timestamp", "i": "int64", "d": "decimal", "b": "bool"}
TYPES = [NAMES[letter] for letter in FORM]
HEADERS = [f"{declared}-column-{number}" for number, declared in enumerate(TYPES)]
ARROW: dict[str, pa.DataType] = {
    "string": pa.utf8(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "int64": pa.int64(),
    "decimal": pa.decimal128(38, 6),
    "bool": pa.bool_(),
}
MEMBERS: dict[str, DeclaredType] = {
    "departmentName": "string",
    "searchTerm": "string",
    "searchFrequencyRank": "int64",
    "clickedAsin": "string",
    "clickShareRank": "int64",
    "clickShare": "decimal",
    "conversionShare": "decimal",
}
CHUNK = 1 << 17


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=0.2, help="size of each document")
    parser.add_argument("--run", choices=RUNS, help=argparse.SUPPRESS)
    parser.add_argument("--source", help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.run:
        print(json.dumps(measured(said.run, said.source)))
        return
    with tempfile.TemporaryDirectory() as directory:
        compare(Path(directory), int(said.gigabytes * 1e9))


def compare(directory: Path, size: int) -> None:
    rows = write_delimited(directory / "report.tsv", size)
    count = write_json(directory / "report.json", size)
    zipped(directory / "report.tsv")
    zipped(directory / "report.json")
    with served(directory) as url:
        bare = run("bare", str(directory / "report.tsv"), rows)
        ours = run("delimited", f"{url}/report.tsv.gz", rows)
        streamed = run("json", f"{url}/report.json.gz", count)
    print(f"{size / 1e9:.1f} GB, {rows:,} lines of {len(TYPES)} columns; {count:,} objects of JSON")
    print(f"{'':<32} {'s':>6}  {'MB/s':>7}  resident MiB")
    for name, (seconds, resident) in (("pyarrow.csv, plain file", bare), ("report, HTTP + gzip", ours)):
        print(f"{name:<32} {seconds:6.2f}  {size / 1e6 / seconds:7.0f}  {resident:7.0f}")
    print(f"{'JSON report, HTTP + gzip':<32} {streamed[0]:6.2f}  {size / 1e6 / streamed[0]:7.0f}  {streamed[1]:7.0f}")
    print(f"report / pyarrow.csv: {ours[0] / bare[0]:.2f} (promise: 1.0 and 200 MiB; JSON 400 MiB)")


def write_delimited(file: Path, size: int) -> int:
    numbers = random.Random(1)
    lines = ["\t".join(line(numbers)) for _ in range(20_000)]
    block = ("\n".join(lines) + "\n").encode()
    with file.open("wb") as out:
        out.write(("\t".join(HEADERS) + "\n").encode())
        times = max(1, size // len(block))
        for _ in range(times):
            out.write(block)
    return times * len(lines)


def line(numbers: random.Random) -> Iterator[str]:
    for declared in TYPES:
        if declared == "timestamp":
            yield f"2026-{numbers.randint(1, 12):02}-{numbers.randint(1, 28):02}T07:{numbers.randint(0, 59):02}:00Z"
        elif declared == "decimal":
            yield f"{numbers.randint(0, 99999) / 100:.2f}" if numbers.random() < 0.6 else ""
        elif declared == "bool":
            yield numbers.choice(["true", "false"])
        elif declared == "int64":
            yield str(numbers.randint(1, 20))
        else:
            yield numbers.choice(["Shipped", "", f"111-{numbers.randint(10**6, 10**7)}", "Mug Ø 9"])


def write_json(file: Path, size: int) -> int:
    numbers = random.Random(2)
    objects = [
        {
            "departmentName": "Amazon.com",
            "searchTerm": f"mug {numbers.randint(1, 10**6)} été",
            "searchFrequencyRank": number,
            "clickedAsin": f"B0{numbers.randint(10**7, 10**8 - 1)}",
            "clickShareRank": number % 3 + 1,
            "clickShare": round(numbers.random(), 4),
            "conversionShare": round(numbers.random(), 4),
        }
        for number in range(10_000)
    ]
    block = json.dumps(objects, ensure_ascii=False)[1:-1].encode()
    times = max(1, size // len(block))
    with file.open("wb") as out:
        out.write(b'{"reportSpecification": {}, "rows": [' + block)
        for _ in range(times - 1):
            out.write(b", " + block)
        out.write(b"]}")
    return times * len(objects)


def zipped(file: Path) -> None:
    with file.open("rb") as plain, gzip.open(f"{file}.gz", "wb", compresslevel=4) as out:
        while block := plain.read(1 << 20):
            out.write(block)


class served:
    """The directory over HTTP, from a process of its own as storage is."""

    def __init__(self, directory: Path) -> None:
        handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(directory))
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)

    def __enter__(self) -> str:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def run(name: str, source: str, rows: int) -> tuple[float, float]:
    """Seconds and resident MiB of the best of three processes."""
    best: list[tuple[float, float]] = []
    for _ in range(3):
        command = [sys.executable, __file__, "--run", name, "--source", source]
        seconds, resident, count = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        assert count == rows, f"{name}: {count} rows instead of {rows}"
        best.append((seconds, resident))
    return min(best)


def measured(name: str, source: str) -> tuple[float, float, int]:
    started = time.perf_counter()
    rows = sum(batch.num_rows for batch in RUNS[name](source))
    seconds = time.perf_counter() - started
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, rows


def bare(source: str) -> Iterator[pa.RecordBatch]:
    types = {header: ARROW[declared] for header, declared in zip(HEADERS, TYPES, strict=True)}
    return iter(
        csv.open_csv(
            source,
            csv.ReadOptions(block_size=1 << 20),
            csv.ParseOptions(delimiter="\t", quote_char=False),
            csv.ConvertOptions(column_types=types),
        )
    )


def delimited(source: str) -> Iterator[pa.RecordBatch]:
    columns = [Column(h.replace("-", "_"), declared, h) for h, declared in zip(HEADERS, TYPES, strict=True)]
    return decoded(source, "delimited", columns, "")


def json_report(source: str) -> Iterator[pa.RecordBatch]:
    columns = [Column(name.lower(), declared, f"rows[].{name}") for name, declared in MEMBERS.items()]
    return decoded(source, "json", columns, "rows[]")


def decoded(source: str, form: DocumentFormat, columns: list[Column], row_path: str) -> Iterator[pa.RecordBatch]:
    table = Table("report", "bench", "report", tuple(columns), row_path=row_path, report=Report("BENCH", "", form))
    with requests.get(source, stream=True, timeout=60) as response:
        chunks = response.raw.stream(CHUNK, decode_content=False)
        yield from read_document(chunks, DocumentFacts("BENCH"), table, columns, None)


RUNS = {"bare": bare, "delimited": delimited, "json": json_report}


if __name__ == "__main__":
    main()
