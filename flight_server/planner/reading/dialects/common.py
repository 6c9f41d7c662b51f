"""Rules that several dialects share."""

from collections.abc import Sequence

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from flight_server.planner.reading.dialects.rewriting import Rules, written

_MARK = "__AT_HOME_"


def marked(tokens: Sequence[Token], names: frozenset[str]) -> list[Token]:
    """The tokens with another name for these functions, so that sqlglot leaves their arguments alone."""
    return [
        _renamed(token)
        if token.text.upper() in names and following is not None and following.token_type == TokenType.L_PAREN
        else token
        for token, following in zip(tokens, [*tokens[1:], None], strict=True)
    ]


def unmarked(call: exp.Anonymous) -> str:
    """The function's name at home, if it was marked."""
    name = call.name.upper()
    return name.removeprefix(_MARK) if name.startswith(_MARK) else ""


def _renamed(token: Token) -> Token:
    return Token(TokenType.VAR, _MARK + token.text.upper(), token.line, token.col, token.start, token.end)


def division(node: exp.Div) -> exp.Expr | None:
    """Where a dialect divides whole numbers as such, the engine's `//`, which divides only them so."""
    if not node.args.get("typed"):
        return None
    divisor = written("NULLIF($1, 0)", node.expression) if node.args.get("safe") else node.expression
    return exp.IntDiv(this=node.this, expression=divisor)


def like_with_backslash(node: exp.Like | exp.ILike) -> exp.Expr | None:
    """A backslash makes the next character stand for itself; here only if it is said."""
    pattern = node.expression.unnest()
    if isinstance(pattern, exp.Any | exp.All) or (isinstance(pattern, exp.Literal) and "\\" not in pattern.name):
        return None
    return exp.Escape(this=node, expression=exp.Literal.string("\\"))


def from_before(text: exp.Expr, start: int, length: exp.Expr) -> exp.Expr:
    """SUBSTRING from a start of at most 0: the places before the first character count."""
    return written("SUBSTRING($1, 1, GREATEST($2, 0))", text, written(f"$1 - {1 - start}", length))


RULES: Rules = {exp.Div: division}
"""Of the dialects about which nothing else is said."""
