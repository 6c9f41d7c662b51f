"""What a directory keeps, for people: `system.mirror` and the command `mirror` tell it, a table of an account each.

Knows notes and Delta tables; knows no catalog: tables have the names of their folders.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from flight_server.mirror.coverage import Stretch
from flight_server.mirror.notes import Covered, Notes
from flight_server.mirror.tables import DeltaTables


@dataclass(frozen=True)
class MirrorRecord:
    """What is kept of one table of one account."""

    account: str
    folder: str
    covered: str  # JSON: periods, and how many keys or calls
    rows: int
    bytes: int
    fresh_at: datetime | None  # no row that may still change was read before; of those that do not, the last reading
    calls: int
    error: str


def records(notes: Notes, tables: DeltaTables) -> Iterator[MirrorRecord]:
    """All that is kept, by account and table."""
    for each in notes.covered():
        rows, size = tables.sizes(each.table, each.account)
        yield MirrorRecord(each.account, each.table, _covered(each), rows, size, each.fresh_at, each.calls, each.error)


def _covered(covered: Covered) -> str:
    periods = [period for stretches in covered.stretches.values() for period in _periods(stretches)]
    return json.dumps([*periods, *([{"keys": covered.keys}] if covered.keys else [])])


def _periods(stretches: Iterable[Stretch]) -> Iterator[dict[str, str | None]]:
    """Stretches that adjoin are one period, whenever they were read; `from` is null where it has no beginning.

    >>> from datetime import UTC
    >>> day = [datetime(2026, 1, number, tzinfo=UTC) for number in range(1, 9)]
    >>> list(_periods([Stretch(day[0], day[2], day[7], is_settled=True), Stretch(day[2], day[4], day[7])]))
    [{'from': '2026-01-01T00:00:00+00:00', 'to': '2026-01-05T00:00:00+00:00'}]
    """
    lower: datetime | None = None
    held: Stretch | None = None
    for each in stretches:
        if held is not None and held.upper != each.lower:
            yield _period(lower or held.lower, held)
            lower = None
        lower = lower or each.lower
        held = each
    if held is not None:
        yield _period(lower or held.lower, held)


def _period(lower: datetime, last: Stretch) -> dict[str, str | None]:
    upper = "now" if last.reaches_now else last.upper.isoformat()
    return {"from": lower.isoformat() if lower.year > 1 else None, "to": upper}
