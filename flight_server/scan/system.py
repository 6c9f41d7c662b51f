"""The `system` schema: what the catalog holds and what the server is doing, as rows; opens `information_schema`, too.

Reads the catalog, the settings of the caller and the journal; makes no API call. One function a table.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

import pyarrow as pa

from catalog.arrow_types import arrow_schema
from catalog.columns.words import description_of, references_of
from catalog.marketplaces import read_marketplaces
from catalog.operators import operators_of, parameters_of, source_of
from catalog.reports.report import DATA_END_TIME, DATA_START_TIME
from catalog.sql_types import type_name
from catalog.table import Column, KeyColumn, Parameter, Table
from flight_server.connection.listing import listed
from flight_server.connection.settings import described
from flight_server.plan import Scan
from flight_server.scan import information_schema
from flight_server.scan.context import ScanContext
from flight_server.scan.information_schema import Row, told_type
from flight_server.scan.mirrored.scopes import kept_names


def open_system(scan: Scan, context: ScanContext) -> Iterator[tuple[pa.RecordBatch, ...]]:
    """One batch an output, all rows of it."""
    yield tuple(
        pa.RecordBatch.from_pylist(
            [{name: row.get(name) for name in names} for row in _ROWS[output.table.qualified_name](context)],
            schema=arrow_schema(output.columns),
        )
        for output in scan.outputs
        for names in [[column.name for column in output.columns]]
    )


def _tables(context: ScanContext) -> Iterator[Row]:
    for table in listed(context.catalog, context.settings).tables:
        operation = table.operation
        yield {
            "schema_name": table.db_schema,
            "table_name": table.name,
            "kind": table.kind,
            "row_path": table.row_path or None,
            "description": table.description,
            "paging": table.paging.token if table.paging else None,
            "deprecated": operation is not None and operation.deprecated,
            "example": table.example or None,
            **(
                {
                    "api": operation.api,
                    "api_version": operation.api_version,
                    "operation_id": operation.operation_id,
                    "method": operation.method.upper(),
                    "path": operation.path,
                    "rate": operation.usage_plan.rate if operation.usage_plan else None,
                    "burst": operation.usage_plan.burst if operation.usage_plan else None,
                }
                if operation is not None
                else {}
            ),
        }


def _columns(context: ScanContext) -> Iterator[Row]:
    for table in listed(context.catalog, context.settings).tables:
        keys = {key.column: key for key in table.key_columns}
        for ordinal, column in enumerate(table.columns, start=1):
            column_type = told_type(column, context.settings)
            yield {
                "schema_name": table.db_schema,
                "table_name": table.name,
                "column_name": column.name,
                "ordinal": ordinal,
                "arrow_type": str(column_type),
                "data_type": type_name(column_type),
                "is_key": column.name in table.primary_key,
                "references": ", ".join(references_of(column, table)) or None,
                "description": description_of(column, table) or None,
                "member": column.member or None,
                "restricted": bool(column.restricted),
                "required": False,
                **_binding_of(column, keys.get(column.name), table),
            }


def _binding_of(column: Column, key: KeyColumn | None, table: Table) -> Row:
    if key is None:
        return {}
    parameters = parameters_of(key)
    first = _parameter(table, parameters[0]) if parameters else None
    return {
        "parameter": ", ".join(parameters) or None,
        "parameter_in": first.location if first is not None else None,
        "required": key.required,
        "operators": ", ".join(operators_of(key)) or None,
        "batch_max": None if column.is_echo else key.batch_max,
        "default_from": source_of(key) or None,
    }


def _parameter(table: Table, name: str) -> Parameter | None:
    parameters = table.operation.parameters if table.operation is not None else ()
    return next((parameter for parameter in parameters if parameter.name == name), None)


def _queries(context: ScanContext) -> Iterator[Row]:
    for query in context.journal.queries():
        if not _may_see(query.account, context):
            continue
        yield {
            "query_id": query.query_id,
            "session": query.session,
            "sql": query.sql,
            "state": query.state,
            "started_at": query.started_at,
            "elapsed_ms": round(query.current_elapsed_ms()),
            "rows": query.rows,
            "bytes": query.bytes,
            "pages": query.pages,
            "document_bytes": query.document_bytes,
            "api_calls": query.api_calls,
            "retries": query.retries,
            "throttled_ms": round(query.throttled_ms),
            "waits_for": query.waits_for or None,
            "error": query.error or None,
            "warnings": "\n".join(query.warnings) or None,
            "bad_values": query.bad_values,
            "bad_value_examples": "\n".join(query.bad_value_examples) or None,
        }


def _api_calls(context: ScanContext) -> Iterator[Row]:
    for call in context.journal.calls():
        if not _may_see(call.account, context):
            continue
        yield {
            "query_id": call.query_id,
            "time": call.time,
            "operation_id": call.operation_id,
            "method": call.method,
            "path": call.path,
            "status": call.status,
            "attempt": call.attempt,
            "duration_ms": round(call.duration_ms),
            "waited_ms": round(call.waited_ms),
            "bytes": call.bytes,
            "request_id": call.request_id or None,
        }


def _rate_limits(context: ScanContext) -> Iterator[Row]:
    for limit in context.client.rate_limits():
        if not _may_see(limit.account, context):
            continue
        yield {
            "account": limit.account,
            "operation_id": limit.operation_id,
            "rate": limit.rate,
            "burst": limit.burst,
            "available": limit.available,
            "waiting": limit.waiting,
        }


def _may_see(account: str, context: ScanContext) -> bool:
    """Whether the caller is shown what that account did: its own, or an operator's all."""
    return context.settings.is_admin or account == context.settings.account


def _reports(context: ScanContext) -> Iterator[Row]:
    for report in context.jobs.records(None if context.settings.is_admin else context.settings):
        yield {
            "account": report.account,
            "report_type": report.report_type,
            "window": _json({DATA_START_TIME: report.start, DATA_END_TIME: report.end}),
            "options": _json(dict(report.options)),
            "status": report.status,
            "report_id": report.report_id or None,
            "created_at": report.created_at,
            "age": _age(report.age_seconds),
            "rows": report.rows,
            "bytes": report.bytes,
            "next_try": report.next_try,
            "marketplace_ids": json.dumps(report.marketplace_ids),
            "calls": report.calls,
            "cooldown_until": report.cooldown_until,
            "error": report.error or None,
            "document_age": _age(report.document_age_seconds),
            "query": report.query or None,
        }


def _json(values: Mapping[str, datetime | str | None]) -> str | None:
    """What is known, as an object; None where that is nothing."""
    told = {name: value if isinstance(value, str) else value.isoformat() for name, value in values.items() if value}
    return json.dumps(told) if told else None


def _age(seconds: float | None) -> str | None:
    return None if seconds is None else str(timedelta(seconds=round(seconds)))


def _mirror(context: ScanContext) -> Iterator[Row]:
    if context.mirror is None:
        return
    own, names = context.jobs.account_digest(context.settings), kept_names(context.catalog.tables)
    for kept in context.mirror.records():
        if not (context.settings.is_admin or kept.account == own):
            continue
        yield {
            "account": kept.account,
            "table": names.get(kept.folder, kept.folder),
            "covered": kept.covered,
            "rows": kept.rows,
            "bytes": kept.bytes,
            "fresh_at": kept.fresh_at,
            "calls": kept.calls,
            "error": kept.error or None,
            "folder": kept.folder,
        }


def _connection_parameters(context: ScanContext) -> Iterator[Row]:
    yield from described(context.settings)


def _marketplaces(context: ScanContext) -> Iterator[Row]:
    for each in read_marketplaces():
        yield {
            "marketplace_id": each.id,
            "country": each.country,
            "region": each.region,
            "currency": each.currency,
            "time_zone": each.zone or None,
            "language": each.language or None,
        }


_ROWS: dict[str, Callable[[ScanContext], Iterator[Row]]] = {
    "system.tables": _tables,
    "system.columns": _columns,
    "system.queries": _queries,
    "system.api_calls": _api_calls,
    "system.rate_limits": _rate_limits,
    "system.reports": _reports,
    "system.marketplaces": _marketplaces,
    "system.mirror": _mirror,
    "system.connection_parameters": _connection_parameters,
    **{f"information_schema.{name}": rows for name, rows in information_schema.ROWS.items()},
}
