"""The argument SQL of a command: the text itself, `@FILE` for a file's, or `-` for what stdin brings.

Knows the byte order marks that Windows' shells write; knows no SQL.
"""

import codecs
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Function = TypeVar("Function", bound=Callable[..., Any])

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""PowerShell 5 redirects in UTF-16, and Notepad marks UTF-8."""


def sql_argument(function: Function) -> Function:
    """Give a command the argument SQL; it receives the text."""
    return click.argument("sql", metavar="SQL|@FILE|-", callback=_text)(function)


def _text(context: click.Context, parameter: click.Parameter, given: str) -> str:
    if given == "-":
        return _checked(_decoded(sys.stdin.buffer.read(), "stdin"), "stdin")
    if not given.startswith("@"):
        return _checked(given, "SQL")
    path = Path(given[1:]).expanduser()
    try:
        return _checked(_decoded(path.read_bytes(), str(path)), str(path))
    except OSError as error:
        raise click.UsageError(f"{path} cannot be read for its SQL: {error.strerror}") from None


def _decoded(content: bytes, place: str) -> str:
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise click.UsageError(f"{place} is no text in UTF-8: save the SQL in that encoding") from None


def _checked(text: str, place: str) -> str:
    if not text.strip():
        raise click.UsageError(f"{place} holds no SQL: write a query, @FILE to read it from a file, or - for stdin")
    return text
