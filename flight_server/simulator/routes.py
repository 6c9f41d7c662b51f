"""Finds the operation behind a method and a path: those told by hand first, then those answered from their models.

Goes from method and path as sent (percent-encoded) to an Operation with its path parameters, decoded; knows no data.
"""

from urllib.parse import unquote

from flight_server.simulator.generic.operations import find_generic, generic_by_template
from flight_server.simulator.operations import OPERATIONS, Operation


def find_operation(method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    """The operation behind a method and a path as sent, with its path parameters decoded."""
    for candidate in OPERATIONS:
        match = candidate.pattern.fullmatch(path) if candidate.method == method else None
        if match:
            return candidate, {name: unquote(text) for name, text in match.groupdict().items()}
    return find_generic(method, path)


def find_template(method: str, path: str) -> Operation | None:
    """The operation whose path is this one, placeholders and all."""
    for candidate in OPERATIONS:
        if (candidate.method, candidate.path) == (method, path):
            return candidate
    return generic_by_template(method, path)
