"""A large report through SQL: what the server holds resident while an ADBC client reads all of its rows.

Amazon is a few answers of this script, whose one report has a gzip document of the all-orders form; the server is a
process of its own. Goal: 400 MiB resident at most, whatever the size.
"""

import argparse
import gzip
import http.server
import json
import multiprocessing
import random
import shutil
import tempfile
import threading
import time
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import adbc_driver_flightsql.dbapi as flightsql

import catalog
from flight_server.cli.assembly import ServerOptions, running_server

TABLE = "flat_file_all_orders_data_by_order_date_general"
GOAL_MIB = 400
HEADER = "adbc.flight.sql.rpc.call_header."
PROCESSES = multiprocessing.get_context("spawn")


def main() -> None:
    """Print rows, seconds and resident memory; exit 1 where the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=0.2, help="of the plain document")
    size = round(parser.parse_args().gigabytes * 1e9)
    with tempfile.TemporaryDirectory() as directory:
        document = Path(directory) / "document.gz"
        rows = write(document, size)
        amazon = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Amazon, document))
        threading.Thread(target=amazon.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{amazon.server_port}"
        ours, theirs = PROCESSES.Pipe()
        server = PROCESSES.Process(target=serve, args=(theirs, url), daemon=True)
        server.start()
        location, before = ours.recv(), peak_mib(server.pid)
        seconds, read = asked(location, url)
        peak = peak_mib(server.pid)
        ours.close()
        amazon.shutdown()
    print(f"{size / 1e9:g} GB, {read:,} rows in {seconds:.1f} s; resident: idle {before:.0f}, at most {peak:.0f} MiB")
    raise SystemExit(read != rows or peak > GOAL_MIB)


def write(file: Path, size: int) -> int:
    """Write a document of about that size before packing; return its rows."""
    table = catalog.load().resolve(TABLE, "report")
    columns = [column for column in table.columns if column.member]
    numbers, rows, written = random.Random(1), 0, 0
    with gzip.open(file, "wt", compresslevel=1, newline="") as text:
        text.write("\t".join(column.member for column in columns) + "\r\n")
        samples = [
            "\t".join(value(column.declared_type, numbers) for column in columns) + "\r\n" for _ in range(20_000)
        ]
        while written < size:
            for sample in samples:
                written += text.write(sample)
            rows += len(samples)
    return rows


def value(declared: str, numbers: random.Random) -> str:
    """A cell of a type."""
    match declared:
        case "timestamp":
            return f"2026-06-{numbers.randint(1, 30):02}T{numbers.randint(0, 23):02}:15:00+00:00"
        case "decimal":
            return f"{numbers.randint(1, 99_999) / 100:.2f}"
        case "int64":
            return str(numbers.randint(0, 9))
        case "bool":
            return numbers.choice(("true", "false"))
    return f"{numbers.randint(0, 10**9)}-text"


class Amazon(http.server.BaseHTTPRequestHandler):
    """Token, one report that is made at once, and its document."""

    protocol_version = "HTTP/1.1"

    def __init__(self, document: Path, *arguments: Any) -> None:
        self.document = document
        super().__init__(*arguments)

    def do_POST(self) -> None:
        """A token, or a report."""
        self.rfile.read(int(self.headers["content-length"]))
        is_token = self.path.endswith("/token")
        token = {"access_token": "Atza|1", "token_type": "bearer", "expires_in": 3600}
        self.tell(token if is_token else {"reportId": "1"}, 200 if is_token else 202)

    def do_GET(self) -> None:
        """The list, the report, the link or the document."""
        path = self.path.partition("?")[0]
        report = {
            "reportId": "1",
            "reportType": f"GET_{TABLE.upper()}",
            "processingStatus": "DONE",
            "createdTime": "2026-07-01T00:00:00+00:00",
            "dataStartTime": "2026-06-01T00:00:00+00:00",
            "dataEndTime": "2026-06-30T00:00:00+00:00",
            "marketplaceIds": ["ATVPDKIKX0DER"],
            "reportDocumentId": "document",
        }
        if path == "/document":
            self.send_response(200)
            self.send_header("content-type", "text/plain;charset=UTF-8")
            self.send_header("content-length", str(self.document.stat().st_size))
            self.end_headers()
            with self.document.open("rb") as file, suppress(ConnectionError):
                shutil.copyfileobj(file, self.wfile)
        elif path.endswith("/documents/document"):
            self.tell({"reportDocumentId": "document", "url": f"http://{self.headers['host']}/document"})
        elif path.endswith("/reports/1"):
            self.tell(report)
        else:
            self.tell({"reports": []})

    def tell(self, body: object, status: int = 200) -> None:
        """Answer with JSON."""
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Nothing: the figures are what is printed."""


def serve(pipe: Connection, url: str) -> None:
    """A server until the pipe is closed."""
    with running_server(ServerOptions(environment={}, allowed_hosts=(url.removeprefix("http://"),))) as server:
        pipe.send(server.location)
        with suppress(EOFError):
            pipe.recv()


def asked(location: str, url: str) -> tuple[float, int]:
    """(seconds, rows) of reading every row and column."""
    parameters = {
        "ClientId": "amzn1.application-oa2-client.benchmark",
        "ClientSecret": "secret",
        "RefreshToken": "Atzr|benchmark",
        "TokenUrl": f"{url}/auth/o2/token",
        "Endpoint": url,
        "Marketplaces": "US",
    }
    sql = f"SELECT * FROM report.{TABLE} WHERE data_start_time >= '2026-06-01' AND data_end_time <= '2026-06-30'"
    headers = {HEADER + name: text for name, text in parameters.items()}
    started = time.perf_counter()
    with (
        flightsql.connect(location, db_kwargs=headers, autocommit=True) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
        rows = sum(record_batch.num_rows for record_batch in cursor.fetch_record_batch())
    return time.perf_counter() - started, rows


def peak_mib(pid: int | None) -> float:
    """The most that a process has held."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()
