"""SQL Server's dates and conversions → what the engine reads likewise.

`'20260612'` is how SQL Server wants dates written whatever the language of its user; the engine does not read it. By
itself it is a date where it is converted or counted with; compared with a column it is one if the column is. CONVERT
fails where it cannot convert, TRY_CONVERT does not; texts of a length are cut to it.
"""

import re
from collections.abc import Iterable
from datetime import date, timedelta

from sqlglot import exp
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.schema import MappingSchema

from flight_server.planner.reading.dialects.speakers import DUCKDB
from flight_server.planner.reading.nodes import Nodes

_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})((?: .*)?)", re.DOTALL)

_DATES = "compact_date"
"""Key in the `meta` of a literal that may be a date; holds its number within the statement."""

_COMPARING = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.Between, exp.In)

_OF_DATES = (
    exp.DateDiff,
    exp.DateTrunc,
    exp.LastDay,
    exp.TimeStrToTime,
    exp.TimestampTrunc,
    exp.TsOrDsToDate,
)

_TEXTS = (exp.DType.CHAR, exp.DType.NCHAR, exp.DType.VARCHAR, exp.DType.NVARCHAR)


def as_sql_server_means(nodes: Nodes) -> Nodes:
    """Write out the conversions and the dates that show themselves; mark what may be one."""
    conversions = nodes.of(exp.Convert)
    for conversion in conversions:
        if not conversion.args.get("style"):
            kind = exp.TryCast if conversion.args.get("safe") else exp.Cast
            conversion.replace(kind(this=conversion.expression, to=conversion.this))
    nodes = Nodes(nodes.tree) if conversions else nodes
    cut = [_cut_to_length(node) for node in (*nodes.of(exp.Cast), *nodes.of(exp.Convert))]
    is_changed = any(cut)
    for number, literal in enumerate(nodes.of(exp.Literal)):
        parent, written_out = literal.parent, _written_out(literal)
        if literal.is_string and _is_counted_with(literal):
            literal.replace(exp.cast(written_out, exp.DType.DATETIME))  # sqlglot would cut it to its day
            is_changed = True
        elif written_out is literal:
            continue
        elif _is_converted_to_a_date(parent) or isinstance(parent, _OF_DATES):
            literal.replace(written_out)
            is_changed = True
        else:
            literal.meta[_DATES] = number
    return Nodes(nodes.tree) if is_changed else nodes


def marked_dates(nodes: Nodes) -> list[exp.Literal]:
    """The literals that may be dates, which their comparison tells."""
    return [literal for literal in nodes.of(exp.Literal) if literal.meta_get(_DATES) is not None]


def compared_with(literal: exp.Literal) -> list[exp.Expr]:
    """What a literal is compared with, if it is."""
    node = literal.parent
    while isinstance(node, exp.Paren):
        node = node.parent
    sides = [side.unnest() for side in node.iter_expressions()] if isinstance(node, _COMPARING) else []
    return [side for side in sides if side is not literal]


def compared_with_dates(qualified: exp.Query, schema: MappingSchema) -> list[exp.Literal]:
    """The marked literals that are compared with dates or instants, whatever expressions these are."""
    typed = Nodes(annotate_types(qualified.copy(), schema, dialect=DUCKDB))
    return [literal for literal in marked_dates(typed) if any(map(_is_date, compared_with(literal)))]


def _is_date(node: exp.Expr) -> bool:
    return node.type is not None and node.type.this in exp.DataType.TEMPORAL_TYPES


def write_out_dates(trees: Iterable[exp.Query], dates: Iterable[exp.Literal]) -> None:
    """Write out these marked literals in every copy of their tree."""
    numbers = {literal.meta[_DATES] for literal in dates}
    for tree in trees:
        for literal in list(tree.find_all(exp.Literal)):
            if literal.meta_get(_DATES) in numbers:
                literal.replace(_written_out(literal))


def _is_counted_with(literal: exp.Literal) -> bool:
    """Whether it is the date of DATEADD or DATEPART."""
    parent = literal.parent
    if isinstance(parent, exp.DateAdd | exp.DateSub):
        return literal.arg_key == "this"
    return isinstance(parent, exp.Extract)


def _is_converted_to_a_date(node: exp.Expr | None) -> bool:
    return isinstance(node, exp.Cast) and node.to.this in exp.DataType.TEMPORAL_TYPES


def _written_out(literal: exp.Literal) -> exp.Literal:
    """`'20260612 10:00'` → `'2026-06-12 10:00'`; any other literal as it is."""
    found = _COMPACT.fullmatch(literal.name) if literal.is_string else None
    if found is None:
        return literal
    year, month, day, time = found.groups()
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return literal
    return exp.Literal.string(f"{year}-{month}-{day}{time}")


def _cut_to_length(node: exp.Expr) -> bool:
    """Write a cast to a text of some length as the beginning of a text; whether it is one."""
    wanted = node.this if isinstance(node, exp.Convert) else node.args["to"]
    length = wanted.expressions[0].this if wanted.this in _TEXTS and wanted.expressions else None
    if not isinstance(length, exp.Literal) or not length.is_int:
        return False
    wanted.set("expressions", None)
    cut = exp.Left(expression=length.copy())
    node.replace(cut)
    cut.set("this", node)
    return True


def day_of_1900(days: int) -> date:
    """The day that a number stands for where a date is wanted."""
    return date(1900, 1, 1) + timedelta(days=days)
