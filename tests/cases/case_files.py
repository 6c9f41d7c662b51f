"""Reads `*.case` files: SQL, then the calls that it may make, or the error that it must give.

A case is divided from the next by an empty line; lines that begin with `#` before the SQL are its title. `calls` lists
one call a line, `operation name=value ...`; the value `*` stands for any. `[Name=value]` in a case's own title is a
connection parameter.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_SECTION = re.compile(r"^---- (calls|error)$", re.MULTILINE)


@dataclass(frozen=True)
class ExpectedCall:
    """One call: the operation and all its parameters."""

    operation: str
    parameters: Mapping[str, str]


@dataclass(frozen=True)
class Case:
    """One case; `calls` is None where an error is expected."""

    title: str
    sql: str
    calls: tuple[ExpectedCall, ...] | None
    error: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)


def read_cases(folder: Path) -> Iterator[Case]:
    """Every case of every file."""
    for path in sorted(folder.glob("*.case")):
        title = path.stem
        for block in re.split(r"\n\s*\n", path.read_text().strip()):
            comments = [line.lstrip("# ") for line in block.splitlines() if line.startswith("#")]
            title = " ".join(comments) or title
            settings = dict(re.findall(r"\[(\w+)=(\w+)\]", " ".join(comments)))
            body = "\n".join(line for line in block.splitlines() if not line.startswith("#"))
            sql, section, expected = _SECTION.split(body, maxsplit=1)
            if section == "error":
                yield Case(title, sql.strip(), None, expected.strip(), settings)
            else:
                calls = tuple(_call(line) for line in expected.strip().splitlines())
                yield Case(title, sql.strip(), calls, settings=settings)


def _call(line: str) -> ExpectedCall:
    operation, *parameters = line.split()
    return ExpectedCall(operation, dict(parameter.split("=", 1) for parameter in parameters))


def is_like(call: Mapping[str, object], expected: ExpectedCall) -> bool:
    """Whether a logged call is the expected one."""
    sent = call["query"]
    assert isinstance(sent, dict)
    return (
        call["operation"] == expected.operation
        and sent.keys() == expected.parameters.keys()
        and all(value in ("*", sent[name]) for name, value in expected.parameters.items())
    )
