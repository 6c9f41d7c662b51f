"""Each dialect's rules, and the functions of others that a tool uses whatever dialect it says."""

from sqlglot import exp

from flight_server.planner.dialects import mysql, postgres, tsql
from flight_server.planner.dialects.rewriting import Rules, rewritten
from flight_server.planner.nodes import Nodes

_RULES: dict[str, Rules] = {"mysql": mysql.RULES, "postgres": postgres.RULES}

_OF_ANY: Rules = {exp.Anonymous: mysql.macro}


def as_meant(nodes: Nodes, dialect: str) -> Nodes:
    """The statement with every expression as the dialect means it; raises Unsupported where it cannot be."""
    nodes = tsql.as_sql_server_means(nodes) if dialect in ("tsql", "fabric") else nodes
    return rewritten(nodes, _RULES.get(dialect, _OF_ANY))
