"""SQL that stands in a file or comes through a pipe, as each shell writes it."""

import codecs
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import PROGRAM, CommandLine, clean_environment

SQL = "SELECT 6 * 7 AS answer -- größer\n;\n"


def piped(content: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", PROGRAM, *arguments]
    return subprocess.run(command, input=content, capture_output=True, env=clean_environment(), timeout=60, check=False)


@pytest.mark.parametrize(
    "content",
    [SQL.encode(), codecs.BOM_UTF8 + SQL.encode(), SQL.encode("utf-16"), codecs.BOM_UTF16_BE + SQL.encode("utf-16-be")],
    ids=["utf-8", "marked utf-8", "utf-16", "big-endian utf-16"],
)
def test_sql_stands_in_a_file(cli: CommandLine, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "my query.sql"
    path.write_bytes(content)
    assert cli("query", f"@{path}", "--format", "json").text == '{"answer":42}\n'


def test_sql_comes_from_stdin() -> None:
    ended = piped(SQL.encode(), "query", "-", "--format", "csv")
    assert (ended.returncode, ended.stdout) == (0, b'"answer"\n42\n'), ended.stderr


def test_explain_reads_files_and_stdin_too(cli: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "q.sql"
    path.write_text("SELECT * FROM orders.orders WHERE marketplace_id = 'ATVPDKIKX0DER'")
    assert "getOrders" in cli("explain", f"@{path}", "--client-id", "x").text
    assert b"orders.orders" in piped(path.read_bytes(), "explain", "-").stdout


def test_a_file_that_is_not_there_is_told(cli: CommandLine, tmp_path: Path) -> None:
    outcome = cli("query", f"@{tmp_path}/none.sql")
    assert (outcome.code, outcome.out) == (1, b"")
    assert outcome.err == f"spapi-flight: {tmp_path}/none.sql cannot be read for its SQL: No such file or directory\n"


@pytest.mark.parametrize("content", [b"", b"  \n", codecs.BOM_UTF8])
def test_sql_that_is_empty_is_told_what_to_write(content: bytes) -> None:
    ended = piped(content, "query", "-")
    assert (ended.returncode, ended.stdout) == (1, b"")
    assert ended.stderr.startswith(b"spapi-flight: stdin holds no SQL")


def test_a_file_that_is_no_text_is_told(cli: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "q.sql").write_bytes(b"SELECT '\xe4'")
    assert "is no text in UTF-8" in cli("query", f"@{tmp_path}/q.sql").err
