"""SQL text → one statement that only reads: dialect, refusals, parameters.

Comes in: the text as a tool typed it. Goes out: sqlglot's tree of exactly one query. Knows no table of the catalog.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Literal

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from flight_server.errors import QueryError, Unsupported
from flight_server.planner.reading.chains import balanced
from flight_server.planner.reading.dialects import (
    AUTO,
    DUCKDB,
    as_at_home,
    as_meant,
    is_sql_servers_alone,
    tokens_of,
    trees_of,
)
from flight_server.planner.reading.nodes import Nodes
from flight_server.planner.reading.odbc_escapes import token_at, with_plain_functions, without_escapes
from flight_server.planner.reading.own_functions import with_own_marked, without_marks
from flight_server.planner.reading.session.variables import with_variables_named, with_variables_told
from flight_server.planner.reading.sizes import bounded
from flight_server.planner.reading.unsaid import refuse_unsaid

StatementKind = Literal["query", "explain", "explain analyze", "describe", "summarize", "session"]

# Table functions that touch neither files, network nor the engine's own state.
_TABLE_FUNCTIONS = (exp.GenerateSeries, exp.Explode, exp.Unnest)
_NAMED_TABLE_FUNCTIONS = frozenset({"range", "generate_series", "unnest", "json_each", "json_tree", "repeat_row"})

# Functions that reach outside the query, tell of the server, change the engine's state, or only pass the time.
_REFUSED_FUNCTIONS = frozenset(
    {
        "benchmark",
        "current_connection_id",
        "current_query",
        "current_query_id",
        "current_transaction_id",
        "current_setting",
        "get_block_size",
        "getvariable",
        "inet_client_addr",
        "inet_client_port",
        "inet_server_addr",
        "inet_server_port",
        "pg_conf_load_time",
        "pg_postmaster_start_time",
        "pg_sleep",
        "pg_sleep_for",
        "pg_sleep_until",
        "setval",
        "sleep",
        "sleep_ms",
        "system$wait",
        "txid_current",
        "getenv",
        "query",
        "query_table",
        "nextval",
        "currval",
        "setseed",
        "write_log",
        "enable_logging",
        "parse_duckdb_log",
    }
)

_WRITING = (exp.DML, exp.DDL, exp.Command, exp.Copy, exp.Into, exp.Lock)

_PARAMETER = "__parameter"

# Tokens that begin with a parameter, and what else is in them: sqlglot has other uses for `?::`. Behind an operand,
# PostgreSQL's `?|` and `?&` are operators.
_AFTER_PARAMETER: Mapping[TokenType, tuple[TokenType, str]] = {
    TokenType.QDCOLON: (TokenType.DCOLON, "::"),
    TokenType.QMARK_PIPE: (TokenType.PIPE, "|"),
    TokenType.QMARK_AMP: (TokenType.AMP, "&"),
}
_OPERATORS = (TokenType.QMARK_PIPE, TokenType.QMARK_AMP)
_OPERANDS = frozenset(
    {TokenType.VAR, TokenType.IDENTIFIER, TokenType.STRING, TokenType.NUMBER, TokenType.R_PAREN, TokenType.R_BRACKET}
)

# What sqlglot notes of a node for messages and passes of its own.
_NOTES = frozenset({"line", "col", "start", "end", "dot_parts"})

_TOKEN = re.compile(r"<Token token_type: .*?, text: (.*?), line: \d+, col: \d+, .*?comments: \[.*?\]>", re.DOTALL)
"""How sqlglot shows a token in its messages."""

# What may stand before a query; DESCRIBE of a table is a query of its own, see `commands`.
_PREFIX = re.compile(
    r"(?P<explain>explain)\b(?P<analyze>\s+analyze\b)?"
    r"|(?P<describe>desc|describe)\b(?=\s*(\(|select\b|with\b|from\b|values\b))"
    r"|(?P<summarize>summarize)\b(?P<table>(?!\s*(\(|select\b|with\b|from\b|values\b))(\s+table\b)?)?",
    re.IGNORECASE,
)
_COMMENTS = re.compile(r"\A(?:\s+|--[^\n]*(?:\n|\Z)|/\*.*?\*/)*", re.DOTALL)


@dataclass(frozen=True)
class ParsedStatement:
    """One query, in sqlglot's tree, and what is wanted of it."""

    kind: StatementKind
    nodes: Nodes


def parse(sql: str, dialect: str = "duckdb") -> ParsedStatement:
    """Read exactly one query; raise QueryError for bad SQL, Unsupported for anything that does not only read."""
    text = sql[_COMMENTS.match(sql).end() :]  # type: ignore[union-attr]  # the pattern matches the empty text
    kind, text = _kind_and_query(text)
    try:
        statements, dialect = _read_as(text, dialect)
    except SqlglotError as error:
        read_as = "duckdb" if dialect == AUTO else dialect
        raise QueryError(f"the SQL cannot be read as {read_as}: {_first_line(error)}") from None
    except RecursionError:
        raise QueryError("the SQL is nested too deeply; write it with fewer levels of brackets") from None
    if not statements:
        raise QueryError("there is no statement; send one SELECT")
    if len(statements) > 1:
        raise Unsupported("only one statement at a time is accepted; send each SELECT on its own")
    nodes = balanced(Nodes(_as_query(statements[0])))
    forget_notes(nodes)
    without_marks(nodes)
    nodes = with_variables_told(nodes)
    nodes = with_plain_functions(as_meant(nodes, dialect))  # an escape means the same in every dialect
    nodes = _with_the_time_zone(nodes)
    _refuse_what_does_not_read(nodes)
    refuse_unsaid(nodes)
    return ParsedStatement(kind, bounded(_number_parameters(nodes)))


def _read_as(text: str, dialect: str) -> tuple[list[exp.Expr], str]:
    """The statements, and the dialect that they were read in: the engine's, if it is left to us and they can be."""
    if dialect != AUTO:
        return _statements(text, dialect), dialect
    try:
        statements, failure = _statements(text, "duckdb"), None
    except SqlglotError as error:
        statements, failure = [], error
    if failure is not None or any(is_sql_servers_alone(each) for each in statements):
        try:
            theirs = _statements(text, "tsql")
        except SqlglotError:
            theirs = []
        if theirs and not any(isinstance(each, exp.Command) for each in theirs):
            return theirs, "tsql"
    if failure is not None:
        raise failure
    return statements, "duckdb"


def _statements(text: str, dialect: str) -> list[exp.Expr]:
    tokens = tokens_of(text, dialect)
    tokens = without_escapes(tokens) if "{" in text else tokens
    tokens = with_variables_named(tokens, dialect) if "@@" in text else tokens
    tokens = _with_parameters_named(tokens) if "?" in text else tokens
    tokens = with_own_marked(tokens) if dialect == "duckdb" else tokens
    wanted = sum(token.text == _PARAMETER for token in tokens)
    tokens = list(as_at_home(tokens, dialect))
    trees = [tree for tree in trees_of(tokens, text, dialect) if tree and not isinstance(tree, exp.Semicolon)]
    if wanted:
        _refuse_lost_parameters(trees, wanted)
    return trees


def _refuse_lost_parameters(trees: Iterable[exp.Expr], wanted: int) -> None:
    """Raise Unsupported for a parameter where sqlglot takes constants only: it drops what is none, without a word."""
    calls = [call for tree in trees for call in tree.find_all(exp.Anonymous) if call.name == _PARAMETER]
    found = {int(call.expressions[0].name) for call in calls}
    if lost := set(range(1, wanted + 1)) - found:
        raise Unsupported(f"parameter {min(lost)} stands where only a constant can; write it out")


def _kind_and_query(text: str) -> tuple[StatementKind, str]:
    """What is wanted of a query, and the query itself."""
    prefix = _PREFIX.match(text)
    if prefix is None:
        return "query", text
    rest = text[prefix.end() :]
    if prefix["explain"]:
        return "explain analyze" if prefix["analyze"] else "explain", rest
    if prefix["describe"]:
        return "describe", rest
    return "summarize", rest if prefix["table"] is None else f"SELECT * FROM {rest}"


def forget_notes(nodes: Nodes) -> None:
    """Drop comments and sqlglot's notes: they take longer to copy than the nodes themselves."""
    for node in nodes:
        node.comments = None
        if node._meta is not None:
            kept = node._meta.keys() - _NOTES
            node._meta = {name: node._meta[name] for name in kept} if kept else None


def _as_query(tree: exp.Expr) -> exp.Query:
    if isinstance(tree, exp.Values):
        return exp.select("*").from_(tree)
    if isinstance(tree, exp.Query):
        return tree
    word = (tree.this if isinstance(tree, exp.Command) else tree.key).upper()
    raise Unsupported(f"{word} is not accepted: this server only reads; send a SELECT")


def _with_the_time_zone(nodes: Nodes) -> Nodes:
    """The one setting that tools ask for and that is the same for all."""
    calls = [call for call in nodes.of(exp.Anonymous) if call.name.lower() == "current_setting"]
    asked = [call for call in calls if [part.name.lower() for part in call.expressions] == ["timezone"]]
    for call in asked:
        value: exp.Expr = exp.Literal.string("UTC")
        call.replace(exp.alias_(value, "TimeZone") if isinstance(call.parent, exp.Select) else value)
    return Nodes(nodes.tree) if asked else nodes


def _refuse_what_does_not_read(nodes: Nodes) -> None:
    for table in nodes.of(exp.Table):
        if not isinstance(table.this, exp.Identifier) and not _is_harmless(table.this):
            raise Unsupported(f"table function {_called(table.this)} is not accepted: it reads outside the catalog")
    for function in nodes.of(exp.Anonymous):
        if function.name.lower() in _REFUSED_FUNCTIONS:
            raise Unsupported(f"function {function.name.lower()} is not accepted")
    for kind in _WRITING if nodes.has(*_WRITING) else ():
        for node in nodes.of(kind):
            if not isinstance(node, exp.Query):
                raise Unsupported(f"{node.key.upper()} is not accepted: this server only reads; send a SELECT")


def _called(function: exp.Expr) -> str:
    if isinstance(function, exp.Anonymous):
        return function.name.lower()
    return function.sql_name().lower() if isinstance(function, exp.Func) else function.key


def _is_harmless(function: exp.Expr) -> bool:
    if isinstance(function, _TABLE_FUNCTIONS):
        return True
    return isinstance(function, exp.Anonymous) and function.name.lower() in _NAMED_TABLE_FUNCTIONS


def _with_parameters_named(tokens: list[Token]) -> list[Token]:
    """A call that holds its position for every `?`: sqlglot's tree forgets where in the text a `?` stood."""
    named: list[Token] = []
    positions = count(1)
    for token in _with_parameters_alone(tokens):
        if token.token_type == TokenType.PLACEHOLDER:
            parts = (TokenType.VAR, _PARAMETER), (TokenType.L_PAREN, "("), (TokenType.NUMBER, str(next(positions)))
            named += [token_at(token, kind, text) for kind, text in (*parts, (TokenType.R_PAREN, ")"))]
        else:
            named.append(token)
    return named


def _with_parameters_alone(tokens: Sequence[Token]) -> Iterator[Token]:
    """The tokens with every parameter one of its own; of `?||`, the first two signs are read as one."""
    pairs = iter(zip(tokens, [*tokens[1:], None], strict=True))
    is_operand = False
    for token, after in pairs:
        rest = _AFTER_PARAMETER.get(token.token_type)
        if rest is None or (is_operand and token.token_type in _OPERATORS):
            yield token
        else:
            yield token_at(token, TokenType.PLACEHOLDER, "?")
            if token.token_type == TokenType.QMARK_PIPE and after is not None and after.token_type == TokenType.PIPE:
                rest = (TokenType.DPIPE, "||")
                next(pairs)
            yield token_at(token, *rest)
        is_operand = token.token_type in _OPERANDS


def _number_parameters(nodes: Nodes) -> Nodes:
    """Turn `?` and `$n` alike into placeholders with their position, from 1, in `meta`."""
    calls = [call for call in nodes.of(exp.Anonymous) if call.name == _PARAMETER]
    marks: list[exp.Expr] = [*calls, *nodes.of(exp.Placeholder), *nodes.of(exp.Parameter)]
    for node in marks:
        position = node.expressions[0].name if isinstance(node, exp.Anonymous) else node.name
        if not position.isdigit():
            raise Unsupported(f"named parameter {position} is not accepted; write ? or $1, $2, ...")
        placeholder = exp.Placeholder(this=position)
        placeholder.meta["position"] = int(position)
        _place(placeholder, node)
    return Nodes(nodes.tree) if marks else nodes


def _place(placeholder: exp.Placeholder, node: exp.Expr) -> None:
    """Put it where `node` stands; what stands around may be read so that only a constant fits in."""
    around = node.parent
    node.replace(placeholder)
    if isinstance(around, exp.Bracket):
        around.set("offset", DUCKDB.INDEX_OFFSET)  # sqlglot makes every constant count from 0, but no placeholder
    elif isinstance(around, exp.Extract) and around.this is placeholder:
        around.replace(exp.Anonymous(this="date_part", expressions=[placeholder, around.expression]))
    elif isinstance(around, exp.Ordered | exp.Group):
        words = "ORDER BY" if isinstance(around, exp.Ordered) else "GROUP BY"
        raise QueryError(f"{words} ? does nothing, a parameter is a value; write the column, or its position")


def _first_line(error: Exception) -> str:
    message = re.sub(r"\x1b\[\d+m", "", str(error)).strip()
    message = _TOKEN.sub(r"\1", message)
    message = re.sub(r"<class '[\w.]*\.(\w+)'>", lambda match: match.group(1).lower(), message)
    return " ".join(message.split())[:300]
