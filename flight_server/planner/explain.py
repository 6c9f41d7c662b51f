"""A plan → the rows of EXPLAIN: one a scan, what it calls, how often, how long quota makes it take.

Makes no call: where only the run can know (keys of a join, the seller's marketplaces, further pages), the most is null.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import pyarrow as pa

from flight_server.activity import QueryActivity, ScanActivity
from flight_server.connection.marketplaces import offered
from flight_server.connection.settings import Settings
from flight_server.plan import Binding, Call, Outlook, Plan, ReportRequest, Scan
from flight_server.planner.asking.calls import calls
from flight_server.planner.asking.key_tuples import Sources, Unknown
from flight_server.planner.asking.reports.requests import report_request

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

_TOLD = 100  # reports that a row lists


@dataclass(frozen=True)
class Surroundings:
    """What EXPLAIN needs to know beside the plan. Nothing in it makes a call."""

    settings: Settings
    now: datetime
    as_sent: Callable[[Call], Call] = lambda call: call  # without what Amazon is known to refuse
    mirror_of: Callable[[Scan, Sources], Mapping[str, Any] | None] = lambda *_: None  # what of it was read before
    outlook_of: Callable[[ReportRequest], Outlook] = lambda _: Outlook()  # what is known of a report


def explain(plan: Plan, around: Surroundings) -> pa.RecordBatch:
    """One row a scan, parents that are walked for keys included; the last row's residual is the engine's SQL."""
    return pa.RecordBatch.from_pylist(_numbered_rows(plan, around), schema=EXPLAIN_SCHEMA)


def explain_analyzed(plan: Plan, around: Surroundings, query: QueryActivity) -> pa.RecordBatch:
    """The rows of EXPLAIN with what the finished run of the plan took."""
    rows = _numbered_rows(plan, around)
    for row in rows:
        scan = row.get("scan", "")
        happened = query.scans.get((scan, row.get("operation_id") or ""), ScanActivity())
        row |= {"calls": happened.api_calls, "retries": happened.retries, "bytes": happened.bytes}
        row |= {"seconds_called": happened.duration_ms / 1000, "seconds_waited": happened.waited_ms / 1000}
        row["rows"] = None if row.get("is_parent") else query.scanned_rows[scan]
    return pa.RecordBatch.from_pylist(rows, schema=ANALYZE_SCHEMA)


def _numbered_rows(plan: Plan, around: Surroundings) -> list[dict[str, Any]]:
    rows = _rows(plan, around)
    for step, row in enumerate(rows, start=1):
        row["step"] = step
        row["residual"] = plan.residual if step == len(rows) else None
    if not rows:
        rows = [{"step": 1, "calls_min": 0, "calls_max": 0, "est_seconds": 0.0, "residual": plan.residual}]
    return rows


def _rows(plan: Plan, around: Surroundings) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    step_of_relation: dict[str, int] = {}
    for scan in plan.scans:
        step = _add_rows(scan, {"scan": scan.outputs[0].relation}, rows, step_of_relation, around)
        step_of_relation.update({output.relation: step for output in scan.outputs})
    return rows


def _add_rows(
    scan: Scan,
    marks: Mapping[str, Any],
    rows: list[dict[str, Any]],
    step_of_relation: Mapping[str, int],
    around: Surroundings,
) -> int:
    """Add the parents that are read for the scan's keys, the farthest first, then the scan; return its step."""
    depends_on: list[int] = []
    for supply in scan.supplies:
        depends_on += [step_of_relation[relation] for relation in supply.relations]
        if supply.parent is not None:
            of_parent = {**marks, "is_parent": True}
            depends_on.append(_add_rows(supply.parent, of_parent, rows, step_of_relation, around))
    rows.append({**_row(scan, depends_on, around), **marks})
    return len(rows)


def _row(scan: Scan, depends_on: list[int], around: Surroundings) -> dict[str, Any]:
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
    fewest, most = _call_counts(scan, around)
    reports = _reports(scan, around)
    if reports:
        fewest = sum(outlook.is_asked_for for _, outlook in reports)
    parameters = {**_parameters(scan, around), **({"reports": list(map(_told, reports[:_TOLD]))} if reports else {})}
    kept = around.mirror_of(scan, _sources(scan, around)) if not scan.impossible else None
    if kept is not None:
        fewest, most = kept["calls"], most if kept["calls"] else 0
        parameters["mirror"] = kept
    row |= {
        "operation_id": operation.operation_id,
        "method": operation.method.upper(),
        "path": operation.path,
        "parameters": json.dumps(parameters, ensure_ascii=False, default=str),
        "calls_min": fewest,
        "calls_max": most,
        "rate": plan_.rate if plan_ else None,
        "burst": plan_.burst if plan_ else None,
        "est_seconds": max(0, fewest - plan_.burst) / plan_.rate if plan_ else 0.0,
    }
    row["est_seconds"] += max((outlook.wait_seconds for _, outlook in reports), default=0.0)
    return row


def _reports(scan: Scan, around: Surroundings) -> list[tuple[ReportRequest, Outlook]]:
    """The reports that the scan reads, with what is known of each."""
    report = scan.table.report
    if report is None or scan.supplies or scan.impossible:
        return []
    asked = (report_request(call, report) for call in calls(scan, _sources(scan, around)))
    return [(request, around.outlook_of(request)) for request in asked]


def _told(pair: tuple[ReportRequest, Outlook]) -> Mapping[str, Any]:
    request, outlook = pair
    said = {"from": request.start, "to": request.end, **dict(request.options), "state": outlook.words}
    return {name: value for name, value in said.items() if value is not None}


def _call_counts(scan: Scan, around: Surroundings) -> tuple[int, int | None]:
    supplied = bool(scan.supplies)
    defaulted = any(binding.setting and binding.values is None for binding in scan.bindings)
    unknown_marketplaces = defaulted and not around.settings.marketplaces
    if scan.impossible:
        return 0, 0
    fewest = 0 if supplied else sum(1 for _ in calls(scan, _sources(scan, around)))
    is_open = supplied or unknown_marketplaces or scan.table.paging is not None or scan.table.report is not None
    return fewest, None if is_open else fewest


def _parameters(scan: Scan, around: Surroundings) -> Mapping[str, Any]:
    first = next(map(around.as_sent, islice(calls(scan, _sources(scan, around)), 1)), None)
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


def _sources(scan: Scan, around: Surroundings) -> Sources:
    settings = around.settings
    bindings = {binding.key_column.column: binding for binding in scan.bindings}
    keys = {supply.keys: [tuple(_named(key, bindings.get(key)) for key in supply.keys)] for supply in scan.supplies}
    marketplaces: tuple[str, ...] = settings.marketplaces
    for binding in scan.bindings:
        if binding.setting and binding.values is None:
            marketplaces = offered(binding.key_column, marketplaces, to_vendors=settings.may_be_vendor)
    return Sources(
        around.now,
        {"Marketplaces": marketplaces if settings.marketplaces else (UNKNOWN,)},
        keys=keys,
        allows_partial=settings.report_partial,
    )


def _named(column: str, binding: Binding | None) -> str:
    if binding is not None and binding.values is not None and len(binding.values) == 1:
        return binding.values[0]
    return Unknown(f"{UNKNOWN} {column}")
