"""What a dialect means at home, told to the engine: the only room that knows one dialect from another.

sqlglot reads a dialect's grammar; what its functions and operators come to is left as the engine has it. Here the tree
is rewritten so that every expression has the value that it has at home, or is refused where it cannot have it.
"""

from flight_server.planner.reading.dialects.meaning import as_at_home, as_meant
from flight_server.planner.reading.dialects.speakers import DUCKDB, engine_sql, tokens_of, trees_of
from flight_server.planner.reading.dialects.tsql import is_sql_servers_alone

AUTO = "Auto"
"""The engine's dialect; SQL Server's where only that can be read."""

__all__ = ["AUTO", "DUCKDB", "as_at_home", "as_meant", "engine_sql", "is_sql_servers_alone", "tokens_of", "trees_of"]
