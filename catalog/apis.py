"""The APIs of the catalog: the connection parameter that chooses each one's version, and the versions there are."""

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources

import msgspec

from catalog.errors import BadDeclaration


class Api(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One API; `sources` is version → the file of Amazon's that it is compiled from."""

    name: str
    default: str
    audience: str  # seller, vendor or both
    sources: dict[str, str]
    parameter: str = ""  # connection parameter that chooses the version; empty: there is no choice
    without_tables: tuple[str, ...] = ()  # versions that only write

    @property
    def versions(self) -> tuple[str, ...]:
        """All versions, oldest first."""
        return tuple(self.sources)


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
        for fault in _faults(api):
            raise BadDeclaration(f"apis.toml: {name}: {fault}")
        apis.append(api)
    return tuple(apis)


def _faults(api: Api) -> Iterator[str]:
    for key, versions in (("default", (api.default,)), ("without_tables", api.without_tables)):
        yield from (
            f"{key}: {each} is none of {', '.join(api.versions)}" for each in versions if each not in api.sources
        )
    if len(api.sources) > 1 and not api.parameter:
        yield "parameter: there are several versions, and nothing chooses between them"
