"""Which parameters of read operations Amazon describes in words that may state a rule; read from the models.

A description is told by a short digest, so that nothing of Amazon's text stands here and a changed one is noticed.
"""

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import catalog
from catalog.apis import read_apis
from catalog.compile.members import object_members
from catalog.lint.body_paths import below
from catalog.operators import parameters_of

MODELS = Path(__file__).parents[3] / "shared" / "spapi" / "models"

_RULE = re.compile(
    r"(can ?not|can.t|must not|may not|should not|do not|don.t) (be )?(use|us|specif|set|provid|includ|suppl|exceed)"
    r"|neither|mutually exclusive|exclusive(ly)? |cannot both|both .{0,40}returns an error"
    r"|must (also|match|align|use|be used|provide|specify)"
    r"|must be (later|after|before|equal|more|no |within|specified|provided|a child|one)"
    r"|should also|(is|are|field|attribute)( only)? required|\brequired (if|when|only|unless|in|field|parameter)"
    r"|not required|only (valid|required|applicable|suppor)|ignored?\b|either|exactly one|at least one"
    r"|(not|cannot|no) (exceed|more than|earlier|later)|more than (two|\d+) (minutes|days)|maximum range"
    r"|less (than )?or equal|in the future|is limited to|up to (\d+|twenty)|max(imum)? (values|of)"
    r"|only one|trailing \d|retained for|default is \d+",
    re.IGNORECASE,
)

_USAGE_PLAN = re.compile(r"\*\*Usage [Pp]lan")

Described = tuple[str, str, str]  # API and version, operation, parameter; "operation" for its own description


def described_rules() -> Iterator[tuple[Described, str]]:
    """Every parameter whose description may state a rule, with the digest of the description."""
    bound = bound_parameters()
    for api in read_apis():
        for version, source in api.sources.items():
            if (MODELS / source).is_file():
                swagger = json.loads((MODELS / source).read_bytes())
                for operation_id, name, text in _descriptions(swagger):
                    place = (f"{api.name} {version}", operation_id)
                    known = "[]" not in name or name in bound.get(place, ())
                    if place in bound and known and _RULE.search(text):
                        yield (*place, name), sha256(text.encode()).hexdigest()[:8]


def bound_parameters() -> dict[tuple[str, str], set[str]]:
    """(API and version, read operation) → the parameters that key columns are bound to."""
    found: dict[tuple[str, str], set[str]] = {}
    for table in catalog.load().tables:
        if (operation := table.operation) is not None:
            bound = found.setdefault((f"{operation.api} {operation.api_version}", operation.operation_id), set())
            bound |= {name for key in table.key_columns for name in parameters_of(key)}
    return found


def _descriptions(swagger: Any) -> Iterator[tuple[str, str, str]]:
    for item in swagger["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict) and "operationId" in operation:
                named = [("operation", _USAGE_PLAN.split(operation.get("description", ""))[0])]
                for parameter in (*item.get("parameters", ()), *operation.get("parameters", ())):
                    named += _of_parameter(swagger, parameter)
                for name, text in named:
                    yield operation["operationId"], name, re.sub(r"\s+", " ", text).strip()


def _of_parameter(swagger: Any, parameter: Any) -> Iterator[tuple[str, str]]:
    if "$ref" in parameter:
        parameter = swagger["parameters"][parameter["$ref"].rsplit("/", 1)[-1]]
    if parameter["in"] == "body":
        yield from _of_member(swagger, parameter.get("schema", {}), "", frozenset())
    else:
        yield parameter["name"], parameter.get("description", "")


def _of_member(swagger: Any, schema: Any, path: str, seen: frozenset[str]) -> Iterator[tuple[str, str]]:
    texts = [schema.get("description", "")]
    while "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        if name in seen:
            return
        seen |= {name}
        schema = swagger["definitions"][name]
        texts.append(schema.get("description", ""))
    yield path or "$", " ".join(texts)
    if schema.get("type") == "array":
        yield from _of_member(swagger, schema.get("items", {}), f"{path or '$'}[]", seen)
    for name, member in object_members(swagger, schema).items():
        yield from _of_member(swagger, member, below(path, name), seen)
