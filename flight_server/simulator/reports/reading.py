"""Reads the fact table of report types: `python -m flight_server.simulator.reports.reading FACTS`.

Goes from a JSON list of report types to `types.json`, one line a type. Carries over names, rules, numbers and columns
of every type that Amazon still has, never prose. Knows nothing of reports and of the story.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Json = dict[str, Any]

# The region's name stands for its marketplaces.
_REGIONS = {
    "NA": ("US", "CA", "MX", "BR"),
    "EU": ("IE", "ES", "GB", "FR", "BE", "NL", "DE", "IT", "SE", "PL", "ZA", "EG", "TR", "SA", "AE", "IN"),
    "FE": ("JP", "AU", "SG"),
}
_LETTERS = {"string": "s", "decimal": "n", "int64": "i", "bool": "b", "date": "d", "timestamp": "t"}
_KEPT = ("max_days", "max_lookback_days", "retention_days", "min_interval_minutes", "no_data_status", "removal_date")
_FLAGS = ("restricted", "schedulable", "auto_generated_only", "one_marketplace_only", "single_period_per_request")


def read_types(facts: Sequence[Json]) -> dict[str, Json]:
    """Every type that is not removed, by name."""
    return {one["report_type"]: _type(one) for one in facts if one["status"] != "removed"}


def _type(facts: Json) -> Json:
    told: Json = {"output": facts.get("output", "csv"), "category": facts["category"], "roles": facts.get("roles", [])}
    told["requestable"] = facts.get("requestable", "generated_in" not in facts)
    told |= {key: facts[key] for key in _KEPT if key in facts}
    told |= {key: True for key in _FLAGS if facts.get(key)}
    if "date_range" in facts:
        told["period"] = facts["date_range"]
    if "period boundaries must match" in facts.get("date_range_note", ""):
        told["aligned"] = True
    if facts.get("header_language_varies") or "Cp1252" in facts.get("encoding_note", ""):
        told["charset_of_place"] = True
    if "quoting" in facts:
        told["quoted"] = True
    if "marketplaces" in facts:
        told["countries"] = list(_countries(facts["marketplaces"]))
    if "report_options" in facts:
        told["options"] = {option["name"]: _option(option) for option in facts["report_options"]}
    if "columns" in facts:
        told["columns"] = _columns(facts["columns"])
    if "row_path" in facts:
        told["row_path"] = facts["row_path"]
    if "row_sets" in facts:
        told["row_sets"] = {one["row_path"]: _columns(one["columns"]) for one in facts["row_sets"]}
    return told


def _option(facts: Json) -> Json:
    values = facts.get("values")
    told: Json = {"values": values} if isinstance(values, list) and "comma" not in facts.get("note", "") else {}
    return told | ({"required": True} if facts["required"] else {})


def _columns(facts: Sequence[Json]) -> list[list[str]]:
    return [[one["name"], _letter(one)] for one in facts]


def _letter(column: Json) -> str:
    """The kind of a column; a question mark where it is not always there."""
    is_always = not column.get("not_always") and column.get("required", True)
    return _LETTERS[column["type"]] + ("" if is_always else "?")


def _countries(told: object) -> Iterator[str]:
    if isinstance(told, list):
        yield from told
        return
    text = str(told)
    if text.startswith("all except"):
        excepted = set(re.findall(r"\b[A-Z]{2}\b", text))
        yield from (country for region in _REGIONS.values() for country in region if country not in excepted)
        return
    for word in re.findall(r"\b[A-Z]{2}\b(?! ?:)", text):
        yield from _REGIONS.get(word, (word,))


def write_types(types: Mapping[str, Json], target: Path) -> None:
    """One line a type."""
    lines = ",\n".join(
        f"{json.dumps(name)}:{json.dumps(one, separators=(',', ':'), ensure_ascii=False)}"
        for name, one in sorted(types.items())
    )
    target.write_text(f"{{\n{lines}\n}}\n", "utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m flight_server.simulator.reports.reading FACTS")
    read = read_types(json.loads(Path(sys.argv[1]).read_text("utf-8")))
    write_types(read, Path(__file__).parent / "types.json")
    sys.stderr.write(f"{len(read)} report types read\n")
