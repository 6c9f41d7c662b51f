"""Usage plans of operations whose model states none, from `usage_plans.toml`. Knows no tables."""

import tomllib
from functools import cache
from importlib import resources

import msgspec

from catalog.errors import BadDeclaration
from catalog.table import UsagePlan


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By schema and operationId: what another source of Amazon's states, and what we take where none does."""

    sdk: dict[str, dict[str, UsagePlan]]
    assumed: dict[str, dict[str, UsagePlan]]


@cache
def read_usage_plans() -> Known:
    """Read the file; raise BadDeclaration where it says what cannot be."""
    document = tomllib.loads((resources.files("catalog") / "usage_plans.toml").read_text(encoding="utf-8"))
    try:
        return msgspec.convert(document, Known)
    except msgspec.ValidationError as error:
        raise BadDeclaration(f"usage_plans.toml: {error}") from None


def unstated_plan(db_schema: str, operation_id: str) -> UsagePlan | None:
    """The plan of an operation whose model states none."""
    known = read_usage_plans()
    places = (known.sdk.get(db_schema, {}), known.assumed.get(db_schema, {}))
    return next((plans[operation_id] for plans in places if operation_id in plans), None)
