"""Rules that Amazon states only in prose are declared: whatever its descriptions may mean was read, by name."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import catalog
from catalog.operators import parameters_of
from catalog.table import KeyColumn, Table
from tests.catalog.prose import MODELS, Described, described_rules

pytestmark = pytest.mark.skipif(not MODELS.is_dir(), reason="Amazon's published models are not beside this checkout")

_READ: dict[str, dict[str, dict[str, Any]]] = tomllib.loads(Path(__file__).with_name("prose.toml").read_text("utf-8"))
READ: dict[Described, dict[str, Any]] = {
    (api, operation, name): said
    for api, operations in _READ.items()
    for operation, parameters in operations.items()
    for name, said in parameters.items()
}
# What a word of a stanza is called in the resolved table, where it has another name there.
_NAMES = {"encode": "is_encoded_twice"}


def test_every_description_that_may_state_a_rule_was_read() -> None:
    found = dict(described_rules())
    unread = {place: digest for place, digest in found.items() if READ.get(place, {}).get("digest") != digest}
    assert not unread, "read these descriptions (again) and say in prose.toml what came of it"
    assert not READ.keys() - found.keys(), "these no longer state anything"


@pytest.mark.parametrize("place", [place for place, said in READ.items() if "declared" in said], ids=" ".join)
def test_what_is_said_to_be_declared_is_declared(place: Described) -> None:
    tables = [table for table in catalog.load().tables if table.kind == "operation" and _is_of(table, place)]
    assert tables
    for word in READ[place]["declared"]:
        assert any(_declares(table, place[2], word) for table in tables), word


def test_what_is_not_declared_says_why() -> None:
    assert all(said.get("declared") or said.get("because") for said in READ.values())


def _is_of(table: Table, place: Described) -> bool:
    operation = table.operation
    return operation is not None and (f"{operation.api} {operation.api_version}", operation.operation_id) == place[:2]


def _declares(table: Table, parameter: str, word: str) -> bool:
    if word in ("window", "paging", "request_batch"):
        return getattr(table, word) is not None
    keys = [key for key in table.key_columns if parameter == "operation" or _concerns(key, parameter)]
    columns = {key.column for key in keys}
    if word == "requires_one_of":
        return any(columns & set(group) for group in table.requires_one_of)
    said = [getattr(key, _NAMES.get(word, word)) for key in keys]
    return any(said) or any(columns & named for named in _naming(table, word))


def _concerns(key: KeyColumn, parameter: str) -> bool:
    return any(name == parameter or name.startswith(f"{parameter}.") for name in parameters_of(key))


def _naming(table: Table, word: str) -> Iterator[set[str]]:
    """Columns that others name by the word: what excludes or needs them."""
    for key in table.key_columns:
        said = getattr(key, word) if word in ("excludes", "needs", "needs_when", "excludes_when") else ()
        yield set(said if isinstance(said, tuple) else (name for names in said.values() for name in names))
