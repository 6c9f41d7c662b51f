"""Thousands of conditions joined by AND or OR → the same, no deeper than need be.

A parser makes each of them hold all that stand before it, and whoever changes or walks such a tree pays for its depth
each time. AND and OR are associative, so the text of the balanced tree is the same.
"""

from collections.abc import Sequence

from sqlglot import exp

from flight_server.planner.reading.nodes import Nodes

_LONG = 64  # shorter chains are not worth it


def balanced(nodes: Nodes) -> Nodes:
    """The tree with its long chains balanced; nodes that are used up where there were any."""
    heads = [head for head in nodes.of(exp.And) + nodes.of(exp.Or) if type(head.parent) is not type(head)]
    chains = [(head, links) for head in heads if len(links := _links(head)) >= _LONG]
    for head, links in chains:
        parent, place, index = head.parent, head.arg_key, head.index
        operands = [links[-1].this, *(link.args["expression"] for link in reversed(links))]
        tree = joined(type(head), operands)
        if parent is not None and place is not None:
            parent.set(place, tree, index)
    return Nodes(nodes.tree) if chains else nodes


def _links(head: exp.Expr) -> list[exp.Expr]:
    """The connectors of a chain, the outermost first."""
    links = [head]
    while type(links[-1].this) is type(head):
        links.append(links[-1].this)
    return links


def joined(connector: type[exp.Expr], operands: Sequence[exp.Expr]) -> exp.Expr:
    """The operands, of which there is one at least, joined by AND or OR; they must be nodes of their own."""
    if len(operands) == 1:
        return operands[0]
    half = len(operands) // 2
    return connector(this=joined(connector, operands[:half]), expression=joined(connector, operands[half:]))
