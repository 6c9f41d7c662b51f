"""Averages of whole numbers that are whole numbers: the engine's AVG is of doubles, whatever it is of.

Whether a column is of whole numbers the engine knows alone, and its `//` divides by that.
"""

from sqlglot import exp

from flight_server.planner.reading.nodes import Nodes


def whole_averages(nodes: Nodes) -> Nodes:
    """The statement with `SUM(x) // COUNT(x)` for every `AVG(x)`, with what makes a window of it or filters it."""
    averages = nodes.of(exp.Avg)
    for average in reversed(averages):
        whole: exp.Expr = average
        while isinstance(whole.parent, exp.Filter | exp.Window) and whole.arg_key == "this":
            whole = whole.parent
        place = exp.Placeholder()
        whole.replace(place)
        total, count = _with(whole, average, exp.Sum), _with(whole, average, exp.Count)
        place.replace(exp.paren(exp.IntDiv(this=total, expression=count), copy=False))
    return Nodes(nodes.tree) if averages else nodes


def _with(whole: exp.Expr, average: exp.Avg, kind: type[exp.AggFunc]) -> exp.Expr:
    """A copy of the whole with another aggregate for the average."""
    place = exp.Placeholder()
    if whole is average:
        return kind(this=average.this.copy())
    average.replace(place)
    copied = whole.copy()
    inner = next(node for node in copied.find_all(exp.Placeholder) if node == place and "name" not in node.args)
    inner.replace(kind(this=average.this.copy()))
    place.replace(average)
    return copied
