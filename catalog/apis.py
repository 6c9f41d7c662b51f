"""The APIs of the catalog: the connection parameter that chooses each one's version, and the versions there are."""

import tomllib
from functools import cache
from importlib import resources

import msgspec

from catalog.errors import BadDeclaration


class Api(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One API; `sources` is version → the file of Amazon's that it is compiled from."""

    name: str
    parameter: str
    default: str
    audience: str  # seller, vendor or both
    sources: dict[str, str] = {}
    without_tables: tuple[str, ...] = ()  # versions that can be named, though no table of theirs is declared

    @property
    def versions(self) -> tuple[str, ...]:
        """All versions that the connection parameter takes."""
        return (*self.sources, *self.without_tables)


@cache
def read_apis() -> tuple[Api, ...]:
    """All APIs of `apis.toml`; raise BadDeclaration where it says what cannot be."""
    document = tomllib.loads((resources.files("catalog") / "apis.toml").read_text())
    apis = []
    for name, entry in document.items():
        try:
            api = msgspec.convert({"name": name, **entry}, Api)
        except msgspec.ValidationError as error:
            raise BadDeclaration(f"apis.toml: {name}: {error}") from None
        if api.default not in api.versions:
            raise BadDeclaration(f"apis.toml: {name}: default {api.default} is none of {', '.join(api.versions)}")
        apis.append(api)
    return tuple(apis)
