"""ISO 8601's durations, as Superset names its time grains → SQL that truncates a time to one. Knows no Superset."""

from collections.abc import Mapping
from types import MappingProxyType

_UNITS = {"PT1S": "second", "PT1M": "minute", "PT1H": "hour", "P1D": "day", "P1W": "week", "P1M": "month"}
_MORE_UNITS = {"P3M": "quarter", "P1Y": "year"}
_STEPS = {
    "PT5S": "5 seconds",
    "PT30S": "30 seconds",
    "PT5M": "5 minutes",
    "PT10M": "10 minutes",
    "PT15M": "15 minutes",
    "PT30M": "30 minutes",
    "PT6H": "6 hours",
}
_DAY = "INTERVAL 1 DAY"

TIME_GRAINS: Mapping[str | None, str] = MappingProxyType(
    {
        None: "{col}",
        **{grain: f"DATE_TRUNC('{unit}', {{col}})" for grain, unit in (_UNITS | _MORE_UNITS).items()},
        **{grain: f"TIME_BUCKET(INTERVAL '{step}', {{col}})" for grain, step in _STEPS.items()},
        "1969-12-28T00:00:00Z/P1W": f"DATE_TRUNC('week', {{col}} + {_DAY}) - {_DAY}",
        "1969-12-29T00:00:00Z/P1W": "DATE_TRUNC('week', {col})",
        "P1W/1970-01-03T00:00:00Z": f"DATE_TRUNC('week', {{col}} + {_DAY}) + INTERVAL 5 DAY",
        "P1W/1970-01-04T00:00:00Z": "DATE_TRUNC('week', {col}) + INTERVAL 6 DAY",
    }
)
"""Grain → expression in which `{col}` stands for the column. Weeks begin on Monday, or as the grain says."""
