"""PostgreSQL's operators and functions. Source: its manual, chapter "Functions and Operators"."""

from collections.abc import Iterator

from sqlglot import exp

from flight_server.planner.reading.dialects import common
from flight_server.planner.reading.dialects.postgres_formats import to_char
from flight_server.planner.reading.dialects.rewriting import Forms, Rules, by_name, refused, whole_number, written

MARKED = frozenset({"TO_CHAR"})
"""Functions whose arguments sqlglot would spoil: see `marked`."""

_FORMS: Forms = {
    "CLOCK_TIMESTAMP/0": "NOW()",
    "STATEMENT_TIMESTAMP/0": "NOW()",
    "OCTET_LENGTH/1": "STRLEN($1)",
    "QUOTE_LITERAL/1": "'''' || REPLACE($1, '''', '''''') || ''''",
    "TO_NUMBER": "!write CAST(x AS DECIMAL(38, 6))",
    "WIDTH_BUCKET": "!write CASE or FLOOR((x - low) / width)",
    "REGEXP_MATCH": "!write regexp_extract(x, pattern)",
    "JUSTIFY_DAYS": "!write the interval in days",
    "JUSTIFY_HOURS": "!write the interval in days",
    "JUSTIFY_INTERVAL": "!write the interval in days",
    "OVERLAY": "!write left(x, n) || y || substr(x, m)",
}

_of_name = by_name(_FORMS, "PostgreSQL")

_BY_SUM = "CASE WHEN TYPEOF(ANY_VALUE($1)) IN ('BIGINT', 'HUGEINT') THEN $2 / $3 ELSE $2 // $3 END"


def _named(node: exp.Anonymous) -> exp.Expr | None:
    if common.unmarked(node) == "TO_CHAR" and len(node.expressions) == 2:
        return to_char(*node.expressions)
    return _of_name(node)


def _division(node: exp.Div) -> exp.Expr | None:
    """Whole numbers divide as such, but what EXTRACT gives and the sum of BIGINTs are no whole numbers there."""
    parts = [part for side in (node.this, node.expression) for part in _terms(side)]
    if any(isinstance(part, exp.Extract) for part in parts):
        return None
    sums = [part for part in parts if isinstance(part, exp.Sum)]
    if sums and not isinstance(sums[0].this, exp.Distinct):
        return written(_BY_SUM, sums[0].this, node.this, node.expression)
    return common.division(node)


def _terms(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, exp.Paren | exp.Neg | exp.Filter):
        yield from _terms(node.this)
    elif isinstance(node, exp.Binary):
        yield from _terms(node.this)
        yield from _terms(node.expression)
    else:
        yield node


def _cast(node: exp.Cast) -> exp.Expr | None:
    """sqlglot reads `div(a, b)` as a quotient that is cast."""
    inner = node.this.unnest()
    if not isinstance(inner, exp.IntDiv):
        return None
    node.set("this", written("TRUNC($1)", inner))
    return node


def _part(node: exp.Extract) -> exp.Expr | None:
    """Seconds have their fraction there."""
    return written("MICROSECOND($1) / 1000000", node.expression) if node.this.name.upper() == "SECOND" else None


def _part_of_text(node: exp.Substring) -> exp.Expr | None:
    """A start before the first character counts there; the engine would count from the end."""
    number, length = whole_number(node.args.get("start")), node.args.get("length")
    if number is None or number > 0:
        return None
    return node.this if length is None else common.from_before(node.this, number, length)


def _format(_: exp.Format) -> exp.Expr:
    raise refused("PostgreSQL's FORMAT", "write a || b")


RULES: Rules = {
    exp.Anonymous: _named,
    exp.Cast: _cast,
    exp.Div: _division,
    exp.Extract: _part,
    exp.Format: _format,
    exp.ILike: common.like_with_backslash,
    exp.Like: common.like_with_backslash,
    exp.Escape: lambda _: None,
    exp.Substring: _part_of_text,
}
