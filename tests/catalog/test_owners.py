"""Whose a data set is, and where an operation is offered, is declared as Amazon's models and facts say."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import catalog
from catalog.apis import read_apis
from catalog.marketplaces import find_marketplace
from catalog.table import Switch, Table

SHARED = Path(__file__).parents[3] / "shared" / "spapi"

FOLDERS = ("models", "models-newer")

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="Amazon's models are not beside this checkout")

TABLES = [table for table in catalog.load().tables if table.kind == "operation"]

_ONLY = (("vendor", r"vendors only|only available to vendors|[Vv]endor procurement"), ("role", "only to brand owners"))


def model_of(table: Table) -> dict[str, Any]:
    assert table.operation is not None
    api = next(api for api in read_apis() if api.name == table.operation.api)
    source = api.sources[table.operation.api_version]
    (path,) = (SHARED / folder / source for folder in FOLDERS if (SHARED / folder / source).is_file())
    read: dict[str, Any] = json.loads(path.read_bytes())
    return read


def operation_in(model: dict[str, Any], table: Table) -> dict[str, Any]:
    assert table.operation is not None
    found: dict[str, Any] = model["paths"][table.operation.path][table.operation.method.lower()]
    return found


def described_values(table: Table, switch: Switch) -> Iterator[tuple[str, str]]:
    """(value, what the model says of it), where the values of the parameter are described one by one."""
    for parameter in operation_in(model_of(table), table).get("parameters", []):
        if parameter.get("name") == switch.parameter:
            of_values = parameter.get("items", parameter).get("x-docgen-enum-table-extension", [])
            yield from ((each["value"], each.get("description", "")) for each in of_values)


@pytest.mark.parametrize("table", [each for each in TABLES if each.switches], ids=lambda table: table.qualified_name)
def test_a_data_set_is_declared_to_be_of_those_to_whom_amazon_gives_it(table: Table) -> None:
    for switch in table.switches:
        assert switch.owners.keys() == switch.members.keys()
        for value, description in described_values(table, switch):
            expected = next((owner for owner, words in _ONLY if re.search(words, description)), None)
            if expected is not None:
                assert switch.owners[value] == expected, description
            elif value in switch.owners:
                assert switch.owners[value] != "vendor", description


def test_data_sets_that_tell_personal_data_without_a_token_need_a_role() -> None:
    (fact,) = json.loads((SHARED / "facts" / "restricted_data.json").read_bytes())["no_rdt_needed"]
    found = {
        table.operation.operation_id: {value for value, owner in switch.owners.items() if owner == "role"}
        for table in TABLES
        if table.operation is not None
        and (table.operation.api, table.operation.api_version) == ("orders", "2026-01-01")
        for switch in table.switches
    }
    assert found == {operation_id: {"BUYER", "RECIPIENT"} for operation_id in fact["operations"]}


def test_the_countries_where_an_operation_is_offered_are_those_of_the_model() -> None:
    told: set[str] = set()
    for table in TABLES:
        for key in table.key_columns:
            if not key.offered_in:
                continue
            text = json.dumps(model_of(table))
            for identifiers, words in (
                (
                    key.offered_in,
                    r"for both sellers and vendors are ([A-Z, and]+)\.|following \w+: ([^.]+)\.",
                ),
                (key.offered_to_vendors_in, r"for vendors only are ([A-Z, and]+)\."),
            ):
                said = {code for groups in re.findall(words, text) for code in re.findall(r"\b[A-Z]{2}\b", str(groups))}
                found = {marketplace.id for code in said if (marketplace := find_marketplace(code)) is not None}
                assert set(identifiers) == found
            told.add(table.qualified_name)
    assert told == {
        "replenishment.offer_metrics",
        "replenishment.offers",
        "replenishment.selling_partner_metrics",
        "transfers.payment_methods",
    }
