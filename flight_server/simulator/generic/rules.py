"""Rules between the parameters of one call that models state in prose only: what is needed, excluded, how long.

Goes from an operation and the values sent to nothing, or to a refusal; knows no rows. Which operation has which rule
is declared in `oddities.toml`, whose source is the parameters' descriptions in Amazon's models.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from flight_server.simulator.answers import invalid
from flight_server.simulator.generic.models import ModelOperation, Schema
from flight_server.simulator.parameters import instant

LAG = timedelta(minutes=2)
_RANGE = re.compile(r"^(?P<stem>.*?)(?P<end>After|Since|Start|StartDate|Before|Until|End|EndDate)$")
_LIMIT = re.compile(r"(?P<end>from|to)(?P<stem>[A-Z]\w*)")
_EDGE = re.compile(r"(?P<end>start|end|asOf)(?:Time|DateTime|Date)")
_UPPER = frozenset({"Before", "Until", "End", "EndDate", "end", "asOf", "to"})
Values = Mapping[str, Sequence[str]]


def check_rules(operation: ModelOperation, values: Values, now: datetime) -> None:
    """Refuse a call that leaves out what it needs or sends together what excludes each other."""
    for group in operation.odd("needs", ()):
        if not any(name in values for name in group):
            raise invalid(f"One of {', '.join(group)} is required.")
    for name, others in operation.odd("goes_with", {}).items():
        missing = [other for other in others if other not in values]
        if name in values and missing:
            raise invalid(f"{name} goes with {', '.join(missing)}.")
    for groups in operation.odd("excludes", ()):
        sent = [group for group in groups if any(name in values for name in group)]
        if len(sent) > 1:
            raise invalid(f"{' and '.join(map(', '.join, sent))} exclude each other.")
    _check_periods(operation, values, now)


def _check_periods(operation: ModelOperation, values: Values, now: datetime) -> None:
    """Refuse bounds that lie too near to now, that are upside down, or further apart than is allowed."""
    lags = operation.operation_id in operation.model.odd("lags", ())
    longest = operation.odd("longest")
    for stem, (start, end) in periods(operation, values).items():
        if lags and any(bound is not None and bound > now - LAG for bound in (start, end)):
            raise invalid(f"Bounds of {stem} must lie two minutes before now.")
        if start is None or end is None:
            continue
        if end < start or (end == start and excludes_its_end(operation)):
            raise invalid(f"The period of {stem} ends before it starts.")
        if longest and end - start > timedelta(days=longest):
            raise invalid(f"The period of {stem} is longer than {longest} days.")


def tells_nothing(operation: ModelOperation, values: Values, now: datetime) -> bool:
    """Whether a period is so long that it is answered with an empty list instead of an error."""
    days = operation.odd("silent")
    if not days:
        return False
    found = periods(operation, values).values()
    return any(start and (end or now - LAG) - start > timedelta(days=days) for start, end in found)


def excludes_its_end(operation: ModelOperation) -> bool:
    """Whether what happens at the upper bound itself is no part of the period."""
    return operation.operation_id in operation.model.odd("open_ended", ())


def periods(operation: ModelOperation, values: Values) -> dict[str, tuple[datetime | None, datetime | None]]:
    """Both ends of every period asked for, by what their parameters are named after."""
    found: dict[str, tuple[datetime | None, datetime | None]] = {}
    for one in operation.parameters:
        name = str(one["name"])
        bound = limit(one, name) if name in values else None
        if bound is not None:
            stem, is_upper = bound
            # `startTime` and `endTime` are each named for themselves.
            stem = "" if _EDGE.fullmatch(name) else stem
            start, end = found.get(stem, (None, None))
            moment = instant(values[name][0], name)
            found[stem] = (start, moment) if is_upper else (moment, end)
    return found


def limit(parameter: Schema, name: str) -> tuple[str, bool] | None:
    """Which instant a parameter limits, and whether from above; None if it limits none."""
    if not _is_time(parameter, name):
        return None
    edge = _EDGE.fullmatch(name)
    if edge:
        return name, edge["end"] in _UPPER
    match = _LIMIT.fullmatch(name) or _RANGE.fullmatch(name)
    return (match["stem"], match["end"] in _UPPER) if match else None


def _is_time(parameter: Schema, name: str) -> bool:
    return (
        str(parameter.get("format", "")).startswith("date")
        or bool(re.search(r"(After|Before|Since|Until)$", name))
        or (
            bool(re.search(r"(Start|End)(Date)?$|^(start|end)(Date|DateTime|Time)$", name))
            and parameter.get("type") == "string"
        )
    )
