"""Which type a parameter should be bound as → what drivers are told, from what stands around its placeholder.

Drivers convert what they are given to the type that they are told, JDBC's without a word: a double set for a whole
number loses its fraction, and a long set for a double its last digits from 2^53 on. The second is seen when it comes
(see `bound_parameters`), the first is not. So where a number is meant, a double is wanted; a whole number only where
nothing else is of use (LIMIT, lengths) or the query itself says one that no double holds (a cast to BIGINT). Knows no
value.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types

from catalog.table import DeclaredType
from flight_server.planner.reading.dialects import DUCKDB
from flight_server.planner.reading.qualified import schema_of
from flight_server.planner.reading.references import Reference

_OF_TIMES = (
    exp.Date,
    exp.DateAdd,
    exp.DateBin,
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

_PARTS = (exp.ApproxQuantile, exp.PercentileCont, exp.PercentileDisc, exp.Quantile)

# Functions of several kinds of arguments -> those of them that are whole numbers.
_LENGTHS: Mapping[type[exp.Expr], Collection[str]] = {
    exp.Chr: ("expressions",),
    exp.DateFromParts: ("year", "month", "day"),
    exp.GenerateSeries: ("start", "end", "step"),
    exp.Interval: ("this",),
    exp.Lag: ("offset",),
    exp.Lead: ("offset",),
    exp.Left: ("expression",),
    exp.NthValue: ("offset",),
    exp.Ntile: ("this",),
    exp.Pad: ("expression",),
    exp.Repeat: ("times",),
    exp.Right: ("expression",),
    exp.Space: ("this",),
    exp.SplitPart: ("part_index",),
    exp.Substring: ("start", "length"),
    exp.ToDays: ("this",),
    exp.UnixToTime: ("this",),
    exp.BitwiseAnd: ("this", "expression"),
    exp.BitwiseOr: ("this", "expression"),
    exp.BitwiseXor: ("this", "expression"),
    exp.BitwiseLeftShift: ("this", "expression"),
    exp.BitwiseRightShift: ("this", "expression"),
}

_ALIKE = (exp.Coalesce, exp.Greatest, exp.Least, exp.Nullif)

_COMPARING = (
    exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Between, exp.In
)  # fmt: skip

_COUNTING = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod)

_WHOLE = frozenset(exp.DataType.INTEGER_TYPES)
_LONG = frozenset({exp.DType.BIGINT, exp.DType.UBIGINT, exp.DType.INT128, exp.DType.UINT128})
_TIMES = frozenset(exp.DataType.TEMPORAL_TYPES) - {exp.DType.DATE, exp.DType.DATE32, exp.DType.TIME, exp.DType.TIMETZ}


def infer_types(tree: exp.Expr, references: Sequence[Reference]) -> dict[int, DeclaredType]:
    """Declared types of parameters by position, where the query tells."""
    types: dict[int, DeclaredType] = {}
    untold = []
    for placeholder in _typed(tree, references).find_all(exp.Placeholder):
        if (found := _wanted(placeholder)) is not None:
            types.setdefault(placeholder.meta["position"], found)
        else:
            untold.append(placeholder)
    for placeholder in untold:
        if (found := _as_its_neighbour(placeholder, types)) is not None:
            types.setdefault(placeholder.meta["position"], found)
    return types


def _as_its_neighbour(placeholder: exp.Expr, types: Mapping[int, DeclaredType]) -> DeclaredType | None:
    """Of `? IS NULL OR x = ?`, which tools write for a condition that may be left out: both are bound the same."""
    test = _unwrapped(placeholder).parent
    if not isinstance(test, exp.Is):
        return None
    around = test.parent
    while isinstance(around, exp.Paren | exp.Not | exp.Or) and isinstance(around.parent, exp.Paren | exp.Not | exp.Or):
        around = around.parent
    others = [] if around is None else [each.meta["position"] for each in around.find_all(exp.Placeholder)]
    nearest = sorted(others, key=lambda position: abs(position - placeholder.meta["position"]))
    return next((types[position] for position in nearest if position in types), None)


def _unwrapped(node: exp.Expr) -> exp.Expr:
    """The node with the brackets around it."""
    while isinstance(node.parent, exp.Paren):
        node = node.parent
    return node


def _typed(tree: exp.Expr, references: Sequence[Reference]) -> exp.Expr:
    """The query with the type of every expression that sqlglot can tell."""
    try:
        return annotate_types(tree.copy(), schema_of(references), dialect=DUCKDB)
    except SqlglotError:
        return tree


def _wanted(value: exp.Expr) -> DeclaredType | None:
    node = _unwrapped(value)
    parent = node.parent
    if isinstance(parent, exp.Limit | exp.Offset | exp.Fetch):
        return "int64"
    if isinstance(parent, exp.Cast):
        whole: DeclaredType = "int64" if parent.to.this in _LONG else "double"
        return _declared(parent.to, whole) if node.arg_key == "this" else None
    if isinstance(parent, exp.Tuple):
        return _first_of(_beside_in_row(node, parent))
    if isinstance(parent, (*_COMPARING, *_ALIKE)):
        return _first_of(_one_of(each) for each in parent.iter_expressions() if each is not node)
    if isinstance(parent, _COUNTING):
        return _counted(node, parent)
    return _of_function(node, parent)


def _of_function(node: exp.Expr, parent: exp.Expr | None) -> DeclaredType | None:
    if isinstance(parent, exp.And | exp.Or | exp.Not | exp.Where | exp.Having):
        return "bool"
    if isinstance(parent, exp.If | exp.Case):
        return _of_case(node, parent)
    if isinstance(parent, _PARTS):
        return "double"
    if isinstance(parent, exp.Bracket):
        return "int64" if isinstance(parent.this, exp.Array) or parent.this.is_type(exp.DType.ARRAY) else None
    if parent is not None and node.arg_key in _LENGTHS.get(type(parent), ()):
        return "int64"
    if isinstance(parent, _OF_TEXTS):
        return "string"
    if isinstance(parent, _OF_NUMBERS):
        is_number = node.arg_key == "this" or isinstance(parent, exp.Pow | exp.Log)
        return "double" if is_number and _wanted(parent) != "int64" else "int64"
    if isinstance(parent, _OF_TIMES) and node.arg_key in ("this", "expression"):
        is_length = isinstance(parent, exp.DateAdd | exp.DateSub) and node.arg_key == "expression"
        return "int64" if is_length else "timestamp"
    return None


def _of_case(node: exp.Expr, parent: exp.Expr) -> DeclaredType | None:
    """A condition, what is compared with the operand, or one of several results."""
    case = parent.parent if isinstance(parent.parent, exp.Case) else parent
    operand = case.this if isinstance(case, exp.Case) else None
    branches = case.args.get("ifs") or [case]
    if node.arg_key == "this":
        compared = [operand] if operand is not None and node is not operand else [each.this for each in branches]
        return _first_of(compared) if operand is not None else "bool"
    results = [each.args.get("true") for each in branches]
    others = [*results, case.args.get("default"), case.args.get("false")]
    return _first_of(each for each in others if each is not None and each is not node)


def _counted(node: exp.Expr, parent: exp.Expr) -> DeclaredType | None:
    """Beside an interval an instant; from an instant an instant or a length, from a date days; else a number,
    whole where the result must be."""
    other = parent.expression if node is parent.this else parent.this
    is_interval = isinstance(other, exp.Interval) or other.is_type(exp.DType.INTERVAL)
    if is_interval:
        return "timestamp" if isinstance(parent, exp.Add | exp.Sub) else "double"
    if other.is_type(exp.DType.DATE):
        return "int64"
    if other.is_type(*exp.DataType.TEMPORAL_TYPES) or _is_now(other):
        return "timestamp" if isinstance(parent, exp.Sub) and _is_length(parent) else None
    return "int64" if _wanted(parent) == "int64" else "double"


def _is_length(difference: exp.Expr) -> bool:
    """Whether it is compared with an interval: then an instant is taken from another."""
    around = difference.parent
    while isinstance(around, exp.Paren):
        around = around.parent
    sides = list(around.iter_expressions()) if isinstance(around, _COMPARING) else []
    return any(isinstance(side, exp.Interval) or side.is_type(exp.DType.INTERVAL) for side in sides)


def _is_now(node: exp.Expr) -> bool:
    return isinstance(node, exp.CurrentTimestamp) or (isinstance(node, exp.Anonymous) and node.name.lower() == "now")


def _one_of(side: exp.Expr) -> exp.Expr:
    """What is compared: of ANY and ALL of a list, an element."""
    if not isinstance(side, exp.Any | exp.All):
        return side
    values: exp.Expr = side.this.unnest()
    elements: list[exp.Expr] = values.expressions if isinstance(values, exp.Array) else []
    return elements[0] if elements else values


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
