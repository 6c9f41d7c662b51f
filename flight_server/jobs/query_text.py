"""When two texts of a Data Kiosk query are the same question. Knows no schema."""

from functools import lru_cache

from graphql import GraphQLSyntaxError, strip_ignored_characters


@lru_cache(maxsize=4096)
def stripped(query: str) -> str:
    """The text of a query without what says nothing, so that equal ones are known.

    >>> stripped("query { a { # all of it\\n  b } }")
    'query{a{b}}'
    >>> stripped("no query: '")
    "no query: '"
    """
    try:
        return strip_ignored_characters(query)
    except GraphQLSyntaxError:
        return query
