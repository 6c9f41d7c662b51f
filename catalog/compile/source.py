"""One file of Amazon's → the Swagger document that is compiled.

Three APIs are published as classes of Amazon's SDK only, and their files are made from those classes. There every plain
text has the values of whichever class was read before it; such a list says nothing, and is taken away. Knows no
operations.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from catalog.errors import CatalogError


def read_swagger(path: Path) -> Mapping[str, Any]:
    """Read one file; raise CatalogError where it is no Swagger document."""
    try:
        document = json.loads(path.read_bytes())
    except ValueError as error:
        raise CatalogError(f"{path.name} is no JSON: {error}") from None
    if not isinstance(document, dict) or document.get("swagger") != "2.0":
        raise CatalogError(f"{path.name} is no Swagger 2.0 document")
    if "x-source" in document.get("info", {}):
        _take_stray_values_away(document)
    return document


def _take_stray_values_away(document: dict[str, Any]) -> None:
    """Take away the list of values that all plain texts share; an enumeration has a definition of its own."""
    own = [id(schema) for schema in document.get("definitions", {}).values()]
    texts = [text for text in _texts(document) if "format" not in text and id(text) not in own]
    lists = {tuple(text.get("enum", ())) for text in texts}
    if len(lists) == 1 and len(texts) > 1:
        for text in texts:
            text.pop("enum", None)


def _texts(part: object) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        if part.get("type") == "string":
            yield part
        for inner in part.values():
            yield from _texts(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _texts(inner)
