"""SQL Server's patterns: LIKE with sets of characters, and PATINDEX."""

import re

from sqlglot import exp

from flight_server.planner.reading.dialects.rewriting import refused, written

_PART = re.compile(r"\[(\^?)(\][^\]]*|[^\]]+)\]|(.)", re.DOTALL)

_ADVICE = "LIKE with [...] in a pattern that is not written out is not accepted; write the pattern as a text"


def like(node: exp.Like) -> exp.Expr | None:
    """A pattern with sets as a regular expression; one that is not written out must have none."""
    return _matched(node, node, "")


def like_with_escape(node: exp.Escape) -> exp.Expr | None:
    """The same, with a character after which the next stands for itself."""
    if not isinstance(node.this, exp.Like):
        return None
    return _matched(node, node.this, node.expression.name)


def _matched(whole: exp.Expr, comparison: exp.Like, escape: str) -> exp.Expr | None:
    pattern = comparison.expression.unnest()
    if not isinstance(pattern, exp.Literal):
        form = f"CASE WHEN CONTAINS($1, '[') THEN ERROR('{_ADVICE}') ELSE $2 END"
        return None if isinstance(pattern, exp.Any | exp.All) else written(form, pattern, whole)
    if "[" not in pattern.name:
        return None
    regex = exp.Literal.string(regular(pattern.name, escape))
    found = written("REGEXP_FULL_MATCH($1, $2, 's')", comparison.this, regex)
    return exp.not_(found) if comparison.args.get("negate") else found


def index(pattern: exp.Expr, text: exp.Expr) -> exp.Expr:
    """PATINDEX: where the pattern begins, from 1; 0 where it is nowhere."""
    if not isinstance(pattern, exp.Literal) or not pattern.is_string:
        raise refused("PATINDEX of a pattern that is not written out", "write CHARINDEX for a plain text")
    wanted = pattern.name
    start = "^(.*?)" if wanted.startswith("%") else "^()"
    end = "" if wanted.endswith("%") else "$"
    regex = f"(?s){start}{regular(wanted.strip('%'))}{end}"
    return written(
        "CASE WHEN REGEXP_MATCHES($1, $2) THEN LENGTH(REGEXP_EXTRACT($1, $2, 1)) + 1 WHEN $1 IS NOT NULL THEN 0 END",
        text,
        exp.Literal.string(regex),
    )


def regular(pattern: str, escape: str = "") -> str:
    """The pattern as a regular expression.

    >>> regular("[a-c]_[^0-9]%."), regular("!%[!]", "!")
    ('[a-c].[^0-9].*\\\\.', '%[!]')
    """
    part = re.compile(f"{re.escape(escape)}(.)|{_PART.pattern}" if escape else f"(?!)()|{_PART.pattern}", re.DOTALL)
    return "".join(_regular(*match.groups()) for match in part.finditer(pattern))


def _regular(escaped: str | None, negated: str | None, members: str | None, plain: str | None) -> str:
    if members:
        return f"[{negated}" + re.sub(r"[\\\[\]^&~|]", lambda found: "\\" + found.group(), members) + "]"
    if plain:
        return {"%": ".*", "_": "."}.get(plain, re.escape(plain))
    return re.escape(escaped or "")
