"""The browse tree: the categories that the story's products stand in, and a node for each kind of product.

Goes from what is asked for to a tree; elements are those of the fact tables of report types and report documents.
"""

from collections.abc import Iterator
from xml.etree import ElementTree

from flight_server.simulator.reports.places import PLACES
from flight_server.simulator.reports.report import Asked
from flight_server.simulator.reports.rows.sheet import Tree
from flight_server.simulator.story import Story
from flight_server.simulator.story.words import CATEGORIES, Category


def browse_tree(asked: Asked, story: Story) -> Tree | None:
    """Every node, the roots only, or one with all below it."""
    wanted = asked.options.get("MarketplaceId", "")
    place = PLACES.get(wanted, asked.places[0])
    roots_only, node_id = asked.options.get("RootNodesOnly") == "true", asked.options.get("BrowseNodeId")
    nodes = ElementTree.Element("Result")
    for category in CATEGORIES:
        for path, name in _nodes(category, place.marketplace.language):
            ids = [one for one, _ in path]
            if (len(path) > 1 and roots_only) or (node_id and not roots_only and node_id not in ids):
                continue
            _node(nodes, category, path, name)
    ElementTree.indent(nodes)
    return Tree(f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(nodes, encoding="unicode")}\n')


_Path = list[tuple[str, str]]


def _nodes(category: Category, language: str) -> Iterator[tuple[_Path, str]]:
    """Every node of a branch: the ids and names on the way to it, and its own name."""
    name = category.names.get(language, category.names["en"])
    yield [(category.node, name)], name
    for place, noun in enumerate(category.nouns, 1):
        own = noun.names.get(language, noun.names["en"])
        yield [(category.node, name), (f"{category.node}{place:02d}", own)], own


def _node(nodes: ElementTree.Element, category: Category, path: _Path, name: str) -> None:
    node = ElementTree.SubElement(nodes, "Node")
    is_root = len(path) == 1
    children = [f"{category.node}{place:02d}" for place in range(1, len(category.nouns) + 1)] if is_root else []
    _leaf(node, "browseNodeId", path[-1][0])
    attributes = _leaf(node, "browseNodeAttributes")
    attributes.set("count", "1")
    _leaf(attributes, "attribute", category.product_type.lower()).set("name", "item_type_keyword")
    _leaf(node, "browseNodeName", name)
    _leaf(node, "browseNodeStoreContextName", path[0][1])
    _leaf(node, "browsePathById", ",".join(one for one, _ in path))
    _leaf(node, "browsePathByName", ",".join(one for _, one in path))
    _leaf(node, "hasChildren", "true" if children else "false")
    inner = _leaf(node, "childNodes")
    inner.set("count", str(len(children)))
    for child in children:
        _leaf(inner, "id", child)
    _leaf(node, "productTypeDefinitions", category.product_type)
    _leaf(node, "refinementsInformation").set("count", "0")


def _leaf(element: ElementTree.Element, name: str, text: str | None = None) -> ElementTree.Element:
    leaf = ElementTree.SubElement(element, name)
    leaf.text = text
    return leaf
