"""What a single value may become: functions that make one as long as an argument says are held to a bound.

The engine makes a value as a whole, between two of the moments at which it can be stopped, and outside the memory that
it counts: facts, observed of `repeat`, `lpad`, `range` as a list, `list_resize` and `printf`, which take whatever they
are asked for and go on for as long as it takes. What a reduction has made is judged
at each of its steps, for it may double at each. So a size that is written in the query is judged here, any other is
judged by the engine just before: the argument becomes `CASE WHEN too much THEN error(...) ELSE argument END`. Rows come
two thousand at a time, hence bounds far below the engine's memory. Table functions make rows, not values, and have
none.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from sqlglot import exp

from flight_server.errors import QueryError
from flight_server.planner.reading.constants import is_volatile
from flight_server.planner.reading.dialects import engine_sql
from flight_server.planner.reading.nodes import Nodes

TEXT_LIMIT = 100_000
"""Characters of a text, bits of a bit string."""

LIST_LIMIT = 10_000
"""Elements of a list."""

UNNESTED_LIMIT = 1_000_000
"""Elements of a list that becomes rows at once."""

GROWTH_LIMIT = 10_000
"""As much longer may a text become by what is replaced in it, one replacement within the other."""

_FOR_EACH_ELEMENT = 100
"""How much less a function may make for each element of a list."""

_FEW = 10
"""As often as any text may be repeated unchecked."""

_PATTERN = r"[0-9]{5}|\{[^}]*\{|%[^a-zA-Z%]*\*"
"""In the format of a text: a width of five digits, or one that is a value."""

_KINDS = (
    *(exp.Repeat, exp.Pad, exp.Space, exp.GenerateSeries, exp.Format, exp.Reduce),
    *(exp.Replace, exp.RegexpReplace, exp.Anonymous, exp.DataType),
)
_INNER = (exp.Repeat, exp.Pad, exp.Space, exp.GenerateSeries)


_OTHER_NAMES = ("lpad", "rpad", "range", "generate_series", "regexp_replace")
"""What functions are called whose class has another name."""

_SCHEMAS = ("main", "system", "temp", "pg_catalog", "memory")
"""What may stand before a function's dot and be no value."""

_ARITHMETIC = (
    *(exp.Identifier, exp.Literal, exp.Null, exp.Boolean, exp.Paren, exp.Case, exp.If, exp.Predicate),
    *(exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Greatest, exp.Least),
)
"""What makes no value longer than those it is given."""


def bounded(nodes: Nodes) -> Nodes:
    """The statement with every size judged or to be judged; raise QueryError for one that is too much."""
    nodes = _without_dots(nodes)
    found = [
        (node, bound) for kind in _KINDS if nodes.has(kind) for node in nodes.of(kind) if (bound := _bound_of(node))
    ]
    names = [(part, engine_sql(part)) for part in _without_a_name(nodes)] if found else []
    changes = [bound(node) for node, bound in reversed(found)]  # what is within another first
    if not any(changes):
        return nodes
    for part, name in names:
        if engine_sql(part) != name:
            part.replace(exp.alias_(part.copy(), name.lower(), quoted=True))
    return Nodes(nodes.tree)


def _without_dots(nodes: Nodes) -> Nodes:
    """The same with `'x'.repeat(3)` as `repeat('x', 3)`; raise QueryError where a schema may stand before the dot."""
    is_changed = False
    for node in reversed(list(nodes.of(exp.Dot))):
        before, call = node.this, node.expression
        name = call.name.lower() if isinstance(call, exp.Anonymous) else call.key
        if not isinstance(call, exp.Func) or name not in {*_BOUNDS, *_OTHER_NAMES}:
            continue
        path = [part.name for part in before.find_all(exp.Identifier, bfs=False)]
        is_path = all(isinstance(part, exp.Dot | exp.Identifier) for part in before.walk())
        value = exp.column(*reversed(path)) if is_path else before.copy()
        message = f"{name} cannot be called behind a dot here; write it with all its arguments in brackets"
        if not isinstance(call, exp.Anonymous) or (is_path and path[0].lower() in _SCHEMAS):
            raise QueryError(message)
        try:
            node.replace(exp.func(name, value, *(part.copy() for part in call.expressions), dialect="duckdb"))
        except ValueError:  # more arguments than it takes
            raise QueryError(message) from None
        is_changed = True
    return Nodes(nodes.tree) if is_changed else nodes


def _without_a_name(nodes: Nodes) -> Iterator[exp.Expr]:
    """Results that are called what they are written like: a check within is no part of that."""
    for select in nodes.of(exp.Select):
        yield from (part for part in select.expressions if not isinstance(part, exp.Alias | exp.Column | exp.Star))


def _bound_of(node: exp.Expr) -> Callable[[exp.Expr], bool] | None:
    """What judges a node's size, and says whether it changed the tree for that."""
    if isinstance(node, exp.DataType):  # of these there are many
        return _array_type if any(part.args.get("values") for part in node.find_all(exp.DataType)) else None
    return _BOUNDS.get(node.name.lower() if isinstance(node, exp.Anonymous) else type(node).__name__.lower())


def _reduce(node: exp.Expr) -> bool:
    """What a step has made is held to the bound before the next, whatever the step does."""
    is_bounded = False
    for step in (part for part in node.iter_expressions() if isinstance(part, exp.Lambda)):
        made = step.this
        if all(isinstance(part, _ARITHMETIC) for part in made.walk()):
            continue
        _refuse_chance(made)
        limit = _limit(node, TEXT_LIMIT)
        too_much = exp.GT(this=_length(made), expression=exp.Literal.number(limit))
        step.set("this", _unless(too_much, made, _too_much("a reduction", limit, "characters")))
        is_bounded = True
    return is_bounded


def _replace(node: exp.Expr) -> bool:
    """One within the other they multiply; a text that is no constant is taken to make none longer."""
    growth = 1.0
    each: exp.Expr | None = node
    while each is not None:
        text = each.args.get("replacement")
        if isinstance(each, exp.Replace | exp.RegexpReplace) and isinstance(text, exp.Literal):
            replaced = len(each.expression.name) if isinstance(each, exp.Replace) else 1
            growth *= max(1.0, len(text.name) / max(1, replaced))
        each = each.parent
    if growth > GROWTH_LIMIT and node.args.get("replacement") is not None:
        raise QueryError(
            f"these replacements, one within the other, could make a text more than {GROWTH_LIMIT:,} times as long, "
            "which is the most here; replace less"
        )
    return False


def _length(value: exp.Expr) -> exp.Expr:
    """The characters of a value of any type: a list as it is written, bytes with their escapes."""
    return exp.func("len", exp.cast(value.copy(), "text"), dialect="duckdb")


def _repeat(node: exp.Expr) -> bool:
    text, times = node.this, node.args["times"]
    count, limit = _number(times), _limit(node, TEXT_LIMIT)
    if count is not None:
        length = len(text.name) if isinstance(text, exp.Literal) else 1
        if count * length > limit:
            raise QueryError(_too_much("repeat", limit, "characters"))
        if isinstance(text, exp.Literal) or (count <= _FEW and text.find(*_INNER) is None):
            return False
    _refuse_chance(text)
    least = exp.func("greatest", _length(text), exp.Literal.number(1))
    return _check(node, "times", exp.Div(this=exp.Literal.number(limit), expression=least), "repeat", limit)


def _pad(node: exp.Expr) -> bool:
    return _check_length(node, "expression", "lpad" if node.args.get("is_left") else "rpad", TEXT_LIMIT, "characters")


def _space(node: exp.Expr) -> bool:
    return _check_length(node, "this", "space", TEXT_LIMIT, "characters")


def _second_argument(limit: int, unit: str) -> Callable[[exp.Expr], bool]:
    def bound(node: exp.Expr) -> bool:
        if len(node.expressions) < 2:
            return False
        size = node.expressions[1]
        holder = exp.Paren(this=size)
        if not _check_length(holder, "this", node.name.lower(), _limit(node, limit), unit):
            return False
        node.set("expressions", [node.expressions[0], holder.this, *node.expressions[2:]])
        return True

    return bound


def _series(node: exp.Expr) -> bool:
    if isinstance(node.parent, exp.Table) or node.args.get("end") is None:
        return False
    is_unnested = isinstance(node.parent, exp.Explode | exp.Unnest) and node.find(exp.Column) is None
    limit = _limit(node, UNNESTED_LIMIT if is_unnested else LIST_LIMIT)
    start, end = node.args.get("start") or exp.Literal.number(0), node.args["end"]
    step = node.args.get("step") or exp.Literal.number(1)
    first, last, width = _number(start), _number(end), _number(step)
    if first is not None and last is not None and width is not None:
        if width and (last - first) / width > limit:
            raise QueryError(_too_much("a list of a series", limit, "elements"))
        return False
    if _is_span(step):
        span: exp.Expr = exp.Sub(this=exp.cast(end.copy(), "timestamp"), expression=exp.cast(start.copy(), "timestamp"))
        zero: exp.Expr = exp.Interval(this=exp.Literal.string("0"), unit=exp.var("DAY"))
    elif step.find(exp.Func) in (None, step.find(exp.Cast)):
        span = exp.Sub(this=exp.cast(end.copy(), "int128"), expression=exp.cast(start.copy(), "int128"))
        zero = exp.Literal.number(0)
    else:
        raise QueryError("a list of a series needs a step that is a number or an INTERVAL as it is written")
    for part in (start, end, step):
        _refuse_chance(part)
    most = exp.Mul(this=exp.Paren(this=step.copy()), expression=exp.Literal.number(limit))
    forwards = exp.case().when(
        exp.GT(this=exp.Paren(this=step.copy()), expression=zero), exp.GT(this=span, expression=most)
    )
    too_much = forwards.else_(exp.LT(this=span.copy(), expression=most.copy()))
    node.set("end", _unless(too_much, end, _too_much("a list of a series", limit, "elements")))
    return True


def _format(node: exp.Expr) -> bool:
    is_call = isinstance(node, exp.Anonymous)
    text = node.expressions[0] if is_call and node.expressions else node.this
    if not isinstance(text, exp.Expr):
        return False
    message = "a format may not ask for a width of five digits or more, nor take it from a value"
    if isinstance(text, exp.Literal):
        if re.search(_PATTERN, text.name):
            raise QueryError(message)
        return False
    _refuse_chance(text)
    matches = exp.RegexpLike(this=text.copy(), expression=exp.Literal.string(_PATTERN))
    checked = _unless(matches, text, message)
    if is_call:
        node.set("expressions", [checked, *node.expressions[1:]])
    else:
        node.set("this", checked)
    return True


def _array_type(node: exp.Expr) -> bool:
    """A list of a fixed size takes its memory even where it is null."""
    if isinstance(node.parent, exp.DataType):
        return False
    size = 1.0
    for part in node.find_all(exp.DataType):
        for value in part.args.get("values") or ():
            size *= _number(value) or 1
    if size > _limit(node, LIST_LIMIT):
        raise QueryError(_too_much("the type", _limit(node, LIST_LIMIT), "elements"))
    return False


_BOUNDS: Mapping[str, Callable[[exp.Expr], bool]] = {
    "repeat": _repeat,
    "pad": _pad,
    "space": _space,
    "generateseries": _series,
    "format": _format,
    "printf": _format,
    "replace": _replace,
    "regexpreplace": _replace,
    "reduce": _reduce,
    "list_reduce": _reduce,
    "array_reduce": _reduce,
    "list_resize": _second_argument(LIST_LIMIT, "elements"),
    "array_resize": _second_argument(LIST_LIMIT, "elements"),
    "bitstring": _second_argument(TEXT_LIMIT, "bits"),
}
"""Functions by sqlglot's name of their class, or by their own where it has none."""


def _check_length(node: exp.Expr, argument: str, name: str, most: int, unit: str) -> bool:
    limit = _limit(node, most)
    count = _number(node.args[argument])
    if count is None:
        return _check(node, argument, exp.Literal.number(limit), name, limit, unit)
    if count > limit:
        raise QueryError(_too_much(name, limit, unit))
    return False


def _check(node: exp.Expr, argument: str, most: exp.Expr, name: str, limit: int, unit: str = "characters") -> bool:
    size = node.args[argument]
    _refuse_chance(size)
    if isinstance(size, exp.Placeholder):  # compared alone, it would be taken for a number of any kind
        size = exp.cast(size, "int")
    too_much = exp.GT(this=exp.Paren(this=size.copy()), expression=exp.Paren(this=most))
    node.set(argument, _unless(too_much, size, _too_much(name, limit, unit)))
    return True


def _unless(too_much: exp.Expr, value: exp.Expr, message: str) -> exp.Expr:
    error = exp.Anonymous(this="error", expressions=[exp.Literal.string(message)])
    return exp.case().when(too_much, error).else_(value.copy())


def _refuse_chance(node: exp.Expr) -> None:
    """The argument is written twice, so it must come to the same both times, and be read once."""
    if any(is_volatile(part) or isinstance(part, exp.Query) for part in node.walk()):
        raise QueryError("the size of a value may depend on neither chance nor a subquery; join what it depends on")


def _limit(node: exp.Expr, most: int) -> int:
    inner: exp.Expr = node
    while inner.parent is not None:
        if isinstance(inner.parent, exp.Lambda | exp.Comprehension) and inner.arg_key != "iterator":
            return most // _FOR_EACH_ELEMENT
        inner = inner.parent
    return most


def _too_much(name: str, limit: int, unit: str) -> str:
    return f"{name} would make a value of more than {limit:,} {unit}, which is the most here; ask for a shorter one"


def _number(node: exp.Expr) -> float | None:
    """The number that is written; None where it has to be worked out."""
    if isinstance(node, exp.Paren | exp.Cast):
        return _number(node.this)
    if isinstance(node, exp.Neg):
        value = _number(node.this)
        return None if value is None else -value
    if not isinstance(node, exp.Literal):
        return None
    try:
        return float(node.name.replace("_", ""))
    except ValueError:
        return None


def _is_span(node: exp.Expr) -> bool:
    casts = (cast.to.this for cast in node.find_all(exp.Cast))
    return node.find(exp.Interval) is not None or exp.DType.INTERVAL in casts
