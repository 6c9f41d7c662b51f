"""MySQL's operators and functions. Source: its reference manual, chapter "Functions and Operators"."""

from sqlglot import exp

from flight_server.planner.reading.dialects import common, mysql_weeks
from flight_server.planner.reading.dialects.kept_dates import kept
from flight_server.planner.reading.dialects.mysql_weeks import as_day
from flight_server.planner.reading.dialects.rewriting import Forms, Rules, by_name, whole_number, written

MARKED = frozenset({"DATE_FORMAT", "TO_DAYS"})
"""Functions whose arguments sqlglot would spoil: see `common.marked`."""

MACROS: Forms = {
    "UNIX_TIMESTAMP/0": "CAST(FLOOR(EPOCH(NOW())) AS BIGINT)",
    "UNIX_TIMESTAMP/1": "CAST(FLOOR(EPOCH(CAST($1 AS TIMESTAMPTZ))) AS BIGINT)",
    "FROM_UNIXTIME/1": "TO_TIMESTAMP($1)",
}
"""What tools write for any server, such as Grafana's macros."""

_FORMS: Forms = {
    **MACROS,
    "WEEKDAY/1": "ISODOW(CAST($1 AS DATE)) - 1",
    "SYSDATE/0": "NOW()",
    "ADDDATE/2": "CAST($1 AS DATE) + CAST($2 AS INTEGER)",
    "SUBDATE/2": "CAST($1 AS DATE) - CAST($2 AS INTEGER)",
    "MAKEDATE/2": "MAKE_DATE($1, 1, 1) + CAST($2 - 1 AS INTEGER)",
    "MID/3": "SUBSTRING($1, $2, $3)",
    "OCTET_LENGTH/1": "STRLEN($1)",
    "STRCMP/2": "CASE WHEN $1 < $2 THEN -1 WHEN $1 > $2 THEN 1 WHEN $1 = $2 THEN 0 END",
    "CONVERT_TZ/3": "CAST($1 AS TIMESTAMP) AT TIME ZONE $2 AT TIME ZONE $3",
    "TIME_TO_SEC/1": "CAST(EPOCH(CAST($1 AS TIME)) AS BIGINT)",
    "MICROSECOND/1": "MICROSECOND($1) % 1000000",
    "PERIOD_DIFF": "!write TIMESTAMPDIFF(MONTH, a, b)",
    "PERIOD_ADD": "!write DATE_ADD(d, INTERVAL 1 MONTH)",
    "SEC_TO_TIME": "!write the seconds as a number",
    "TIMEDIFF": "!write TIMESTAMPDIFF(SECOND, a, b)",
    "SOUNDEX": "!compare with LOWER(x) or LIKE",
    "FIND_IN_SET": "!write x IN ('a', 'b')",
    "INET_ATON": "!compare the texts",
    "EXPORT_SET": "!write CASE",
    "MAKE_SET": "!write CASE",
}

_of_name = by_name(_FORMS, "MySQL")


def _named(node: exp.Anonymous) -> exp.Expr | None:
    name, arguments = node.name.upper(), node.expressions
    if name == "YEARWEEK" and arguments:
        return mysql_weeks.year_and_week(arguments[0], arguments[1] if arguments[1:] else None)
    if name == "FIELD" and len(arguments) > 1:
        return written("COALESCE(LIST_POSITION($1, $2), 0)", exp.Array(expressions=arguments[1:]), arguments[0])
    if common.unmarked(node) == "DATE_FORMAT" and len(arguments) == 2:
        return mysql_weeks.date_format(*arguments)
    if common.unmarked(node) == "TO_DAYS" and len(arguments) == 1:  # year 0 is no leap year there
        return written("DATE_DIFF('day', DATE '1970-01-01', $1) + 719528", as_day(arguments[0]))
    return _of_name(node)


def _week(node: exp.Week) -> exp.Expr:
    return mysql_weeks.week(node.this, node.args.get("mode"))


def _part(node: exp.Extract) -> exp.Expr | None:
    if node.this.name.upper() == "WEEK":
        return mysql_weeks.week(node.expression, None)
    if node.this.name.upper() == "MICROSECOND":
        return written("MICROSECOND($1) % 1000000", node.expression)
    return None


def _day_of_week(node: exp.DayOfWeek) -> exp.Expr:
    return written("DAYOFWEEK($1) + 1", as_day(node.this))


def _length(node: exp.Length) -> exp.Expr | None:
    """LENGTH counts bytes, CHAR_LENGTH characters."""
    return written("STRLEN(CAST($1 AS VARCHAR))", node.this) if node.args.get("binary") else None


def _whole_division(node: exp.IntDiv) -> exp.Expr:
    quotient = "($1 - $1 % NULLIF($2, 0)) // NULLIF($2, 0)"
    return written(f"CAST({quotient} AS BIGINT)", node.this, node.expression)


def _rest(node: exp.Mod) -> exp.Expr:
    node.set("expression", written("NULLIF($1, 0)", node.expression))
    return node


def _difference(node: exp.TimestampDiff) -> exp.Expr:
    """Whole months or weeks that have passed, not the firsts or Mondays between."""
    unit = exp.Literal.string(node.args["unit"].name.lower())
    return written("DATE_SUB($1, CAST($2 AS TIMESTAMP), CAST($3 AS TIMESTAMP))", unit, node.expression, node.this)


def _days_between(node: exp.DateDiff) -> exp.Expr | None:
    if node.args.get("unit") is not None and node.args["unit"].name.upper() != "DAY":
        return None
    return written("DATE_DIFF('day', $1, $2)", as_day(node.expression), as_day(node.this))


def _choice(node: exp.Elt) -> exp.Expr:
    return written("LIST_EXTRACT($1, $2)", exp.Array(expressions=node.expressions), node.this)


def up_to(node: exp.SubstringIndex) -> exp.Expr:
    """Up to the n-th delimiter; from the n-th, counted from the end, if n is negative."""
    parts = "STRING_SPLIT($1, $2)"
    slices = f"CASE WHEN $3 < 0 THEN LIST_SLICE({parts}, $3, -1) ELSE LIST_SLICE({parts}, 1, $3) END"
    return written(f"ARRAY_TO_STRING({slices}, $2)", node.this, node.args["delimiter"], node.args["count"])


def _of_text(node: exp.Func) -> exp.Expr | None:
    """A text where a date is wanted is one."""
    if isinstance(node.this, exp.Literal) and node.this.is_string:
        node.set("this", as_day(node.this))
        return node
    return None


def _part_of_text(node: exp.Substring) -> exp.Expr | None:
    """There is no character 0."""
    return written("CASE WHEN $1 IS NOT NULL THEN '' END", node.this) if whole_number(node.args["start"]) == 0 else None


RULES: Rules = {
    exp.Anonymous: _named,
    exp.DateAdd: kept,
    exp.DateDiff: _days_between,
    exp.DateSub: kept,
    exp.Dayname: _of_text,
    exp.DayOfWeek: _day_of_week,
    exp.Elt: _choice,
    exp.Escape: lambda _: None,
    exp.Extract: _part,
    exp.IntDiv: _whole_division,
    exp.LastDay: _of_text,
    exp.Length: _length,
    exp.Like: common.like_with_backslash,
    exp.Mod: _rest,
    exp.Quarter: _of_text,
    exp.Substring: _part_of_text,
    exp.SubstringIndex: up_to,
    exp.TimestampDiff: _difference,
    exp.Week: _week,
}
