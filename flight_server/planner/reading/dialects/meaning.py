"""Each dialect's rules, and the functions of others that a tool uses whatever dialect it says."""

from collections.abc import Sequence

from sqlglot.tokenizer_core import Token

from flight_server.planner.reading.dialects import common, foreign, mysql, postgres, tsql
from flight_server.planner.reading.dialects.formats import refuse_unwritten
from flight_server.planner.reading.dialects.rewriting import rewritten
from flight_server.planner.reading.nodes import Nodes

_POSTGRES = frozenset({"postgres", "materialize", "redshift", "risingwave"})
_MYSQL = frozenset({"mysql", "doris", "starrocks"})
_SQL_SERVER = frozenset({"tsql", "fabric"})


def as_at_home(tokens: Sequence[Token], dialect: str) -> Sequence[Token]:
    """The tokens with what sqlglot would spoil under a name that it does not know; `as_meant` knows it."""
    names = postgres.MARKED if dialect in _POSTGRES else mysql.MARKED if dialect in _MYSQL else None
    return common.marked(tokens, names) if names else tokens


def as_meant(nodes: Nodes, dialect: str) -> Nodes:
    """The statement with every expression as the dialect means it; raises Unsupported where it cannot be."""
    if dialect != "duckdb":
        refuse_unwritten(nodes)
    if dialect in _SQL_SERVER:
        return tsql.as_sql_server_means(nodes)
    if dialect in _MYSQL:
        return rewritten(nodes, mysql.RULES)
    return rewritten(nodes, postgres.RULES if dialect in _POSTGRES else foreign.RULES)
