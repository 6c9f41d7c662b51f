"""Every report type with its rules and columns, as `types.json` holds them.

Goes from names to ReportTypes; knows no calls, no story and no clock.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Column:
    """A column of a table or a leaf of a row; kinds are s(tring) n(umber) i(nteger) b(ool) d(ate) t(ime)."""

    name: str
    kind: str
    is_always: bool  # others come only with some sellers, places or years


@dataclass(frozen=True)
class Option:
    """One of a type's reportOptions."""

    name: str
    required: bool
    allowed: tuple[str, ...]  # empty: any text


@dataclass(frozen=True)
class ReportType:
    """One report type."""

    name: str
    output: str
    category: str
    roles: tuple[str, ...]  # one of them is enough
    requestable: bool
    schedulable: bool
    auto_generated: bool
    period: str  # required, optional or ignored
    max_days: int | None
    max_lookback_days: int | None
    retention_days: int
    cooldown_minutes: int
    no_data_status: str
    removed_on: str
    restricted: bool
    one_marketplace: bool
    single_period: bool
    aligned: bool  # the period must be whole days, weeks, months or quarters of the option reportPeriod
    quoted: bool
    charset_of_place: bool
    countries: tuple[str, ...]  # empty: everywhere
    options: Mapping[str, Option]
    columns: tuple[Column, ...]
    row_path: str
    row_sets: Mapping[str, tuple[Column, ...]]

    @property
    def is_listing(self) -> bool:
        """Whether its header follows the language of a place or of a user."""
        return "preferredReportDocumentLocale" in self.options


@cache
def report_types() -> Mapping[str, ReportType]:
    """All types by name."""
    told = json.loads((Path(__file__).parent / "types.json").read_text("utf-8"))
    return {name: _type(name, one) for name, one in told.items()}


def _type(name: str, told: Mapping[str, Any]) -> ReportType:
    return ReportType(
        name=name,
        output=told["output"],
        category=told["category"],
        roles=tuple(told["roles"]),
        requestable=told["requestable"],
        schedulable=told.get("schedulable", False),
        auto_generated=told.get("auto_generated_only", False),
        period=told.get("period", "optional"),
        max_days=told.get("max_days"),
        max_lookback_days=told.get("max_lookback_days"),
        retention_days=told.get("retention_days", 90),
        cooldown_minutes=told.get("min_interval_minutes", 0),
        no_data_status=told.get("no_data_status", "CANCELLED"),
        removed_on=told.get("removal_date", ""),
        restricted=told.get("restricted", False),
        one_marketplace=told.get("one_marketplace_only", False),
        single_period=told.get("single_period_per_request", False),
        aligned=told.get("aligned", False),
        quoted=told.get("quoted", False),
        charset_of_place=told.get("charset_of_place", False),
        countries=tuple(told.get("countries", ())),
        options={
            key: Option(key, one.get("required", False), tuple(one.get("values", ())))
            for key, one in told.get("options", {}).items()
        },
        columns=_columns(told.get("columns", ())),
        row_path=told.get("row_path", ""),
        row_sets={path: _columns(columns) for path, columns in told.get("row_sets", {}).items()},
    )


def _columns(told: Any) -> tuple[Column, ...]:
    return tuple(Column(name, kind[0], not kind.endswith("?")) for name, kind in told)
