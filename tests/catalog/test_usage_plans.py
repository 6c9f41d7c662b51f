"""Every operation has a usage plan: its model's, else that of Amazon's SDK, else one of ours that is named as such."""

import json
from importlib import resources

import pytest

from catalog.load import load_tables
from catalog.model import OperationModel, read_model
from catalog.names import schema_name
from catalog.table import UsagePlan
from catalog.usage_plans import read_usage_plans
from tests.catalog.published_models import SPAPI

FACTS = SPAPI / "facts" / "usage_plans.json"
OPERATIONS = {
    f"{table.db_schema}.{table.operation.operation_id}": table.operation
    for table in load_tables()
    if table.operation and table.report is None
}
KNOWN = read_usage_plans()


def stated() -> dict[str, OperationModel]:
    folder = resources.files("catalog") / "models"
    models = [read_model(path.read_bytes()) for path in folder.iterdir() if path.name.endswith(".json")]
    return {
        f"{schema_name(model.api, model.version)}.{operation.operation_id}": operation
        for model in models
        for operation in model.operations
    }


STATED = stated()


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_operation_has_the_plan_of_its_model_or_of_the_sdk(name: str) -> None:
    operation, model = OPERATIONS[name], STATED[name]
    if model.rate is not None:
        assert operation.usage_plan == UsagePlan(model.rate, model.burst or 0)
    else:
        assert operation.usage_plan is not None
        assert operation.usage_plan == _listed(name, KNOWN.sdk) or operation.usage_plan == _listed(name, KNOWN.assumed)


def _listed(name: str, plans: dict[str, dict[str, UsagePlan]]) -> UsagePlan | None:
    db_schema, _, operation_id = name.rpartition(".")
    return plans.get(db_schema, {}).get(operation_id)


@pytest.mark.skipif(not FACTS.is_file(), reason="the facts of Amazon's SDK are not beside this checkout")
def test_what_is_said_of_the_sdk_is_what_it_has() -> None:
    facts: dict[str, set[UsagePlan]] = {}
    for key, plan in json.loads(FACTS.read_bytes())["plans"].items():
        facts.setdefault(key.partition("-")[2], set()).add(UsagePlan(plan["rate"], plan["burst"]))
    for plans in KNOWN.sdk.values():
        for operation_id, plan in plans.items():
            assert plan in facts[operation_id], operation_id
    for plans in KNOWN.assumed.values():
        assert not set(plans) & set(facts), "the SDK knows better"


def test_the_list_names_operations_without_a_plan_only() -> None:
    listed = [
        f"{db_schema}.{name}" for plans in (KNOWN.sdk, KNOWN.assumed) for db_schema, of in plans.items() for name in of
    ]
    assert len(listed) == len(set(listed)) >= 40
    assert not [name for name in listed if name not in OPERATIONS or STATED[name].rate is not None]


@pytest.mark.parametrize(
    ("name", "rate", "burst"),
    [
        ("customer_feedback_2024_06_01.getItemReviewTopics", 1, 10),
        ("external_fulfillment_shipments_2024_09_11.getShipments", 1, 1),
        ("seller_wallet_2024_03_01.getAccount", 0.5, 15),
        ("invoices_2024_06_19.getInvoicesDocument", 0.016667, 1),
        ("fulfillment_inbound_2024_03_20.listPrepDetails", 2, 30),
    ],
)
def test_operations_that_were_not_throttled_are(name: str, rate: float, burst: int) -> None:
    assert OPERATIONS[name].usage_plan == UsagePlan(rate, burst)
