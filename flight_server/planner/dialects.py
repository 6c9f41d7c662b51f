"""sqlglot's dialects, one object each: a call that only names one makes it anew. Knows no statement."""

from functools import cache

from sqlglot.dialects.dialect import Dialect


@cache
def dialect_named(name: str) -> Dialect:
    """The dialect; raises ValueError for a name that sqlglot does not know."""
    return Dialect.get_or_raise(name)


DUCKDB = dialect_named("duckdb")
"""The engine's."""
