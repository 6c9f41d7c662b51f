"""In which order references are read, and which edges or declared parents give each its keys.

Every supplier comes before its consumer; what the query bounds by itself comes first, a walk of parents last.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlglot import exp

from catalog.table import KeyColumn, Table
from flight_server.errors import MissingKeyColumn
from flight_server.plan import KeySupply
from flight_server.planner.asking.parameters import are_given, batch_size, bind, is_optional_echo, walked_groups
from flight_server.planner.conditions.analysis import Analysis
from flight_server.planner.conditions.edges import Edge, find_edges
from flight_server.planner.conditions.predicates import Possible
from flight_server.planner.conditions.ranges import Domain, Range, Values


@dataclass(frozen=True)
class Step:
    """One reference in its turn, with the edges that supply its keys, if any do."""

    reference: int
    edges: tuple[Edge, ...] = ()


def order(analysis: Analysis, possible: Possible, now: datetime) -> list[Step]:
    """Put all references in an order in which suppliers come first; raise MissingKeyColumn where none exists."""
    edges = list(find_edges(analysis)) if _may_have_edges(analysis) else []
    if len(analysis.references) == 1 and not edges:
        return [Step(0)]
    ordering = _Ordering(analysis, possible, now, edges)
    pending = [reference.position for reference in analysis.references]
    done: dict[int, bool] = {}  # reference -> whether it is narrow: bounded by the query, not a whole history
    steps: list[Step] = []
    while pending:
        step, narrow = ordering.next_step(pending, done)
        steps.append(step)
        done[step.reference] = narrow
        pending.remove(step.reference)
    return steps


def _may_have_edges(analysis: Analysis) -> bool:
    """Whether there is anything that could supply keys: another source, or rows of constants."""
    sources = sum(len(scope.selected_sources) for scope in analysis.scopes)
    return len(analysis.scopes) > 1 or sources > 1 or analysis.nodes.has(exp.Tuple, exp.Anonymous)


@dataclass(frozen=True)
class _Ordering:
    analysis: Analysis
    possible: Possible
    now: datetime
    edges: list[Edge]

    def next_step(self, pending: list[int], done: Mapping[int, bool]) -> tuple[Step, bool]:
        for position in pending:
            if position in self.possible.impossible:
                return Step(position), True
            if position in self._bounded:
                return Step(position, self._belonging_together(position)), True
        narrow = {position for position, is_narrow in done.items() if is_narrow}
        joined = [position for position in pending if position in self._edges_of]
        for position in joined:
            if edges := self._supplied(position, narrow):
                return Step(position, edges), True
        for position in pending:
            if position in self._readable:
                return Step(position, self._belonging_together(position)), False
        for position in joined:
            if edges := self._supplied(position, done.keys()):
                return Step(position, edges), False
        return self._from_parents(pending, done.keys())

    def _table(self, position: int) -> Table:
        return self.analysis.references[position].table

    @cached_property
    def _readable(self) -> frozenset[int]:
        """References that can be read without keys from others, and have rows that matter."""
        positions = {reference.position for reference in self.analysis.references} - self.possible.impossible
        return frozenset(position for position in positions if self._can_bind(position, ()))

    @cached_property
    def _bounded(self) -> frozenset[int]:
        """Those of them of which the query itself says which rows."""
        return frozenset(
            position for position in self._readable if _is_bounded(self._table(position), self.possible, position)
        )

    @cached_property
    def _edges_of(self) -> Mapping[int, Sequence[Edge]]:
        found: dict[int, list[Edge]] = {}
        for edge in self.edges:
            found.setdefault(edge.reference, []).append(edge)
        return found

    @cached_property
    def _joined_echoes(self) -> Mapping[int, frozenset[str]]:
        """For each reference its columns that tell nothing but what is asked for, and that only an edge gives values.

        Without them no row would pass the join; so they count as required.
        """
        found: dict[int, set[str]] = {}
        for edge in self.edges:
            table, domains = self._table(edge.reference), self.possible.of(edge.reference)
            echoes = {column for column in edge.columns if is_optional_echo(table, column)}
            found.setdefault(edge.reference, set()).update(
                column for column in echoes if not are_given((column,), table, domains)
            )
        return {reference: frozenset(columns) for reference, columns in found.items()}

    def _can_bind(self, position: int, supplies: Sequence[KeySupply]) -> bool:
        if not self._joined_echoes.get(position, frozenset()) <= {key for supply in supplies for key in supply.keys}:
            return False
        try:
            bind(self._table(position), self.possible.of(position), supplies, self.now)
        except MissingKeyColumn:
            return False
        return True

    def _supplied(self, position: int, done: Collection[int]) -> tuple[Edge, ...]:
        """Edges with which the table can be read, parents left alone: one, or as many as required columns need."""
        table, domains = self._table(position), self.possible.of(position)
        edges = [edge for edge in self._usable(position, done) if not are_given(edge.columns, table, domains)]
        for edge in edges:
            if self._can_bind(position, [KeySupply(edge.columns)]):
                return (edge,)
        required = {key.column for key in table.key_columns if key.required}
        several = _covering(required | self._joined_echoes.get(position, frozenset()), edges)
        can_bind = several and self._can_bind(position, [KeySupply(edge.columns) for edge in several])
        return several if can_bind else ()

    def _belonging_together(self, position: int) -> tuple[Edge, ...]:
        """Rows of constants, where the table is read with their values anyway: not every pair of these is meant."""
        table, domains = self._table(position), self.possible.of(position)
        keys = {key.column: key for key in table.key_columns}
        for edge in self._usable(position, ()):
            packed = [column for column in edge.columns if batch_size(keys[column], table) != 1]
            if len(edge.columns) > 1 and len(packed) <= 1 and are_given(edge.columns, table, domains):
                return (edge,)
        return ()

    def _usable(self, position: int, done: Collection[int]) -> list[Edge]:
        """What earlier references supply, most columns first."""
        edges = [edge for edge in self._edges_of.get(position, ()) if edge.reads <= set(done)]
        useful = [_useful(edge, self._table(position)) for edge in edges]
        return sorted((edge for edge in useful if edge.columns), key=lambda edge: -len(edge.columns))

    def _walks(self, position: int) -> int:
        """How many parents stand one behind the other; a table with few may supply one with many."""
        return _walks(self._table(position), self.possible.of(position), self.analysis)

    def _from_parents(self, pending: list[int], done: Collection[int]) -> tuple[Step, bool]:
        """Let parents supply what the query does not; what it does supply narrows them."""
        for position in sorted(pending, key=self._walks):
            table, domains = self._table(position), self.possible.of(position)
            wanted = {key.column for key in table.key_columns if key.required or key.parent}
            edges = _covering(wanted, self._usable(position, done))
            supplies = [KeySupply(edge.columns) for edge in edges]
            groups = walked_groups(table, domains, supplies)
            supplies += [KeySupply(tuple(key.column for key in group)) for group in groups]
            try:
                bind(table, domains, supplies, self.now)
            except MissingKeyColumn as error:
                missing = error
            else:
                return Step(position, edges), False
        raise missing


def _is_bounded(table: Table, possible: Possible, position: int) -> bool:
    """Whether the query itself says which rows: a key, or a period with a beginning."""
    domains = possible.of(position)
    if table.operation is None or not table.key_columns:
        return True
    identifying = {
        key.column
        for key in table.key_columns
        if key.required or (key.column in table.primary_key and not key.default_from)
    }
    if any(isinstance(domains.get(column), Values) for column in identifying):
        return True
    ranges = [domains.get(key.column) for key in table.key_columns if key.ge or key.gt]
    return any(
        isinstance(domain, Values) or (isinstance(domain, Range) and domain.lower is not None) for domain in ranges
    )


def _walks(table: Table, domains: Mapping[str, Domain], analysis: Analysis) -> int:
    parents = (group[0].parent for group in walked_groups(table, domains, ()))
    tables = (analysis.catalog.resolve(parent.table, parent.db_schema) for parent in parents if parent is not None)
    return max((1 + _walks(parent, {}, analysis) for parent in tables), default=0)


def _covering(wanted: set[str], edges: list[Edge]) -> tuple[Edge, ...]:
    """Edges that supply wanted columns, each at least one that no edge before it supplies."""
    chosen: list[Edge] = []
    for edge in edges:
        if wanted & set(edge.columns):
            chosen.append(edge)
            wanted = wanted - set(edge.columns)
    return tuple(chosen)


def _useful(edge: Edge, table: Table) -> Edge:
    """The edge for those columns that are worth being asked for: too many would make a call for each of their tuples.

    These are what the operation requires, what would be null unless it is asked for, one of several where it requires
    one of them, else the first column that identifies rows; with them go columns whose values (marketplaces) are asked
    for one by one anyway.
    """
    keys = {key.column: key for key in table.key_columns if (key.eq or key.in_) and key.is_supplied}
    columns = [column for column in edge.columns if column in keys]
    singly = [column for column in columns if keys[column].default_from and batch_size(keys[column], table) == 1]
    required = [
        column for column in columns if keys[column].required or keys[column].parent or is_optional_echo(table, column)
    ]
    identifying = [column for column in columns if _identifies(keys[column], table)]
    own = [column for column in identifying if not keys[column].default_from]
    either = (next((column for column in columns if column in group), "") for group in table.requires_one_of)
    kept = [*required, *filter(None, either)] if required else own[:1] or identifying[:1]
    kept += [column for column in columns if any(column in keys[name].needs for name in kept)]
    return edge.only((*kept, *singly) if required or own else kept)


def _identifies(key: KeyColumn, table: Table) -> bool:
    listed = any(key.column in columns for columns in table.requires_one_of)
    return key.required or key.column in table.primary_key or listed
