"""sqlglot's dialects: text to tokens, tokens to trees, trees to the engine's SQL. Knows no statement.

A tokenizer, a parser and a generator take a good part as long to make as they take for a short statement. They hold
what they work on, so each thread has its own, which let go of it afterwards.
"""

import re
import threading
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ErrorLevel
from sqlglot.generator import Generator
from sqlglot.parser import Parser
from sqlglot.tokenizer_core import Token
from sqlglot.tokens import Tokenizer

from flight_server.errors import Unsupported

DUCKDB = Dialect.get_or_raise("duckdb")
"""The engine's dialect."""

_HARMLESS = (
    "EXTRACT from TIMESTAMPTZ",  # the engine's zone is UTC, as are its instants
    "Hints are not supported",  # how, not what
    "Unsupported query option",
    "RESPECT NULLS",  # what aggregates do anyway
)
"""Beginnings of sqlglot's messages that lose nothing."""

_ARGUMENT = re.compile(r"Argument '(\w+)' is not supported for expression '(\w+)'")


@dataclass
class _Speaker:
    """What one thread reads and writes a dialect with."""

    tokenizer: Tokenizer
    parser: Parser
    generator: Generator


@dataclass
class _OfThread(threading.local):
    speakers: dict[str, _Speaker] = field(default_factory=dict)  # by dialect


_of_thread = _OfThread()


def tokens_of(sql: str, dialect: str) -> list[Token]:
    """The tokens of a text; raises sqlglot's TokenError."""
    tokenizer = _speaker(dialect).tokenizer
    tokens = tokenizer.tokenize(sql)
    tokenizer.tokenize("")
    return tokens


def trees_of(tokens: list[Token], sql: str, dialect: str) -> list[exp.Expr | None]:
    """A tree for each statement of `sql`, which the tokens stand for; raises sqlglot's ParseError."""
    parser = _speaker(dialect).parser
    try:
        return parser.parse(tokens, sql)
    finally:
        parser.reset()


def engine_sql(tree: exp.Expr, *, copy: bool = True) -> str:
    """SQL for the engine; without a copy the tree is used up.

    Raises Unsupported for what the engine has no words for: sqlglot by itself would leave that out.
    """
    generator = _speaker("duckdb").generator
    sql = generator.generate(tree, copy=copy)
    for message in generator.unsupported_messages:
        if not message.startswith(_HARMLESS):
            raise Unsupported(f"{_lacking(message)}; write it with the functions of DuckDB")
    return sql


def _lacking(message: str) -> str:
    """What cannot be said, of sqlglot's message.

    >>> _lacking("Argument 'format' is not supported for expression 'ToChar' when targeting DuckDB.")
    'the engine has nothing like the format of TO_CHAR'
    """
    first = message.split("\n")[0].strip().rstrip(".")
    if found := _ARGUMENT.match(first):
        function = getattr(exp, found[2], None)
        name = function.sql_name() if isinstance(function, type) and issubclass(function, exp.Func) else found[2]
        return f"the engine has nothing like the {found[1]} of {name}"
    return f"the engine has nothing like a part of this SQL: {first}"


def _speaker(dialect: str) -> _Speaker:
    speaker = _of_thread.speakers.get(dialect)
    if speaker is None:
        made = Dialect.get_or_raise(dialect)
        speaker = _of_thread.speakers[dialect] = _Speaker(made.tokenizer(), made.parser(), _generator(made))
    return speaker


def _generator(dialect: Dialect) -> Generator:
    return dialect.generator(unsupported_level=ErrorLevel.IGNORE)  # what it leaves out is looked at here
