"""Which columns of each reference a query names, and which come only because a star stands for all of them.

A star that a subquery or a common table expression passes on names nothing; a query around it that says the name does.
So do conditions, USING, ORDER BY and every expression. Knows no values and nothing of what columns cost.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from flight_server.planner.reading.nodes import Nodes
from flight_server.planner.reading.references import MARK, Reference

STARRED = "starred"
"""Key in the `meta` of a column that was written for a star."""

_WRITTEN = "written"

_OF_RESULT = ("order", "distinct")
"""Clauses that may name columns of the query's own result."""


@dataclass(frozen=True)
class Wanted:
    """Columns of one reference, by why they must be there."""

    named: frozenset[str]
    starred: frozenset[str] = frozenset()  # that only a star brings, or what else stands for whole rows
    left_out: frozenset[str] = frozenset()  # in the words of a star only: of no use, but the engine looks for them

    @property
    def all(self) -> frozenset[str]:
        """Every one of them."""
        return self.named | self.starred | self.left_out


def note_written(nodes: Nodes) -> None:
    """Before stars are written out: note which columns are the query's own words."""
    for column in nodes.of(exp.Column) if nodes.has(exp.Star) else ():
        column.meta[_WRITTEN] = True


def note_starred(tree: exp.Query, nodes: Nodes) -> None:
    """Afterwards: the others among what is selected stand there for stars."""
    for select in tree.find_all(exp.Select) if nodes.has(exp.Star) else ():
        for item in select.expressions:
            column = item.unalias()
            if isinstance(column, exp.Column) and _WRITTEN not in column.meta:
                column.meta[STARRED] = True


def wanted_columns(scopes: Iterable[Scope], nodes: Nodes, references: Sequence[Reference]) -> list[Wanted]:
    """For each reference the columns that must be there; all of them count as named where there are no scopes."""
    found = _Found(references)
    for scope in scopes:
        found.read(scope, stands_for_all=nodes.has(exp.Columns))
    if not found.has_read:
        return [Wanted(frozenset(reference.table.columns_by_name)) for reference in references]
    excluded, renamed = _in_words_of_stars(nodes)
    for position, reference in enumerate(references):
        found.named[position] |= renamed & reference.table.columns_by_name.keys()
    return [found.wanted(position, excluded) for position in range(len(references))]


class _Found:
    """What scope after scope says, by the position of references."""

    def __init__(self, references: Sequence[Reference]) -> None:
        self._columns = [reference.table.columns_by_name.keys() for reference in references]
        self.named: list[set[str]] = [set() for _ in references]
        self._starred: list[set[str]] = [set() for _ in references]
        self._followed: set[tuple[int, str]] = set()
        self.has_read = False

    def read(self, scope: Scope, *, stands_for_all: bool) -> None:
        """Note what the scope says of its sources."""
        self.has_read = True
        stands_for_all = stands_for_all or bool(scope.scans_all_subscope_columns or scope.stars or scope.table_columns)
        for column in scope.columns:
            name = column.name.lower()
            if STARRED in column.meta:
                self._star(scope, column.table, name)
            elif column.table:
                self._name(scope, column.table, name)
            elif isinstance(scope.expression, exp.Query) and column.name in scope.expression.named_selects:
                self._name_output(scope, column.name)
            else:
                stands_for_all = True
                self._name_somewhere(scope, name)
        for clause in map(scope.expression.args.get, _OF_RESULT):
            for column in clause.find_all(exp.Column) if isinstance(clause, exp.Expr) else ():
                if not column.table:
                    self._name_output(scope, column.name)
        for source in scope.sources.values() if stands_for_all else ():
            position = _position(source)
            if position is not None:
                self._starred[position] |= self._columns[position]

    def wanted(self, position: int, excluded: set[str]) -> Wanted:
        """What was found of one reference."""
        named = frozenset(self.named[position])
        starred = frozenset(self._starred[position]) - named
        return Wanted(named, starred, frozenset(excluded & self._columns[position]) - named - starred)

    def _star(self, scope: Scope, alias: str, name: str) -> None:
        position = _position(scope.sources.get(alias))
        if position is not None and name in self._columns[position]:
            self._starred[position].add(name)
        elif position is not None:
            self._starred[position] |= self._columns[position]

    def _name(self, scope: Scope, alias: str, name: str) -> None:
        source = scope.sources.get(alias)
        position = _position(source)
        if position is not None:
            columns = self._columns[position]
            # A struct member or a whole row cannot be told apart.
            self.named[position] |= {name} if name in columns else columns
        elif isinstance(source, Scope):
            self._name_output(source, name)

    def _name_somewhere(self, scope: Scope, name: str) -> None:
        """Nobody can tell of which source the column is: it is named in each that has it."""
        for alias, source in scope.sources.items():
            position = _position(source)
            if position is None or name in self._columns[position]:
                self._name(scope, alias, name)

    def _name_output(self, scope: Scope, name: str) -> None:
        """Somebody names a column of the scope's result: if a star brings it, the column behind the star is meant."""
        query, name = scope.expression, name.lower()
        if (id(scope), name) in self._followed or not isinstance(query, exp.Query):
            return
        self._followed.add((id(scope), name))
        if isinstance(query, exp.SetOperation):
            self._name_output_of_arms(scope, query, name)
            return
        for item in query.selects:
            column = item.unalias()
            if item.is_star:
                self._name_somewhere(scope, name)
            elif isinstance(column, exp.Column) and STARRED in column.meta and item.alias_or_name.lower() == name:
                self._name(scope, column.table, column.name.lower())

    def _name_output_of_arms(self, scope: Scope, query: exp.SetOperation, name: str) -> None:
        places = [place for place, each in enumerate(query.named_selects) if each.lower() == name]
        for arm in scope.set_operation_scopes:
            names = arm.expression.named_selects if isinstance(arm.expression, exp.Query) else []
            if query.args.get("by_name"):
                self._name_output(arm, name)
                continue
            for place in places:
                if place < len(names):
                    self._name_output(arm, names[place])


def _position(source: object) -> int | None:
    position: int | None = source.meta.get(MARK) if isinstance(source, exp.Table) else None
    return position


def _in_words_of_stars(nodes: Nodes) -> tuple[set[str], set[str]]:
    """Names after EXCLUDE and REPLACE, which the engine insists on, and those that RENAME gives other names."""
    excluded: set[str] = set()
    renamed: set[str] = set()
    for star in nodes.of(exp.Star):
        excluded |= {part.name.lower() for part in star.args.get("except_") or ()}
        excluded |= {part.alias.lower() for part in star.args.get("replace") or ()}
        renamed |= {part.this.name.lower() for part in star.args.get("rename") or ()}
    return excluded, renamed
