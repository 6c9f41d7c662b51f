"""References with their domains and suppliers → scans: what is read, once each, in which order.

Equal readings of one operation become one scan; tables that come out of the same calls are decoded from the same pages.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from catalog.table import KeyColumn, Table, Window
from flight_server.connection.settings import Settings
from flight_server.plan import Binding, KeySupply, Output, Scan
from flight_server.planner.asking.key_supply import Step
from flight_server.planner.asking.parameters import bind, is_for_now, walked_groups
from flight_server.planner.asking.value_forms import refuse_other_forms
from flight_server.planner.conditions.analysis import Analysis
from flight_server.planner.conditions.edges import Edge
from flight_server.planner.conditions.predicates import Possible
from flight_server.planner.conditions.ranges import Domain, Values
from flight_server.planner.projection import (
    dispensable,
    needs_restricted_token,
    project,
    restricted_elements,
    switches,
)
from flight_server.planner.reading.references import Reference
from flight_server.planner.reading.wanted import Wanted
from flight_server.planner.residual import residual_sql
from flight_server.planner.row_limits import needed_rows, stops_reading


@dataclass(frozen=True)
class Readings:
    """Scans in order; for each reference its relation, and its bindings if any row of it can matter."""

    scans: tuple[Scan, ...]
    relations: Mapping[int, str]
    bindings: Mapping[int, tuple[Binding, ...]]


def build_scans(
    analysis: Analysis, steps: list[Step], possible: Possible, settings: Settings, now: datetime
) -> Readings:
    """One scan a reading, in the order of `steps`."""
    wanted = analysis.wanted_columns()
    sequential = _references_read_once_in_order(analysis)
    has_limit, is_unlimited = analysis.nodes.has(exp.Limit, exp.Fetch), not stops_reading(analysis.nodes)
    scans: list[Scan] = []
    bound: dict[int, tuple[Binding, ...]] = {}
    relations = {reference.position: reference.relation for reference in analysis.references}
    for step in steps:
        reference = analysis.references[step.reference]
        outputs = (_output(reference, wanted[step.reference]),)
        if step.reference in possible.impossible:
            scan = Scan(outputs, impossible=True)
        else:
            bound[step.reference], is_for_now = _bindings(step, analysis, relations, possible, settings, now)
            lazy = step.reference in sequential
            row_limit = needed_rows(analysis, step.reference) if has_limit else None
            scan = Scan(outputs, bound[step.reference], lazy=lazy, row_limit=row_limit, is_for_now=is_for_now)
        _add(scan, scans, relations, step.reference)
    suppliers = {relation for scan in scans for binding in scan.bindings for relation in _reads(binding)}
    finished = (_finish(scan, suppliers, settings, is_unlimited) for scan in scans)
    return Readings(tuple(finished), relations, bound)


def _output(reference: Reference, wanted: Wanted) -> Output:
    columns = project(reference.table, wanted.all)
    return Output(reference.relation, reference.table, columns, wanted.starred, wanted.left_out)


def _bindings(
    step: Step,
    analysis: Analysis,
    relations: Mapping[int, str],
    possible: Possible,
    settings: Settings,
    now: datetime,
) -> tuple[tuple[Binding, ...], bool]:
    """The bindings of one reading, and whether they would be others a little later."""
    table, domains = analysis.references[step.reference].table, possible.of(step.reference)
    supplies = [_from_edge(edge, analysis, relations) for edge in step.edges]
    supplies += _from_parents(table, domains, supplies, analysis, settings, now)
    if not settings.sandbox:
        refuse_other_forms(table, domains)
    return bind(table, domains, supplies, now), is_for_now(table, domains, now)


def _from_edge(edge: Edge, analysis: Analysis, relations: Mapping[int, str]) -> KeySupply:
    sql = residual_sql(edge.query.copy(), analysis.references, relations)
    read = tuple(sorted(relations[position] for position in edge.reads))
    return KeySupply(edge.columns, sql, read, edge.supplier_columns)


def _from_parents(
    table: Table,
    domains: Mapping[str, Domain],
    supplies: Sequence[KeySupply],
    analysis: Analysis,
    settings: Settings,
    now: datetime,
) -> list[KeySupply]:
    """One supply a parent that must be read, which is asked only for what the query leaves possible of its keys."""
    return [
        _from_parent(table, group, domains, supplies, analysis, settings, now)
        for group in walked_groups(table, domains, supplies)
    ]


def _from_parent(
    table: Table,
    group: Sequence[KeyColumn],
    domains: Mapping[str, Domain],
    supplies: Sequence[KeySupply],
    analysis: Analysis,
    settings: Settings,
    now: datetime,
) -> KeySupply:
    names = {key.column: key.parent.column for key in group if key.parent is not None}
    declared = next(key.parent for key in group if key.parent is not None)
    parent = analysis.catalog.resolve(declared.table, declared.db_schema)
    narrowed = {names[key.column]: domain for key, domain in _stated(group, domains, table, parent)}
    askable = {key.column for key in parent.key_columns if key.eq or key.in_}
    passed = [
        replace(supply, keys=tuple(names[key] for key in supply.keys))
        for supply in supplies
        if {names.get(key) for key in supply.keys} <= askable
    ]
    passed += _from_parents(parent, narrowed, passed, analysis, settings, now)
    if not settings.sandbox:
        refuse_other_forms(parent, narrowed)
    output = Output("parent", parent, project(parent, names.values()))
    scan = Scan((output,), bind(parent, narrowed, passed, now), is_for_now=is_for_now(parent, narrowed, now))
    return KeySupply(tuple(names), parent=_finish(scan, set(), settings), parent_columns=tuple(names.values()))


def _stated(
    group: Sequence[KeyColumn], domains: Mapping[str, Domain], table: Table, parent: Table
) -> Iterator[tuple[KeyColumn, Domain]]:
    """The values that the query states of the keys, where the parent's column holds the same kind of values."""
    for key in group:
        domain = domains.get(key.column)
        if isinstance(domain, Values) and key.parent is not None:
            column, theirs = table.columns_by_name[key.column], parent.columns_by_name[key.parent.column]
            if column.declared_type == theirs.declared_type:
                yield key, domain


def _add(scan: Scan, scans: list[Scan], relations: dict[int, str], reference: int) -> None:
    """Append the scan, or let an earlier one with the same calls answer for it too."""
    output = scan.outputs[0]
    for position, other in enumerate(scans):
        if not _same_calls(scan, other):
            continue
        outputs = list(other.outputs)
        same = next((index for index, item in enumerate(outputs) if item.table is output.table), None)
        if same is None:
            outputs.append(output)
        else:
            relations[reference] = outputs[same].relation
            outputs[same] = _merged(outputs[same], output)
        scans[position] = replace(
            other,
            outputs=tuple(outputs),
            is_for_now=other.is_for_now or scan.is_for_now,
            row_limit=None,
            references=other.references + 1,
            lazy=False,
        )
        return
    scans.append(scan)


def _same_calls(scan: Scan, other: Scan) -> bool:
    mine, theirs = scan.table, other.table
    if mine.operation is None or theirs.operation is None:
        return mine is theirs
    return (
        mine.operation == theirs.operation
        and _question(mine) == _question(theirs)
        and (mine.paging, mine.constants, mine.request_batch) == (theirs.paging, theirs.constants, theirs.request_batch)
        and scan.impossible == other.impossible
        and _cut_alike(mine, theirs, scan.bindings)
        and _bound(scan.bindings) == _bound(other.bindings)
    )


def _question(table: Table) -> tuple[str, str] | None:
    """What a query of Data Kiosk asks: the operation is the same for all."""
    return None if table.dataset is None else (table.dataset.name, table.dataset.field)


def _cut_alike(mine: Table, theirs: Table, bindings: tuple[Binding, ...]) -> bool:
    """Whether a period makes the same calls for both; each table's own column tells which rows are a call's."""
    if mine.dataset is not None:
        return True  # its rows are all those of the window
    if not any(binding.lower or binding.upper for binding in bindings):
        return _cut(mine.window) == _cut(theirs.window)
    return mine.window == theirs.window


def _cut(window: Window | None) -> Window | None:
    return None if window is None else replace(window, column="", until="")


def _bound(bindings: tuple[Binding, ...]) -> dict[tuple[str, ...], Binding]:
    """What the parameters are bound to: in a child table a key column may have another name."""
    return {_parameters_of(binding.key_column): replace(binding, key_column=_ANY) for binding in bindings}


def _parameters_of(key: KeyColumn) -> tuple[str, ...]:
    return (key.eq, key.in_, key.ge, key.gt, key.le, key.lt, *key.sets, *key.sets.values())


_ANY = KeyColumn("")


def _merged(first: Output, second: Output) -> Output:
    """What either wants of one table; a column counts as named where either names it."""
    of_both = [
        ({column.name for column in output.columns} - output.starred - output.left_out, output.starred, output.left_out)
        for output in (first, second)
    ]
    named, starred, left_out = (frozenset(one | other) for one, other in zip(*of_both, strict=True))
    columns = tuple(column for column in first.table.columns if column.name in named | starred | left_out)
    return replace(first, columns=columns, starred=starred - named, left_out=left_out - starred - named)


def _finish(scan: Scan, suppliers: set[str], settings: Settings, is_unlimited: bool | None = None) -> Scan:
    """The scan with what all its columns need; `is_unlimited` None: it is read as far as others want its keys."""
    lazy = scan.lazy and len(scan.outputs) == 1 and scan.outputs[0].relation not in suppliers
    is_read_whole = is_unlimited is not None and scan.row_limit is None and (is_unlimited or not lazy)
    values = switches(scan.table, scan.outputs, settings)
    elements = restricted_elements(scan.table, scan.outputs, settings)
    return replace(
        scan,
        switches=values,
        restricted_elements=elements,
        needs_restricted_token=needs_restricted_token(scan.table, elements, settings),
        dispensable=dispensable(scan.table, scan.outputs, values, elements, settings),
        lazy=lazy,
        is_read_whole=is_read_whole,
        held_rows=None if is_read_whole else scan.row_limit or 0,
    )


def _reads(binding: Binding) -> Iterator[str]:
    """Relations that must be laid down for the binding's keys, or for those of the parents that they come from."""
    for supply in binding.supplies:
        yield from supply.relations
        if supply.parent is not None:
            yield from (relation for inner in supply.parent.bindings for relation in _reads(inner))


def _references_read_once_in_order(analysis: Analysis) -> set[int]:
    """References that the engine is sure to read once: not in common table expressions, subqueries or windows.

    A relation that is pulled while the query runs can be read only once; the engine may read a subquery's or a window
    function's input twice.
    """
    if analysis.nodes.has(exp.Window, exp.With, exp.Lateral, exp.Pivot):
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
