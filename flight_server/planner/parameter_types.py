"""Which type a parameter should be bound as → what drivers are told, from what stands around its placeholder.

Drivers convert what they are given to the type that they are told: a double set for a whole number would lose its
fraction. So where only a number is known, a double is wanted, that takes whatever a driver may set; where a whole
number is meant (LIMIT, a cast to one), a whole number. Knows no value.
"""

from collections.abc import Iterable, Iterator, Mapping

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types

from catalog.table import DeclaredType
from flight_server.planner.analysis import Analysis, schema_of
from flight_server.planner.dialects import DUCKDB

_OF_TIMES = (
    exp.Date,
    exp.DateAdd,
    exp.DateDiff,
    exp.DateSub,
    exp.DateTrunc,
    exp.Day,
    exp.DayOfMonth,
    exp.DayOfWeek,
    exp.DayOfWeekIso,
    exp.DayOfYear,
    exp.Dayname,
    exp.Extract,
    exp.Hour,
    exp.LastDay,
    exp.Minute,
    exp.Month,
    exp.Monthname,
    exp.Quarter,
    exp.Second,
    exp.TimeToStr,
    exp.TimestampTrunc,
    exp.TsOrDsToDate,
    exp.Week,
    exp.WeekOfYear,
    exp.Year,
)

_OF_NUMBERS = (exp.Abs, exp.Ceil, exp.Exp, exp.Floor, exp.Ln, exp.Log, exp.Neg, exp.Pow, exp.Round, exp.Sign, exp.Sqrt)

_OF_TEXTS = (exp.Concat, exp.DPipe, exp.ILike, exp.Length, exp.Like, exp.Lower, exp.RegexpLike, exp.Trim, exp.Upper)

_ALIKE = (exp.Coalesce, exp.Greatest, exp.Least, exp.Nullif)

_COMPARING = (
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Between, exp.In
)  # fmt: skip

_COUNTING = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod)

_WHOLE = frozenset(exp.DataType.INTEGER_TYPES)
_TIMES = frozenset(exp.DataType.TEMPORAL_TYPES) - {exp.DType.DATE, exp.DType.DATE32, exp.DType.TIME, exp.DType.TIMETZ}


def infer_types(analysis: Analysis) -> dict[int, DeclaredType]:
    """Declared types of parameters by position, where the query tells."""
    tree = _typed(analysis)
    types: dict[int, DeclaredType] = {}
    for placeholder in tree.find_all(exp.Placeholder):
        if (found := _wanted(placeholder)) is not None:
            types.setdefault(placeholder.meta["position"], found)
    return types


def _typed(analysis: Analysis) -> exp.Expr:
    """The query with the type of every expression that sqlglot can tell."""
    try:
        return annotate_types(analysis.tree.copy(), schema_of(analysis.references), dialect=DUCKDB)
    except SqlglotError:
        return analysis.tree


def _wanted(placeholder: exp.Expr) -> DeclaredType | None:
    node: exp.Expr = placeholder
    while isinstance(node.parent, exp.Paren):
        node = node.parent
    parent = node.parent
    if isinstance(parent, exp.Limit | exp.Offset | exp.Fetch):
        return "int64"
    if isinstance(parent, exp.Cast):
        return _declared(parent.to, whole="int64") if node.arg_key == "this" else None
    if isinstance(parent, exp.Tuple):
        return _first_of(_beside_in_row(node, parent))
    if isinstance(parent, (*_COMPARING, *_ALIKE)):
        return _first_of(each for each in parent.iter_expressions() if each is not node)
    if isinstance(parent, _COUNTING):
        return _counted(node, parent)
    return _of_function(node, parent)


def _of_function(node: exp.Expr, parent: exp.Expr | None) -> DeclaredType | None:
    if isinstance(parent, exp.And | exp.Or | exp.Not | exp.Where | exp.Having):
        return "bool"
    if isinstance(parent, _OF_TEXTS):
        return "string"
    if isinstance(parent, _OF_NUMBERS):
        return "double" if node.arg_key == "this" or isinstance(parent, exp.Pow | exp.Log) else "int64"
    if isinstance(parent, _OF_TIMES) and node.arg_key in ("this", "expression"):
        is_length = isinstance(parent, exp.DateAdd | exp.DateSub) and node.arg_key == "expression"
        return "int64" if is_length else "timestamp"
    return None


def _counted(node: exp.Expr, parent: exp.Expr) -> DeclaredType | None:
    """Beside an interval an instant; from an instant an instant or a length, from a date days; else a number."""
    other = parent.expression if node is parent.this else parent.this
    is_interval = isinstance(other, exp.Interval) or other.is_type(exp.DType.INTERVAL)
    if is_interval:
        return "timestamp" if isinstance(parent, exp.Add | exp.Sub) else "double"
    if other.is_type(exp.DType.DATE):
        return "int64"
    if other.is_type(*exp.DataType.TEMPORAL_TYPES) or _is_now(other):
        return "timestamp" if isinstance(parent, exp.Sub) and _is_length(parent) else None
    return "double"


def _is_length(difference: exp.Expr) -> bool:
    """Whether it is compared with an interval: then an instant is taken from another."""
    around = difference.parent
    while isinstance(around, exp.Paren):
        around = around.parent
    sides = list(around.iter_expressions()) if isinstance(around, _COMPARING) else []
    return any(isinstance(side, exp.Interval) or side.is_type(exp.DType.INTERVAL) for side in sides)


def _is_now(node: exp.Expr) -> bool:
    return isinstance(node, exp.CurrentTimestamp) or (isinstance(node, exp.Anonymous) and node.name.lower() == "now")


def _beside_in_row(node: exp.Expr, row: exp.Tuple) -> Iterator[exp.Expr]:
    """What stands at the same place of the row that this one is compared with."""
    place = next(place for place, cell in enumerate(row.expressions) if cell is node)
    around = row.parent
    if around is not None and isinstance(around, _COMPARING):
        for side in list(around.iter_expressions()):
            if id(side) != id(row) and isinstance(side, exp.Tuple) and place < len(side.expressions):
                yield side.expressions[place]


def _first_of(others: Iterable[exp.Expr]) -> DeclaredType | None:
    return next((found for other in others if (found := _declared(other.type)) is not None), None)


def _declared(kind: exp.Expr | None, whole: DeclaredType = "double") -> DeclaredType | None:
    """The declared type for one of sqlglot's; any number is a double, unless whole numbers are asked for."""
    this = kind.this if isinstance(kind, exp.DataType) else None
    for kinds, declared in _DECLARED.items():
        if this in kinds:
            return whole if kinds is _WHOLE else declared
    return None


_DECLARED: Mapping[frozenset[exp.DType], DeclaredType] = {
    _WHOLE: "int64",
    frozenset(exp.DataType.NUMERIC_TYPES): "double",
    frozenset(exp.DataType.TEXT_TYPES): "string",
    frozenset({exp.DType.BOOLEAN}): "bool",
    frozenset({exp.DType.DATE, exp.DType.DATE32}): "date",
    _TIMES: "timestamp",
}
