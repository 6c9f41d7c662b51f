"""References with their domains and suppliers → scans: what is read, once each, in which order.

Equal readings of one operation become one scan; tables that come out of the same calls are decoded from the same pages.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from catalog.table import Column, KeyColumn, Table
from flight_server.plan import Binding, KeySupply, Output, Scan
from flight_server.planner.analysis import Analysis
from flight_server.planner.key_supply import Edge, Step
from flight_server.planner.parameters import bind
from flight_server.planner.predicates import Possible
from flight_server.planner.projection import needs_restricted_token, project, restricted_elements, switches
from flight_server.planner.references import Reference
from flight_server.planner.residual import read_relations
from flight_server.settings import Settings


@dataclass(frozen=True)
class Readings:
    """Scans in order, and the relation of each reference."""

    scans: tuple[Scan, ...]
    relations: Mapping[int, str]


def build_scans(
    analysis: Analysis, steps: list[Step], possible: Possible, settings: Settings, now: datetime
) -> Readings:
    """One scan a reading, in the order of `steps`."""
    named = analysis.columns_by_reference()
    sequential = _references_read_once_in_order(analysis)
    scans: list[Scan] = []
    relations: dict[int, str] = {}
    for step in steps:
        reference = analysis.references[step.reference]
        scan = _scan(reference, named[step.reference], step, analysis, relations, possible, settings, now)
        scan = replace(scan, lazy=step.reference in sequential)
        _add(scan, scans, relations, step.reference)
    suppliers = {relation for scan in scans for binding in scan.bindings for relation in _reads(binding)}
    finished = (_finish(scan, suppliers, settings) for scan in scans)
    return Readings(tuple(finished), relations)


def _scan(
    reference: Reference,
    named: set[str],
    step: Step,
    analysis: Analysis,
    relations: Mapping[int, str],
    possible: Possible,
    settings: Settings,
    now: datetime,
) -> Scan:
    table = reference.table
    output = Output("", table, project(table, named))
    if step.reference in possible.impossible:
        return Scan((output,), impossible=True)
    supplies = _supplies(table, step.edge, analysis, relations, settings, now)
    return Scan((output,), bind(table, possible.of(step.reference), supplies, now))


def _supplies(
    table: Table,
    edge: Edge | None,
    analysis: Analysis,
    relations: Mapping[int, str],
    settings: Settings,
    now: datetime,
) -> Mapping[str, KeySupply]:
    supplies = {key.column: _from_parent(key, analysis, settings, now) for key in table.key_columns if key.parent}
    if edge is not None:
        query = read_relations(edge.query.copy(), analysis.references, relations)
        read = tuple(sorted(relations[position] for position in edge.reads))
        supplies[edge.column] = KeySupply(query.sql("duckdb"), read, (edge.supplier_column,))
    return supplies


def _from_parent(key: KeyColumn, analysis: Analysis, settings: Settings, now: datetime) -> KeySupply:
    assert key.parent is not None
    table = analysis.catalog.resolve(key.parent.table, key.parent.db_schema)
    column = project(table, {key.parent.column})
    supplies = {key.column: _from_parent(key, analysis, settings, now) for key in table.key_columns if key.parent}
    scan = Scan((Output("parent", table, column),), bind(table, {}, supplies, now))
    return KeySupply(parent=_finish(scan, set(), settings), parent_column=key.parent.column)


def _add(scan: Scan, scans: list[Scan], relations: dict[int, str], reference: int) -> None:
    """Append the scan, or let an earlier one with the same calls answer for it too."""
    output = scan.outputs[0]
    for position, other in enumerate(scans):
        if not _same_calls(scan, other):
            continue
        outputs = list(other.outputs)
        same = next((index for index, item in enumerate(outputs) if item.table is output.table), None)
        if same is None:
            relations[reference] = f"s{position}_{len(outputs)}"
            outputs.append(replace(output, relation=relations[reference]))
        else:
            relations[reference] = outputs[same].relation
            outputs[same] = replace(outputs[same], columns=_merged(outputs[same], output))
        scans[position] = replace(other, outputs=tuple(outputs), references=other.references + 1, lazy=False)
        return
    relations[reference] = f"s{len(scans)}"
    scans.append(replace(scan, outputs=(replace(output, relation=relations[reference]),)))


def _same_calls(scan: Scan, other: Scan) -> bool:
    mine, theirs = scan.table, other.table
    if mine.operation is None or theirs.operation is None:
        return mine is theirs
    return (
        mine.operation == theirs.operation
        and scan.impossible == other.impossible
        and _bound(scan.bindings) == _bound(other.bindings)
    )


def _bound(bindings: tuple[Binding, ...]) -> dict[str, Binding]:
    return {binding.key_column.column: replace(binding, key_column=_ANY) for binding in bindings}


_ANY = KeyColumn("")


def _merged(first: Output, second: Output) -> tuple[Column, ...]:
    names = {column.name for column in first.columns + second.columns}
    return tuple(column for column in first.table.columns if column.name in names)


def _finish(scan: Scan, suppliers: set[str], settings: Settings) -> Scan:
    columns = [column for output in scan.outputs for column in output.columns]
    elements = restricted_elements(columns, settings.restricted_data, scan.table)
    return replace(
        scan,
        switches=switches(scan.table, columns),
        restricted_elements=elements,
        needs_restricted_token=needs_restricted_token(scan.table, elements, settings.restricted_data),
        lazy=scan.lazy and len(scan.outputs) == 1 and scan.outputs[0].relation not in suppliers,
    )


def _reads(binding: Binding) -> tuple[str, ...]:
    return binding.supply.relations if binding.supply is not None else ()


def _references_read_once_in_order(analysis: Analysis) -> set[int]:
    """References that the engine is sure to read once: not in common table expressions, subqueries or windows.

    A relation that is pulled while the query runs can be read only once; the engine may read a subquery's or a window
    function's input twice.
    """
    if analysis.tree.find(exp.Window, exp.With, exp.Lateral, exp.Pivot):
        return set()
    plain: set[int] = set()
    for scope in analysis.scopes:
        if _is_plain(scope):
            for alias in scope.selected_sources:
                if isinstance(scope.sources.get(alias), exp.Table):
                    plain.update(analysis.references_below(scope, alias))
    return plain


def _is_plain(scope: Scope | None) -> bool:
    while scope is not None:
        if scope.is_subquery or scope.is_cte or scope.is_udtf:
            return False
        scope = scope.parent
    return True
