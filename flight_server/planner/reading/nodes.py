"""A tree's nodes by class, from one walk: each search of its own would walk the whole tree again. Knows no SQL."""

from collections import defaultdict
from collections.abc import Iterator
from typing import TypeVar, cast

from sqlglot import exp

Node = TypeVar("Node", bound=exp.Expr)


class Nodes:
    """The nodes that `tree` had when this was made, parents before children."""

    def __init__(self, tree: exp.Query) -> None:
        self.tree = tree
        self._by_class: defaultdict[type[exp.Expr], list[exp.Expr]] = defaultdict(list)
        for node in tree.walk():
            self._by_class[type(node)].append(node)

    def __iter__(self) -> Iterator[exp.Expr]:
        """Every node, those of one class together."""
        for nodes in self._by_class.values():
            yield from nodes

    def of(self, wanted: type[Node]) -> list[Node]:
        """The nodes of a class and of those derived from it, as a list of its own."""
        kinds = _derived(wanted)
        if len(kinds) == 1:
            return cast("list[Node]", list(self._by_class.get(wanted, ())))
        return cast("list[Node]", [node for kind, nodes in self._by_class.items() if kind in kinds for node in nodes])

    def has(self, *wanted: type[exp.Expr]) -> bool:
        """Whether there is a node of one of these classes, or of a class derived from one."""
        return not self._by_class.keys().isdisjoint(_derived(*wanted))


_DERIVED: dict[tuple[type[exp.Expr], ...], frozenset[type[exp.Expr]]] = {}


def _derived(*wanted: type[exp.Expr]) -> frozenset[type[exp.Expr]]:
    """These classes and all derived from them: to look there is quicker than `issubclass` for each kind of node."""
    found = _DERIVED.get(wanted)
    if found is None:
        found = frozenset(wanted).union(*(_derived(*kind.__subclasses__()) for kind in wanted))
        _DERIVED[wanted] = found
    return found
