"""sqlglot's dialects: text to tokens, tokens to trees, trees to the engine's SQL. Knows no statement.

A tokenizer, a parser and a generator take a good part as long to make as they take for a short statement. They hold
what they work on, so each thread has its own, which let go of it afterwards.
"""

import threading
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.generator import Generator
from sqlglot.parser import Parser
from sqlglot.tokenizer_core import Token
from sqlglot.tokens import Tokenizer

DUCKDB = Dialect.get_or_raise("duckdb")
"""The engine's dialect."""


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
    """SQL for the engine; without a copy the tree is used up."""
    return _speaker("duckdb").generator.generate(tree, copy=copy)


def _speaker(dialect: str) -> _Speaker:
    speaker = _of_thread.speakers.get(dialect)
    if speaker is None:
        made = Dialect.get_or_raise(dialect)
        speaker = _of_thread.speakers[dialect] = _Speaker(made.tokenizer(), made.parser(), made.generator())
    return speaker
