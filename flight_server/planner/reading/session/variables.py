"""`@@version` and what else tools read of a session by such names → what it is, as a text or a number.

Two steps, as with ODBC's escapes: of the tokens, a variable becomes a call of a marked function, for only some dialects
know such names; in the tree, the call becomes its value. The values are data, see `session_statements`.
"""

from collections.abc import Iterator, Sequence

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from flight_server.errors import Unsupported
from flight_server.planner.reading.nodes import Nodes
from flight_server.planner.reading.odbc_escapes import token_at
from flight_server.planner.reading.session.session_statements import VARIABLES

_MARK = "__variable"
_SCOPES = frozenset({"session", "global", "local"})
_QUOTED = frozenset({TokenType.STRING, TokenType.IDENTIFIER})
_AT_HOME = frozenset({"mysql", "tsql"})
"""Dialects in which @@ begins nothing else: elsewhere it is an operator before what is no variable."""


def with_variables_named(tokens: Sequence[Token], dialect: str) -> list[Token]:
    """The tokens with a marked call for each variable; raise Unsupported for one that is not known."""
    return list(_named(tokens, dialect))


def with_variables_told(nodes: Nodes) -> Nodes:
    """Put the values in the places of the marked calls."""
    calls = [call for call in nodes.of(exp.Anonymous) if call.name == _MARK]
    for call in calls:
        name = call.expressions[0].name
        value = VARIABLES[name]
        told = (
            exp.Literal.number(value) if isinstance(value, int) else exp.cast(exp.Literal.string(value), exp.DType.TEXT)
        )
        is_column_of_result = isinstance(call.parent, exp.Select) and call.arg_key == "expressions"
        call.replace(exp.alias_(told, f"@@{name}", quoted=True) if is_column_of_result else told)
    return Nodes(nodes.tree) if calls else nodes


def _named(tokens: Sequence[Token], dialect: str) -> Iterator[Token]:
    place = 0
    while place < len(tokens):
        found = _variable(tokens, place)
        if found is not None and found[0] in VARIABLES:
            name, length = found
            parts = (TokenType.VAR, _MARK), (TokenType.L_PAREN, "("), (TokenType.STRING, name), (TokenType.R_PAREN, ")")
            yield from (token_at(tokens[place], kind, text) for kind, text in parts)
            place += length
        elif found is not None and dialect in _AT_HOME:
            raise Unsupported(f"@@{found[0][:60]} is not known here; known are @@{', @@'.join(sorted(VARIABLES))}")
        else:
            yield tokens[place]
            place += 1


def _variable(tokens: Sequence[Token], place: int) -> tuple[str, int] | None:
    """The name that `@@name` or `@@session.name` at this place has, and how many tokens it takes."""
    signs = next((count for count in (1, 2) if _text(tokens, place, count) == "@@"), 0)
    if not signs or any(token.token_type in _QUOTED for token in tokens[place : place + signs + 1]):
        return None
    name, length = _text(tokens, place + signs, 1).lower(), signs + 1
    if name in _SCOPES and _text(tokens, place + length, 1) == ".":
        name, length = _text(tokens, place + length + 1, 1).lower(), length + 2
    return (name, length) if name.replace("_", "").isalnum() else None


def _text(tokens: Sequence[Token], place: int, count: int) -> str:
    return "".join(token.text for token in tokens[place : place + count])
