"""SQL Server's operators and functions.

Source: Microsoft's Transact-SQL reference, for the default settings of a server (DATEFIRST 7, us_english).
"""

from sqlglot import exp

from flight_server.planner.reading.dialects import common, kept_dates, tsql_dates, tsql_names, tsql_patterns
from flight_server.planner.reading.dialects.averages import whole_averages
from flight_server.planner.reading.dialects.rewriting import Rules, by_name, refused, rewritten, whole_number, written
from flight_server.planner.reading.nodes import Nodes

_WHOLE = (exp.DType.TINYINT, exp.DType.UTINYINT, exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT)

_PARTS = {
    "DAYOFWEEK": "DAYOFWEEK($1) + 1",
    "WEEK": "(DAYOFYEAR($1) + DAYOFWEEK(DATE_TRUNC('year', $1)) + 6) // 7",
    "MILLISECOND": "MILLISECOND($1) % 1000",
    "MICROSECOND": "MICROSECOND($1) % 1000000",
    "NANOSECOND": "MICROSECOND($1) % 1000000 * 1000",
}
"""Parts that the engine counts otherwise: from Sunday = 0, by ISO weeks, or with the seconds."""

_UNPADDED = {"%d": "%-d", "%m": "%-m", "%H": "%-H", "%M": "%-M", "%S": "%-S", "%j": "%-j"}


def as_sql_server_means(nodes: Nodes) -> Nodes:
    """The statement with every expression as SQL Server means it."""
    return rewritten(whole_averages(tsql_dates.as_sql_server_means(nodes)), _RULES)


def is_sql_servers_alone(tree: exp.Expr) -> bool:
    """Whether there is a function or a clause, in what was read as the engine's SQL, that only SQL Server has."""
    return any(map(_is_only_there, tree.walk()))


def _is_only_there(node: exp.Expr) -> bool:
    if isinstance(node, exp.Lateral):
        return node.args.get("cross_apply") is not None
    if isinstance(node, exp.Cast):
        return bool(node.to.this == exp.DType.USERDEFINED)  # CONVERT(date, x)
    if not isinstance(node, exp.Anonymous):
        return isinstance(node, exp.WithTableHint)
    unit = node.expressions[0] if node.expressions else None
    has_unit = isinstance(unit, exp.Column) and not unit.table
    return node.name.upper() in tsql_names.ONLY_THERE or (has_unit and node.name.upper() in tsql_names.WITH_UNITS)


def _sum(node: exp.Add) -> exp.Expr | None:
    """`+` with a text appends; with a text that is a number SQL Server counts, which only the other side tells."""
    texts = [side for side in (node.this.unnest(), node.expression.unnest()) if _is_text(side)]
    if not texts or any(side.is_string and _is_number(side.name) for side in texts if isinstance(side, exp.Literal)):
        return None
    return exp.DPipe(this=node.this, expression=node.expression)


def _is_text(node: exp.Expr) -> bool:
    if isinstance(node, exp.Cast):
        return node.to.this in exp.DataType.TEXT_TYPES
    return (isinstance(node, exp.Literal) and node.is_string) or isinstance(node, _TEXTS)


_TEXTS = (exp.DPipe, exp.Left, exp.Right, exp.Upper, exp.Lower, exp.Substring, exp.Trim, exp.Concat, exp.National)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _cast(node: exp.Cast) -> exp.Expr | None:
    """A cast to a whole number cuts off its fraction; BIT is a truth value."""
    kind = node.to.this
    if kind == exp.DType.BIT:
        node.set("to", exp.DataType.build("BOOLEAN"))
        return node
    if kind not in _WHOLE or whole_number(node.this) is not None:
        return None
    if isinstance(node.this, exp.Literal) and node.this.is_string:
        if "." in node.this.name and type(node) is exp.Cast:
            raise refused(f"a conversion of '{node.this.name}' to a whole number", "convert it to DECIMAL first")
        return None
    if isinstance(node.this, exp.Count | exp.Length | exp.DateDiff | exp.Extract | exp.Boolean | exp.Null):
        return None
    exact = type(node)(this=node.this, to=exp.DataType.build("DECIMAL(38, 18)"))
    node.set("this", written("TRUNC($1)", exact))
    return node


def _length(node: exp.Length) -> exp.Expr | None:
    return exp.Length(this=written("RTRIM($1, ' ')", node.this))


def _part(node: exp.Extract) -> exp.Expr | None:
    form = _PARTS.get(node.this.name.upper())
    return None if form is None else written(form, node.expression)


def _name_of_part(node: exp.TimeToStr) -> exp.Expr | None:
    """DATENAME writes numbers without zeros in front; sqlglot marks it with a cast that FORMAT has not."""
    cast, text = node.this, node.args["format"]
    is_of_datename = isinstance(cast, exp.Cast) and cast.to.this == exp.DType.DATETIME2
    if is_of_datename and text.name in _UNPADDED:
        text.replace(exp.Literal.string(_UNPADDED[text.name]))
        return node
    return None


def _added(node: exp.DateAdd) -> exp.Expr | None:
    """A number for a date counts days from 1900; a date stays a date, whatever is added."""
    counted = _from_1900(node)
    if counted is not None:
        return counted
    if (days := whole_number(node.this)) is not None:
        node.set("this", _day_of_1900(days))
    elif kept_dates.is_date(node.this) and not kept_dates.adds_days(node):
        raise refused("DATEADD of a part of a day to a date", "convert the date to datetime first")
    return kept_dates.kept(node)


def _from_1900(node: exp.DateAdd) -> exp.Expr | None:
    """`DATEADD(month, DATEDIFF(month, 0, x), 0)` is how one cuts x to its month there: in the engine's own words."""
    steps, unit = node.expression.unnest(), node.args["unit"].name.upper()
    if whole_number(node.this) != 0 or not isinstance(steps, exp.DateDiff) or unit == "WEEK":
        return None
    start, end = steps.expression.find(exp.Literal), steps.this
    if steps.args["unit"].name.upper() != unit or start is None or start.name != "1900-01-01":
        return None
    return exp.TimestampTrunc(this=end.this if isinstance(end, exp.TimeStrToTime) else end, unit=exp.var(unit))


def _day_of_1900(days: int) -> exp.Expr:
    return exp.cast(exp.Literal.string(tsql_dates.day_of_1900(days).isoformat()), exp.DType.DATETIME)


def _difference(node: exp.DateDiff) -> exp.Expr | None:
    """The Sundays between two days; day 1 of year 1 was a Monday."""
    if node.args["unit"].name.upper() != "WEEK":
        return None
    form = " - ".join(f"(DATE_DIFF('day', DATE '0001-01-01', CAST(${side} AS DATE)) + 1) // 7" for side in (2, 1))
    return written(form, _instant(node.expression), _instant(node.this))


def _instant(node: exp.Expr) -> exp.Expr:
    return exp.cast(node.this if isinstance(node, exp.TimeStrToTime) else node, exp.DType.DATETIME)


def _truncation(node: exp.TimestampTrunc) -> exp.Expr | None:
    if node.args["unit"].name.upper() != "WEEK":
        return None
    return written("DATE_TRUNC('week', $1 + INTERVAL 1 DAY) - INTERVAL 1 DAY", node.this)


def _round(node: exp.Round) -> exp.Expr | None:
    how = node.args.get("truncate")
    if how is None:
        return None
    cut = whole_number(how)
    if cut is None:
        raise refused("ROUND with a third argument that is no number", "write 0 to round or 1 to cut off")
    node.set("truncate", None)
    return written("TRUNC($1, $2)", node.this, node.args["decimals"]) if cut else node


def _part_of_text(node: exp.Substring) -> exp.Expr | None:
    """A start before the first character counts there, too; the engine would count from the end."""
    start, length = node.args.get("start"), node.args.get("length")
    if start is None or (number := whole_number(start)) is None or number > 0 or length is None:
        return None
    return common.from_before(node.this, number, length)


_of_name = by_name(tsql_names.FORMS, "SQL Server")


def _named(node: exp.Anonymous) -> exp.Expr | None:
    if node.name.upper() == "PATINDEX" and len(node.expressions) == 2:
        return tsql_patterns.index(*node.expressions)
    return _of_name(node)


_RULES: Rules = {
    exp.Add: _sum,
    exp.Anonymous: _named,
    exp.Cast: _cast,
    exp.CurrentTimestampLTZ: lambda _: exp.CurrentTimestamp(),
    exp.DateAdd: _added,
    exp.DateDiff: _difference,
    exp.Div: common.division,
    exp.Escape: tsql_patterns.like_with_escape,
    exp.Extract: _part,
    exp.Length: _length,
    exp.Like: tsql_patterns.like,
    exp.Round: _round,
    exp.Substring: _part_of_text,
    exp.TimeToStr: _name_of_part,
    exp.TimestampTrunc: _truncation,
    exp.TryCast: _cast,
}
