"""The engine's functions that sqlglot takes for another system's of the same name → plain calls, passed on unread.

Read as another's, they lose an argument on the way back (`decode` its second, `jaro_winkler_similarity` its third and
the case of its texts), or change the order of them (`reduce`). Two steps, as with ODBC's escapes: of the tokens, their
names are marked; in the tree, the marks go away. Knows no table.
Source: every function of the engine, read and written again (`tests/planner/reading/test_functions.py`).
"""

from collections.abc import Sequence

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from flight_server.planner.reading.nodes import Nodes
from flight_server.planner.reading.odbc_escapes import token_at

_MARK = "__own_"

_OWN = frozenset({"decode", "jaro_winkler_similarity", "reduce"})


def with_own_marked(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with a marked name for each call of such a function."""
    following = [*tokens[1:], None]
    return [
        token_at(token, TokenType.VAR, _MARK + token.text) if _is_called(token, after) else token
        for token, after in zip(tokens, following, strict=False)
    ]


def without_marks(nodes: Nodes) -> None:
    """Give the marked calls their names."""
    for node in nodes.of(exp.Anonymous):
        if node.name.startswith(_MARK):
            node.set("this", node.name.removeprefix(_MARK))


def _is_called(token: Token, after: Token | None) -> bool:
    is_name = token.text.lower() in _OWN and token.token_type != TokenType.STRING
    return is_name and after is not None and after.token_type == TokenType.L_PAREN
