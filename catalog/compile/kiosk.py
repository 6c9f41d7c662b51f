"""Amazon's GraphQL schemas of Data Kiosk → `models/data_kiosk/*.graphql`: the same types without a word of prose.

Run by a developer on Amazon's published schemas. Knows nothing of tables.
"""

from pathlib import Path

from graphql import DocumentNode, GraphQLError, Node, parse, print_ast, visit
from graphql.language import SKIP, DirectiveNode, Visitor, VisitorAction

from catalog.errors import CatalogError


def compile_schemas(folder: Path, out_dir: Path) -> list[Path]:
    """Compile every schema of a folder; raise CatalogError for one that cannot be read."""
    out_dir.mkdir(parents=True, exist_ok=True)
    written = []
    for path in sorted(folder.glob("*.graphql")):
        try:
            document = parse(path.read_text(encoding="utf-8"), no_location=True)
        except GraphQLError as error:
            raise CatalogError(f"{path.name} cannot be read: {error.message}") from None
        written.append(out_dir / path.name)
        written[-1].write_text(print_ast(_without_prose(document)) + "\n", encoding="utf-8")
    return written


def _without_prose(document: DocumentNode) -> DocumentNode:
    found: DocumentNode = visit(document, _Prose())
    return found


class _Prose(Visitor):
    """Takes out descriptions, and the reasons of what is deprecated."""

    def enter(self, node: Node, *_: object) -> VisitorAction:
        if getattr(node, "description", None) is not None:
            node.description = None
        if isinstance(node, DirectiveNode):
            if node.name.value == "deprecated":
                node.arguments = ()
            return SKIP
        return None
