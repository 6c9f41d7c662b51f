"""A table to be kept → the SQL that fills it: of a part of its period, or of the whole.

Knows the catalog and what it says of mirrors; knows no clock, no query and no mirror. A child's period is its parent's:
its statement joins the two, so that the engine asks for the rows of those parents alone.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog.catalog import Catalog
from catalog.mirror import Mirror
from catalog.table import Table
from flight_server.errors import SettingError

_WHERE = re.compile(r"\s+where\s+", re.IGNORECASE)


@dataclass(frozen=True)
class Target:
    """One table and how its rows are asked for."""

    table: Table
    parent: Table | None = None  # whose rows are there first
    by: str = ""  # column of the table, or of its parent, whose period is filled part by part; empty: all at once
    is_by_date: bool = False
    condition: str = ""  # SQL; what else is asked of the rows, or what Amazon must be told

    @property
    def is_brought_up_at_once(self) -> bool:
        """Whether one list tells what changed in all that is kept; else each part of the period is looked at again."""
        mirror = self.table.mirror
        return mirror is not None and mirror.kind == "changes" and self.parent is None

    def sql(self, lower: datetime, upper: datetime | None) -> str:
        """The statement that reads the rows from `lower` until before `upper`."""
        text = f"SELECT count(*) AS n FROM {_name(self.table)} AS own"
        mirror = self.table.mirror
        owner = "own"
        if self.by and self.parent is not None and mirror is not None and mirror.parent is not None:
            pairs = [f'own."{own}" = parent."{its}"' for own, its in mirror.parent.keys.items()]
            text += f" JOIN {_name(self.parent)} AS parent ON {' AND '.join(pairs)}"
            owner = "parent"
        conditions = [f"({self.condition})"] if self.condition else []
        if self.by:
            conditions.append(f'{owner}."{self.by}" >= {self._text(lower)}')
        if self.by and upper is not None:
            conditions.append(f'{owner}."{self.by}" < {self._text(upper)}')
        return f"{text} WHERE {' AND '.join(conditions)}" if conditions else text

    def _text(self, instant: datetime) -> str:
        return f"DATE '{instant.date()}'" if self.is_by_date else f"TIMESTAMPTZ '{instant.isoformat()}'"


def targets_of(names: Iterable[str], catalog: Catalog) -> list[Target]:
    """The tables of these names, parents before their children; raise for one that there is not or cannot be kept.

    A name may have a condition behind it, as `listings_items.items WHERE seller_id = 'A2EXAMPLE'`.
    """
    return _parents_first([_target(name, catalog) for name in dict.fromkeys(names)])


def _parents_first(targets: Sequence[Target]) -> list[Target]:
    placed: list[Target] = []

    def place(target: Target) -> None:
        for other in targets:
            if other.table is target.parent:
                place(other)
        if target not in placed:
            placed.append(target)

    for target in targets:
        place(target)
    return placed


def _target(text: str, catalog: Catalog) -> Target:
    name, condition = [*_WHERE.split(text.strip(), maxsplit=1), ""][:2]
    *schemas, own = name.split(".")
    if len(schemas) > 1 or not own:
        raise SettingError("TABLE", f"{name[:100]!a} names no table: write it as orders.orders")
    table = catalog.resolve(own, schemas[0] if schemas else None)
    mirror = table.mirror
    if mirror is None or table.operation is None or table.report is not None:
        why = "documents of reports are kept by themselves" if table.report is not None else "it is not Amazon's"
        raise SettingError("TABLE", f"{table.qualified_name} is not kept in the mirror: {why}")
    if mirror.kind == "child" and mirror.parent is not None:
        parent = catalog.resolve(mirror.parent.table, mirror.parent.db_schema)
        by = _period_of(parent.mirror) if mirror.parent.keys else ""
        return Target(table, parent, by, _is_date(parent, by), condition)
    by = _period_of(mirror)
    return Target(table, None, by, _is_date(table, by), condition)


def _period_of(mirror: Mirror | None) -> str:
    is_cut = mirror is not None and mirror.kind in ("changes", "events") and mirror.grain is None
    return mirror.by if mirror is not None and is_cut else ""


def _is_date(table: Table, column: str) -> bool:
    return bool(column) and table.columns_by_name[column].declared_type == "date"


def _name(table: Table) -> str:
    return f'"{table.db_schema}"."{table.name}"'
