"""Every leaf of the answers in Amazon's own sandbox cases, read as text, is what the answer says."""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from catalog.table import Column
from tests.decode.sample_pages import page, rows

MODELS = Path(__file__).parents[2].parent / "shared" / "spapi" / "models"
pytestmark = pytest.mark.skipif(not MODELS.is_dir(), reason="Amazon's models are not beside the project")


def answers(model: dict[str, Any]) -> Iterator[Any]:
    for operations in model.get("paths", {}).values():
        for operation in operations.values():
            if isinstance(operation, dict):
                for response in operation["responses"].values():
                    cases = response.get("x-amzn-api-sandbox", {}).get("static", [])
                    yield from (case["response"] for case in cases if "response" in case)


def leaves(value: Any, path: str) -> Iterator[tuple[str, str | None]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner, f"{path}[]")
    else:
        yield path, value if value is None or isinstance(value, str) else json.dumps(value)


@pytest.mark.parametrize("file", sorted(MODELS.glob("*.json")), ids=lambda file: file.stem)
def test_every_leaf_of_a_sandbox_answer_is_read(file: Path) -> None:
    for answer in answers(json.loads(file.read_text())):
        values_by_member: dict[str, list[str | None]] = defaultdict(list)
        for member, value in leaves(answer, "$"):
            values_by_member[member].append(value)
        for member, values in values_by_member.items():
            row_path = member[: member.rfind("[]") + 2] if "[]" in member else "$"
            found = [value for (value,) in rows(row_path, [Column("v", "string", member)], page(json.dumps(answer)))]
            # Rows without the member are null; the answer's own list has no entry for them.
            assert [value for value in found if value is not None] == [value for value in values if value is not None]
