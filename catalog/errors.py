"""What can be wrong with the catalog or with a name looked up in it.

Knows nothing of SQL, HTTP or gRPC; `flight_server.protocol.status` maps these classes to statuses.
"""

from collections.abc import Sequence


class CatalogError(Exception):
    """Base of everything that the catalog refuses; the message is a whole sentence for the user."""


class BadDeclaration(CatalogError):
    """A file of the catalog says something that cannot be; names file, table and key."""


class UnknownTable(CatalogError):
    """No table of that name; carries the near matches."""

    def __init__(self, name: str, near: Sequence[str] = ()) -> None:
        hint = f"; did you mean {' or '.join(near)}?" if near else "; SELECT * FROM system.tables lists them all"
        super().__init__(f"there is no table {name}{hint}")
        self.name = name
        self.near = tuple(near)


class AmbiguousTable(CatalogError):
    """An unqualified name that several schemas have; carries the qualified candidates."""

    def __init__(self, name: str, candidates: Sequence[str]) -> None:
        super().__init__(f"table {name} exists in several schemas, write one of: {', '.join(candidates)}")
        self.name = name
        self.candidates = tuple(candidates)
