"""ODBC's and JDBC's escapes → plain SQL: `{d '...'}`, `{ts '...'}`, `{fn ...}`, `{oj ...}`, `{escape '...'}`.

Two steps, since an escape may stand in SQL of any dialect: of the tokens, braces go away and what has no plain form
becomes a call of a marked function; in the tree, such calls become expressions. Knows no table.
Source: the escape sequences of the ODBC programmer's reference, appendices C and E.
"""

from collections.abc import Callable, Mapping, Sequence

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from flight_server.errors import QueryError
from flight_server.planner.reading.nodes import Nodes

_MARK = "__odbc_"

_LITERALS = {"d": exp.DType.DATE, "t": exp.DType.TIME, "ts": exp.DType.TIMESTAMP, "guid": exp.DType.VARCHAR}

_UNITS = {
    "SQL_TSI_FRAC_SECOND": "MICROSECOND",  # ODBC counts nanoseconds, see _timestampadd
    "SQL_TSI_SECOND": "SECOND",
    "SQL_TSI_MINUTE": "MINUTE",
    "SQL_TSI_HOUR": "HOUR",
    "SQL_TSI_DAY": "DAY",
    "SQL_TSI_WEEK": "WEEK",
    "SQL_TSI_MONTH": "MONTH",
    "SQL_TSI_QUARTER": "QUARTER",
    "SQL_TSI_YEAR": "YEAR",
}

_TYPES = {
    "SQL_BIGINT": "BIGINT",
    "SQL_BINARY": "BLOB",
    "SQL_BIT": "BOOLEAN",
    "SQL_CHAR": "VARCHAR",
    "SQL_DATE": "DATE",
    "SQL_DECIMAL": "DECIMAL(38, 6)",
    "SQL_DOUBLE": "DOUBLE",
    "SQL_FLOAT": "DOUBLE",
    "SQL_INTEGER": "INTEGER",
    "SQL_LONGVARCHAR": "VARCHAR",
    "SQL_NUMERIC": "DECIMAL(38, 6)",
    "SQL_REAL": "REAL",
    "SQL_SMALLINT": "SMALLINT",
    "SQL_TIME": "TIME",
    "SQL_TIMESTAMP": "TIMESTAMP",
    "SQL_TINYINT": "TINYINT",
    "SQL_TYPE_DATE": "DATE",
    "SQL_TYPE_TIME": "TIME",
    "SQL_TYPE_TIMESTAMP": "TIMESTAMP",
    "SQL_VARBINARY": "BLOB",
    "SQL_VARCHAR": "VARCHAR",
    "SQL_WCHAR": "VARCHAR",
    "SQL_WVARCHAR": "VARCHAR",
}


def without_escapes(tokens: Sequence[Token]) -> list[Token]:
    """The statement without the braces of its escapes; what has no plain form is a call of a marked function.

    >>> import sqlglot
    >>> tokens = sqlglot.tokenize("{fn UCASE(a)}, {d '2026-01-01'}, {oj t JOIN u}")
    >>> " ".join(token.text for token in without_escapes(tokens))
    'UCASE ( a ) , __odbc_d ( 2026-01-01 ) , t JOIN u'
    """
    plain: list[Token] = []
    open_braces: list[bool] = []  # whether each is an escape's
    number = 0
    while number < len(tokens):
        token = tokens[number]
        taken, instead = 1, [token]
        if token.token_type == TokenType.R_BRACE and open_braces and open_braces.pop():
            instead = []
        elif token.token_type == TokenType.L_BRACE:
            begun = _begun(*tokens[number : number + 3]) if number + 2 < len(tokens) else None
            open_braces.append(begun is not None)
            taken, instead = begun or (taken, instead)
        plain += instead
        number += taken
    return plain


def _begun(brace: Token, word: Token, following: Token) -> tuple[int, list[Token]] | None:
    """How many tokens the beginning of an escape takes, and what stands for them; None where it begins none."""
    kind = word.text.lower() if word.token_type != TokenType.STRING else ""
    is_literal = following.token_type == TokenType.STRING
    if kind in _LITERALS and is_literal:
        call = token_at(word, TokenType.VAR, f"{_MARK}{kind}")
        return 3, [call, token_at(brace, TokenType.L_PAREN, "("), following, token_at(brace, TokenType.R_PAREN, ")")]
    if kind == "escape" and is_literal:
        return 1, []
    if following.token_type == TokenType.COLON:
        return None
    if kind == "fn" and following.text.lower() in _FUNCTIONS:
        return 3, [token_at(following, TokenType.VAR, f"{_MARK}{following.text}")]
    if kind in ("fn", "oj"):
        return 2, []
    return (1, []) if kind == "interval" else None


def token_at(place: Token, kind: TokenType, text: str) -> Token:
    """A token that stands where another stood: errors point to the statement as it was sent."""
    return Token(kind, text, place.line, place.col, place.start, place.end)


def with_plain_functions(nodes: Nodes) -> Nodes:
    """Turn the marked calls into expressions; raises QueryError for one that cannot be."""
    marked = [node for node in nodes.of(exp.Anonymous) if node.name.lower().startswith(_MARK)]
    for node in reversed(marked):  # inner calls first
        name = node.name.lower().removeprefix(_MARK)
        if name in _LITERALS:
            node.replace(exp.Cast(this=node.expressions[0], to=exp.DataType(this=_LITERALS[name])))
        else:
            node.replace(_plain(name, node.expressions))
    return Nodes(nodes.tree) if marked else nodes


def _plain(name: str, arguments: list[exp.Expr]) -> exp.Expr:
    try:
        return _FUNCTIONS[name](*arguments)
    except TypeError:
        raise QueryError(f"{{fn {name.upper()}(...)}} does not take {len(arguments)} argument(s)") from None


def _word(argument: exp.Expr, known: Mapping[str, str], function: str) -> str:
    word = argument.name.upper()
    if word not in known:
        raise QueryError(f"{{fn {function}(...)}} does not know {word}; it knows {', '.join(known)}")
    return known[word]


def _timestampadd(unit: exp.Expr, count: exp.Expr, start: exp.Expr) -> exp.Expr:
    word = _word(unit, _UNITS, "TIMESTAMPADD")
    if word == "MICROSECOND":
        count = exp.IntDiv(this=exp.paren(count), expression=exp.Literal.number(1000))
    length = exp.Mul(this=exp.paren(count), expression=exp.Interval(this=exp.Literal.string("1"), unit=exp.var(word)))
    return exp.paren(exp.Add(this=_instant(start), expression=length))


def _timestampdiff(unit: exp.Expr, start: exp.Expr, end: exp.Expr) -> exp.Expr:
    word = _word(unit, _UNITS, "TIMESTAMPDIFF")
    count = exp.TimestampDiff(this=_instant(end), expression=_instant(start), unit=exp.var(word))
    if word == "MICROSECOND":
        return exp.paren(exp.Mul(this=count, expression=exp.Literal.number(1000)))
    return count


def _instant(value: exp.Expr) -> exp.Expr:
    return exp.cast(value, exp.DType.TIMESTAMP) if isinstance(value, exp.Literal) else value


def _convert(value: exp.Expr, wanted: exp.Expr) -> exp.Expr:
    return exp.cast(value, exp.DataType.build(_word(wanted, _TYPES, "CONVERT"), dialect="duckdb"))


def _day_of_week(day: exp.Expr) -> exp.Expr:
    """ODBC counts from Sunday = 1, the engine from Sunday = 0."""
    return exp.paren(exp.Add(this=exp.Anonymous(this="dayofweek", expressions=[day]), expression=exp.Literal.number(1)))


def _natural_log(value: exp.Expr) -> exp.Expr:
    return exp.Ln(this=value)


def _current(kind: type[exp.Expr]) -> Callable[..., exp.Expr]:
    return lambda *_: kind()


_FUNCTIONS: Mapping[str, Callable[..., exp.Expr]] = {
    "convert": _convert,
    "curdate": _current(exp.CurrentDate),
    "current_date": _current(exp.CurrentDate),
    "database": _current(exp.CurrentDatabase),
    "user": _current(exp.CurrentUser),
    "curtime": _current(exp.CurrentTime),
    "current_time": _current(exp.CurrentTime),
    "current_timestamp": _current(exp.CurrentTimestamp),
    "now": _current(exp.CurrentTimestamp),
    "dayofweek": _day_of_week,
    "log": _natural_log,
    "timestampadd": _timestampadd,
    "timestampdiff": _timestampdiff,
}
"""ODBC functions whose plain call would mean something else here, or nothing."""
