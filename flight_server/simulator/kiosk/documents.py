"""The lines of a document: the query itself is executed over its rows, and what it selects is what a line holds.

Goes from a question and its rows to a Document. Plain, as documents come in practice; odd ones may be gzip and say so,
and end as documents have been seen to: with an empty line, or without the end of the last.
"""

import gzip
from collections.abc import Sequence

from graphql import ExecutionResult, execute

from flight_server.simulator.answers import json_bytes
from flight_server.simulator.chance import number
from flight_server.simulator.kiosk.datasets import datasets
from flight_server.simulator.kiosk.questions import Question
from flight_server.simulator.kiosk.rows import Json
from flight_server.simulator.storage import Document


def document(asked: Question, rows: Sequence[Json], name: str, *, odd: bool) -> Document:
    """The document of a query; `name` alone decides how it is packed."""
    plain = b"".join(json_bytes(line) + b"\n" for line in lines(asked, rows))
    if not odd:
        return Document(plain, "application/octet-stream")
    if number(name, "packing", below=2):
        return Document(plain + b"\n", "application/octet-stream")
    packed = gzip.compress(plain.removesuffix(b"\n"), compresslevel=6, mtime=0)
    return Document(packed, "application/json", is_packed=True, sends_encoding=True)


def error_document(sentence: str) -> Document:
    """What a query that failed says of the reason; its form is assumed to be that of a report that failed."""
    return Document(json_bytes({"errorDetails": sentence}), "application/json")


def lines(asked: Question, rows: Sequence[Json]) -> list[Json]:
    """The rows with the fields that are asked for."""
    root = {asked.dataset: {asked.name: list(rows)}}
    result = execute(datasets()[asked.dataset], asked.document, root)
    assert isinstance(result, ExecutionResult)
    if result.errors:
        raise result.errors[0]
    assert result.data is not None
    (domain,) = result.data.values()
    (told,) = domain.values()
    found: list[Json] = told
    return found
