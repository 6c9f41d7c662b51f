"""A plan → the rows of EXPLAIN: one a scan, what it calls, how often, how long quota makes it take.

Makes no call: where only the run can know (keys of a join, the seller's marketplaces, further pages), the most is null.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

import pyarrow as pa

from flight_server.activity import QueryActivity, ScanActivity
from flight_server.connection.marketplaces import offered
from flight_server.connection.settings import Settings
from flight_server.plan import Binding, Call, Plan, Scan
from flight_server.planner.asking.calls import calls
from flight_server.planner.asking.key_tuples import Sources, Unknown

EXPLAIN_SCHEMA = pa.schema(
    [
        pa.field("step", pa.int64()),
        pa.field("table", pa.utf8()),
        pa.field("operation_id", pa.utf8()),
        pa.field("method", pa.utf8()),
        pa.field("path", pa.utf8()),
        pa.field("parameters", pa.utf8()),
        pa.field("calls_min", pa.int64()),
        pa.field("calls_max", pa.int64()),
        pa.field("rate", pa.float64()),
        pa.field("burst", pa.int64()),
        pa.field("est_seconds", pa.float64()),
        pa.field("depends_on", pa.utf8()),
        pa.field("residual", pa.utf8()),
    ]
)

ANALYZE_SCHEMA = pa.schema(
    [
        *EXPLAIN_SCHEMA,
        pa.field("calls", pa.int64()),
        pa.field("retries", pa.int64()),
        pa.field("bytes", pa.int64()),
        pa.field("rows", pa.int64()),
        pa.field("seconds_called", pa.float64()),
        pa.field("seconds_waited", pa.float64()),
    ]
)
"""What EXPLAIN says, and behind it what happened: `rows` of the scan, seconds within calls and waiting for quota."""

UNKNOWN = Unknown("…")


AsSent = Callable[[Call], Call]
"""A call → what of it is sent, where something is known that no plan knows."""


def explain(plan: Plan, settings: Settings, now: datetime, as_sent: AsSent = lambda call: call) -> pa.RecordBatch:
    """One row a scan, parents that are walked for keys included; the last row's residual is the engine's SQL."""
    return pa.RecordBatch.from_pylist(_numbered_rows(plan, settings, now, as_sent), schema=EXPLAIN_SCHEMA)


def explain_analyzed(
    plan: Plan, settings: Settings, now: datetime, query: QueryActivity, as_sent: AsSent = lambda call: call
) -> pa.RecordBatch:
    """The rows of EXPLAIN with what the finished run of the plan took."""
    rows = _numbered_rows(plan, settings, now, as_sent)
    for row in rows:
        scan = row.get("scan", "")
        happened = query.scans.get((scan, row.get("operation_id") or ""), ScanActivity())
        row |= {"calls": happened.api_calls, "retries": happened.retries, "bytes": happened.bytes}
        row |= {"seconds_called": happened.duration_ms / 1000, "seconds_waited": happened.waited_ms / 1000}
        row["rows"] = None if row.get("is_parent") else query.scanned_rows[scan]
    return pa.RecordBatch.from_pylist(rows, schema=ANALYZE_SCHEMA)


def _numbered_rows(plan: Plan, settings: Settings, now: datetime, as_sent: AsSent) -> list[dict[str, Any]]:
    rows = _rows(plan, settings, now, as_sent)
    for step, row in enumerate(rows, start=1):
        row["step"] = step
        row["residual"] = plan.residual if step == len(rows) else None
    if not rows:
        rows = [{"step": 1, "calls_min": 0, "calls_max": 0, "est_seconds": 0.0, "residual": plan.residual}]
    return rows


def _rows(plan: Plan, settings: Settings, now: datetime, as_sent: AsSent) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    step_of_relation: dict[str, int] = {}
    for scan in plan.scans:
        step = _add_rows(scan, {"scan": scan.outputs[0].relation}, rows, step_of_relation, settings, now, as_sent)
        step_of_relation.update({output.relation: step for output in scan.outputs})
    return rows


def _add_rows(
    scan: Scan,
    marks: Mapping[str, Any],
    rows: list[dict[str, Any]],
    step_of_relation: Mapping[str, int],
    settings: Settings,
    now: datetime,
    as_sent: AsSent,
) -> int:
    """Add the parents that are read for the scan's keys, the farthest first, then the scan; return its step."""
    depends_on: list[int] = []
    for supply in scan.supplies:
        depends_on += [step_of_relation[relation] for relation in supply.relations]
        if supply.parent is not None:
            of_parent = {**marks, "is_parent": True}
            depends_on.append(_add_rows(supply.parent, of_parent, rows, step_of_relation, settings, now, as_sent))
    rows.append({**_row(scan, depends_on, settings, now, as_sent), **marks})
    return len(rows)


def _row(scan: Scan, depends_on: list[int], settings: Settings, now: datetime, as_sent: AsSent) -> dict[str, Any]:
    operation = scan.table.operation
    row: dict[str, Any] = {
        "table": ", ".join(output.table.qualified_name for output in scan.outputs),
        "depends_on": ", ".join(str(step) for step in sorted(set(depends_on))) or None,
        "calls_min": 0,
        "calls_max": 0,
        "est_seconds": 0.0,
    }
    if operation is None:
        return row
    plan_ = operation.usage_plan
    fewest, most = _call_counts(scan, settings, now)
    row |= {
        "operation_id": operation.operation_id,
        "method": operation.method.upper(),
        "path": operation.path,
        "parameters": json.dumps(_parameters(scan, settings, now, as_sent), ensure_ascii=False, default=str),
        "calls_min": fewest,
        "calls_max": most,
        "rate": plan_.rate if plan_ else None,
        "burst": plan_.burst if plan_ else None,
        "est_seconds": max(0, fewest - plan_.burst) / plan_.rate if plan_ else 0.0,
    }
    return row


def _call_counts(scan: Scan, settings: Settings, now: datetime) -> tuple[int, int | None]:
    supplied = bool(scan.supplies)
    defaulted = any(binding.setting and binding.values is None for binding in scan.bindings)
    unknown_marketplaces = defaulted and not settings.marketplaces
    if scan.impossible:
        return 0, 0
    fewest = 0 if supplied else sum(1 for _ in calls(scan, _sources(scan, settings, now)))
    is_open = supplied or unknown_marketplaces or scan.table.paging is not None or scan.table.report is not None
    return fewest, None if is_open else fewest


def _parameters(scan: Scan, settings: Settings, now: datetime, as_sent: AsSent) -> Mapping[str, Any]:
    first = next(map(as_sent, islice(calls(scan, _sources(scan, settings, now)), 1)), None)
    if first is None:
        return {}
    parameters: dict[str, Any] = {**first.path_parameters, **first.header_parameters}
    parameters |= {
        name: value if isinstance(value, str) else ",".join(value) for name, value in first.url_parameters.items()
    }
    if first.body:
        parameters["body"] = first.body
    if first.paging is not None and first.page_size is not None:
        parameters[first.paging.size] = str(first.page_size)
    return parameters


def _sources(scan: Scan, settings: Settings, now: datetime) -> Sources:
    bindings = {binding.key_column.column: binding for binding in scan.bindings}
    keys = {supply.keys: [tuple(_named(key, bindings.get(key)) for key in supply.keys)] for supply in scan.supplies}
    marketplaces: tuple[str, ...] = settings.marketplaces
    for binding in scan.bindings:
        if binding.setting and binding.values is None:
            marketplaces = offered(binding.key_column, marketplaces, to_vendors=settings.may_be_vendor)
    return Sources(
        now,
        {"Marketplaces": marketplaces if settings.marketplaces else (UNKNOWN,)},
        keys=keys,
        allows_partial=settings.report_partial,
    )


def _named(column: str, binding: Binding | None) -> str:
    if binding is not None and binding.values is not None and len(binding.values) == 1:
        return binding.values[0]
    return Unknown(f"{UNKNOWN} {column}")
